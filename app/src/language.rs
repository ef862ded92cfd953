//! The language of the interface: the server writes the page in it and sends the words that the program needs.

use domain::language::tr;

use crate::browser;
use crate::element::{self, El};

/// Takes the catalogue that came with the page, if one did.
#[cfg(target_arch = "wasm32")]
pub fn speak() {
    use std::sync::OnceLock;
    static WORDS: OnceLock<serde_json::Value> = OnceLock::new();
    let text = browser::find("#words").and_then(|words| words.text_content());
    if let Some(words) = text.and_then(|text| client::json::decode(text.as_bytes()).ok()) {
        let _ = WORDS.set(words);
        domain::language::speak(|key| WORDS.get()?.get(key)?.as_str());
    }
}

/// The switch between the languages, in the words of the one that it leads to. The page comes anew.
pub fn button() -> El {
    let chinese = || browser::root().and_then(|root| root.get_attribute("lang")).is_some_and(|tag| tag == "zh-Hant");
    let choose = move || {
        browser::set_cookie("reeve_language", if chinese() { "en" } else { "zh-Hant" });
        browser::reload();
    };
    element::button("中文", choose).class("icon text").attr("lang", tr("zh-Hant")).attr("title", "以正體中文顯示")
}
