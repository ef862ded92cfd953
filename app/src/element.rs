//! Elements as values of one type.
//!
//! Leptos's `view!` gives every view a type of its own, and the browser loads the code of each: building,
//! updating and two ways of hydrating. With some three hundred views that is the larger part of a
//! megabyte. An [`El`] is the same to the compiler whatever is in it, so a view costs only the calls
//! that describe it; everything else of Leptos (signals, effects, resources, router) is used as it is.
//! See docs/decisions for the numbers.

mod attribute;
mod node;
mod render;

use domain::language::tr;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::{Event, HtmlElement};

pub use attribute::IntoValue;
pub use node::{IntoNode, many, nothing};

use attribute::Value;

/// An element being described. A pointer, so that handing it on costs next to nothing.
pub struct El(Box<Parts>);

/// Tag, attributes, listeners, children.
struct Parts {
    tag: &'static str,
    attributes: Vec<(&'static str, Value)>,
    listeners: Vec<(&'static str, SendWrapper<Handler>)>,
    children: Vec<AnyView>,
    handle: Option<Handle>,
    /// In whose name listeners run: contexts are found through it.
    owner: Option<Owner>,
}

type Handler = Box<dyn FnMut(Event)>;

/// An element without anything in it yet.
pub fn el(tag: &'static str) -> El {
    El(Box::new(Parts {
        tag,
        attributes: Vec::new(),
        listeners: Vec::new(),
        children: Vec::new(),
        handle: None,
        owner: None,
    }))
}

/// A link.
pub fn link(href: impl IntoValue, text: impl IntoNode) -> El {
    el("a").attr("href", href).add(text)
}

/// Whether the event came from a link, or from inside of one.
pub fn on_link(event: &Event) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest("a").is_ok_and(|link| link.is_some()))
}

/// A button that does something.
pub fn button(text: impl IntoNode, act: impl Fn() + 'static) -> El {
    el("button").attr("type", "button").on("click", move |_| act()).add(text)
}

/// One of the shapes that the document carries, such as `#i-run`.
pub fn icon(id: impl IntoValue) -> El {
    el("svg").attr("aria-hidden", "true").add(el("use").attr("href", id))
}

impl El {
    /// Adds an attribute. `None` and `false` leave it out, `true` is the bare name, a closure is followed.
    /// A name with a dot before it, such as `.value`, is the attribute in the HTML and the property of
    /// that name in the browser, which is what visitors change.
    pub fn attr(self, name: &'static str, value: impl IntoValue) -> Self {
        self.attribute(name, value.into_value().spoken(name))
    }

    fn attribute(mut self, name: &'static str, value: Value) -> Self {
        self.0.attributes.push((name, value));
        self
    }

    /// Adds the `class` attribute.
    pub fn class(self, class: &'static str) -> Self {
        self.attr("class", class)
    }

    /// Calls `handle` for events of this name. Does nothing on the server.
    pub fn on(self, event: &'static str, handle: impl FnMut(Event) + 'static) -> Self {
        if cfg!(target_arch = "wasm32") { self.listener(event, Box::new(handle)) } else { self }
    }

    fn listener(mut self, event: &'static str, handle: Handler) -> Self {
        self.0.owner = self.0.owner.or_else(Owner::current);
        self.0.listeners.push((event, SendWrapper::new(handle)));
        self
    }

    /// Adds a child: an element, text, a number, an option of those, or a closure, which is followed.
    pub fn add(self, child: impl IntoNode) -> Self {
        self.child(child.into_node())
    }

    fn child(mut self, child: AnyView) -> Self {
        self.0.children.push(child);
        self
    }

    /// Adds children.
    pub fn add_all<T: IntoNode>(mut self, children: impl IntoIterator<Item = T>) -> Self {
        for child in children {
            self = self.add(child);
        }
        self
    }

    /// Adds a sentence with something in the place of its `{}`.
    pub fn add_around(self, text: &'static str, part: impl IntoNode) -> Self {
        let (before, after) = tr(text).split_once("{}").unwrap_or((text, ""));
        self.add(before).add(part).add(after)
    }

    /// Puts the element into `handle` once it is in the document.
    pub fn bind(mut self, handle: Handle) -> Self {
        self.0.handle = Some(handle);
        self
    }
}

/// The element in the document, for effects that measure or move it.
#[derive(Clone, Copy)]
pub struct Handle(RwSignal<Option<SendWrapper<HtmlElement>>>);

impl Handle {
    /// A handle that holds nothing yet.
    pub fn new() -> Self {
        Handle(RwSignal::new(None))
    }

    /// The element; effects that read it run again when it arrives.
    pub fn get(self) -> Option<HtmlElement> {
        self.0.get().map(SendWrapper::take)
    }

    /// The element as it is now.
    pub fn peek(self) -> Option<HtmlElement> {
        self.0.try_get_untracked().flatten().map(SendWrapper::take)
    }

    fn put(self, element: &web_sys::Element) {
        use wasm_bindgen::JsCast;
        self.0.try_set(element.dyn_ref::<HtmlElement>().cloned().map(SendWrapper::new));
    }
}
