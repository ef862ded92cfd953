//! How a page gets its one answer: fetched while rendering, carried inside the HTML, and kept fresh in
//! the browser when the server says that something changed.
//!
//! What is generic over the answer's type is kept thin, since every page pays for it in wasm: the
//! resource, its codec and the suspense below know only [`Answer`].

mod answer;
mod reads;

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use client::Client;
use domain::live::Change;
use leptos::prelude::*;
use leptos_meta::{Title, TitleProps};
use leptos_router::hooks::use_navigate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::components::panel;
use crate::element::el;
use crate::notices::{Notices, notices};
use crate::{SetStatus, browser, pages};
use answer::{Answer, Carried, Codec};
use reads::{ReadAgain, Reads, keep_fresh};

pub use answer::Failure;

/// What a page shows, and the way to read it again.
pub struct Page<T: Send + Sync + 'static> {
    data: Data,
    refresh: Callback<()>,
    reads: Reads,
    client: StoredValue<Client>,
    notices: Notices,
    of: PhantomData<fn() -> T>,
}

/// A page's data without their type, so that the signal's code is there once.
type Data = RwSignal<Arc<dyn Any + Send + Sync>>;

impl<T: Send + Sync + 'static> Clone for Page<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Page<T> {}

impl<T: Send + Sync + 'static> Page<T> {
    /// Reads the data; views that do so follow it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&self.data.get()))
    }

    /// The same for what follows more than the page: the clock and the address go on for a moment after it is
    /// gone, and then there is nothing to read.
    pub fn try_with<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.data.try_get().map(|data| read(typed(&data)))
    }

    /// Reads the data as it is now.
    pub fn peek<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&self.data.get_untracked()))
    }

    /// Asks the server again; what is shown stays until the answer is there.
    pub fn refresh(self) {
        let _ = self.refresh.try_run(());
    }

    /// Carries out `call` and reads the page again. `what` begins the sentence that tells of a failure.
    pub fn act<F>(self, what: &'static str, call: impl FnOnce(Client) -> F)
    where
        F: Future<Output = client::Result<()>> + 'static,
    {
        if let Some(client) = self.client.try_get_value() {
            carry_out(Box::pin(call(client)), what, self.notices, self.refresh);
        }
    }
}

/// Deletes what the page shows, and goes to another. Nothing is read meanwhile, for it would not be found.
pub fn delete<T, F>(page: Page<T>, call: impl Fn(Client) -> F + Send + Sync + 'static, said: Deletion)
where
    T: Send + Sync + 'static,
    F: Future<Output = client::Result<()>> + 'static,
{
    let (client, notices, navigate) = (page.client, page.notices, use_navigate());
    let then = move || {
        let Some(client) = client.try_get_value() else { return };
        let (deleted, navigate) = (call(client), navigate.clone());
        leptos::task::spawn_local(async move {
            match deleted.await {
                Ok(()) => {
                    notices.done(said.done);
                    navigate(said.next, Default::default());
                }
                Err(error) => {
                    notices.failed(said.failed, &error);
                    page.reads.keep();
                    page.refresh();
                }
            }
        });
    };
    page.reads.last(Callback::new(move |()| then()));
}

/// What is said of a deletion, and the address that is shown after it.
#[derive(Clone, Copy)]
pub struct Deletion {
    pub done: &'static str,
    pub failed: &'static str,
    pub next: &'static str,
}

/// The data with their type; they were put in with it.
fn typed<T: 'static>(data: &Arc<dyn Any + Send + Sync>) -> &T {
    match data.downcast_ref() {
        Some(data) => data,
        None => unreachable!("a page's data never change their type"),
    }
}

fn carry_out(
    call: Pin<Box<dyn Future<Output = client::Result<()>>>>,
    what: &'static str,
    notices: Notices,
    refresh: Callback<()>,
) {
    leptos::task::spawn_local(async move {
        if let Err(error) = call.await {
            notices.failed(what, &error);
        }
        let _ = refresh.try_run(());
    });
}

/// The document's title while the page is shown.
pub fn title(text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    // The server writes it when the page is done, and nobody is there any more whose language it would be in.
    let said = (!cfg!(target_arch = "wasm32")).then(|| untrack(&text));
    let text = move || said.clone().unwrap_or_else(&text);
    Title(TitleProps { formatter: None, text: Some(text.into()) }).into_any()
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
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let client = expect_context::<Client>();
    let notices = notices();
    let key = Memo::new(move |_| key());
    // The answer that came inside the HTML was asked for when the page was opened.
    let asked = StoredValue::new(0.0);
    let ask = {
        let client = client.clone();
        move |key: String| -> Pin<Box<dyn Future<Output = Answer> + Send>> {
            let fetched = fetch(client.clone(), key);
            Box::pin(async move {
                // Not before: over an answer that came with the HTML this is made as well, and never run.
                if cfg!(target_arch = "wasm32") {
                    let _ = asked.try_set_value(browser::milliseconds());
                }
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
            let data = Data::new(value);
            let read_again: ReadAgain = {
                let client = client.clone();
                Box::new(move |key| {
                    let fetched = fetch(client.clone(), key);
                    Box::pin(async move { Some(Arc::new(fetched.await.ok()??) as Arc<dyn Any + Send + Sync>) })
                })
            };
            let watched = move |change: &Change| watch(change, typed(&data.get_untracked()));
            let reads = Reads::new();
            let refresh = keep_fresh(data, key, asked, reads, read_again, Box::new(watched));
            view(Page { data, refresh, reads, client: StoredValue::new(client.clone()), notices, of: PhantomData })
        }
        Err(message) => panel::failed(&Failure { status: None, message }).into_any(),
    };
    boundary(key, Box::new(ask), Arc::new(show))
}

type Ask = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// The part that is the same for all pages.
fn boundary(key: Memo<String>, ask: Ask, show: Arc<dyn Fn(Carried) -> AnyView + Send + Sync>) -> AnyView {
    let resource = Resource::<Answer, Codec>::new_with_options(move || key.get(), ask, true);
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
                panel::failed(&failure).into_any()
            }
        }
    };
    let answered = Arc::new(answered);
    view! {
        <Transition fallback=|| el("p").class("loading").add("Loading…").into_any()>
            {move || {
                let answered = answered.clone();
                Suspend::new(async move { answered(resource.await) })
            }}
        </Transition>
    }
    .into_any()
}
