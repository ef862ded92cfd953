/** One template in two languages: the text in the one that is written follows from the other without losing either's formatting. */
import { patched, print, read, type Language } from "./edit";
import { readJson } from "./json";
import type { Fault, Reading, Span, Tree } from "./tree";

export class Template {
  /** The JSON, as the dashboard has it. */
  json: string;
  /** The YAML that somebody wrote, or that was made when it was asked for. */
  yaml: string | null;
  language: Language = "json";
  /** What the text said when it could be read last: variables are known while somebody writes half a line. */
  last: Tree | null = null;
  private reading: Reading;

  constructor(json: string, yaml: string | null) {
    this.json = json;
    this.yaml = yaml;
    this.reading = this.hold(readJson(json));
  }

  private hold(reading: Reading): Reading {
    this.last = reading.tree ?? this.last;
    return reading;
  }

  /** The text in the language of the moment. */
  get text(): string {
    return this.language === "json" ? this.json : (this.yaml ?? "");
  }

  /** What the text says; null while it cannot be read. */
  get tree(): Tree | null {
    return this.reading.tree;
  }

  /** What is wrong with the text as YAML, or worth a look. */
  get faults(): Fault[] {
    return this.reading.faults;
  }

  /** The YAML, if it holds more than its JSON: comments, or another form. */
  get own(): string {
    if (this.yaml === null) return "";
    const { tree } = read(this.yaml, "yaml");
    return tree && print(tree, "yaml") === this.yaml ? "" : this.yaml;
  }

  /** Takes what the visitor wrote; the other language follows once it can be read. */
  write(text: string): void {
    this.reading = this.hold(read(text, this.language));
    const { tree } = this.reading;
    if (this.language === "yaml") {
      this.yaml = text;
      if (tree) this.json = patched(this.json, "json", tree);
      return;
    }
    this.json = text;
    if (tree && this.yaml !== null) this.yaml = patched(this.yaml, "yaml", tree);
  }

  /** Changes the language; false while the text cannot be read. */
  speak(language: Language): boolean {
    if (language === this.language) return true;
    if (!this.tree) return false;
    if (language === "yaml") this.yaml = this.yaml === null ? print(this.tree, "yaml") : patched(this.yaml, "yaml", this.tree);
    else if (!this.own) this.yaml = null;
    this.language = language;
    this.reading = this.hold(read(this.text, language));
    return true;
  }

  /** Goes on with YAML that was being written. */
  resume(yaml: string): void {
    this.language = "yaml";
    this.write(yaml);
  }

  /** Takes another JSON in exactly this form; the YAML is changed where it differs. */
  replace(json: string): void {
    const { tree } = readJson(json);
    this.json = json;
    if (this.yaml !== null && tree) this.yaml = patched(this.yaml, "yaml", tree);
    this.reading = this.hold(read(this.text, this.language));
  }

  /** Goes back to a JSON and the YAML that belongs to it, if somebody wrote one. */
  reset(json: string, yaml: string): void {
    const { tree } = readJson(json);
    this.yaml = yaml || (tree && this.language === "yaml" ? print(tree, "yaml") : null);
    this.replace(json);
  }

  /** Changes the text so that it says what this JSON says. */
  change(json: string): void {
    const { tree } = readJson(json);
    if (tree) this.write(patched(this.text, this.language, tree));
  }

  /** Where in the text of the moment a place of the JSON is; `length` UTF-16 units of it are meant. */
  fromJson(offset: number, length: number): Span {
    if (this.language === "json") return { from: offset, to: offset + length };
    const root = readJson(this.json).tree;
    if (!root || !this.tree) return { from: 0, to: 0 };
    return counterpart(root, this.tree, { from: offset, to: offset + length }, this.json, this.text);
  }
}

/** The place in another text that says the same. */
function counterpart(from: Tree, to: Tree, span: Span, json: string, text: string): Span {
  const inside = (outer: Span) => outer.from <= span.from && span.from < Math.max(outer.to, outer.from + 1);
  if (from.kind === "object" && to.kind === "object") {
    for (const [i, { at, value }] of from.members.entries()) {
      const other = to.members[i];
      if (other && inside(at)) return part(json.slice(span.from, span.to), other.at, text);
      if (other && inside(value)) return counterpart(value, other.value, span, json, text);
    }
  }
  if (from.kind === "array" && to.kind === "array") {
    for (const [i, item] of from.items.entries()) {
      const other = to.items[i];
      if (other && inside(item)) return counterpart(item, other, span, json, text);
    }
  }
  return part(json.slice(span.from, span.to), to, text);
}

/** The wanted words inside of a place, such as one placeholder of a text; else all of it, or where a container begins. */
function part(words: string, place: Span & { kind?: string }, text: string): Span {
  const at = words.startsWith("{{") ? text.slice(place.from, place.to).indexOf(words) : -1;
  if (at >= 0) return { from: place.from + at, to: place.from + at + words.length };
  const isContainer = place.kind === "object" || place.kind === "array";
  return { from: place.from, to: isContainer ? Math.min(place.from + 1, place.to) : place.to };
}
