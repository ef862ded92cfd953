//! Keyed lists: what stays keeps its elements, what changed is drawn anew, and the focus stays either way.

use leptos::prelude::*;

use crate::element::IntoNode;
use crate::focus;

/// One item: items with equal keys count as unchanged, so the key holds whatever the view shows.
pub struct Item {
    key: String,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Item {
    /// An item, drawn only when its key is new.
    pub fn new<T: IntoNode>(key: String, view: impl FnOnce() -> T + Send + 'static) -> Self {
        Item { key, view: Box::new(|| view().into_node()) }
    }
}

/// The items of `each`, which is followed.
pub fn list(each: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    keyed(Box::new(each))
}

/// Not generic: closures in a generic function are there once for each of its uses.
fn keyed(each: Box<dyn Fn() -> Vec<Item> + Send + Sync>) -> AnyView {
    let each = move || {
        focus::keep();
        each()
    };
    For(ForProps { each, key: |item: &Item| item.key.clone(), children: |item: Item| (item.view)() }).into_any()
}
