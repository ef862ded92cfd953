/** YAML 1.2: read as JSON values with the place of everything, and printed so that older readers agree. */
import {
  type Alias, Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, Pair, parseDocument, Scalar, type ScalarTag, YAMLMap, YAMLSeq,
} from "yaml";
import type { Fault, Member, Reading, Span, Tree, Value } from "./tree";

/** A number that is printed as it was written. */
class Digits {
  constructor(readonly raw: string) {}
}

const DIGITS: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => value instanceof Digits,
  // Never the one that reads: this matches nothing.
  test: /$^/,
  resolve: (text) => text,
  stringify: ({ value }) => (value as Digits).raw,
};

/** Words that YAML 1.1 takes for something else than a text: Go, Ruby and old Pythons still do. */
const OTHERS_READ = /^(y|n|yes|no|on|off|=|<<|[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?[\d][\d_]*(:[0-5]?\d)*(\.[\d_]*)?([eE][-+]?\d+)?|\d{4}-\d\d?-\d\d?.*)$/i;
/** What block texts cannot hold, or readers change; blanks at the beginning and lines of them are among it. */
const UNUSUAL = /^\n*[ \t]|\n[ \t]+(\n|$)|[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** Aliases may multiply what they stand for. */
const MOST_PARTS = 50_000;

/** The text of a value, with a line break at its end. */
export function printYaml(value: Value): string {
  const document = new Document(null, { customTags: (tags) => [DIGITS, ...tags] });
  document.contents = node(value) as never;
  return document.toString({ lineWidth: 0 });
}

function node(value: Value): Node {
  switch (value.kind) {
    case "object": {
      const map = new YAMLMap();
      map.items = value.members.map(({ key, value }) => new Pair(text(key, true), node(value)));
      return map;
    }
    case "array": {
      const list = new YAMLSeq();
      list.items = value.items.map(node);
      return list;
    }
    case "text": return text(value.value, false);
    case "number": return new Scalar(new Digits(value.raw));
    default: return new Scalar(value.raw === "null" ? null : value.raw === "true");
  }
}

function text(value: string, isKey: boolean): Scalar {
  const scalar = new Scalar(value);
  if (OTHERS_READ.test(value) || UNUSUAL.test(value) || (isKey && value.includes("\n"))) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** Reads a text; faults have their place, and what has no JSON is one. */
export function readYaml(source: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(source, { version: "1.2", prettyErrors: false, lineCounter: lines, uniqueKeys: true });
  const faults: Fault[] = [];
  const several = "there are several documents";
  for (const error of document.errors) {
    const message = error.code === "MULTIPLE_DOCS" ? several : error.message;
    faults.push({ ...place(error.pos, source), message: `This is no valid YAML: ${lowered(message)}.`, severity: "error" });
  }
  for (const warning of document.warnings) {
    faults.push({ ...place(warning.pos, source), message: `${warning.message}.`, severity: "warning" });
  }
  const reader = new Reader(source, document, faults);
  const tree = reader.tree(document.contents as Node | null, 0);
  return { tree: faults.some(({ severity }) => severity === "error") ? null : tree, faults };
}

/** As much of a text as can be read, for helping while it is being written. */
export function guessYaml(source: string): Tree {
  const document = parseDocument(source, { version: "1.2", prettyErrors: false, uniqueKeys: false });
  return new Reader(source, document, []).tree(document.contents as Node | null, 0);
}

function lowered(message: string): string {
  const text = message.replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

function place([from, to]: [number, number], source: string): Span {
  const begin = Math.min(from, source.length);
  return { from: begin, to: Math.max(begin, Math.min(to, source.length)) };
}

class Reader {
  private parts = 0;
  constructor(private readonly source: string, private readonly document: ReturnType<typeof parseDocument>, private readonly faults: Fault[]) {}

  tree(node: Node | null, after: number, span?: Span): Tree {
    const at = span ?? this.span(node, after);
    if (++this.parts === MOST_PARTS) this.fault(at, "This is no template: its aliases make it too large.");
    if (!node || this.parts > MOST_PARTS) return { ...at, kind: "word", raw: "null" };
    if (isAlias(node)) return this.alias(node, at);
    if (isMap(node)) return { ...at, kind: "object", members: this.members(node, at, span) };
    if (isSeq(node)) {
      let end = at.from;
      const items = node.items.map((item) => {
        const part = this.tree(item as Node | null, end, span);
        end = part.to;
        return part;
      });
      return { ...at, kind: "array", items };
    }
    return isScalar(node) ? this.scalar(node, at) : { ...at, kind: "word", raw: "null" };
  }

  /** What an alias stands for, all of it at the place of the alias. */
  private alias(node: Alias, at: Span): Tree {
    const target = node.resolve(this.document) as Node | undefined;
    if (target) return this.tree(target, at.to, at);
    this.fault(at, `Nothing is called \`${node.source}\`.`);
    return { ...at, kind: "word", raw: "null" };
  }

  private members(node: YAMLMap, at: Span, span?: Span): Member[] {
    let end = at.from;
    const found = new Map<string, Member>();
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const place = span ?? this.span(key, end);
      const name = this.key(key, place);
      const value = this.tree(pair.value as Node | null, place.to, span);
      if (name !== null) found.set(name, { key: name, at: place, value });
      end = value.to;
    }
    return [...found.values()];
  }

  /** Keys of JSON are texts: `1:` is as good as `"1":`. */
  private key(node: Node | null, at: Span): string | null {
    const key = isAlias(node) ? node.resolve(this.document) : node;
    if (isScalar(key)) return typeof key.value === "string" ? key.value : (key.source ?? "");
    this.fault(at, "A key must be a text.");
    return null;
  }

  private scalar(node: Scalar, at: Span): Tree {
    const { value, source = "", type } = node;
    if (typeof value === "string") {
      if (type === Scalar.PLAIN && /^(y|n|yes|no|on|off)$/i.test(source)) {
        this.fault(at, `\`${source}\` is a text here; older readers take it for true or false. Quotes make it plain.`, "warning");
      }
      return { ...at, kind: "text", value };
    }
    if (typeof value === "boolean" || value === null) return { ...at, kind: "word", raw: String(value) as "null" };
    const raw = typeof value === "number" || typeof value === "bigint" ? jsonNumber(source) : null;
    if (raw === null) this.fault(at, `JSON has nothing for \`${source}\`.`);
    return { ...at, kind: "number", raw: raw ?? "0" };
  }

  /** Without the blanks and line breaks at the end; of what is not written, the place behind `after`. */
  private span(node: Node | null, after: number): Span {
    const range = node?.range;
    if (!range) return { from: after, to: after };
    const from = Math.min(range[0], this.source.length);
    const written = this.source.slice(from, range[1]).trimEnd().length;
    return { from, to: from + written };
  }

  private fault(at: Span, message: string, severity: Fault["severity"] = "error"): void {
    this.faults.push({ from: at.from, to: at.to, message, severity });
  }
}

/** A number of YAML as JSON writes it, digits kept; null for those that JSON has not. */
export function jsonNumber(source: string): string | null {
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(source)) return source;
  if (/^0o[0-7]+$|^0x[\da-fA-F]+$/.test(source)) return BigInt(source).toString();
  const parts = /^([-+]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+)?$/.exec(source);
  if (!parts || !(parts[2] || parts[3])) return null;
  const [, sign, whole, fraction, exponent = ""] = parts;
  const digits = whole!.replace(/^0+(?=\d)/, "") || "0";
  return `${sign === "-" ? "-" : ""}${digits}${fraction === undefined ? "" : `.${fraction || "0"}`}${exponent}`;
}
