//! Waiting for a due time, the same for flow runs and task runs.

use domain::Timestamp;

use super::ruling::Ruling;

/// WAIT until `due`, in whole seconds; pass when less than about half a second is left.
pub fn wait_until(due: Option<Timestamp>, now: Timestamp) -> Ruling {
    let left = due.map_or(0, |due| due.micros().saturating_sub(now.micros()));
    let delay_seconds = left.div_euclid(1_000_000) + i64::from(left.rem_euclid(1_000_000) > 500_000);
    if delay_seconds > 0 {
        return Ruling::Wait { delay_seconds, reason: "Scheduled time is in the future".to_owned() };
    }
    Ruling::Pass
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_in_whole_seconds() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let cases = [
            (None, None),
            (Some(-0.3), None),
            (Some(0.0), None),
            (Some(0.5), None),
            (Some(0.51), Some(1)),
            (Some(1.2), Some(1)),
            (Some(59.9), Some(60)),
        ];
        for (left, expected) in cases {
            let ruling = wait_until(left.map(|seconds| now.plus_seconds(seconds)), now);
            let delay = match ruling {
                Ruling::Wait { delay_seconds, .. } => Some(delay_seconds),
                _ => None,
            };
            assert_eq!(delay, expected, "{left:?}");
        }
    }
}
