/** What a template may say, as types with named fields; see `worker/examples/kubernetes_schema.rs` for their notation. */
import type { Step } from "./tree";
import { OWN } from "./template";

export interface Type {
  doc: string;
  fields: Record<string, [kind: string, doc: string]>;
  /** The type of keys that are not named; without it there must be none. */
  rest?: string;
}

export type Types = Record<string, Type>;

/** A type as it is used in one place. */
export type Kind =
  | { is: "list"; of: string }
  | { is: "map"; of: string }
  | { is: "choice"; texts: string[] }
  | { is: "type"; name: string; type: Type }
  | { is: "plain"; name: string };

export interface Field {
  kind: Kind;
  doc: string;
  required: boolean;
}

/** The types of templates, with those of Kubernetes as far as they are there. */
export class Schema {
  constructor(private readonly types: Types) {}

  /** Without Kubernetes, which is loaded later. */
  static readonly own = new Schema(OWN);

  /** With what Kubernetes says; our own words come first. */
  static with(kubernetes: Types): Schema {
    const types: Types = { ...kubernetes, ...OWN };
    for (const [name, { fields }] of Object.entries(OWN)) {
      const theirs = kubernetes[name];
      if (theirs) types[name] = { ...theirs, fields: { ...theirs.fields, ...fields } };
    }
    return new Schema(types);
  }

  kind(text: string): Kind {
    const bare = text.replace(/!$/, "");
    if (bare.startsWith("[")) return { is: "list", of: bare.slice(1, -1) };
    if (bare.startsWith("{")) return { is: "map", of: bare.slice(1, -1) };
    if (bare.startsWith("=")) return { is: "choice", texts: bare.slice(1).split("|") };
    const type = Object.hasOwn(this.types, bare) ? this.types[bare] : undefined;
    return type ? { is: "type", name: bare, type } : { is: "plain", name: bare };
  }

  /** The fields that an object of this kind may have. */
  fields(kind: Kind): [string, Field][] {
    if (kind.is !== "type") return [];
    return Object.entries(kind.type.fields).map(([name, [text, doc]]) => [name, { kind: this.kind(text), doc, required: text.endsWith("!") }]);
  }

  /** What stands at a path of a template; null where nothing is known of it. */
  at(path: readonly Step[]): Field | null {
    let here: Field = { kind: this.kind("Template"), doc: "", required: true };
    for (const step of path) {
      const next = this.child(here.kind, step);
      if (!next) return null;
      here = next;
    }
    return here;
  }

  /** The field below a key or at a place of a list. */
  child(kind: Kind, step: Step): Field | null {
    if (kind.is === "list" || kind.is === "map") return this.named(kind.of, "");
    if (kind.is !== "type") return null;
    const field = Object.hasOwn(kind.type.fields, step) ? kind.type.fields[step] : undefined;
    if (field) return this.named(field[0], field[1]);
    return kind.type.rest ? this.named(kind.type.rest, "") : null;
  }

  private named(text: string, doc: string): Field {
    const kind = this.kind(text);
    return { kind, doc: doc || (kind.is === "type" ? kind.type.doc : ""), required: text.endsWith("!") };
  }

  /** A type in a few words. */
  words(kind: Kind): string {
    if (kind.is === "list") return `list of ${this.words(this.kind(kind.of))}`;
    if (kind.is === "map") return `object of ${this.words(this.kind(kind.of))}`;
    if (kind.is === "choice") return kind.texts.map((text) => text || '""').join(" or ");
    if (kind.is === "type") return kind.name;
    return PLAIN[kind.name] ?? kind.name;
  }
}

const PLAIN: Record<string, string> = {
  string: "text", integer: "whole number", boolean: "true or false", "int-or-string": "whole number or text", any: "anything",
};
