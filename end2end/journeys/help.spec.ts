/** What the template editor knows while one writes: choices, explanations, what the cluster would say, and where a line comes from. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { expect, test } from "@playwright/test";
import { checkJob } from "../editor/check";
import { complete, type Subject } from "../editor/complete";
import { Template } from "../editor/document";
import { print, read, type Language } from "../editor/edit";
import { explain } from "../editor/explain";
import { readJson } from "../editor/json";
import { source } from "../editor/origin";
import { Schema } from "../editor/schema";
import { printYaml, readYaml } from "../editor/yaml";

const stored = (path: string): string => readFileSync(resolve(import.meta.dirname, "../..", path), "utf8");
const schema = Schema.with(JSON.parse(stored("end2end/editor/kubernetes.json")));
const TEMPLATE = stored("domain/src/default_templates/kubernetes_v3.json").trim();

function subject(text: string, language: Language): Subject {
  const tree = read(text, language).tree ?? readJson(TEMPLATE).tree;
  return { language, schema, facts: { source: null, deployments: 5, overridden: { image: ["etl / a", "etl / b"] } }, tree, print: (value) => print(value, language).trim() };
}

/** Labels at the `|` of a text, and what the text becomes when one is chosen. */
function choices(marked: string, language: Language): { labels: string[]; choose: (label: string) => string } {
  const at = marked.indexOf("|");
  const text = marked.slice(0, at) + marked.slice(at + 1);
  const result = complete(new CompletionContext(EditorState.create({ doc: text }), at, true), subject(text, language));
  const options = (result?.options ?? []).map((option) => ({ ...option, name: option.displayLabel ?? option.label }));
  return {
    labels: options.map(({ name }) => name),
    choose: (label) => {
      const option = options.find(({ name }) => name === label);
      if (!result || !option) throw new Error(`${label} is no choice of ${options.map(({ name }) => name)}`);
      return text.slice(0, result.from) + (option.apply ?? option.label) + text.slice(result.to ?? at);
    },
  };
}

const yamlOf = (rest: string): string => `variables:\n  properties:\n    image:\n      type: string\n      default: a\njob_configuration:\n${rest}`;

test("the default templates of both majors are quite right for the cluster", () => {
  for (const name of ["kubernetes_v2", "kubernetes_v3", "process_v2", "process_v3"]) {
    const { tree } = readJson(stored(`domain/src/default_templates/${name}.json`));
    expect(checkJob(tree!, schema), name).toEqual([]);
  }
});

test("what the cluster would refuse or ignore is found in its place", () => {
  const text = yamlOf(`  job_manifest:
    apiVersion: batch/v1
    kind: Job
    spec:
      backoffLimit: many
      template:
        spec:
          restartPolicy: Always
          containres: []
          containers:
            - name: x
              image: "{{ image }}"
              env:
                - value: 1
              resources:
                limits: { cpu: lots, memory: 1Gi }
              volumeMounts:
                - name: a
                  mountPath: /a
                  readOnly: 1
`);
  const { tree, faults } = readYaml(text);
  expect(faults).toEqual([]);
  const found = checkJob(tree!, schema).map(({ from, to, message }) => `${text.slice(from, to)}: ${message}`);
  expect(found.sort()).toEqual([
    "v: `env` needs `name`.",
    "1: The cluster takes for `readOnly` true or false, not 1.",
    "1: The cluster takes for `value` a text, not 1.",
    "Always: The cluster takes for `restartPolicy` Never or OnFailure, not \"Always\".",
    "containres: `containres` is no field of PodSpec: the cluster ignores it. Is `containers` meant?",
    "lots: The cluster takes for `cpu` a quantity such as 500m or 1Gi, not \"lots\".",
    "many: The cluster takes for `backoffLimit` a whole number, not \"many\".",
  ].sort());
});

test("fields and values are offered in both languages", () => {
  const pod = "  job_manifest:\n    spec:\n      template:\n        spec:\n";
  const yaml = choices(yamlOf(`${pod}          service|\n          containers: []\n`), "yaml");
  expect(yaml.labels).toContain("serviceAccountName");
  expect(yaml.labels, "what is there already is not offered").not.toContain("containers");
  expect(yaml.choose("serviceAccountName")).toContain("\n          serviceAccountName: \n          containers");
  expect(choices(yamlOf(`${pod}          containers:\n            - |\n`), "yaml").choose("image")).toContain("- image: \n");
  const policy = choices(yamlOf(`${pod}          containers:\n            - name: x\n              imagePullPolicy: If|\n`), "yaml");
  expect(policy.labels).toEqual(["Always", "IfNotPresent", "Never"]);
  expect(policy.choose("IfNotPresent")).toContain("imagePullPolicy: IfNotPresent\n");
  expect(choices(yamlOf("  |\n"), "yaml").labels).toContain("job_manifest");
  expect(choices("variables:\n  properties:\n    x:\n      |\n", "yaml").labels).toEqual(expect.arrayContaining(["title", "default", "anyOf", "enum"]));
  expect(choices("variables:\n  properties:\n    x:\n      type: |\n", "yaml").labels).toContain("integer");

  const job = '{"job_configuration": {"job_manifest": {"spec": {';
  const json = choices(`${job}"back|"}}}}`, "json");
  expect(json.choose("backoffLimit")).toBe(`${job}"backoffLimit": }}}}`);
  expect(choices(`${job}"backoffLimit": 1, |}}}}`, "json").labels).not.toContain("backoffLimit");
  expect(choices(`${job}"suspend": |}}}}`, "json").labels).toEqual(["true", "false"]);
  expect(choices(`${job}"completionMode": "In|"}}}}`, "json").choose("Indexed")).toBe(`${job}"completionMode": "Indexed"}}}}`);
  expect(choices('{"variables": {"properties": {"x": {"ty|"', "json").choose("type")).toBe('{"variables": {"properties": {"x": {"type": ');
  expect(choices('{"a": {"b": "x|"}}', "json").labels).toEqual([]);
});

