//! Wall clocks and instants, one rule for all kinds of schedule.
//!
//! * A wall-clock time that the zone skips (02:30 when clocks go from 02:00 to 03:00) happens later by as
//!   much as was skipped: 03:30. It is dropped where the schedule fires at 03:30 anyhow.
//! * A wall-clock time that comes twice happens once, the first time. So an hourly cron pauses for two
//!   hours when clocks are set back.
//!
//! That is RFC 5545's reading, and what Prefect 3 on Python 3.13 does for cron and intervals. The other
//! reference servers part from it on those days only: Prefect 2 takes the second of two equal times;
//! Prefect 3 on older Pythons moves skipped times *before* the gap, as does every rrule there.

use std::collections::VecDeque;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::{OffsetComponents, Tz};

use super::ScheduleError;

/// Which dates are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub n: usize,
    pub start: DateTime<Utc>,
    pub end: Option<DateTime<Utc>>,
}

/// A per-second schedule whose dates are dropped for a whole repeated hour needs 3600 attempts.
const MAX_ATTEMPTS: usize = 100_000;

/// The zone of that name; none and the empty name are UTC.
pub(super) fn named(name: Option<&str>) -> Option<Tz> {
    match name {
        None | Some("") => Some(Tz::UTC),
        Some(name) => name.parse().ok(),
    }
}

pub(super) fn check(name: Option<&str>) -> Result<(), ScheduleError> {
    match named(name) {
        Some(_) => Ok(()),
        None => Err(ScheduleError::Timezone(name.unwrap_or_default().to_owned())),
    }
}

/// When it is `wall` in the zone, and whether that had to be moved out of a gap.
pub(super) fn instant(zone: Tz, wall: NaiveDateTime) -> Option<(DateTime<Tz>, bool)> {
    match zone.from_local_datetime(&wall) {
        chrono::LocalResult::Single(at) | chrono::LocalResult::Ambiguous(at, _) => Some((at, false)),
        chrono::LocalResult::None => {
            // 16 hours earlier on UTC's clock is before the gap in every zone, whatever its offset.
            let before = wall.checked_sub_signed(TimeDelta::hours(16))?;
            let offset = zone.offset_from_utc_datetime(&before).fix();
            let utc = wall.checked_sub_offset(offset)?;
            Some((zone.from_utc_datetime(&utc), true))
        }
    }
}

/// The first wall-clock time to look at so that no date from `start` on is missed: on the day of a
/// gap, times before the local `start` may be moved behind it.
pub(super) fn first_wall(zone: Tz, start: DateTime<Utc>) -> NaiveDateTime {
    let cut = start.with_nanosecond(0).unwrap_or(start);
    let whole = if cut < start { cut + TimeDelta::seconds(1) } else { cut };
    let local = whole.with_timezone(&zone);
    let yesterday = (start - TimeDelta::hours(24)).with_timezone(&zone);
    let moved = total_offset(&local) - total_offset(&yesterday);
    local.naive_local() - moved.max(TimeDelta::zero())
}

fn total_offset(at: &DateTime<Tz>) -> TimeDelta {
    at.offset().base_utc_offset() + at.offset().dst_offset()
}

/// The dates of the window out of ascending wall-clock times.
pub(super) fn dates(
    zone: Tz,
    walls: impl Iterator<Item = NaiveDateTime>,
    window: Window,
) -> Vec<DateTime<FixedOffset>> {
    let mut taken = Taken { window, dates: Vec::with_capacity(window.n) };
    let mut out_of_gap = VecDeque::new();
    for wall in walls.take(MAX_ATTEMPTS) {
        let Some((at, moved)) = instant(zone, wall) else { break };
        if moved {
            out_of_gap.push_back(at);
            continue;
        }
        while out_of_gap.front().is_some_and(|earlier| *earlier <= at) {
            taken.take(out_of_gap.pop_front());
        }
        if !taken.take(Some(at)) {
            return taken.dates;
        }
    }
    while taken.take(out_of_gap.pop_front()) {}
    taken.dates
}

struct Taken {
    window: Window,
    dates: Vec<DateTime<FixedOffset>>,
}

impl Taken {
    /// Keeps the date if the window wants it. Says whether later dates may still be wanted.
    fn take(&mut self, at: Option<DateTime<Tz>>) -> bool {
        let Some(at) = at else { return false };
        if self.dates.len() >= self.window.n || self.window.end.is_some_and(|end| at > end) {
            return false;
        }
        if at >= self.window.start && self.dates.last().is_none_or(|last| *last < at) {
            self.dates.push(at.fixed_offset());
        }
        self.dates.len() < self.window.n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_times_move_forward_and_doubled_times_happen_first() {
        let cases = [
            ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T03:30:00-04:00", true),
            ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T01:30:00-04:00", false),
            ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-04T02:45:00+11:00", true),
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-31T12:00:00+14:00", true),
            ("America/Havana", "2026-03-08T00:00:00", "2026-03-08T01:00:00-04:00", true),
            ("Asia/Taipei", "2026-03-08T02:30:00", "2026-03-08T02:30:00+08:00", false),
        ];
        for (zone, wall, expected, moved) in cases {
            let zone = named(Some(zone)).expect("a zone");
            let at = instant(zone, wall.parse().expect("a wall time"));
            assert_eq!(at.map(|(at, moved)| (at.to_rfc3339(), moved)), Some((expected.to_owned(), moved)), "{wall}");
        }
    }
}
