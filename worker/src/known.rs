//! What many runs of the same moment want to know: deployments and flows, read once for all of them.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Trouble;

/// How old an answer may be: what is edited counts within a second, and hundreds of runs of one second ask once.
const FRESH: Duration = Duration::from_secs(1);
/// So many may be kept beyond their time before they are looked through.
const MANY: usize = 256;

/// Things by their ids. Runs that read the same one share it.
pub(crate) struct Known<K, V>(Mutex<HashMap<K, Slot<V>>>);

type Slot<V> = Arc<tokio::sync::Mutex<Option<(Instant, Arc<V>)>>>;

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Known(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Known<K, V> {
    /// The thing of that id as it was at most a second ago, else as `read` gives it. Who asks meanwhile waits for the
    /// same answer; an error is told to one, and the next one asks anew.
    pub(crate) async fn get<F>(&self, id: K, read: impl FnOnce() -> F) -> Result<Arc<V>, Trouble>
    where
        F: Future<Output = Result<V, Trouble>>,
    {
        let slot = self.slot(id);
        let mut known = slot.lock().await;
        if let Some((at, value)) = known.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(value.clone());
        }
        let value = Arc::new(read().await?);
        *known = Some((Instant::now(), value.clone()));
        Ok(value)
    }

    fn slot(&self, id: K) -> Slot<V> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MANY {
            slots.retain(|_, slot| {
                let fresh =
                    |known: &Option<(Instant, Arc<V>)>| known.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH);
                // One that is locked is being read.
                slot.try_lock().map_or(true, |known| fresh(&known))
            });
        }
        slots.entry(id).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn many_that_ask_together_ask_once() {
        let known = Known::<u8, u8>::default();
        let reads = AtomicUsize::new(0);
        let ask = || {
            known.get(1, || async {
                reads.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(7)
            })
        };
        let answers = futures::future::join_all((0..50).map(|_| ask())).await;
        assert!(answers.into_iter().all(|answer| answer.is_ok_and(|value| *value == 7)));
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        let failed = known.get(2, || async { Err(Trouble::GiveUp("no".to_owned())) }).await;
        assert_eq!(failed, Err(Trouble::GiveUp("no".to_owned())));
        assert_eq!(known.get(2, || async { Ok(8) }).await, Ok(Arc::new(8)), "a failure is not kept");
    }
}
