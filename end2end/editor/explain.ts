/** What stands at a place, in words: shown under the pointer, and under the cursor with F2. */
import { StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import type { Subject } from "./complete";
import { about, placeholders, usage } from "./placeholder";
import { guessJson } from "./json";
import { find, type Span } from "./tree";
import { guessYaml } from "./yaml";

/** A name, its type, and sentences about it. */
export interface Explanation extends Span {
  name: string;
  type: string;
  lines: string[];
}

/** What is known of the place; null where that is nothing. */
export function explain(text: string, offset: number, { language, tree, schema, facts, print }: Subject): Explanation | null {
  const here = language === "json" ? guessJson(text) : guessYaml(text);
  if (!tree || !here) return null;
  const { path, key, value } = find(here, offset);
  const span: Span = key ? key.at : value;
  const inside = placeholders(text.slice(span.from, span.to), span.from).find(({ from, to }) => from <= offset && offset <= to);
  if (inside) return { ...inside, name: `{{ ${inside.name} }}`, type: "variable", lines: about(inside.name, tree, facts, print) };
  const isVariable = path.length === 3 && path[0] === "variables" && path[1] === "properties";
  if (isVariable && key) return { ...span, name: key.key, type: "variable", lines: about(key.key, tree, facts, print) };
  if (!key && (value.kind === "object" || value.kind === "array")) return null;
  const field = schema.at(path);
  const name = path.filter((step) => typeof step === "string").at(-1);
  if (!field || name === undefined) return null;
  const isDefault = path.length === 4 && path[1] === "properties" && path[3] === "default";
  const lines = [field.doc, isDefault ? usage(facts, String(path[2])) : ""].filter((line) => line);
  return { ...span, name: String(name), type: schema.words(field.kind), lines };
}

function tooltip({ from, to, name, type, lines }: Explanation, role?: string): Tooltip {
  return {
    pos: from, end: to, above: true,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "explanation";
      if (role) dom.setAttribute("role", role);
      const head = dom.appendChild(document.createElement("p"));
      head.append(Object.assign(document.createElement("b"), { textContent: name }), " ", Object.assign(document.createElement("span"), { textContent: type }));
      for (const line of lines) dom.appendChild(document.createElement("p")).textContent = line;
      return { dom };
    },
  };
}

const show = StateEffect.define<Explanation | null>();
const shown = StateField.define<Explanation | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field, (value) => value && tooltip(value, "status")),
});

/** Explanations in the editor. */
export function explaining(subject: () => Subject) {
  const at = (view: EditorView, offset: number) => explain(view.state.doc.toString(), offset, subject());
  return [
    hoverTooltip((view, offset) => {
      const found = at(view, offset);
      return found && tooltip(found);
    }),
    shown,
    keymap.of([
      { key: "F2", run: (view) => { view.dispatch({ effects: show.of(at(view, view.state.selection.main.head)) }); return true; } },
      { key: "Escape", run: (view) => { if (!view.state.field(shown)) return false; view.dispatch({ effects: show.of(null) }); return true; } },
    ]),
  ];
}