test("placeholders are offered from what is declared", () => {
  const text = yamlOf('  command: "{{ |"\n');
  const { labels, choose } = choices(text, "yaml");
  expect(labels).toEqual(expect.arrayContaining(["image", "prefect.variables."]));
  expect(choose("image")).toBe(text.replace("{{ |", "{{ image }}"));
  expect(choices(TEMPLATE.replace("{{ command }}", "{{ com| }}"), "json").choose("command")).toBe(TEMPLATE);
});

test("places are explained in both languages", () => {
  for (const [language, text] of [["json", TEMPLATE], ["yaml", printYaml(readJson(TEMPLATE).tree!)]] as const) {
    const at = (words: string, into = 1) => explain(text, text.indexOf(words) + into, subject(text, language));
    const image = at("{{ image }}", 4)!;
    expect([image.name, image.type]).toEqual(["{{ image }}", "variable"]);
    expect(image.lines.join(" ")).toContain("2 of 5 deployments override it: etl / a, etl / b");
    expect(image.lines.join(" ")).toContain("Default: ");
    expect(at("imagePullPolicy")!.type).toBe("Always or IfNotPresent or Never");
    expect(at("backoffLimit")).toMatchObject({ name: "backoffLimit", type: "whole number" });
    expect(at("backoffLimit")!.lines[0]).toContain("number of retries");
    expect(text.slice(at("containers")!.from, at("containers")!.to).replace(/"/g, "")).toBe("containers");
  }
});

test("a place of the JSON is found in the YAML", () => {
  const template = new Template(TEMPLATE, null);
  const at = TEMPLATE.indexOf("{{ namespace }}");
  expect(template.fromJson(at, 15)).toEqual({ from: at, to: at + 15 });
  template.speak("yaml");
  const { from, to } = template.fromJson(at, 15);
  expect(template.text.slice(from, to)).toBe("{{ namespace }}");
  const key = template.fromJson(TEMPLATE.indexOf('"pod_watch_timeout_seconds": {'), 27);
  expect(template.text.slice(key.from, key.to)).toBe("pod_watch_timeout_seconds");
  expect(template.text.slice(template.fromJson(0, 1).from, 20)).toContain("job_configuration");
});

test("comments outlive a change of the language and work in the other one", () => {
  const template = new Template(TEMPLATE, null);
  template.speak("yaml");
  expect(template.own).toBe("");
  template.write(template.text.replace("job_configuration:", "# What runs\njob_configuration:"));
  expect(template.own).toContain("# What runs");
  expect(template.json).toBe(TEMPLATE);
  template.speak("json");
  template.write(TEMPLATE.replace('"Never"', '"OnFailure"'));
  expect(template.own).toContain("# What runs");
  template.speak("yaml");
  expect(template.text).toContain("# What runs\njob_configuration:");
  expect(template.text).toContain("restartPolicy: OnFailure");
  template.write("a: [");
  expect(template.speak("json"), "what cannot be read stays where it is").toBe(false);
  expect(template.text).toBe("a: [");
});

test("a line of the job leads to what set it", () => {
  const { tree } = readJson(TEMPLATE);
  const to = (pointer: string, origin: string) => {
    const { from, to } = source(tree!, pointer, origin, () => "PATH");
    return `${TEMPLATE.slice(0, from).split("\n").at(-1)!.trim()} ${TEMPLATE.slice(from, to).split("\n")[0]}`.trim();
  };
  const container = "/spec/template/spec/containers/0";
  expect(to("/apiVersion", "template")).toBe('"apiVersion": "batch/v1"');
  expect(to("/spec/backoffLimit", "deployment")).toBe('"backoffLimit": "{{ backoff_limit }}"');
  expect(to("/spec/backoffLimit", "pool")).toMatch(/^"default": \d+$/);
  expect(to(`${container}/env/0/value`, "deployment")).toBe('"env": "{{ env }}"');
  expect(to(`${container}/args/0`, "worker")).toContain("command");
});
