/**
 * The editor of JSON documents: a bundle of its own, which only pages that edit load. It puts
 * `window.reeveEditor` into the page; the dashboard's wasm calls `mount` and talks to what it returns.
 * Colours come from the dashboard's stylesheet.
 */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/** Something wrong in a document: `line` and `column` count from 1, columns and `length` in UTF-16 units. */
export interface Problem {
  line: number;
  column: number;
  length: number;
  message: string;
  severity: "error" | "warning";
}

export interface Options {
  doc: string;
  /** What the document is, read out by screen readers. */
  label: string;
  /** Called with the whole document after each change by the visitor. */
  onChange: (doc: string) => void;
}

export interface Editor {
  /** Replaces the document, as one step that can be undone; `onChange` is not called. */
  set(doc: string): void;
  /** Marks these problems in the place of those before. */
  mark(problems: Problem[]): void;
  /** Puts the cursor there and brings it into sight. */
  goTo(line: number, column: number): void;
  destroy(): void;
}

/** Where a place is in the document as it is now; places beyond its end are pulled in. */
function offset(state: EditorState, line: number, column: number): number {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return Math.min(at.from + Math.max(column - 1, 0), at.to);
}

function diagnostic(state: EditorState, { line, column, length, message, severity }: Problem): Diagnostic {
  const from = offset(state, line, column);
  return { from, to: Math.min(from + length, state.doc.length), message, severity };
}

/** Puts an editor into `parent`. */
export function mount(parent: Element, { doc, label, onChange }: Options): Editor {
  const byVisitor = (transactions: readonly Transaction[]) => transactions.some((one) => !one.annotation(Transaction.remote));
  const extensions = [
    lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
    bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    syntaxHighlighting(classHighlighter), json(),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, indentWithTab]),
    // The index says to tools what the browser does anyway. Tab indents; Escape, then Tab leaves.
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && byVisitor(update.transactions)) onChange(update.state.doc.toString());
    }),
  ];
  const view = new EditorView({ parent, state: EditorState.create({ doc, extensions }) });
  return {
    set(text) {
      if (text === view.state.doc.toString()) return;
      // Only what differs is replaced, so that the cursor and the view stay where they are.
      const old = view.state.doc.toString();
      let start = 0;
      while (start < old.length && start < text.length && old[start] === text[start]) start++;
      let end = 0;
      while (end < old.length - start && end < text.length - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
      view.dispatch({
        changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
        annotations: Transaction.remote.of(true),
      });
    },
    mark: (problems) => view.dispatch(setDiagnostics(view.state, problems.map((problem) => diagnostic(view.state, problem)))),
    goTo(line, column) {
      const at = offset(view.state, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

declare global {
  interface Window {
    reeveEditor: { mount: typeof mount };
  }
}

window.reeveEditor = { mount };
