//! Forms of a sheet. What is wrong is said beside the field, before the call where it can be known; what is typed is
//! kept in the browser until the call has succeeded, whatever happens to the page meanwhile.

use client::ClientError;
use domain::sheet::Form;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde_json::{Map, Value};

use super::Desk;
use crate::browser;
use crate::components::schema_form::schema_field;
use crate::effect::effect;
use crate::element::{El, button, el};
use crate::schema::{Field, fields};

/// What has been typed, a text for each field.
#[derive(Debug, Clone, Default)]
struct Typed {
    texts: Vec<String>,
    /// Whether the button has been pressed: only then it is told what is missing.
    tried: bool,
    busy: bool,
    /// What the server said: about a field, by its place, or about the whole.
    said: Option<(Option<usize>, String)>,
}

#[derive(Clone, Copy)]
struct State {
    typed: RwSignal<Typed>,
    fields: StoredValue<Vec<Field>>,
    /// The texts at first.
    given: StoredValue<Vec<String>>,
    form: StoredValue<Form>,
    draft: StoredValue<String>,
}

/// The form.
pub fn form(desk: Desk, form: Form) -> El {
    let all = fields(&form.schema);
    let value = |field: &Field| field.show(form.values.get(&field.name).or(field.default.as_ref()));
    let given: Vec<String> = all.iter().map(value).collect();
    let path = use_location().pathname.get_untracked();
    let (name, title, folded, submit) = (form.name.clone(), form.title.clone(), form.folded, form.submit.clone());
    let state = State {
        typed: RwSignal::new(Typed { texts: given.clone(), ..Typed::default() }),
        fields: StoredValue::new(all.clone()),
        given: StoredValue::new(given),
        draft: StoredValue::new(format!("reeve:form:{path}:{name}")),
        form: StoredValue::new(form),
    };
    let unfolded = RwSignal::new(!folded);
    effect(move || {
        if state.restore() {
            unfolded.set(true);
        }
    });
    let inputs = all.iter().enumerate().map(|(at, field)| state.input(&name, at, field));
    let whole = move || {
        let said = state.typed.with(|typed| typed.said.clone());
        said.filter(|(at, _)| at.is_none()).map(|(_, text)| el("p").class("bad").attr("role", "alert").add(text))
    };
    let busy = move || state.typed.with(|typed| typed.busy);
    let fresh = move || state.given.with_value(|given| state.typed.with(|typed| typed.texts == *given));
    let buttons = el("div")
        .class("buttons")
        .add(el("button").class("primary").attr("disabled", busy).add(submit))
        .add(button("Start over", move || state.forget()).class("quiet").attr("hidden", fresh));
    let body = el("form")
        .class("form")
        .attr("aria-label", title.clone())
        .on("submit", move |event| {
            event.prevent_default();
            state.submit(desk);
        })
        .add_all(inputs)
        .add(whole)
        .add(buttons)
        .add(el("noscript").add("This form needs JavaScript; the API and the command line do not."));
    el("details").class("fold").attr("open", move || unfolded.get()).add(el("summary").add(title)).add(body)
}

impl State {
    fn input(self, form: &str, at: usize, field: &Field) -> El {
        let text = move || self.typed.with(|typed| typed.texts.get(at).cloned().unwrap_or_default());
        let problem = move || self.problem(at);
        let change = move |text: String| {
            self.typed.update(|typed| {
                typed.texts[at] = text;
                typed.said = None;
            });
            self.keep();
        };
        schema_field(format!("{form}-{at}"), field, text, problem, change)
    }

    fn problem(self, at: usize) -> Option<String> {
        self.typed.with(|typed| {
            if let Some((Some(place), text)) = &typed.said
                && *place == at
            {
                return Some(text.clone());
            }
            let text = &typed.texts[at];
            let tell = typed.tried || !text.is_empty();
            tell.then(|| self.fields.with_value(|fields| fields[at].read(text).err())).flatten()
        })
    }

    /// Keeps what is typed for the next time that the page is opened.
    fn keep(self) {
        let text = self.typed.with_untracked(|typed| serde_json::json!(typed.texts).to_string());
        self.draft.with_value(|key| browser::keep(key, Some(&text)));
    }

    /// Brings back what was kept; whether there was anything.
    fn restore(self) -> bool {
        let Some(text) = self.draft.with_value(|key| browser::kept(key)) else { return false };
        let Ok(Value::Array(kept)) = serde_json::from_slice::<Value>(text.as_bytes()) else { return false };
        let texts: Vec<String> = kept.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
        let fits = self.given.with_value(|given| given.len() == texts.len() && *given != texts);
        if fits {
            self.typed.update(|typed| typed.texts = texts);
        }
        fits
    }

    fn forget(self) {
        self.draft.with_value(|key| browser::keep(key, None));
        let texts = self.given.get_value();
        self.typed.set(Typed { texts, ..Typed::default() });
    }

    fn submit(self, desk: Desk) {
        self.typed.update(|typed| {
            typed.tried = true;
            typed.said = None;
        });
        let Some(body) = self.body() else {
            // Later: what is wrong is marked when this event is over.
            request_animation_frame(|| drop(browser::find("form [aria-invalid]").map(|field| field.focus())));
            return;
        };
        self.typed.update(|typed| typed.busy = true);
        let form = self.form.get_value();
        let answered = move |error: Option<ClientError>| {
            let Some(error) = error else {
                self.draft.with_value(|key| browser::keep(key, None));
                let texts = self.given.get_value();
                let _ = self.typed.try_set(Typed { texts, ..Typed::default() });
                return;
            };
            let said = self.about(&error);
            let _ = self.typed.try_update(|typed| {
                typed.busy = false;
                typed.said = Some(said);
            });
        };
        desk.call((&form.method, &form.path, Value::Object(body)), form.done, form.then, answered);
    }

    /// What is typed as members of an object, with what goes along; nothing while something is wrong.
    fn body(self) -> Option<Map<String, Value>> {
        let texts = self.typed.with_untracked(|typed| typed.texts.clone());
        let mut body = Value::Object(self.form.with_value(|form| form.fixed.clone()));
        for (field, text) in self.fields.get_value().into_iter().zip(texts) {
            let value = match field.read(&text).ok()? {
                Some(value) => value,
                None if field.nullable => Value::Null,
                None => continue,
            };
            let mut place = &mut body;
            for part in field.name.split('/') {
                place = &mut place[part];
            }
            *place = value;
        }
        match body {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// What the server's refusal is about: the field that it names, or the whole.
    fn about(self, error: &ClientError) -> (Option<usize>, String) {
        let ClientError::Refused { problem, .. } = error else { return (None, error.to_string()) };
        let first = problem.exception_detail.as_ref().map(|all| &all[0]);
        let (Some(name), Some(words)) = (
            first.and_then(|first| first["loc"].as_array()?.iter().rev().find_map(Value::as_str)),
            first.and_then(|first| first["msg"].as_str()),
        ) else {
            return (None, error.to_string());
        };
        let at = self
            .fields
            .with_value(|fields| fields.iter().position(|field| field.name.rsplit('/').next() == Some(name)));
        match at {
            Some(at) => (Some(at), words.strip_prefix("Value error, ").unwrap_or(words).to_owned()),
            None => (None, error.to_string()),
        }
    }
}
