//! Values of attributes.

use std::borrow::Cow;

use domain::language::tr;
use leptos::prelude::RenderEffect;
use leptos::tachys::renderer::Rndr;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// Text of an attribute; `None` leaves it out.
pub type Text = Option<Cow<'static, str>>;

/// An attribute's value, fixed or followed.
pub enum Value {
    Fixed(Text),
    Live(Box<dyn Fn() -> Text + Send>),
}

/// What can be an attribute's value.
pub trait IntoValue {
    fn into_value(self) -> Value;
}

/// What a followed value can be.
pub trait IntoText {
    fn into_text(self) -> Text;
}

macro_rules! texts {
    ($($from:ty, $value:ident => $text:expr;)*) => {$(
        impl IntoText for $from {
            fn into_text(self) -> Text {
                let $value = self;
                $text
            }
        }
        impl IntoValue for $from {
            fn into_value(self) -> Value {
                Value::Fixed(self.into_text())
            }
        }
    )*};
}

texts! {
    &'static str, text => Some(text.into());
    String, text => Some(text.into());
    bool, set => set.then_some("".into());
    Option<&'static str>, text => text.map(Into::into);
    Option<String>, text => text.map(Into::into);
}

impl<F, T> IntoValue for F
where
    F: Fn() -> T + Send + 'static,
    T: IntoText,
{
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || self().into_text()))
    }
}

/// Attributes that people read or hear.
const SPOKEN: [&str; 4] = ["aria-label", "title", "placeholder", "alt"];

/// Fixed texts are words of the interface, others are data.
fn translated(text: Text) -> Text {
    text.map(|text| match text {
        Cow::Borrowed(text) => Cow::Borrowed(tr(text)),
        data => data,
    })
}

/// An attribute of an element in the document.
pub enum State {
    Fixed(Text),
    Live { effect: RenderEffect<Text> },
}

impl State {
    /// What the attribute is at the end of this state.
    fn last(&mut self) -> Text {
        match self {
            State::Fixed(text) => text.take(),
            State::Live { effect } => effect.take_value().flatten(),
        }
    }
}

impl Value {
    /// The same in the visitor's language, if this attribute is for people.
    pub fn spoken(self, name: &str) -> Self {
        match self {
            value if !SPOKEN.contains(&name) => value,
            Value::Fixed(text) => Value::Fixed(translated(text)),
            Value::Live(text) => Value::Live(Box::new(move || translated(text()))),
        }
    }

    /// For the HTML.
    pub fn now(&self) -> Text {
        match self {
            Value::Fixed(text) => text.clone(),
            Value::Live(text) => text(),
        }
    }

    /// Sets the attribute of an element that either was just made or came with it from the server.
    pub fn start(self, element: &Element, name: &'static str, from_server: bool) -> State {
        match self {
            Value::Fixed(text) => {
                // A property is not told by the HTML: what the visitor typed before now would win.
                if !from_server {
                    write(element, name, None, &text);
                }
                State::Fixed(text)
            }
            Value::Live(text) => live(text, element, name, from_server, None),
        }
    }

    /// Sets the attribute to another value.
    pub fn go_on(self, element: &Element, name: &'static str, state: &mut State) {
        match (self, &mut *state) {
            (Value::Fixed(text), State::Fixed(before)) => {
                if text != *before || name.starts_with('.') {
                    write(element, name, before.as_deref(), &text);
                    *before = text;
                }
            }
            (Value::Fixed(text), state) => {
                write(element, name, state.last().as_deref(), &text);
                *state = State::Fixed(text);
            }
            (Value::Live(text), state) => {
                // What was there goes, should the new value leave it out.
                let before = state.last();
                *state = live(text, element, name, false, before);
            }
        }
    }
}

/// Follows a value on an element whose attribute is `there` at first.
fn live(
    text: Box<dyn Fn() -> Text + Send>,
    element: &Element,
    name: &'static str,
    from_server: bool,
    there: Text,
) -> State {
    let element = element.clone();
    let effect = RenderEffect::new(move |before: Option<Text>| {
        let text = text();
        match before {
            Some(before) if before == text && !name.starts_with('.') => {}
            Some(before) => write(&element, name, before.as_deref(), &text),
            None if from_server => {}
            None => write(&element, name, there.as_deref(), &text),
        }
        text
    });
    State::Live { effect }
}

fn write(element: &Element, name: &'static str, before: Option<&str>, text: &Text) {
    if let Some(property) = name.strip_prefix('.') {
        let value = match (property, text) {
            ("checked", text) => JsValue::from_bool(text.is_some()),
            (_, text) => JsValue::from_str(text.as_deref().unwrap_or_default()),
        };
        Rndr::set_property(element, property, &value);
        return;
    }
    match text {
        Some(text) => Rndr::set_attribute(element, name, text),
        None if before.is_some() => Rndr::remove_attribute(element, name),
        None => {}
    }
}
