/** JSON and YAML as the editor turns one into the other: the same value in the same order, whatever it is. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import fc from "fast-check";
import { comments, patched } from "../editor/edit";
import { printJson, readJson } from "../editor/json";
import { same, type Tree } from "../editor/tree";
import { jsonNumber, printYaml, readYaml } from "../editor/yaml";

const json = (text: string): Tree => {
  const { tree } = readJson(text);
  if (!tree) throw new Error(`no JSON: ${text}`);
  return tree;
};
const yaml = (text: string): Tree => {
  const { tree, faults } = readYaml(text);
  if (!tree) throw new Error(`no YAML: ${text}\n${JSON.stringify(faults)}`);
  return tree;
};

/** Texts that YAML is known to stumble over, and any others. */
const WORDS = ["", " ", "1", "1e3", "0x1F", "012", "1_000", "1:30", "2024-01-01", "yes", "No", "y", "on", "null", "~", "true", ".inf", "=", "<<",
  "- a", "a: b", "a:", "#x", "a #x", "{{ image }}", "[a", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "?", "'", '"', "a\n", "\na", "a\n\nb", " a\nb",
  "a\n  b\n", "a\t", "\ta\nb", "a\r\nb", "é😀", "\u0000", "\u0085", "\u2028", "\ufeff", "---", "...", "a\n---\nb", "# x\ny", "x".repeat(2000), "a\n\n\n", "\\", "a \nb "];
