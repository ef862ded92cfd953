/** JSON: read with the place of everything, and printed as the server prints it. */
import { parseTree, type Node } from "jsonc-parser";
import type { Member, Reading, Tree, Value } from "./tree";

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** Reads a text. What is wrong is told by the one who checks templates; here there is a tree or none. */
export function readJson(text: string): Reading {
  const errors: unknown[] = [];
  const root = parseTree(text, errors as never[], STRICT);
  return { tree: root && errors.length === 0 ? tree(root, text) : null, faults: [] };
}

/** As much of a text as can be read, for helping while it is being written. */
export function guessJson(text: string): Tree | null {
  const root = parseTree(text, []);
  return root ? tree(root, text) : null;
}

function tree(node: Node, text: string): Tree {
  const span = { from: node.offset, to: node.offset + node.length };
  switch (node.type) {
    case "object": return { ...span, kind: "object", members: members(node.children ?? [], text) };
    case "array": return { ...span, kind: "array", items: (node.children ?? []).map((item) => tree(item, text)) };
    case "string": return { ...span, kind: "text", value: node.value };
    case "number": return { ...span, kind: "number", raw: text.slice(span.from, span.to) };
    default: return { ...span, kind: "word", raw: node.value === true ? "true" : node.value === false ? "false" : "null" };
  }
}

/** Of a key that is given twice the last value counts, at the place of the first one. */
function members(properties: Node[], text: string): Member[] {
  const found = new Map<string, Member>();
  for (const { children } of properties) {
    const [key, value] = children ?? [];
    if (!key) continue;
    const at = { from: key.offset, to: key.offset + key.length };
    found.set(key.value, { key: key.value, at, value: value ? tree(value, text) : { from: at.to, to: at.to, kind: "word", raw: "null" } });
  }
  return [...found.values()];
}

/** The text of a value; `indent` stands before every line but the first. */
export function printJson(value: Value, indent = ""): string {
  const inner = `${indent}  `;
  switch (value.kind) {
    case "object": {
      const lines = value.members.map(({ key, value }) => `${inner}${JSON.stringify(key)}: ${printJson(value, inner)}`);
      return lines.length ? `{\n${lines.join(",\n")}\n${indent}}` : "{}";
    }
    case "array": {
      const lines = value.items.map((item) => inner + printJson(item, inner));
      return lines.length ? `[\n${lines.join(",\n")}\n${indent}]` : "[]";
    }
    case "text": return JSON.stringify(value.value);
    default: return value.raw;
  }
}
