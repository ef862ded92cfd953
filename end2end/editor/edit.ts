/**
 * Changes to a text that make it say something else: only what differs is written anew, so that formatting and
 * comments elsewhere stay. What comes out is read again; should it not say what it must, the text is printed anew
 * and the comments go to its beginning.
 */
import { printJson, readJson } from "./json";
import { same, type Member, type Reading, type Span, type Tree, type Value } from "./tree";
import { printYaml, readYaml } from "./yaml";

export type Language = "json" | "yaml";

export interface Change extends Span {
  insert: string;
}

/** Reads a text of the language. */
export function read(text: string, language: Language): Reading {
  return language === "json" ? readJson(text) : readYaml(text);
}

/** Prints a value in the language. */
export function print(value: Value, language: Language): string {
  return language === "json" ? printJson(value) : printYaml(value);
}

/** The text, changed so that it says `target`. */
export function patched(text: string, language: Language, target: Tree): string {
  const { tree } = read(text, language);
  if (tree && same(tree, target)) return text;
  const changed = tree && attempt(text, language, tree, target);
  if (changed) return changed;
  const lost = language === "yaml" ? comments(text) : [];
  return [...lost, print(target, language)].join("\n");
}

/** The comments of a YAML text, one by one. */
export function comments(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const bare = line.replace(/"(\\.|[^"\\])*"|'[^']*'/g, (quoted) => "x".repeat(quoted.length));
    const from = bare.search(/(^|\s)#/);
    return from < 0 ? [] : [line.slice(from).trim()];
  });
}

class Unfit extends Error {}

function attempt(text: string, language: Language, tree: Tree, target: Tree): string | null {
  try {
    const writer = new Writer(text, language);
    writer.change(tree, target);
    const result = [...writer.lost, apply(text, writer.changes)].join("\n");
    const again = read(result, language).tree;
    return again && same(again, target) ? result : null;
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}

/** The text after changes that do not overlap. */
export function apply(text: string, changes: Change[]): string {
  let [result, end] = ["", 0];
  for (const { from, to, insert } of [...changes].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end) throw new Unfit("changes overlap");
    result += text.slice(end, from) + insert;
    end = to;
  }
  return result + text.slice(end);
}

/** What a container's text is changed by: parts that go, and new ones behind those that stay. */
interface Part {
  whole: Span;
  value: Tree;
}

class Writer {
  readonly changes: Change[] = [];
  /** Comments inside of what is written anew. */
  readonly lost: string[] = [];
  constructor(private readonly text: string, private readonly language: Language) {}

  change(old: Tree, target: Tree, key?: Member): void {
    if (same(old, target)) return;
    if (old.kind === "object" && target.kind === "object" && this.members(old, target)) return;
    if (old.kind === "array" && target.kind === "array" && this.items(old, target)) return;
    this.replace(old, target, key);
  }

  /** False where the whole object has to be written: keys changed places, or none stays. */
  private members(old: Extract<Tree, { kind: "object" }>, target: Extract<Tree, { kind: "object" }>): boolean {
    const goal = new Map(target.members.map((member) => [member.key, member]));
    const before = new Map(old.members.map((member) => [member.key, member]));
    const staying = old.members.filter(({ key }) => goal.has(key));
    const wanted = target.members.filter(({ key }) => before.has(key));
    if (!staying.length || staying.some(({ key }, i) => key !== wanted[i]!.key)) return false;
    const parts = old.members.map(({ key, at, value }) => ({ whole: { from: at.from, to: value.to }, value, stays: goal.has(key) }));
    this.remove(old, parts);
    let last: Part | null = null;
    for (const { key, value } of target.members) {
      const known = before.get(key);
      if (!known) {
        this.insert(old, parts[0]!, last, (indent) => this.pair(key, value, indent));
        continue;
      }
      this.change(known.value, value, known);
      last = { whole: { from: known.at.from, to: known.value.to }, value: known.value };
    }
    return true;
  }

