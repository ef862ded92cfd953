//! `/api/events`. Prefect 2 has none of it by default, and its clients are told so.

mod spans;
mod token;

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use domain::events::{Countable, Event, EventCounting, EventFilter, EventPage, EventQuery};
use domain::{Major, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::events::{self, Window};

use super::body::{Body, OptionalBody};
use super::caller::Caller;
use super::error::{ApiError, Result};
use super::{events_in, events_out};
use crate::app_state::AppState;
use crate::orchestration;
use crate::orchestration::AfterCommit;
use token::Token;

/// The most events of one page.
const MAX_PAGE: i64 = 50;

/// The shortest span of a count, in units.
const LEAST_INTERVAL: f64 = 0.01;

/// How far back a question without a beginning reaches, in days.
const DAYS: i64 = 180;

/// Routes below `/api/events`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/filter/next", get(next))
        .route("/count-by/{countable}", post(count_by))
        .route_layer(middleware::from_fn(not_in_v2))
        .route("/in", any(events_in::open))
        .route("/out", any(events_out::open))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    use domain::events::EventCount;

    docs.tag("Events");
    docs.post("/events", "Store events").takes::<Vec<Event>>().done(204);
    docs.post("/events/filter", "Events that fit").may_take::<EventQuery>().gives::<EventPage>(200);
    docs.get("/events/filter/next", "The next page").asks::<String>("page-token", true).gives::<EventPage>(200);
    docs.post("/events/count-by/{countable}", "Events counted").takes::<EventCounting>().gives::<Vec<EventCount>>(200);
}

async fn not_in_v2(caller: Caller, request: Request, next: Next) -> Response {
    match caller.major {
        Major::V3 => next.run(request).await,
        Major::V2 => {
            let text = "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting.";
            ApiError::not_found(text).into_response()
        }
    }
}

async fn create(State(app): State<AppState>, Body(sent): Body<Vec<Event>>) -> Result {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    orchestration::events::take(&mut tx, sent, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn filter(
    State(app): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OptionalBody(query): OptionalBody<EventQuery>,
) -> Result {
    let limit = limit_of(&query)?;
    let filter = query.filter.unwrap_or_default();
    let window = window(&filter, app.clock.now());
    let mut tx = app.store.read().await?;
    let total = events::count(&mut tx, &filter, window).await?;
    let found = events::filter(&mut tx, &filter, window, limit, 0).await?;
    let token = Token { filter: fixed(filter, window), count: total, page_size: limit, offset: 0 };
    Ok(caller.ok(&page(found, token, &headers)))
}

#[derive(Deserialize)]
struct PageToken {
    #[serde(rename = "page-token", default)]
    token: Option<String>,
}

async fn next(
    State(app): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Query(asked): Query<PageToken>,
) -> Result {
    let forbidden = || ApiError::Detail(StatusCode::FORBIDDEN, "Forbidden".to_owned());
    let Some(token) = asked.token else {
        let item = json!({ "type": "missing", "loc": ["query", "page-token"], "msg": "Field required", "input": null });
        return Err(ApiError::Invalid { items: vec![item], body: Value::Null });
    };
    let token = Token::read(&token).filter(|token| (0..=MAX_PAGE).contains(&token.page_size) && token.offset >= 0);
    let token = token.ok_or_else(forbidden)?;
    let window = window(&token.filter, app.clock.now());
    let mut tx = app.store.read().await?;
    let found = events::filter(&mut tx, &token.filter, window, token.page_size, token.offset).await?;
    Ok(caller.ok(&page(found, token, &headers)))
}

async fn count_by(
    State(app): State<AppState>,
    caller: Caller,
    Path(countable): Path<String>,
    Body(asked): Body<EventCounting>,
) -> Result {
    let countable = countable_of(&countable)?;
    if asked.time_interval < LEAST_INTERVAL {
        let item = json!({
            "type": "greater_than_equal",
            "loc": ["body", "time_interval"],
            "msg": format!("Input should be greater than or equal to {LEAST_INTERVAL}"),
            "input": asked.time_interval,
            "ctx": { "ge": LEAST_INTERVAL },
        });
        return Err(ApiError::Invalid { items: vec![item], body: json!(asked) });
    }
    let now = app.clock.now();
    let (filter, window) = (&asked.filter, window(&asked.filter, now));
    let spans = spans::of(&asked, countable, window, now).map_err(ApiError::unprocessable)?;
    let mut tx = app.store.read().await?;
    let counts = match countable {
        Countable::Event => events::by_event(&mut tx, filter, window).await?,
        Countable::Resource => events::by_resource(&mut tx, filter, window).await?,
        Countable::Day | Countable::Time => {
            let found = events::by_span(&mut tx, filter, window, spans.pivot, spans.micros).await?;
            spans.filled(&found)
        }
    };
    Ok(caller.ok(&counts))
}

fn countable_of(word: &str) -> Result<Countable> {
    serde_json::from_value(json!(word)).map_err(|_| {
        let expected = "'day', 'time', 'event' or 'resource'";
        let item = json!({
            "type": "enum",
            "loc": ["path", "countable"],
            "msg": format!("Input should be {expected}"),
            "input": word,
            "ctx": { "expected": expected },
        });
        ApiError::Invalid { items: vec![item], body: Value::Null }
    })
}

fn limit_of(query: &EventQuery) -> Result<i64> {
    let limit = query.limit.unwrap_or(MAX_PAGE);
    let (kind, word, bound) = match limit {
        limit if limit < 0 => ("greater_than_equal", "greater", ("ge", 0)),
        limit if limit > MAX_PAGE => ("less_than_equal", "less", ("le", MAX_PAGE)),
        limit => return Ok(limit),
    };
    let message = format!("Input should be {word} than or equal to {}", bound.1);
    let item =
        json!({ "type": kind, "loc": ["body", "limit"], "msg": message, "input": limit, "ctx": { bound.0: bound.1 } });
    Err(ApiError::Invalid { items: vec![item], body: json!(query) })
}

/// The range of a question; without one, the last half year.
fn window(filter: &EventFilter, now: Timestamp) -> Window {
    let occurred = filter.occurred.clone().unwrap_or_default();
    let midnight = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(86_400_000_000));
    let half_a_year_ago = midnight.plus_seconds(-86_400.0 * DAYS as f64);
    Window { since: occurred.since.unwrap_or(half_a_year_ago), until: occurred.until.unwrap_or(now) }
}

/// The filter with its range written out, so that later pages are about the same events.
fn fixed(filter: EventFilter, window: Window) -> EventFilter {
    let occurred = domain::events::OccurredFilter { since: Some(window.since), until: Some(window.until) };
    EventFilter { occurred: Some(occurred), ..filter }
}

fn page(events: Vec<Event>, token: Token, headers: &HeaderMap) -> EventPage {
    let total = token.count;
    let next_page =
        token.next().map(|token| format!("{}api/events/filter/next?page-token={}", base_url(headers), token.write()));
    EventPage { events, total, next_page }
}

/// Where the client reached us, with a slash at the end.
fn base_url(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    let host = text("x-forwarded-host").or_else(|| text(header::HOST.as_str())).unwrap_or("localhost");
    format!("{scheme}://{host}/")
}
