//! The browser's entry: takes over the page that the server rendered. Nothing else lives here.
//!
//! Everything is under `target_arch = "wasm32"`, so that a native build of the whole workspace never
//! switches the dashboard's `hydrate` feature on beside `ssr`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's start script once the wasm is there.
#[wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
