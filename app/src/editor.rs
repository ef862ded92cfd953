//! The document editor: CodeMirror in a script of its own, loaded when a page needs it. Where it cannot be
//! had, the plain text area that it would replace stays and works as well.

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
    /// Puts an editor of `text` into `parent`; `change` hears what the visitor writes.
    pub fn mount(parent: &HtmlElement, text: &str, label: &str, change: impl Fn(String) + 'static) -> Option<Self> {
        let options = Object::new();
        let set = |key: &str, value: JsValue| Reflect::set(&options, &key.into(), &value).is_ok();
        let heard = move |text: JsValue| change(text.as_string().unwrap_or_default());
        let heard = Closure::<dyn Fn(JsValue)>::new(heard).into_js_value();
        let ready = set("doc", text.into()) && set("label", label.into()) && set("onChange", heard);
        let editor = api()?.call2(&JsValue::NULL, parent, &options).ok()?;
        ready.then_some(Editor(editor))
    }

    /// Replaces the text.
    pub fn set(&self, text: &str) {
        self.call("set", &[text.into()]);
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

    fn call(&self, name: &str, arguments: &[JsValue]) {
        let method = Reflect::get(&self.0, &name.into()).ok().and_then(|method| method.dyn_into::<Function>().ok());
        if let Some(method) = method {
            let _ = method.apply(&self.0, &arguments.iter().collect::<Array>());
        }
    }
}
