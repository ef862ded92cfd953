//! Reading a pod's log as it grows, over dropped connections, without doubles.

use std::time::Duration;

use domain::{Timestamp, time::parse_moment};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff;
use kube::Api;
use kube::api::LogParams;
use tokio::sync::watch;
use tokio_util::compat::FuturesAsyncReadCompatExt;

use super::board::View;
use crate::error::Trouble;
use crate::output::Lines;

/// Before the connection is made anew.
const AGAIN: Duration = Duration::from_secs(1);
/// How often a log that cannot be read any more is tried.
const TRIES: u32 = 5;

/// What is read, and from where on.
pub(crate) struct PodLog {
    pub(crate) pods: Api<Pod>,
    pub(crate) pod: String,
    pub(crate) container: String,
    /// Lines before this time are known already …
    pub(crate) after: Option<Timestamp>,
    /// … and so are this many lines of this very microsecond.
    pub(crate) same: usize,
    /// Says when the container has ended.
    pub(crate) view: watch::Receiver<View>,
}

impl PodLog {
    /// Hands over line after line, with its time and its number within that microsecond, until the container has
    /// ended and all is read. An error means that lines may be missing.
    pub(crate) async fn follow<F>(mut self, mut take: impl FnMut(Timestamp, usize, String) -> F) -> Result<(), Trouble>
    where
        F: Future<Output = ()>,
    {
        let mut failures = 0;
        loop {
            // Looked at before reading: what was printed before the container ended is then in the log.
            let ended = self.has_ended();
            match self.read(&mut take).await {
                Ok(()) if ended => return Ok(()),
                Ok(()) => failures = 0,
                Err(trouble @ Trouble::GiveUp(_)) if self.is_gone() => return Err(trouble),
                Err(trouble) if failures >= TRIES && ended => return Err(trouble),
                Err(trouble) => {
                    tracing::debug!("reading the log of pod {}: {trouble}", self.pod);
                    failures += 1;
                }
            }
            // An error means that the board is gone; time passes all the same.
            let _ = tokio::time::timeout(AGAIN, self.view.changed()).await;
            tokio::time::sleep(AGAIN / 10).await;
        }
    }

    /// One connection. Lines that were read before come again, since the API counts in whole seconds.
    async fn read<F: Future<Output = ()>>(
        &mut self,
        take: &mut impl FnMut(Timestamp, usize, String) -> F,
    ) -> Result<(), Trouble> {
        let parameters = LogParams {
            container: Some(self.container.clone()),
            follow: true,
            timestamps: true,
            since_time: self.after.and_then(|after| jiff::Timestamp::from_microsecond(after.micros()).ok()),
            ..LogParams::default()
        };
        let stream = self.pods.log_stream(&self.pod, &parameters).await?;
        let mut lines = Lines::new(stream.compat());
        let (known, mut to_skip) = (self.after, self.same);
        while let Some(line) = lines.next().await.map_err(|error| Trouble::Retry(error.to_string()))? {
            let Some((at, text)) = timed(&line) else { continue };
            if known.is_some_and(|known| at < known) {
                continue;
            }
            if known == Some(at) && to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            self.same = if self.after == Some(at) { self.same.saturating_add(1) } else { 1 };
            self.after = Some(at);
            take(at, self.same - 1, text.to_owned()).await;
        }
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.pod_is(|pod| pod.exit.is_some() || pod.dead || pod.gone)
    }

    fn is_gone(&self) -> bool {
        self.pod_is(|pod| pod.gone)
    }

    fn pod_is(&self, what: impl Fn(&super::facts::PodFacts) -> bool) -> bool {
        self.view.borrow().pods.iter().any(|pod| pod.name == self.pod && what(pod))
    }
}

/// Splits `2026-11-23T18:04:57.123456789Z text`.
fn timed(line: &str) -> Option<(Timestamp, &str)> {
    let (time, text) = line.split_once(' ').unwrap_or((line, ""));
    Some((parse_moment(time).ok()?.timestamp(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_with_their_time() {
        let at = |text: &str| text.parse::<Timestamp>().ok();
        let (time, text) = timed("2026-11-23T18:04:57.123456789Z hello world ").expect("a line");
        assert_eq!((Some(time), text), (at("2026-11-23T18:04:57.123456Z"), "hello world "));
        let (time, text) = timed("2026-11-23T18:04:57+01:00").expect("an empty line");
        assert_eq!((Some(time), text), (at("2026-11-23T17:04:57Z"), ""));
        assert_eq!(timed("unable to retrieve container logs"), None);
    }
}
