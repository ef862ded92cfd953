//! Puts the dashboard into axum: pages, their files, and the paths of Prefect's dashboards. The one file
//! here that knows Leptos.

mod machine;
mod redirects;

use app::{SetStatus, ShellOptions, shell};
use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use client::Client;
use client::transport::in_process::InProcess;
use leptos::context::{provide_context, use_context};
use leptos_axum::ResponseOptions;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::app_state::AppState;
use crate::assets::Assets;
use crate::language::{self, InChinese};

/// Headers of a visitor that go along when a page asks the API in the visitor's name.
const OF_THE_VISITOR: [header::HeaderName; 3] = [header::AUTHORIZATION, header::COOKIE, header::ACCEPT_LANGUAGE];

/// The API, and around it the dashboard.
pub fn router(app: AppState, api: Router, assets: &Assets) -> Router {
    // The first caller wins; a second one (a test with two servers) finds it set.
    let _ = any_spawner::Executor::init_tokio();
    language::speak();
    // Prefect's routes have no words of the interface, and are called often.
    let spoken = language::heard(api.clone());
    let manifest = assets.manifest();
    let options = ShellOptions {
        js: manifest.js.clone(),
        wasm: manifest.wasm.clone(),
        css: manifest.css.clone(),
        editor: manifest.editor.clone(),
        theme: None,
        language: None,
    };
    let inner = spoken.clone();
    let page = move |request: Request| pages(request, inner.clone(), options.clone());
    let dashboard = Router::new()
        .merge(redirects::routes(api.clone()))
        .fallback(get(page).fallback(async || StatusCode::METHOD_NOT_ALLOWED.into_response()))
        .layer(axum::middleware::from_fn_with_state(app, crate::api::gates::authorized));
    let compressed = CompressionLayer::new().compress_when(SizeAbove::new(500).and(NotForContentType::SSE));
    // Not a route of this router: its parameter would be seen by the routes of the API.
    let door = move |request: Request| {
        let inside = match request.uri().path() {
            path if path.starts_with("/api/reeve/") => spoken.clone(),
            path if is_for_api(path) => api.clone(),
            _ => dashboard.clone(),
        };
        inside.oneshot(request)
    };
    Router::new().fallback(door).layer(compressed).merge(assets.router())
}

fn is_for_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || ["/openapi.json", "/docs"].contains(&path)
}

/// Renders one page; its data comes through the API in process, with the visitor's credentials.
async fn pages(request: Request, api: Router, options: ShellOptions) -> Response {
    let (method, uri, visitor) = (request.method().clone(), request.uri().clone(), of_the_visitor(request.headers()));
    if let Some(mut response) = machine::answer(method, uri, &api, visitor).await {
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
        return response;
    }
    let context = move || {
        let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
        provide_context(InChinese(language::is_chinese(&headers)));
        provide_context(Client::new(InProcess::new(api.clone(), of_the_visitor(&headers))));
        if let Some(response) = use_context::<ResponseOptions>() {
            let set = move |status| response.set_status(StatusCode::from_u16(status).unwrap_or_default());
            provide_context(SetStatus(std::sync::Arc::new(set)));
        }
    };
    let document = move || {
        let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
        let language = language::of_the_page();
        shell(ShellOptions { theme: cookie(&headers, "reeve_theme"), language, ..options.clone() })
    };
    let mut response = leptos_axum::render_app_async_with_context(context, document)(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(header::X_FRAME_OPTIONS, header::HeaderValue::from_static("SAMEORIGIN"));
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("same-origin"));
    response
}

fn of_the_visitor(headers: &HeaderMap) -> HeaderMap {
    let copied = OF_THE_VISITOR.into_iter().filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())));
    copied.collect()
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_static("xreeve_theme=no; reeve_theme=dark; reeve_theme_old=light"),
        )]);
        assert_eq!(cookie(&headers, "reeve_theme").as_deref(), Some("dark"));
        assert_eq!(cookie(&headers, "theme"), None);
    }
}
