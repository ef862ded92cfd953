//! How a page gets its one answer: fetched while rendering, carried inside the HTML, and kept fresh in
//! the browser when the server says that something changed.
//!
//! What is generic over the answer's type is kept thin, since every page pays for it in wasm: the
//! resource, its codec and the suspense below know only [`Answer`], which holds the JSON text on its way
//! through the HTML and the value itself when the browser fetched it.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use client::{Client, ClientError};
use domain::live::Change;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::components::panel;
use crate::{SetStatus, live, pages};

/// What a page shows, and the way to read it again.
pub struct Page<T: Send + Sync + 'static> {
    data: RwSignal<T>,
    refresh: Callback<()>,
}

impl<T: Send + Sync + 'static> Clone for Page<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Page<T> {}

impl<T: Send + Sync + 'static> Page<T> {
    /// Reads the data; views that do so follow it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.data.with(read)
    }

    /// Reads the data as it is now.
    pub fn peek<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.data.with_untracked(read)
    }

    /// Asks the server again; what is shown stays until the answer is there.
    pub fn refresh(self) {
        self.refresh.run(());
    }
}

/// Why there is nothing to show.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    pub status: Option<u16>,
    pub message: String,
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Failure { status: error.status(), message: error.to_string() }
    }
}

type Fetched<T> = Pin<Box<dyn Future<Output = client::Result<Option<T>>> + Send>>;

/// What to ask, by a key such as an id or a query string.
pub type Fetch<T> = fn(Client, String) -> Fetched<T>;

/// Shows what `fetch` gives for `key`. `watch` says which changes make the page old; `None` from the
/// server is shown as "not found", with that status.
pub fn page<T>(
    key: impl Fn() -> String + Send + Sync + 'static,
    watch: fn(&Change, &T) -> bool,
    fetch: Fetch<T>,
    view: impl Fn(Page<T>) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = expect_context::<Client>();
    let key = Memo::new(move |_| key());
    let ask = {
        let client = client.clone();
        move |key: String| -> Pin<Box<dyn Future<Output = Answer> + Send>> {
            let fetched = fetch(client.clone(), key);
            Box::pin(async move {
                match fetched.await {
                    Ok(Some(value)) => Answer::Found(Carried::new(value)),
                    Ok(None) => Answer::Missing,
                    Err(error) => Answer::Failed(error.into()),
                }
            })
        }
    };
    let show = move |carried: Carried| match carried.open::<T>() {
        Ok(value) => {
            let data = RwSignal::new(value);
            let refresh = refresher(client.clone(), key, data, fetch);
            live::on_change(move |change| data.with_untracked(|data| watch(change, data)), move || refresh.run(()));
            view(Page { data, refresh })
        }
        Err(error) => panel::failed(&Failure { status: None, message: error }),
    };
    boundary(key, Box::new(ask), Arc::new(show))
}

/// Fetches again, and puts the answer in the place of the old one.
fn refresher<T>(client: Client, key: Memo<String>, data: RwSignal<T>, fetch: Fetch<T>) -> Callback<()>
where
    T: Send + Sync + 'static,
{
    Callback::new(move |()| {
        let Some(key) = key.try_get_untracked() else { return };
        let fetched = fetch(client.clone(), key);
        leptos::task::spawn(async move {
            if let Ok(Some(value)) = fetched.await {
                let _ = data.try_set(value);
            }
        });
    })
}

type Ask = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// The part that is the same for all pages.
fn boundary(key: Memo<String>, ask: Ask, show: Arc<dyn Fn(Carried) -> AnyView + Send + Sync>) -> AnyView {
    let resource = Resource::<Answer>::new_blocking(move || key.get(), ask);
    let set_status = use_context::<SetStatus>();
    let answered = move |answer: Answer| {
        let status = |code: u16| {
            if let Some(set) = &set_status {
                (set.0)(code);
            }
        };
        match answer {
            Answer::Found(carried) => show(carried),
            Answer::Missing => {
                status(404);
                pages::not_found::missing()
            }
            Answer::Failed(failure) => {
                status(failure.status.unwrap_or(502));
                panel::failed(&failure)
            }
        }
    };
    let answered = Arc::new(answered);
    view! {
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>
            {move || {
                let answered = answered.clone();
                Suspend::new(async move { answered(resource.await) })
            }}
        </Transition>
    }
    .into_any()
}

#[derive(Clone, Serialize, Deserialize)]
enum Answer {
    Found(Carried),
    Missing,
    Failed(Failure),
}

/// A page's data: as JSON text while it travels in the HTML, as a value when the browser fetched it.
#[derive(Clone)]
enum Carried {
    Text(Box<RawValue>),
    Value(Arc<dyn Any + Send + Sync>),
}

impl Carried {
    fn new<T: Serialize + Send + Sync + 'static>(value: T) -> Self {
        // The browser never writes an answer: without this branch it would carry the code to do so.
        if cfg!(not(target_arch = "wasm32"))
            && let Ok(text) = serde_json::value::to_raw_value(&value)
        {
            return Carried::Text(text);
        }
        Carried::Value(Arc::new(value))
    }

    fn open<T: DeserializeOwned + Clone + 'static>(self) -> Result<T, String> {
        match self {
            Carried::Text(text) => serde_json::from_slice(text.get().as_bytes()).map_err(|error| error.to_string()),
            Carried::Value(value) => {
                value.downcast_ref::<T>().cloned().ok_or_else(|| "the page holds another page's data".to_owned())
            }
        }
    }
}

impl Serialize for Carried {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Carried::Text(text) => text.serialize(to),
            Carried::Value(_) => to.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for Carried {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(from).map(Carried::Text)
    }
}