const text = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.stringMatching(/^[\n :#\-a'"{}|>]{0,12}$/));
const number = fc.oneof(fc.integer().map(String), fc.constantFrom("-0", "1e3", "1E+3", "1.0", "0.10", "12345678901234567890", "1.7976931348623157e309", "-1.5e-7"));
const value = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 },
    fc.constantFrom("true", "false", "null"), number, text.map((text) => JSON.stringify(text)),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc.uniqueArray(fc.tuple(text, tie("value")), { selector: ([key]) => key, maxLength: 5 }).map((all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`)),
})).value.map((text) => text as string);
const object = fc.uniqueArray(fc.tuple(text, value), { selector: ([key]) => key, maxLength: 6 })
  .map((all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`);

test("any document comes back byte for byte", () => {
  fc.assert(fc.property(value, (text) => {
    const before = printJson(json(text));
    expect(printJson(yaml(printYaml(json(text))))).toBe(before);
  }), { numRuns: 500 });
});

test("the default templates of both majors come back as they are", () => {
  for (const name of ["kubernetes_v2", "kubernetes_v3", "process_v2", "process_v3"]) {
    const before = readFileSync(resolve(import.meta.dirname, `../../domain/src/default_templates/${name}.json`), "utf8").trim();
    const text = printYaml(json(before));
    expect(printJson(yaml(text)), name).toBe(before);
    expect(readYaml(text).faults).toEqual([]);
  }
});

test("a text can be changed into any other, and stays what it was where it did not change", () => {
  fc.assert(fc.property(object, object, (before, after) => {
    for (const [language, text] of [["json", before], ["json", printJson(json(before))], ["yaml", printYaml(json(before))]] as const) {
      const changed = patched(text, language, json(after));
      expect(same(language === "json" ? json(changed) : yaml(changed), json(after)), `${text}\n=>\n${after}\n=>\n${changed}`).toBe(true);
      expect(patched(changed, language, json(after))).toBe(changed);
    }
  }), { numRuns: 200 });
});

const WRITTEN = `# Jobs of the team
variables:   # declared here
  properties:
    image: {title: Image, default: a, type: string}
    env:
      # in every pod
      default:
        A: '1' # one
        B: |
          two
          lines
      type: object
job_configuration:
  command: "{{ command }}" # what runs
  args:
    - a
    # the second
    - b
  empty:
`;

test("comments and formatting stay where the form changes something else", () => {
  const to = (change: (template: any) => void): string => {
    const template = JSON.parse(printJson(yaml(WRITTEN)));
    change(template);
    return patched(WRITTEN, "yaml", json(JSON.stringify(template)));
  };
  const cases: [string, (template: any) => void, string, string][] = [
    ["a scalar in braces", (t) => { t.variables.properties.image.default = "b"; }, "default: a,", 'default: "b",'],
    ["a scalar", (t) => { t.variables.properties.env.default.A = "yes"; }, "'1' # one", '"yes" # one'],
    ["a block text", (t) => { t.variables.properties.env.default.B = "two\nother\n"; }, "          lines\n", "          other\n"],
    ["nothing", (t) => { t.job_configuration.empty = 3; }, "empty:\n", "empty: 3\n"],
    ["a new key", (t) => { t.job_configuration.more = { a: [1] }; }, "empty:\n", "empty:\n  more:\n    a:\n      - 1\n"],
    ["a new item", (t) => { t.job_configuration.args.push("c"); }, "    - b\n", "    - b\n    - c\n"],
    ["an item less", (t) => { t.job_configuration.args.shift(); }, "    - a\n", ""],
    ["a key less", (t) => { delete t.variables.properties.env.default.A; }, "        A: '1' # one\n", ""],
    ["a member in braces less", (t) => { delete t.variables.properties.image.default; }, ", default: a", ""],
    ["another kind", (t) => { t.variables.properties.env.default.A = { b: 1 }; }, "A: '1' # one", "A:\n          b: 1 # one"],
  ];
  for (const [what, change, before, after] of cases) {
    expect(WRITTEN.split(before).length, what).toBe(2);
    expect(to(change), what).toBe(WRITTEN.replace(before, after));
  }
});

test("comments are never dropped, even when everything else is written anew", () => {
  const turned = json('{"job_configuration":{"args":["b"],"command":"x"},"variables":{}}');
  const changed = patched(WRITTEN, "yaml", turned);
  expect(same(yaml(changed), turned)).toBe(true);
  expect(comments(changed).sort()).toEqual(comments(WRITTEN).sort());
  expect(comments(WRITTEN)).toHaveLength(6);
});

test("JSON keeps its own formatting", () => {
  const text = '{ "a": [1, 2],\n\t"b": {"c": 1e3, "d": "\\u00e9"},\n\n\t"e": {}\n}';
  expect(patched(text, "json", json('{"a":[1,2,3],"b":{"c":1e3,"d":"é","x":null},"e":{"f":1}}')))
    .toBe('{ "a": [1, 2, 3],\n\t"b": {"c": 1e3, "d": "\\u00e9", "x": null},\n\n\t"e": {\n\t  "f": 1\n\t}\n}');
});

test("what YAML writes in other ways is the JSON that it means", () => {
  const cases: [string, string][] = [
    ["a: yes\nb: 'no'\nc: True\nd: ~\ne: 0o17\nf: 0x1F\ng: +1.50\nh: .5\ni: 012", '{"a":"yes","b":"no","c":true,"d":null,"e":15,"f":31,"g":1.50,"h":0.5,"i":12}'],
    ["1: a\ntrue: b\n'': c", '{"1":"a","true":"b","":"c"}'],
    ["a: &x {b: 1}\nc: *x", '{"a":{"b":1},"c":{"b":1}}'],
    ["a: !!str 1\nb: >\n  one\n  two\n", '{"a":"1","b":"one two\\n"}'],
    ["- a\n-\n- b: c\n  d: []", '["a",null,{"b":"c","d":[]}]'],
    ['{"a": "\\u00e9\\/"}', '{"a":"é/"}'],
  ];
  for (const [text, expected] of cases) expect(printJson(yaml(text)), text).toBe(printJson(json(expected)));
  expect(["1", "-0", "1e3", "5.", ".5e3", "007", ".", "", ".inf", "x"].map(jsonNumber)).toEqual(["1", "-0", "1e3", "5.0", "0.5e3", "7", null, null, null, null]);
});

test("what is wrong with YAML has its place", () => {
  const cases: [string, string, string][] = [
    ["a: [1\nb: 2", "error", "This is no valid YAML"],
    ["a: 1\na: 2", "error", "map keys must be unique"],
    ["a: .inf", "error", "JSON has nothing for `.inf`"],
    ["? [a]\n: 1", "error", "A key must be a text"],
    ["a: 1\n---\nb: 2", "error", "several documents"],
    ["a: *b", "error", "b"],
    ["a:\n\tb: 1", "error", "This is no valid YAML"],
    ["a: yes", "warning", "is a text here"],
  ];
  for (const [text, severity, message] of cases) {
    const { tree, faults } = readYaml(text);
    expect(faults.find((fault) => fault.message.includes(message))?.severity, `${text}: ${JSON.stringify(faults)}`).toBe(severity);
    expect(tree === null, text).toBe(severity === "error");
    for (const { from, to } of faults) expect(0 <= from && from <= to && to <= text.length, text).toBe(true);
  }
});
