//! Waiting longer and longer, at times nobody else chose.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::error::Trouble;

/// Grows from a quarter of a second to ten seconds, each pause spread over half of its length so
/// that workers which lost the same server do not come back in the same instant.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self::up_to(LONGEST)
    }

    /// The same with another longest pause.
    pub(crate) fn up_to(longest: Duration) -> Self {
        Backoff { next: FIRST, longest }
    }

    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(0.75 + fastrand::f64() / 2.0);
        self.next = (self.next * 2).min(self.longest);
        pause
    }
}

/// How seldom the same trouble is said again.
const TOLD: Duration = Duration::from_secs(60);

/// Repeats `attempt` for as long as what fails may pass. A failure is logged as "cannot `what`", the same words once a
/// minute. Ends early, with the last trouble, when `quit` fires.
pub(crate) async fn persist<T, F, A>(what: &str, quit: &CancellationToken, mut attempt: A) -> Result<T, Trouble>
where
    F: Future<Output = Result<T, Trouble>> + Send,
    A: FnMut() -> F,
{
    let mut backoff = Backoff::new();
    let mut told: Option<(String, Instant)> = None;
    loop {
        let trouble = match attempt().await {
            Err(Trouble::Retry(reason)) => reason,
            settled => return settled,
        };
        let pause = backoff.pause();
        if told.as_ref().is_none_or(|(words, at)| *words != trouble || at.elapsed() >= TOLD) {
            tracing::warn!("cannot {what}, next try in {:.1} s: {trouble}", pause.as_secs_f64());
            told = Some((trouble.clone(), Instant::now()));
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = quit.cancelled() => return Err(Trouble::Retry(trouble)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_seconds_and_vary() {
        let mut backoff = Backoff::new();
        let pauses: Vec<f64> = (0..12).map(|_| backoff.pause().as_secs_f64()).collect();
        assert!(pauses[0] < 0.4, "{pauses:?}");
        assert!(pauses[11] >= 7.5 && pauses[11] <= 12.5, "{pauses:?}");
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
        let quit = CancellationToken::new();
        let mut tries = 0;
        let value = persist("ask", &quit, || {
            tries += 1;
            let answer = if tries < 3 { Err(Trouble::Retry("down".into())) } else { Ok(tries) };
            async move { answer }
        });
        assert_eq!(value.await, Ok(3));
        let refused = persist("ask", &quit, || async { Err::<(), _>(Trouble::GiveUp("no".into())) });
        assert_eq!(refused.await, Err(Trouble::GiveUp("no".into())));
        quit.cancel();
        let ended = persist("ask", &quit, || async { Err::<(), _>(Trouble::Retry("down".into())) });
        assert_eq!(ended.await, Err(Trouble::Retry("down".into())));
    }
}