  private items(old: Extract<Tree, { kind: "array" }>, target: Extract<Tree, { kind: "array" }>): boolean {
    const [a, b] = [old.items, target.items];
    let head = 0;
    while (head < a.length && head < b.length && same(a[head]!, b[head]!)) head++;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && same(a[a.length - 1 - tail]!, b[b.length - 1 - tail]!)) tail++;
    const both = Math.min(a.length, b.length) - head - tail;
    if (head + both + tail === 0) return false;
    const parts = a.map((value, i) => ({ whole: { from: value.from, to: value.to }, value, stays: i < head + both || i >= a.length - tail }));
    this.remove(old, parts);
    for (let i = head; i < head + both; i++) this.change(a[i]!, b[i]!);
    const last = parts[head + both - 1] ?? null;
    for (const value of b.slice(head + both, b.length - tail)) this.insert(old, parts[0]!, last, (indent) => this.value(value, indent));
    return true;
  }

  private isFlow(container: Tree): boolean {
    return this.language === "json" || /[[{]/.test(this.text[container.from] ?? "");
  }

  private remove(container: Tree, parts: (Part & { stays: boolean })[]): void {
    const firstStaying = parts.findIndex(({ stays }) => stays);
    parts.forEach(({ whole, stays }, i) => {
      if (stays) return;
      if (!this.isFlow(container)) return this.changes.push({ ...this.lines(container, whole), insert: "" });
      const [before, after] = [parts[i - 1], parts[i + 1]];
      const range = i > firstStaying ? { from: before!.whole.to, to: whole.to } : { from: whole.from, to: after!.whole.from };
      this.changes.push({ ...range, insert: "" });
    });
  }

  /** The whole lines of a member or an item. */
  private lines(container: Tree, { from, to }: Span): Span {
    const start = this.lineStart(from);
    const lead = this.text.slice(start, from);
    if (!(container.kind === "array" ? /^ *- +$/ : /^ *$/).test(lead)) throw new Unfit("it shares its line");
    const end = this.lineEnd(to);
    return end < this.text.length ? { from: start, to: end + 1 } : { from: Math.max(start - 1, 0), to: end };
  }

  private insert(container: Tree, first: Part, last: Part | null, print: (indent: string) => string): void {
    const start = this.lineStart(first.whole.from);
    const lead = this.text.slice(start, first.whole.from);
    if (this.isFlow(container)) {
      const blank = /^\s*$/.test(lead) && start > container.from ? `\n${lead}` : " ";
      const inserted = print(blank === " " ? this.indentation(container.from) : lead);
      if (last) this.changes.push({ from: last.whole.to, to: last.whole.to, insert: `,${blank}${inserted}` });
      else this.changes.push({ from: first.whole.from, to: first.whole.from, insert: `${inserted},${blank}` });
      return;
    }
    const indent = " ".repeat(lead.length);
    const dash = container.kind === "array" ? lead : indent;
    if (container.kind === "array" && !/^ *- +$/.test(lead)) throw new Unfit("it shares its line");
    if (last) {
      const at = this.lineEnd(last.whole.to);
      this.changes.push({ from: at, to: at, insert: `\n${dash}${print(indent)}` });
    } else {
      this.changes.push({ from: first.whole.from, to: first.whole.from, insert: `${print(indent)}\n${dash}` });
    }
  }

  private replace(old: Tree, target: Tree, key?: Member): void {
    const written = this.text.slice(old.from, old.to);
    const before = this.text[old.from - 1] ?? "";
    const blank = old.from === old.to && /[:\-?]/.test(before) ? " " : "";
    const isFlow = this.language === "json" || this.isInFlow(old);
    if (isFlow) {
      this.changes.push({ from: old.from, to: old.to, insert: blank + printJson(target, this.indentation(old.from)) });
      return;
    }
    if (old.kind === "object" || old.kind === "array") this.lost.push(...comments(written));
    const insert = this.value(target, "");
    const isOneLine = !insert.includes("\n") && !written.includes("\n") && !/^[|>]/.test(written);
    if (isOneLine && (isEmpty(target) || (target.kind !== "object" && target.kind !== "array"))) {
      this.changes.push({ from: old.from, to: old.to, insert: blank + insert });
    } else if (key) {
      const indent = " ".repeat(key.at.from - this.lineStart(key.at.from));
      this.changes.push({ from: key.at.to, to: old.to, insert: this.pair("k", target, indent).slice(1) });
    } else {
      const column = old.from - this.lineStart(old.from);
      this.changes.push({ from: old.from, to: old.to, insert: blank + this.value(target, " ".repeat(column)) });
    }
  }

  /** Whether a place of a YAML text is inside of braces or brackets; those of texts count too, which only makes JSON of more. */
  private isInFlow({ from }: Span): boolean {
    return this.flows.some((flow) => flow.from < from && from < flow.to);
  }

  private get flows(): Span[] {
    this.known ??= flowsOf(readYaml(this.text).tree, this.text);
    return this.known;
  }
  private known: Span[] | null = null;

  private pair(key: string, value: Tree, indent: string): string {
    const member: Member = { key, at: { from: 0, to: 0 }, value };
    if (this.language === "json") return `${JSON.stringify(key)}: ${printJson(value, indent)}`;
    return indented(printYaml({ kind: "object", members: [member] }), indent);
  }

  private value(value: Tree, indent: string): string {
    return this.language === "json" ? printJson(value, indent) : indented(printYaml(value), indent);
  }

  private lineStart(offset: number): number {
    return this.text.lastIndexOf("\n", offset - 1) + 1;
  }

  private lineEnd(offset: number): number {
    const end = this.text.indexOf("\n", offset);
    return end < 0 ? this.text.length : end;
  }

  private indentation(offset: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(offset)))![0];
  }
}

function isEmpty(tree: Tree): boolean {
  return (tree.kind === "object" && !tree.members.length) || (tree.kind === "array" && !tree.items.length);
}

/** The containers that are written in braces or brackets. */
function flowsOf(tree: Tree | null, text: string): Span[] {
  if (!tree || tree.kind === "text" || tree.kind === "number" || tree.kind === "word") return [];
  const parts = tree.kind === "object" ? tree.members.map(({ value }) => value) : tree.items;
  return [...(/[[{]/.test(text[tree.from] ?? "") ? [tree] : []), ...parts.flatMap((part) => flowsOf(part, text))];
}

/** Every line but the first behind the indentation; lines of block texts that are empty stay so. */
function indented(text: string, indent: string): string {
  return text.replace(/\n$/, "").replace(/\n(?!\n|$)/g, `\n${indent}`);
}
