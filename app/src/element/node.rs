//! What an element can have in it.

use std::borrow::Cow;

use leptos::prelude::*;

use domain::language::tr;

use super::El;

/// What can be a child.
pub trait IntoNode {
    fn into_node(self) -> AnyView;
}

impl IntoNode for AnyView {
    fn into_node(self) -> AnyView {
        self
    }
}

impl IntoNode for El {
    fn into_node(self) -> AnyView {
        self.into_any()
    }
}

impl IntoNode for String {
    fn into_node(self) -> AnyView {
        self.into_any()
    }
}

/// Fixed texts are words of the interface: they are said in the visitor's language.
impl IntoNode for &'static str {
    fn into_node(self) -> AnyView {
        tr(self).into_any()
    }
}

impl IntoNode for Cow<'static, str> {
    fn into_node(self) -> AnyView {
        self.into_owned().into_any()
    }
}

impl IntoNode for i64 {
    fn into_node(self) -> AnyView {
        self.to_string().into_any()
    }
}

impl<T: IntoNode> IntoNode for Option<T> {
    fn into_node(self) -> AnyView {
        match self {
            Some(child) => child.into_node(),
            None => nothing(),
        }
    }
}

impl<F, T> IntoNode for F
where
    F: Fn() -> T + Send + 'static,
    T: IntoNode,
{
    fn into_node(self) -> AnyView {
        let view: Box<dyn FnMut() -> AnyView + Send> = Box::new(move || self().into_node());
        view.into_any()
    }
}

/// No child.
pub fn nothing() -> AnyView {
    ().into_any()
}

/// Several children without an element around them.
pub fn many<T: IntoNode>(children: impl IntoIterator<Item = T>) -> AnyView {
    let mut nodes: Vec<AnyView> = Vec::new();
    for child in children {
        nodes.push(child.into_node());
    }
    nodes.into_any()
}
