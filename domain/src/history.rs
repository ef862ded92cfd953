//! Runs by interval and state, as the charts of both dashboards ask for them.

use serde::{Deserialize, Serialize};

use crate::deployments::DeploymentFilter;
use crate::filter::Filters;
use crate::flow_runs::FlowRunFilter;
use crate::flows::FlowFilter;
use crate::state::StateType;
use crate::task_runs::TaskRunFilter;
use crate::time::Timestamp;
use crate::work_pools::{WorkPoolFilter, WorkQueueFilter};

/// Prefect makes no more intervals than this, whatever range is asked.
const MOST_BUCKETS: i64 = 500;

/// Body of `POST …/history`: a range, the length of an interval, and which runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(from = "RangeBody")]
pub struct HistoryRange {
    pub history_start: Timestamp,
    pub history_end: Timestamp,
    /// At least 1.
    pub history_interval_seconds: f64,
    #[serde(flatten)]
    pub filters: Filters,
}

/// The same as it is read: serde forgets the place of an error inside flattened members.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct RangeBody {
    history_start: Timestamp,
    history_end: Timestamp,
    history_interval_seconds: f64,
    flows: Option<FlowFilter>,
    flow_runs: Option<FlowRunFilter>,
    task_runs: Option<TaskRunFilter>,
    deployments: Option<DeploymentFilter>,
    work_pools: Option<WorkPoolFilter>,
    #[serde(alias = "work_queues")]
    work_pool_queues: Option<WorkQueueFilter>,
}

impl From<RangeBody> for HistoryRange {
    fn from(body: RangeBody) -> Self {
        HistoryRange {
            history_start: body.history_start,
            history_end: body.history_end,
            history_interval_seconds: body.history_interval_seconds,
            filters: Filters {
                flows: body.flows,
                flow_runs: body.flow_runs,
                task_runs: body.task_runs,
                deployments: body.deployments,
                work_pools: body.work_pools,
                work_pool_queues: body.work_pool_queues,
            },
        }
    }
}

/// One interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct HistoryBucket {
    pub interval_start: Timestamp,
    pub interval_end: Timestamp,
    pub states: Vec<HistoryState>,
}

/// The runs of an interval that are in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct HistoryState {
    pub state_type: StateType,
    pub state_name: String,
    pub count_runs: i64,
    /// Seconds.
    pub sum_estimated_run_time: f64,
    /// Seconds.
    pub sum_estimated_lateness: f64,
}

impl HistoryRange {
    /// An interval's length in microseconds, at least one second.
    pub fn interval_micros(&self) -> i64 {
        ((self.history_interval_seconds * 1e6).round() as i64).max(1_000_000)
    }

    /// The empty intervals from the start until the end is covered.
    pub fn buckets(&self) -> Vec<HistoryBucket> {
        let (step, start) = (self.interval_micros(), self.history_start.micros());
        let span = self.history_end.micros().saturating_sub(start).max(0);
        let count = (span / step + i64::from(span % step > 0)).min(MOST_BUCKETS);
        let bucket = |n: i64| HistoryBucket {
            interval_start: Timestamp::from_micros(start + n * step),
            interval_end: Timestamp::from_micros(start + (n + 1) * step),
            states: Vec::new(),
        };
        (0..count).map(bucket).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_cover_the_range_and_stop_at_five_hundred() {
        let range = |start: &str, end: &str, seconds: f64| HistoryRange {
            history_start: start.parse().expect("a time"),
            history_end: end.parse().expect("a time"),
            history_interval_seconds: seconds,
            filters: Filters::default(),
        };
        let cases = [
            (range("2026-11-23", "2026-11-24", 3600.0), 24),
            (range("2026-11-23T00:00:00", "2026-11-23T00:00:10", 3.0), 4),
            (range("2026-11-23", "2026-11-23", 60.0), 0),
            (range("2026-11-24", "2026-11-23", 60.0), 0),
            (range("2026-11-23", "2026-11-24", 1.0), 500),
        ];
        for (range, count) in cases {
            let buckets = range.buckets();
            assert_eq!(buckets.len(), count, "{range:?}");
            assert!(buckets.windows(2).all(|pair| pair[0].interval_end == pair[1].interval_start));
        }
    }
}
