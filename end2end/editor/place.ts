/** Where in a template something is being written: the part that is still half a sentence is put right first. */
import { getLocation } from "jsonc-parser";
import { guessJson } from "./json";
import type { Language } from "./edit";
import { at, type Span, type Step, type Tree } from "./tree";
import { guessYaml } from "./yaml";

export interface Place {
  /** What the text says, as far as it can be read; with something put in at the cursor. */
  tree: Tree | null;
  /** Of a key: its object. Of a value: itself. */
  path: Step[];
  isKey: boolean;
  /** What is there of it already; what is chosen takes its place. */
  word: Span;
  /** Whether the key has its colon already. */
  hasColon: boolean;
}

/** The place at an offset; null where nothing can be chosen from. */
export function place(text: string, offset: number, language: Language): Place | null {
  return language === "json" ? inJson(text, offset) : inYaml(text, offset);
}

function inJson(text: string, offset: number): Place | null {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  const tree = guessJson(text);
  const touched = previousNode && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length ? previousNode : null;
  let word = touched ? { from: touched.offset, to: touched.offset + touched.length } : { from: offset, to: offset };
  const bare = /[\w$.-]*$/.exec(text.slice(0, offset))![0];
  if (!touched) word = { from: offset - bare.length, to: offset };
  // A text that is not closed yet reaches to the end of its line at most.
  const line = text.slice(word.from, word.to).search(/[\n,:]/);
  if (line >= 0) word = { from: word.from, to: Math.max(offset, word.from + line) };
  if (isAtPropertyKey) return { tree, path: path.slice(0, -1), isKey: true, word, hasColon: /^\s*:/.test(text.slice(word.to)) };
  const before = text.slice(0, word.from).trimEnd().at(-1) ?? "";
  return /[:,[]/.test(before) ? { tree, path, isKey: false, word, hasColon: false } : null;
}

/** Stands where the cursor is, so that the text can be read. */
const MARK = "zzcursorzz";

function inYaml(text: string, offset: number): Place | null {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const [before, after] = [text.slice(start, offset), text.slice(offset, end < 0 ? text.length : end)];
  const rest = /^[\w$.-]*/.exec(after)![0].length;
  const key = /^(\s*(?:- +)*)(["']?[\w$.-]*)$/.exec(before);
  if (key) {
    const word = { from: start + key[1]!.length, to: offset + rest };
    const hasColon = /^["']?\s*:(\s|$)/.test(after.slice(rest));
    const written = text.slice(0, word.from) + MARK + (hasColon ? "" : ": 0") + text.slice(word.to).replace(/^["']/, "");
    const tree = guessYaml(written);
    const path = search(tree, (part) => part.kind === "object" && part.members.some(({ key }) => key === MARK));
    if (path) return { tree, path, isKey: true, word, hasColon };
  }
  const value = /^\s*(?:- +)*(?:"[^"]*"|'[^']*'|[^\s#"'][^#]*?):\s+(["']?[\w$./-]*)$/.exec(before) ?? /^\s*(?:- +)+(["']?[\w$./-]*)$/.exec(before);
  if (!value) return null;
  const word = { from: offset - value[1]!.length, to: offset + rest };
  const tree = guessYaml(text.slice(0, word.from) + MARK + text.slice(word.to));
  const path = search(tree, (part) => part.kind === "text" && part.value.startsWith(MARK));
  return path && { tree, path, isKey: false, word, hasColon: false };
}

/** The path to the first part of which this is true. */
function search(tree: Tree, wanted: (part: Tree) => boolean): Step[] | null {
  if (wanted(tree)) return [];
  const parts: [Step, Tree][] = tree.kind === "object" ? tree.members.map(({ key, value }) => [key, value])
    : tree.kind === "array" ? tree.items.map((item, i) => [i, item]) : [];
  for (const [step, part] of parts) {
    const found = search(part, wanted);
    if (found) return [step, ...found];
  }
  return null;
}

/** The keys that an object has already, without the one that is being written. */
export function taken(tree: Tree | null, path: readonly Step[], word: Span): string[] {
  const object = tree && at(tree, path);
  return object?.kind === "object" ? object.members.filter((member) => member.at.from !== word.from).map(({ key }) => key) : [];
}
