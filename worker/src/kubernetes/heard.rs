//! What a namespace's events say about its objects, read once for all who ask in the same moment.
//!
//! For each question about one object the API server goes through all events of the namespace, and thousands of runs
//! may wait for their pods.

use std::collections::HashMap;
use std::future::Future;

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::ListParams;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Events in one answer of the API server.
const PAGE: u32 = 500;
/// After a reading there is a pause of so many times what it took.
const REST: u32 = 4;

/// What was said last about an object: when, in microseconds since 1970, and the words.
pub(crate) type Said = (i64, String);

/// The events of one kind.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Option<Reading>>);

struct Reading {
    began: Instant,
    next: Instant,
    said: HashMap<String, Said>,
}

impl Heard {
    /// What was said last about `object`, as the cluster tells it after the question. Nothing when nothing was, or
    /// when this worker may not read events. `read` reads all of it.
    pub(crate) async fn about<R>(&self, object: &str, read: impl FnOnce() -> R) -> Option<Said>
    where
        R: Future<Output = HashMap<String, Said>>,
    {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        // A reading that began after the question has been made for others who asked with us.
        if last.as_ref().is_none_or(|reading| reading.began < asked) {
            if let Some(before) = last.as_ref() {
                sleep_until(before.next).await;
            }
            let began = Instant::now();
            let said = read().await;
            *last = Some(Reading { began, next: Instant::now() + began.elapsed() * REST, said });
        }
        last.as_ref()?.said.get(object).cloned()
    }
}

/// Reads the events that `selector` fits, page after page.
pub(crate) async fn read(events: &Api<Event>, selector: &str) -> HashMap<String, Said> {
    let mut said = HashMap::new();
    let mut page = ListParams::default().fields(selector).limit(PAGE);
    loop {
        let Ok(found) = events.list(&page).await else { return said };
        for event in found.items {
            let (Some(at), Some(object)) = (time_of(&event), event.involved_object.name) else { continue };
            let Some(words) = event.message.filter(|words| !words.is_empty()) else { continue };
            if said.get(&object).is_none_or(|(before, _)| *before <= at) {
                said.insert(object, (at, words));
            }
        }
        match found.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) => page = page.continue_token(&next),
            None => return said,
        }
    }
}

fn time_of(event: &Event) -> Option<i64> {
    let time = event.last_timestamp.as_ref().or(event.first_timestamp.as_ref());
    let precise = event.event_time.as_ref().map(|time| time.0.as_microsecond());
    time.map(|time| time.0.as_microsecond()).or(precise)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_while_it_is_read_are_told_by_the_next_reading() {
        let (heard, readings) = (Heard::default(), AtomicUsize::new(0));
        let ask = async |object: &str, after: u64| {
            tokio::time::sleep(Duration::from_millis(after)).await;
            let read = || async {
                let count = readings.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                HashMap::from([("pod".to_owned(), (0, format!("reading {count}")))])
            };
            heard.about(object, read).await.map(|(_, words)| words)
        };
        let begun = Instant::now();
        let (first, second, third, other) =
            tokio::join!(ask("pod", 0), ask("pod", 10), ask("pod", 500), ask("other", 500));
        assert_eq!(first.as_deref(), Some("reading 1"));
        assert_eq!([second.as_deref(), third.as_deref()], [Some("reading 2"); 2]);
        assert_eq!((other, readings.load(Ordering::Relaxed)), (None, 2));
        assert_eq!(begun.elapsed(), Duration::from_secs(1 + 4 + 1), "the API server has a rest between them");
    }
}
