//! Languages of the dashboard beside English. A request is answered in the visitor's: that of a cookie, else the
//! first of `Accept-Language` that there is. Programs send neither, and are answered in English.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use serde::Deserialize;

use crate::ui::cookie;

tokio::task_local! {
    /// Whether what is being answered is to be in Chinese as it is written in Taiwan.
    static CHINESE: bool;
}

/// A file of `server/languages`: English texts to those of the language.
#[derive(Deserialize)]
struct Catalogue {
    /// Those that the program in the browser needs as well; they go along with each page.
    pages: BTreeMap<String, String>,
    /// Those of the server's answers alone.
    server: BTreeMap<String, String>,
}

/// The catalogue, and its first part as it is sent.
static CATALOGUE: LazyLock<(Catalogue, String)> = LazyLock::new(|| {
    let text = include_str!("../languages/zh-Hant.json");
    let catalogue: Catalogue = serde_json::from_str(text).unwrap_or_else(|error| unreachable!("zh-Hant.json: {error}"));
    // Inside of an element of the page nothing may end it.
    let sent = serde_json::to_string(&catalogue.pages).unwrap_or_default().replace('<', "\\u003c");
    (catalogue, sent)
});

/// Has fixed texts looked up in the language of the request that is being answered.
pub fn speak() {
    domain::language::speak(|key| {
        let chinese = CHINESE.try_with(|chinese| *chinese).unwrap_or_default();
        let catalogue = chinese.then(|| &CATALOGUE.0)?;
        catalogue.pages.get(key).or_else(|| catalogue.server.get(key)).map(String::as_str)
    });
}

/// Answers in Chinese, or in English.
pub fn answered<F: Future>(chinese: bool, answer: F) -> impl Future<Output = F::Output> {
    CHINESE.scope(chinese, answer)
}

/// What the page that is being answered has to say of its language; `None` for English.
pub fn of_the_page() -> Option<app::Language> {
    let chinese = CHINESE.try_with(|chinese| *chinese).unwrap_or_default();
    chinese.then(|| app::Language { tag: "zh-Hant", words: &CATALOGUE.1 })
}

/// Whether these headers ask for Chinese.
pub fn is_chinese(headers: &HeaderMap) -> bool {
    if let Some(chosen) = cookie(headers, "reeve_language") {
        return chosen == "zh-Hant";
    }
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|asked| asked.to_str().ok()).unwrap_or_default();
    asked.split(',').find_map(tongue).unwrap_or_default()
}

/// Whether one entry of `Accept-Language` is Chinese as it is written in Taiwan, or English; `None` for languages
/// that there are not. Browsers send them in the order of their weight.
fn tongue(entry: &str) -> Option<bool> {
    let tag = entry.split(';').next()?.trim().to_ascii_lowercase();
    match tag.split('-').next()? {
        "en" | "*" => Some(false),
        "zh" if !tag.contains("hans") && !["zh-cn", "zh-sg"].contains(&&*tag) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asking(language: &'static str, cookie: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(language))]);
        headers.extend(cookie.map(|cookie| (header::COOKIE, HeaderValue::from_static(cookie))));
        is_chinese(&headers)
    }

    #[test]
    fn the_first_language_that_there_is_counts_and_a_choice_before_it() {
        assert!(asking("zh-TW,zh;q=0.9,en;q=0.8", None));
        assert!(asking("de-DE,zh-Hant-HK;q=0.9", None));
        assert!(!asking("en-GB,zh-TW;q=0.5", None));
        assert!(!asking("zh-CN,de", None));
        assert!(!is_chinese(&HeaderMap::new()));
        assert!(!asking("zh-TW", Some("reeve_language=en")));
        assert!(asking("en", Some("a=b; reeve_language=zh-Hant")));
    }

    #[tokio::test]
    async fn texts_are_looked_up_for_the_request_alone() {
        speak();
        assert_eq!(answered(true, async { domain::words::count(3, "run") }).await, "3 次執行");
        assert_eq!(answered(false, async { domain::words::count(3, "run") }).await, "3 runs");
        assert_eq!(domain::words::count(3, "run"), "3 runs");
    }
}
