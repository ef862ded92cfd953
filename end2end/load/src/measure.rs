//! Doing something many times at once, and what that took.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How long each of many calls took.
#[derive(Default)]
pub struct Times {
    /// Milliseconds, sorted.
    taken: Vec<f64>,
    /// From the first call to the end of the last, in seconds.
    pub seconds: f64,
}

impl Times {
    /// Calls `act` with 0, 1, 2, … until `enough` says so, `lanes` calls at a time.
    async fn of<F>(lanes: usize, enough: impl Fn(usize) -> bool, act: impl Fn(usize) -> F) -> Result<Times>
    where
        F: Future<Output = Result<()>>,
    {
        let began = Instant::now();
        let next = std::cell::Cell::new(0);
        let lane = async || {
            let mut taken = Vec::new();
            loop {
                let n = next.get();
                if enough(n) {
                    return anyhow::Ok(taken);
                }
                next.set(n + 1);
                let start = Instant::now();
                act(n).await?;
                taken.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        };
        let lanes = futures::future::try_join_all((0..lanes).map(|_| lane())).await?;
        let mut taken: Vec<f64> = lanes.into_iter().flatten().collect();
        taken.sort_by(f64::total_cmp);
        Ok(Times { taken, seconds: began.elapsed().as_secs_f64() })
    }

    /// As often as fits into a time.
    pub async fn during<F>(time: Duration, lanes: usize, act: impl Fn(usize) -> F) -> Result<Times>
    where
        F: Future<Output = Result<()>>,
    {
        let end = Instant::now() + time;
        Times::of(lanes, move |_| Instant::now() >= end, act).await
    }

    /// So many times.
    pub async fn repeated<F>(count: usize, lanes: usize, act: impl Fn(usize) -> F) -> Result<Times>
    where
        F: Future<Output = Result<()>>,
    {
        Times::of(lanes, move |n| n >= count, act).await
    }

    /// Delays that were measured elsewhere, in milliseconds.
    pub fn from_millis(mut taken: Vec<f64>) -> Times {
        taken.sort_by(f64::total_cmp);
        Times { taken, seconds: 0.0 }
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.taken.len()
    }

    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.seconds
    }

    /// The value in milliseconds that `share` (0 to 1) of the calls do not exceed.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.taken.len().saturating_sub(1);
        let at = (share * self.taken.len() as f64).ceil() as usize;
        self.taken.get(at.saturating_sub(1).min(last)).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times = Times::from_millis((1..=100).rev().map(f64::from).collect());
        assert_eq!([0.5, 0.99, 1.0].map(|share| times.percentile(share)), [50.0, 99.0, 100.0]);
        assert!(Times::default().percentile(0.5).is_nan());
    }
}
