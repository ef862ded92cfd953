/**
 * The editor of base job templates: a bundle of its own, which only pages that edit load. It puts `window.reeveEditor`
 * into the page; the dashboard's wasm calls `mount` and talks to what it gets. The dashboard knows the JSON alone;
 * YAML, help while writing and the schema of Kubernetes live here. Colours come from the dashboard's stylesheet.
 */
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forEachDiagnostic, lintGutter, lintKeymap, nextDiagnostic, previousDiagnostic, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { checkJob } from "./check";
import { complete, type Subject } from "./complete";
import { Template } from "./document";
import { print, type Language } from "./edit";
import { explaining } from "./explain";
import { following } from "./jobs";
import { source } from "./origin";
import { NO_FACTS, type Facts } from "./placeholder";
import { Schema, type Types } from "./schema";
import { at, find, type Fault, type Span } from "./tree";

/** Where what Kubernetes says lies; the build puts it in. */
declare const KUBERNETES: string;

/** Something wrong in a document: `line` and `column` count from 1, columns and `length` in UTF-16 units. */
export interface Problem {
  line: number;
  column: number;
  length: number;
  message: string;
  severity: "error" | "warning";
}

/** What the dashboard hears after each change. */
export interface Said {
  /** The JSON; null while the YAML cannot be read. */
  json: string | null;
  /** The YAML, if it holds more than the JSON: comments, or another form. */
  yaml: string;
  /** The same as the server has it; left out where that has not changed. */
  saved?: string;
  language: Language;
  /** Problems that are found here alone, as JSON: those of YAML, and what Kubernetes would say. */
  found: string;
}

export interface Options {
  /** The JSON. */
  doc: string;
  /** YAML that was being written; empty for none. */
  draft: string;
  /** What the document is, read out by screen readers. */
  label: string;
  /** Path of what the server knows: see `Facts`. */
  facts: string;
  onChange: (said: Said) => void;
  onReady: (editor: Editor) => void;
}

export interface Editor {
  /** Takes another JSON as it is written; `onChange` is called when that is news. */
  set(json: string): void;
  /** Changes what differs from this JSON and leaves the rest as it is written. */
  put(json: string): void;
  /** Goes back to this JSON and YAML. */
  reset(json: string, yaml: string): void;
  /** Shows the document in this language; false while it cannot be read. */
  speak(language: Language): boolean;
  /** For places of the JSON, three numbers each (line, column, length), those of the text that is shown. */
  place(places: number[]): number[];
  /** Marks these problems in the place of those before. */
  mark(problems: Problem[]): void;
  /** Puts the cursor there and brings it into sight. */
  goTo(line: number, column: number): void;
  destroy(): void;
}

const LANGUAGES = { json, yaml };
/** Under this name the browser keeps which language was chosen last. */
const CHOSEN = "reeve.source";

/** Puts an editor into `parent`, as soon as it is known what the server knows. */
export function mount(parent: Element, options: Options): void {
  void load<Facts>(options.facts).then((facts) => options.onReady(open(parent, options, facts ?? NO_FACTS)));
}

