/**
 * The editor of JSON and YAML documents, a bundle of its own that pages load when they need it.
 * It puts `window.reeveEditor` into the page; the dashboard's wasm calls `mount`.
 */
import { autocompletion, closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, foldGutter, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, linter, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";

/** Something wrong in a document: `line` and `column` count from 1, `length` in characters. */
export interface Problem {
  line: number;
  column: number;
  length?: number;
  message: string;
  severity?: "error" | "warning" | "info";
}

export interface Options {
  doc: string;
  language?: "json" | "yaml";
  readOnly?: boolean;
  /** What the editor is for, read out by screen readers. */
  label?: string;
  /** Called with the whole document after each change by the user. */
  onChange?: (doc: string) => void;
  /** Called when typing pauses; what it returns is marked in the text. */
  lint?: (doc: string) => Problem[] | Promise<Problem[]>;
}

export interface Editor {
  get(): string;
  set(doc: string): void;
  focus(): void;
  /** Asks for the problems at once. */
  lint(): void;
  destroy(): void;
}

/** Where a problem is in the document as it is now; places beyond its end are pulled in. */
function diagnostic(state: EditorState, problem: Problem): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(problem.line, 1), state.doc.lines));
  const from = Math.min(line.from + Math.max(problem.column - 1, 0), line.to);
  const to = Math.min(from + (problem.length ?? 1), state.doc.length);
  return { from, to, message: problem.message, severity: problem.severity ?? "error" };
}

/** Puts an editor into `parent`. */
export function mount(parent: Element, options: Options): Editor {
  const { lint, onChange } = options;
  let silent = false;
  const extensions = [
    lineNumbers(), foldGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
    autocompletion(), highlightActiveLine(), highlightSelectionMatches(),
    syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
    options.language === "yaml" ? yaml() : json(),
    keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, indentWithTab]),
    EditorState.readOnly.of(options.readOnly ?? false),
    EditorView.contentAttributes.of({ "aria-label": options.label ?? "Document" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !silent) onChange?.(update.state.doc.toString());
    }),
  ];
  if (lint) {
    const check = async (view: EditorView) =>
      (await lint(view.state.doc.toString())).map((problem) => diagnostic(view.state, problem));
    extensions.push(lintGutter(), linter(check, { delay: 200 }));
  }
  const view = new EditorView({ parent, state: EditorState.create({ doc: options.doc, extensions }) });
  return {
    get: () => view.state.doc.toString(),
    set(doc) {
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: doc } });
      silent = false;
    },
    focus: () => view.focus(),
    lint: () => forceLinting(view),
    destroy: () => view.destroy(),
  };
}

/** Takes over a text field: it keeps the text, hears of typing by `input`, and brings new text and problems. */
function attach(field: HTMLTextAreaElement) {
  if (field.dataset.attached !== undefined) return;
  field.dataset.attached = "";
  const parent = document.createElement("div");
  parent.className = "editor";
  field.before(parent);
  field.hidden = true;
  const problems = (): Problem[] => JSON.parse(field.dataset.problems ?? "[]");
  const editor = mount(parent, {
    doc: field.value,
    language: field.dataset.source === "yaml" ? "yaml" : "json",
    label: field.getAttribute("aria-label") ?? undefined,
    onChange(doc) {
      field.value = doc;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    lint: problems,
  });
  field.addEventListener("reeve:set", () => editor.set(field.value));
  field.addEventListener("reeve:problems", () => editor.lint());
}

function attachAll() {
  document.querySelectorAll<HTMLTextAreaElement>("textarea[data-source]").forEach(attach);
}

document.addEventListener("reeve:field", attachAll, true);
attachAll();

declare global {
  interface Window {
    reeveEditor: { mount: typeof mount };
  }
}

window.reeveEditor = { mount };
