//! How Prefect's clients open a socket: subprotocol `prefect`, then a frame with their password.

use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::websocket::{End, POLICY_VIOLATION, PROTOCOL_ERROR, Result, Socket, converse};
use crate::app_state::AppState;

/// What clients offer, and expect to be echoed.
const PROTOCOL: &str = "prefect";

/// The largest frame that is read: twice the largest event that is taken.
const MAX_FRAME: usize = 4 * 1024 * 1024;

/// Takes the connection over, lets the client show its password, then holds `conversation`. Old clients,
/// which do not offer the subprotocol and show nothing, come in where no password is set.
pub fn open<C>(upgrade: WebSocketUpgrade, headers: &HeaderMap, app: AppState, conversation: C) -> Response
where
    C: for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    if offers_prefect(headers) {
        return admitting(upgrade, app, None, conversation);
    }
    match app.policy.auth_string {
        Some(_) => StatusCode::FORBIDDEN.into_response(),
        None => converse(upgrade.max_message_size(MAX_FRAME), app, conversation),
    }
}

/// The same for workers, which all offer the subprotocol and go by the words of a close.
pub fn open_to_workers<C>(upgrade: WebSocketUpgrade, headers: &HeaderMap, app: AppState, conversation: C) -> Response
where
    C: for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    match offers_prefect(headers) {
        true => admitting(upgrade, app, Some("authentication_failed"), conversation),
        false => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Takes the connection over; who is not let in hears `refusal`, or else what is wrong.
fn admitting<C>(upgrade: WebSocketUpgrade, app: AppState, refusal: Option<&'static str>, conversation: C) -> Response
where
    C: for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    let upgrade = upgrade.max_message_size(MAX_FRAME).protocols([PROTOCOL]);
    converse(upgrade, app, admitted(refusal, conversation))
}

/// The conversation after the handshake.
fn admitted<C>(
    refusal: Option<&'static str>,
    conversation: C,
) -> impl for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static
where
    C: for<'a> FnOnce(&'a AppState, &'a mut Socket) -> BoxFuture<'a, Result<()>> + Send + 'static,
{
    move |app, socket| {
        Box::pin(async move {
            admit(app, socket, refusal).await?;
            conversation(app, socket).await
        })
    }
}

fn offers_prefect(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|offer| offer.split(',')).any(|offer| offer.trim() == PROTOCOL)
}

/// The first frame of a client.
#[derive(Deserialize)]
struct Auth {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    token: Option<String>,
}

async fn admit(app: &AppState, socket: &mut Socket, refusal: Option<&'static str>) -> Result<()> {
    let refused = |why| End::close(POLICY_VIOLATION, refusal.unwrap_or(why));
    let auth: Option<Auth> = serde_json::from_str(&socket.text().await?).ok();
    let Some(auth) = auth.filter(|auth| auth.kind == "auth") else {
        return Err(refused("Expected 'auth' message"));
    };
    if let Some(expected) = &app.policy.auth_string {
        let shown = auth.token.unwrap_or_default();
        if !bool::from(shown.as_bytes().ct_eq(expected.as_bytes())) {
            return Err(refused("the token is wrong or missing"));
        }
    }
    socket.send(&json!({ "type": "auth_success" })).await
}

/// The frame with which a client says what it wants to hear.
#[derive(Deserialize)]
pub struct Wish {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    filter: Value,
    /// Whether to begin with what has happened lately.
    #[serde(default = "yes")]
    pub backfill: bool,
}

fn yes() -> bool {
    true
}

impl Wish {
    /// Hears the wish of a client that has just come in, and its filter.
    pub async fn hear<F: serde::de::DeserializeOwned>(socket: &mut Socket) -> Result<(Wish, F)> {
        let wish: Option<Wish> = serde_json::from_str(&socket.text().await?).ok();
        let Some(mut wish) = wish.filter(|wish| wish.kind == "filter") else {
            return Err(End::close(PROTOCOL_ERROR, "Expected 'filter' message"));
        };
        match serde_json::from_value(wish.filter.take()) {
            Ok(filter) => Ok((wish, filter)),
            Err(error) => Err(End::close(PROTOCOL_ERROR, format!("Invalid filter: {error}"))),
        }
    }
}
