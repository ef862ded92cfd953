//! Effects of one type: what runs in the browser after the view is there, and again when what it read changes.

use leptos::prelude::Effect;

/// Runs `act` in the browser, now and after every change of the signals that it read.
pub fn effect(act: impl Fn() + 'static) {
    boxed(Box::new(act));
}

/// Leptos's own effects are generic over what they run; here they are there once.
fn boxed(act: Box<dyn Fn()>) {
    Effect::new(move |_: Option<()>| act());
}
