//! How an [`El`] becomes HTML, DOM, or takes over the DOM that the server's HTML became.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event};

use super::{El, Handler, Parts, attribute};

const SVG: &str = "http://www.w3.org/2000/svg";

fn namespace(tag: &str) -> Option<&'static str> {
    matches!(tag, "svg" | "use" | "rect" | "path").then_some(SVG)
}

/// Elements that have no closing tag.
fn is_void(tag: &str) -> bool {
    matches!(tag, "input" | "br" | "hr" | "img" | "meta" | "link")
}

/// An element in the document.
pub struct ElState {
    tag: &'static str,
    element: Element,
    attributes: Vec<(&'static str, attribute::State)>,
    listeners: Vec<Listener>,
    children: Vec<AnyViewState>,
}

/// The handler can be changed while the browser keeps calling the same function.
struct Listener {
    event: &'static str,
    handler: Rc<RefCell<Option<Handler>>>,
    _closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    fn new(element: &Element, event: &'static str, handler: Handler) -> Self {
        let handler = Rc::new(RefCell::new(Some(handler)));
        let called = handler.clone();
        let closure = Closure::<dyn FnMut(Event)>::new(move |event| {
            // Taken out while it runs: it may change the very element that it is attached to.
            let Some(mut handler) = called.borrow_mut().take() else { return };
            handler(event);
            called.borrow_mut().get_or_insert(handler);
        });
        let _ = element.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Listener { event, handler, _closure: closure }
    }
}

/// Lets a handler run in the name of whoever described the element.
fn owned(owner: Option<Owner>, handler: SendWrapper<Handler>) -> Handler {
    let mut handler = handler.take();
    match owner {
        Some(owner) => Box::new(move |event| owner.with(|| handler(event))),
        None => handler,
    }
}

impl Parts {
    /// Whether the element in the document can become this one by changing values alone.
    fn fits(&self, state: &ElState) -> bool {
        let names = |(a, b): (&(&str, attribute::Value), &(&str, attribute::State))| a.0 == b.0;
        let events = |(a, b): (&(&str, SendWrapper<Handler>), &Listener)| a.0 == b.event;
        self.tag == state.tag
            && self.children.len() == state.children.len()
            && self.attributes.len() == state.attributes.len()
            && self.listeners.len() == state.listeners.len()
            && self.attributes.iter().zip(&state.attributes).all(names)
            && self.listeners.iter().zip(&state.listeners).all(events)
    }

    fn finish(
        self,
        element: Element,
        from_server: bool,
        children: impl FnOnce(Vec<AnyView>, &Element) -> Vec<AnyViewState>,
    ) -> ElState {
        let attributes = self.attributes.into_iter();
        let attributes = attributes.map(|(name, value)| (name, value.start(&element, name, from_server))).collect();
        let owner = self.owner;
        let listeners = self.listeners.into_iter();
        let listeners =
            listeners.map(|(event, handler)| Listener::new(&element, event, owned(owner.clone(), handler))).collect();
        let children = children(self.children, &element);
        if let Some(handle) = self.handle {
            handle.put(&element);
        }
        ElState { tag: self.tag, element, attributes, listeners, children }
    }

    /// `<tag name="value">`.
    fn open(&self, html: &mut String) {
        html.push('<');
        html.push_str(self.tag);
        for (name, value) in &self.attributes {
            if self.is_content(name) {
                continue;
            }
            if let Some(text) = value.now() {
                html.push(' ');
                html.push_str(name.trim_start_matches('.'));
                html.push_str("=\"");
                html.push_str(&escape(&text));
                html.push('"');
            }
        }
        html.push('>');
        if let Some((_, value)) = self.attributes.iter().find(|(name, _)| self.is_content(name)) {
            // The parser drops a line break right after the tag.
            html.push('\n');
            html.push_str(&escape(&value.now().unwrap_or_default()));
        }
    }

