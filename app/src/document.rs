//! The HTML document around the dashboard: head, start script, theme.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;

/// What the document needs to know of the server. Paths are URL paths; an empty one means that the file
/// was not built, and leaves its element out.
#[derive(Debug, Clone, Default)]
pub struct ShellOptions {
    /// The JavaScript module that starts the wasm.
    pub js: String,
    /// The dashboard's program.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
    /// The document editor, loaded by the pages that edit.
    pub editor: String,
    /// Of the interface; English without one.
    pub language: Option<Language>,
    /// `light` or `dark` from the visitor's cookie; everything else follows the system.
    pub theme: Option<String>,
}

/// A language other than English.
#[derive(Debug, Clone, Copy)]
pub struct Language {
    /// As in the `lang` attribute (RFC 5646): `zh-Hant`.
    pub tag: &'static str,
    /// The part of its catalogue that pages use in the browser: a JSON object from English texts to its own.
    pub words: &'static str,
}

/// Runs before the body is there: the address that the page was made for.
const ADDRESS: &str = "document.documentElement.dataset.at=location.pathname+location.search";

/// Starts the program; finds the files' names in its own attributes, so that its text never changes. Somebody who
/// goes back meanwhile is at another address than the page that is there, which then comes anew.
pub const START: &str = "const d=document.getElementById('start').dataset,m=await import(d.js);\
await m.default({module_or_path:d.wasm});\
location.pathname+location.search==document.documentElement.dataset.at?m.hydrate():location.reload()";

/// The icon, inside the document: one request less.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect \
width='16' height='16' rx='3.5' fill='%231d2129'/%3E%3Cpath d='M4 3.5v9M4 8h5M9 3.5v9M12 5v6' stroke='%23e2b458' \
stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E";

/// Shapes that views refer to by `<use href="#…">`. Not a part of the program: the server alone writes it.
const SPRITE: &str = include_str!("sprite.svg");

/// The whole document.
pub fn shell(options: ShellOptions) -> impl IntoView {
    let theme = options.theme.filter(|theme| theme == "light" || theme == "dark");
    view! {
        <!DOCTYPE html>
        <html lang=options.language.map_or("en", |language| language.tag) data-theme=theme data-editor=options.editor>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                {policy()}
                <link rel="icon" href=ICON/>
                {(!options.css.is_empty()).then(|| view! { <link rel="stylesheet" href=options.css/> })}
                <MetaTags/>
                {start(options.js, options.wasm)}
            </head>
            <body>
                <App/>
                <div hidden inner_html=SPRITE></div>
                {options.language.map(|language| view! { <script id="words" type="application/json" inner_html=language.words></script> })}
            </body>
        </html>
    }
}

/// The content security policy, when the server gave this answer a nonce.
fn policy() -> impl IntoView {
    use_nonce().map(|nonce| {
        let policy = format!(
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
             style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
             form-action 'self'"
        );
        view! { <meta http-equiv="Content-Security-Policy" content=policy/> }
    })
}

/// Preloads and starts the program.
fn start(js: String, wasm: String) -> impl IntoView {
    (!js.is_empty()).then(|| {
        view! {
            <script nonce=use_nonce()>{ADDRESS}</script>
            <link rel="modulepreload" href=js.clone()/>
            <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
            <script id="start" type="module" data-js=js data-wasm=wasm nonce=use_nonce()>{START}</script>
        }
    })
}
