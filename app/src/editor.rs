//! The template editor: CodeMirror in a script of its own, loaded when a page needs it, which knows YAML beside
//! JSON. Where it cannot be had, the plain text area of the JSON that it would replace stays and works as well.

use domain::job_template::SourceProblem;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, HtmlScriptElement};

use crate::browser;

/// An editor in the page.
#[derive(Clone)]
pub struct Editor(JsValue);

/// Loads the script, unless it is there, then calls `then`.
pub fn load(then: impl FnOnce() + 'static) {
    if api().is_some() {
        return then();
    }
    let Some(path) = browser::root().and_then(|root| root.get_attribute("data-editor")).filter(|path| !path.is_empty())
    else {
        return;
    };
    let Some(document) = browser::document() else { return };
    let Ok(script) = document.create_element("script").map(JsCast::unchecked_into::<HtmlScriptElement>) else { return };
    script.set_src(&path);
    let loaded = Closure::once_into_js(move |_: Event| then());
    let _ = script.add_event_listener_with_callback("load", loaded.unchecked_ref());
    if let Some(head) = document.head() {
        let _ = head.append_child(&script);
    }
}

/// `window.reeveEditor.mount`.
fn api() -> Option<Function> {
    let api = Reflect::get(browser::window()?.as_ref(), &"reeveEditor".into()).ok()?;
    Reflect::get(&api, &"mount".into()).ok()?.dyn_into().ok()
}

impl Editor {
    /// Puts an editor into `parent` and gives it to `ready`; `change` hears of the text whenever it changes.
    /// `texts` are the JSON, YAML that was being written (or nothing), and where the server tells what it knows.
    pub fn mount(
        parent: &HtmlElement,
        texts: [&str; 3],
        ready: impl Fn(Editor) + 'static,
        change: impl Fn(Said) + 'static,
    ) {
        let options = Object::new();
        let heard = |hear: Box<dyn Fn(JsValue)>| Closure::<dyn Fn(JsValue)>::new(hear).into_js_value();
        for (key, value) in [
            ("doc", texts[0].into()),
            ("draft", texts[1].into()),
            ("facts", texts[2].into()),
            ("label", domain::language::tr("Template source").into()),
            ("onReady", heard(Box::new(move |editor| ready(Editor(editor))))),
            ("onChange", heard(Box::new(move |said| change(Said(said))))),
        ] {
            let _ = Reflect::set(&options, &key.into(), &value);
        }
        if let Some(api) = api() {
            let _ = api.call2(&JsValue::NULL, parent, &options);
        }
    }

    /// Takes another JSON; the YAML is changed where it differs.
    pub fn set(&self, json: &str) {
        self.call("set", &[json.into()]);
    }

    /// Changes what differs from this JSON and leaves the rest as it is written.
    pub fn put(&self, json: &str) {
        self.call("put", &[json.into()]);
    }

    /// Goes back to this JSON and the YAML that belongs to it, or none.
    pub fn reset(&self, json: &str, yaml: &str) {
        self.call("reset", &[json.into(), yaml.into()]);
    }

    /// Shows the text in this language, `json` or `yaml`; false while it cannot be read.
    pub fn speak(&self, language: &str) -> bool {
        self.call("speak", &[language.into()]).is_truthy()
    }

    /// Moves places of the JSON to where they are in the text that is shown.
    pub fn place(&self, problems: &mut [SourceProblem]) {
        let places = Array::new();
        for problem in &*problems {
            for number in [problem.line, problem.column, problem.length] {
                places.push(&JsValue::from_f64(number as f64));
            }
        }
        let placed = Array::from(&self.call("place", &[places.into()]));
        let at = |at: usize| placed.get(at as u32).as_f64().map_or(1, |number| number as usize);
        for (i, problem) in problems.iter_mut().enumerate() {
            (problem.line, problem.column, problem.length) = (at(3 * i), at(3 * i + 1), at(3 * i + 2));
        }
    }

    /// Marks these places, and no others.
    pub fn mark(&self, errors: &[SourceProblem], warnings: &[SourceProblem]) {
        let marks = Array::new();
        for (severity, problems) in [("error", errors), ("warning", warnings)] {
            for problem in problems {
                let mark = Object::new();
                let number = |number: usize| JsValue::from_f64(number as f64);
                for (key, value) in [
                    ("line", number(problem.line)),
                    ("column", number(problem.column)),
                    ("length", number(problem.length)),
                    ("message", problem.message.as_str().into()),
                    ("severity", severity.into()),
                ] {
                    let _ = Reflect::set(&mark, &key.into(), &value);
                }
                marks.push(&mark);
            }
        }
        self.call("mark", &[marks.into()]);
    }

    /// Puts the cursor on a place, both counted from 1.
    pub fn go_to(&self, line: usize, column: usize) {
        self.call("goTo", &[JsValue::from_f64(line as f64), JsValue::from_f64(column as f64)]);
    }

    /// Takes the editor out of the page.
    pub fn destroy(&self) {
        self.call("destroy", &[]);
    }

    fn call(&self, name: &str, arguments: &[JsValue]) -> JsValue {
        let method = Reflect::get(&self.0, &name.into()).ok().and_then(|method| method.dyn_into::<Function>().ok());
        let answer = method.and_then(|method| method.apply(&self.0, &arguments.iter().collect::<Array>()).ok());
        answer.unwrap_or_default()
    }
}

/// What the editor says of its text: the members of `Said` in `end2end/editor/index.ts`.
pub struct Said(JsValue);

impl Said {
    /// One of them; none where it is left out or null.
    pub fn text(&self, key: &str) -> Option<String> {
        Reflect::get(&self.0, &key.into()).ok()?.as_string()
    }
}