    /// A text area's value is what stands in it.
    fn is_content(&self, name: &str) -> bool {
        self.tag == "textarea" && name == ".value"
    }

    fn close(&self) -> String {
        if is_void(self.tag) { String::new() } else { format!("</{}>", self.tag) }
    }
}

/// Text between double quotes, or between tags.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

impl Render for El {
    type State = ElState;

    fn build(self) -> ElState {
        let element = Rndr::create_element(self.0.tag, namespace(self.0.tag));
        self.0.finish(element, false, |children, element| {
            let build = |child: AnyView| {
                let mut state = child.build();
                state.mount(element, None);
                state
            };
            children.into_iter().map(build).collect()
        })
    }

    fn rebuild(self, state: &mut ElState) {
        if !self.0.fits(state) {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
            return;
        }
        let Parts { attributes, listeners, children, handle, owner, .. } = *self.0;
        for ((name, value), (_, state_of)) in attributes.into_iter().zip(&mut state.attributes) {
            value.go_on(&state.element, name, state_of);
        }
        for ((_, handler), listener) in listeners.into_iter().zip(&state.listeners) {
            *listener.handler.borrow_mut() = Some(owned(owner.clone(), handler));
        }
        for (child, state) in children.into_iter().zip(&mut state.children) {
            child.rebuild(state);
        }
        if let Some(handle) = handle {
            handle.put(&state.element);
        }
    }
}

impl AddAnyAttr for El {
    type Output<SomeNewAttr: Attribute> = El;

    /// Attributes are added with [`El::attr`]; spreading them from outside has no effect.
    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> El {
        self
    }
}

impl RenderHtml for El {
    type AsyncOutput = El;
    type Owned = El;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        for child in &mut self.0.children {
            child.dry_resolve();
        }
    }

    async fn resolve(mut self) -> El {
        let mut children = Vec::with_capacity(self.0.children.len());
        for child in std::mem::take(&mut self.0.children) {
            children.push(child.resolve().await);
        }
        self.0.children = children;
        self
    }

    fn html_len(&self) -> usize {
        self.0.children.iter().map(RenderHtml::html_len).sum::<usize>() + 32 * (self.0.attributes.len() + 1)
    }

    fn to_html_with_buf(self, html: &mut String, position: &mut Position, _: bool, mark: bool, _: Vec<AnyAttribute>) {
        self.0.open(html);
        let close = self.0.close();
        *position = Position::FirstChild;
        for child in self.0.children {
            child.to_html_with_buf(html, position, true, mark, Vec::new());
        }
        html.push_str(&close);
        *position = Position::NextChild;
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        html: &mut StreamBuilder,
        position: &mut Position,
        _: bool,
        mark: bool,
        _: Vec<AnyAttribute>,
    ) {
        let mut open = String::new();
        self.0.open(&mut open);
        let close = self.0.close();
        html.push_sync(&open);
        *position = Position::FirstChild;
        for child in self.0.children {
            child.to_html_async_with_buf::<OUT_OF_ORDER>(html, position, true, mark, Vec::new());
        }
        html.push_sync(&close);
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> ElState {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        let element: Element = match cursor.current().dyn_into() {
            Ok(element) => element,
            Err(node) => panic!("hydration expected <{}> and found {}", self.0.tag, node.node_name()),
        };
        let state = self.0.finish(element, true, |children, _| {
            position.set(Position::FirstChild);
            children.into_iter().map(|child| child.hydrate::<FROM_SERVER>(cursor, position)).collect()
        });
        cursor.set(state.element.clone().into());
        position.set(Position::NextChild);
        state
    }

    fn into_owned(self) -> El {
        self
    }
}

impl Mountable for ElState {
    fn unmount(&mut self) {
        Rndr::remove(&self.element);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&web_sys::Node>) {
        Rndr::insert_node(parent, &self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match self.element.parent_element() {
            Some(parent) => {
                child.mount(&parent, Some(&self.element));
                true
            }
            None => false,
        }
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}