async function load<T>(path: string): Promise<T | null> {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function open(parent: Element, { doc, draft, label, onChange }: Options, facts: Facts): Editor {
  const template = new Template(doc, facts.source);
  template.replace(doc);
  const saved = template.own;
  if (draft) template.resume(draft);
  else template.speak(firstLanguage(template));
  let schema = Schema.own;

  const subject = (): Subject => ({ language: template.language, schema, facts, tree: template.last, print: (value) => print(value, template.language).trim() });
  const report = (more: Partial<Said> = {}) => {
    const faults = [...template.faults, ...(template.tree ? checkJob(template.tree, schema) : [])];
    const found = JSON.stringify(faults.map((fault) => problem(view.state, fault)));
    const json = template.tree || template.language === "json" ? template.json : null;
    onChange({ json, yaml: template.own, language: template.language, found, ...more });
  };
  const state = (): EditorState => EditorState.create({ doc: template.text, extensions: extensions(template.language, label, subject, (text) => {
    template.write(text);
    report();
  }) });
  const view = new EditorView({ parent, state: state() });
  const select = (place: Span, focus = true) => {
    view.dispatch({ selection: { anchor: place.from }, effects: EditorView.scrollIntoView(place.from, { y: "center" }) });
    if (focus) view.focus();
  };
  const stop = following((pointer, origin, name) => {
    if (template.tree) select(source(template.tree, pointer, origin, name));
  });
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "F8" || event.defaultPrevented || view.hasFocus) return;
    event.preventDefault();
    learn();
    view.focus();
    (event.shiftKey ? previousDiagnostic : nextDiagnostic)(view);
  };
  document.addEventListener("keydown", keys);
  // What Kubernetes says of a Job is fetched for whoever comes to the editor, not for whoever only looks in.
  let asked = false;
  const learn = () => {
    if (asked) return;
    asked = true;
    void load<Types>(KUBERNETES).then((types) => {
      if (!types || !view.dom.isConnected) return;
      schema = Schema.with(types);
      report();
    });
  };
  for (const event of ["pointerover", "focusin"]) parent.addEventListener(event, learn, { once: true });
  // What calls this hears of the document when it has the editor.
  queueMicrotask(() => report({ saved }));

  return {
    set(json) {
      if (json === template.json) return;
      template.replace(json);
      show(view, template.text);
      report({ saved: template.own });
    },
    put(json) {
      template.change(json);
      show(view, template.text);
      report();
    },
    reset(json, yaml) {
      template.reset(json, yaml);
      show(view, template.text);
      report({ saved: template.own });
    },
    speak(language) {
      const { path } = template.tree ? find(template.tree, view.state.selection.main.head) : { path: [] };
      if (!template.speak(language)) return false;
      remember(language);
      view.setState(state());
      select(at(template.tree!, path, true)!, false);
      report();
      return true;
    },
    place(places) {
      if (template.language === "json") return places;
      const text = EditorState.create({ doc: template.json });
      return Array.from({ length: places.length / 3 }, (_, i) => {
        const [line, column, length] = places.slice(3 * i) as [number, number, number];
        const found = problem(view.state, { ...template.fromJson(offset(text, line, column), length), message: "", severity: "error" });
        return [found.line, found.column, found.length];
      }).flat();
    },
    mark: (problems) => view.dispatch(setDiagnostics(view.state, problems.map((problem) => diagnostic(view.state, problem)))),
    goTo(line, column) {
      const from = offset(view.state, line, column);
      select({ from, to: from });
      // All of what is marked there, so that F8 goes on to the next one.
      forEachDiagnostic(view.state, (_, start, end) => {
        if (start === from) view.dispatch({ selection: { anchor: start, head: end } });
      });
    },
    destroy() {
      stop();
      document.removeEventListener("keydown", keys);
      view.destroy();
    },
  };
}

/** The one in the address; else that of comments, which JSON cannot show; else the one that was chosen last. */
function firstLanguage(template: Template): Language {
  const asked = new URL(location.href).searchParams.get("source");
  const chosen = asked ?? (template.own ? "yaml" : kept());
  return chosen === "yaml" ? "yaml" : "json";
}

/** The language that was chosen last; none where the browser keeps nothing. */
function kept(chosen?: Language): string | null {
  try {
    if (chosen) localStorage.setItem(CHOSEN, chosen);
    return localStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}

function remember(language: Language): void {
  kept(language);
  const address = new URL(location.href);
  address.searchParams.set("source", language);
  window.history.replaceState(window.history.state, "", address);
}

function extensions(language: Language, label: string, subject: () => Subject, change: (text: string) => void) {
  const byVisitor = (transactions: readonly Transaction[]) => transactions.some((one) => !one.annotation(Transaction.remote));
  return [
    lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
    bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    // Nothing pops up over the buttons above the editor.
    tooltips({ tooltipSpace: ({ dom }) => ({ top: dom.getBoundingClientRect().top, left: 0, bottom: innerHeight, right: innerWidth }) }),
    syntaxHighlighting(classHighlighter), LANGUAGES[language](), explaining(subject),
    autocompletion({ override: [(context) => complete(context, subject())], icons: false }),
    keymap.of([
      ...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap,
      { key: "Shift-F8", run: previousDiagnostic }, { key: "Tab", run: acceptCompletion }, indentWithTab,
    ]),
    // The index says to tools what the browser does anyway. Tab indents; Escape, then Tab leaves.
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && byVisitor(update.transactions)) change(update.state.doc.toString());
    }),
  ];
}

/** Where a place is in the document as it is now; places beyond its end are pulled in. */
function offset(state: EditorState, line: number, column: number): number {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return Math.min(at.from + Math.max(column - 1, 0), at.to);
}

function problem(state: EditorState, { from, to, message, severity }: Fault): Problem {
  const line = state.doc.lineAt(Math.min(from, state.doc.length));
  return { line: line.number, column: Math.min(from, state.doc.length) - line.from + 1, length: Math.max(to - from, 1), message, severity };
}

function diagnostic(state: EditorState, { line, column, length, message, severity }: Problem): Diagnostic {
  const from = offset(state, line, column);
  return { from, to: Math.min(from + length, state.doc.length), message, severity };
}

/** Replaces the text as one step that can be undone: only what differs, so that the cursor and the view stay where they are. */
function show(view: EditorView, text: string): void {
  const old = view.state.doc.toString();
  if (text === old) return;
  let start = 0;
  while (start < old.length && start < text.length && old[start] === text[start]) start++;
  let end = 0;
  while (end < old.length - start && end < text.length - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
  view.dispatch({
    changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
    annotations: Transaction.remote.of(true),
  });
}

declare global {
  interface Window {
    reeveEditor: { mount: typeof mount };
  }
}

window.reeveEditor = { mount };
