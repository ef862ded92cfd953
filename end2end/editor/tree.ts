/** A document as both languages have it: values in their order, numbers as they are written, each with its place. */

/** Offsets into the text, in UTF-16 units. */
export interface Span {
  from: number;
  to: number;
}

export interface Member {
  key: string;
  at: Span;
  value: Tree;
}

export type Value =
  | { kind: "object"; members: Member[] }
  | { kind: "array"; items: Tree[] }
  | { kind: "text"; value: string }
  /** A number of JSON, digit for digit. */
  | { kind: "number"; raw: string }
  | { kind: "word"; raw: "true" | "false" | "null" };

export type Tree = Span & Value;

/** One step into a document: a key, or a place in a list. */
export type Step = string | number;

/** Something wrong in a text, or worth a look. */
export interface Fault extends Span {
  message: string;
  severity: "error" | "warning";
}

/** What a text says: no tree where it cannot be read. */
export interface Reading {
  tree: Tree | null;
  faults: Fault[];
}

/** Whether two documents say the same, in the same order. */
export function same(a: Value, b: Value): boolean {
  if (a.kind === "object") {
    return b.kind === "object" && a.members.length === b.members.length
      && a.members.every((member, i) => member.key === b.members[i]!.key && same(member.value, b.members[i]!.value));
  }
  if (a.kind === "array") {
    return b.kind === "array" && a.items.length === b.items.length && a.items.every((item, i) => same(item, b.items[i]!));
  }
  if (a.kind === "text") return b.kind === "text" && a.value === b.value;
  return b.kind === a.kind && a.raw === b.raw;
}

/** The part to which the steps lead; with `near`, the last part on the way that is there. */
export function at(tree: Tree, path: readonly Step[], near = false): Tree | null {
  let here = tree;
  for (const step of path) {
    const next = child(here, step);
    if (!next) return near ? here : null;
    here = next;
  }
  return here;
}

/** The part below a key, or at a place of a list. */
export function child(tree: Tree, step: Step): Tree | null {
  if (tree.kind === "object") return tree.members.find(({ key }) => key === String(step))?.value ?? null;
  return tree.kind === "array" ? (tree.items[Number(step)] ?? null) : null;
}

/** The innermost part or key at an offset. */
export interface Found {
  path: Step[];
  /** The key, when it is one. */
  key: Member | null;
  value: Tree;
}

/** What stands at an offset. */
export function find(tree: Tree, offset: number): Found {
  const path: Step[] = [];
  let value = tree;
  for (;;) {
    const members: Member[] = value.kind === "object" ? value.members : [];
    const key = members.find(({ at }) => at.from <= offset && offset <= at.to);
    if (key) return { path: [...path, key.key], key, value: key.value };
    const inside = (part: Tree) => part.from <= offset && offset <= part.to;
    const member = members.find((member) => inside(member.value));
    const item = value.kind === "array" ? value.items.findIndex(inside) : -1;
    if (member) path.push(member.key);
    else if (item >= 0) path.push(item);
    else return { path, key: null, value };
    value = member ? member.value : (value as Extract<Tree, { kind: "array" }>).items[item]!;
  }
}

/** The steps of a JSON pointer. */
export function steps(pointer: string): Step[] {
  return pointer.split("/").slice(1).map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}
