//! Reading a request: JSON bodies and ids in paths, with the errors that the caller's major knows.

use axum::RequestPartsExt;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use bytes::Bytes;
use domain::{Major, Uuid};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use super::invalid;
use super::mistakes::{self, Wrong};

/// A JSON body of type `T`; whatever the content type says.
pub struct Body<T>(pub T);

/// A JSON body whose members are parameters of their own: one that is `null` counts as not sent.
pub struct Parameters<T>(pub T);

/// A JSON body that may be missing; then it is `T`'s default.
pub struct OptionalBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::of(request.headers());
        parse(&bytes(request, state).await?, caller.major).map(Body)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::of(request.headers());
        let bytes = bytes(request, state).await?;
        let wrong = match parse(&bytes, caller.major) {
            Ok(value) => return Ok(Parameters(value)),
            Err(wrong) => wrong,
        };
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&bytes) else { return Err(wrong) };
        let body = Value::Object(members.clone());
        members.retain(|_, value| !value.is_null());
        parse(Value::Object(members).to_string().as_bytes(), caller.major).map(Parameters).map_err(
            |wrong| match wrong {
                // What was sent is told as it was sent.
                ApiError::Invalid { items, .. } => ApiError::Invalid { items, body },
                wrong => wrong,
            },
        )
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::of(request.headers());
        let bytes = bytes(request, state).await?;
        if bytes.is_empty() || bytes.as_ref() == b"null" {
            return Ok(OptionalBody(T::default()));
        }
        parse(&bytes, caller.major).map(OptionalBody)
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| ApiError::Detail(rejection.status(), rejection.body_text()))
}

/// Reads JSON; an error says where and what in the caller's words.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], major: Major) -> Result<T, ApiError> {
    if bytes.is_empty() {
        return Err(ApiError::Invalid { items: vec![invalid::missing_body(major)], body: Value::Null });
    }
    if bytes.trim_ascii_start().first() == Some(&b'[') && takes_an_object::<T>() {
        let body: Value = serde_json::from_slice(bytes).map_err(|error| not_json(&error, bytes, major))?;
        return Err(ApiError::Invalid { items: vec![invalid::no_object(&body, major)], body });
    }
    // Keeping track of the place costs as much as reading; it is needed only to say where the error is.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => match reader.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(not_json(&error, bytes, major)),
        },
        Err(error) if error.inner().is_data() => {
            let body: Value = serde_json::from_slice(bytes).map_err(|error| not_json(&error, bytes, major))?;
            if let Some(value) = mistakes::meant::read(&body) {
                return Ok(value);
            }
            match mistakes::all::<T>(&body, major) {
                Wrong::Integrity => Err(ApiError::integrity()),
                Wrong::Invalid(items) if items.is_empty() => {
                    Err(ApiError::Invalid { items: vec![invalid::item(&error, &body, major)], body })
                }
                Wrong::Invalid(items) => Err(ApiError::Invalid { items, body }),
            }
        }
        Err(error) => Err(not_json(error.inner(), bytes, major)),
    }
}

/// Serde would read the members of an object from a list, one after the other; Prefect does not.
fn takes_an_object<T: DeserializeOwned>() -> bool {
    match serde_json::from_slice::<T>(b"{}") {
        Ok(_) => true,
        Err(error) => error.is_data() && error.to_string().starts_with("missing field"),
    }
}

fn not_json(error: &serde_json::Error, bytes: &[u8], major: Major) -> ApiError {
    let body = String::from_utf8_lossy(bytes).into_owned();
    ApiError::Invalid { items: vec![invalid::not_json(error, bytes, major)], body: json!(body) }
}

/// An id in the path. What is no UUID is 422 for Prefect 2 and an unknown route for Prefect 3.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: From<Uuid>> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = Caller::of(&parts.headers);
        let Ok(Path(segments)) = parts.extract::<Path<Vec<(String, String)>>>().await else {
            return Err(ApiError::not_found("Not Found"));
        };
        let Some((name, text)) = segments.into_iter().next() else {
            return Err(ApiError::not_found("Not Found"));
        };
        parse_id(&name, &text, caller.major).map(Id)
    }
}

/// Reads the id `text` of the path parameter `name`.
pub fn parse_id<T: From<Uuid>>(name: &str, text: &str, major: Major) -> Result<T, ApiError> {
    match (text.parse::<Uuid>(), major) {
        (Ok(id), _) => Ok(id.into()),
        (Err(_), Major::V3) => Err(ApiError::not_found("Not Found")),
        (Err(_), Major::V2) => Err(ApiError::Invalid {
            items: vec![
                json!({ "loc": ["path", name], "msg": "value is not a valid uuid", "type": "type_error.uuid" }),
            ],
            body: Value::Null,
        }),
    }
}
