/** What may be written here: fields and values by their schema, and the names of placeholders. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Language } from "./edit";
import { about, declared, type Facts } from "./placeholder";
import { place, taken, type Place } from "./place";
import type { Field, Kind, Schema } from "./schema";
import type { Tree } from "./tree";

/** What the helpers need to know of the document that is edited. */
export interface Subject {
  language: Language;
  schema: Schema;
  facts: Facts;
  /** The last document that could be read. */
  tree: Tree | null;
  print: (value: Tree) => string;
}

/** The choices at the cursor. */
export function complete(context: CompletionContext, subject: Subject): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const open = /\{\{\s*([\w.$-]*)$/.exec(before);
  if (open) return ofPlaceholders(context.pos - open[1]!.length, line.text.slice(context.pos - line.from), subject);
  // Without a letter only who asks is answered: an editor that talks all the time is in the way.
  if (!context.explicit && !/[\w"']$/.test(before)) return null;
  const found = place(context.state.doc.toString(), context.pos, subject.language);
  const field = found && subject.schema.at(found.path);
  if (!found || !field) return null;
  const options = found.isKey ? keys(found, field, subject) : values(field, subject);
  return options.length ? { from: found.word.from, to: found.word.to, options, validFor: /^["']?[\w$./-]*["']?$/ } : null;
}

function ofPlaceholders(from: number, after: string, { tree, facts, print }: Subject): CompletionResult {
  const close = /^[\w.$-]*\s*\}\}/.test(after) ? "" : " }}";
  const variables = tree ? declared(tree).map(({ name }) => ({ label: name, info: about(name, tree, facts, print).join("\n"), boost: 1 })) : [];
  const others = ["prefect.variables.", "prefect.blocks.", "ctx.flow_run.name", "ctx.flow.name", "ctx.deployment.name"];
  const options = [...variables, ...others.map((label) => ({ label, info: about(label, tree ?? NOTHING, facts, print)[0]! }))];
  return {
    from, validFor: /^[\w.$-]*$/,
    options: options.map((option) => ({ ...option, type: "variable", apply: option.label.endsWith(".") ? option.label : option.label + close })),
  };
}

const NOTHING: Tree = { kind: "object", members: [], from: 0, to: 0 };

function keys(found: Place, { kind }: Field, { schema, language }: Subject): Completion[] {
  const known = taken(found.tree, found.path, found.word);
  return schema.fields(kind).filter(([name]) => !known.includes(name)).map(([name, field]) => ({
    // What has been typed begins with a quote in JSON, and is compared with this.
    label: language === "json" ? JSON.stringify(name) : name,
    displayLabel: name,
    type: "property",
    detail: schema.words(field.kind) + (field.required ? ", required" : ""),
    info: field.doc,
    boost: field.required ? 1 : /^deprecated/i.test(field.doc) ? -50 : 0,
    apply: (language === "json" ? JSON.stringify(name) : name) + (found.hasColon ? "" : language === "yaml" && isContainer(field.kind) ? ":" : ": "),
  }));
}

/** Whether a value is written behind its key; YAML begins containers on the next line. */
function isContainer({ is }: Kind): boolean {
  return is === "list" || is === "map" || is === "type";
}

function values({ kind, doc }: Field, { schema, language }: Subject): Completion[] {
  const texts = kind.is === "choice" ? kind.texts : [];
  const words = kind.is === "plain" && kind.name === "boolean" ? ["true", "false"] : [];
  const quoted = (text: string) => (language === "json" || !/^[A-Za-z]/.test(text) || /^(true|false|null|none)$/i.test(text) ? JSON.stringify(text) : text);
  return [
    ...texts.map((text) => ({ label: quoted(text), displayLabel: text || '""', type: "enum", info: doc, apply: quoted(text) })),
    ...words.map((label) => ({ label, type: "keyword", info: doc, detail: schema.words(kind) })),
  ];
}
