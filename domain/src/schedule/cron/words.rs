//! A cron expression in plain words, where there are short ones.

use super::{CronExpression, ones};
use crate::language::{fill, look_up, tr};
use crate::say;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// So many clock times are listed one by one.
const LISTED_TIMES: usize = 4;

/// What a cron expression says.
pub(in crate::schedule) struct Words {
    pub text: String,
    /// Does it name a time or day, so that the reader must know the zone?
    pub needs_zone: bool,
}

impl CronExpression {
    /// None where words would be longer than the expression.
    pub(in crate::schedule) fn words(&self) -> Option<Words> {
        if self.seconds != 1 || self.years.is_some() {
            return None;
        }
        let days = self.day_words()?;
        let hours = Pattern::of(self.hours, 24);
        let mut at_times = false;
        let (time, timed) = match (Pattern::of(self.minutes, 60), hours) {
            (Pattern::All, Pattern::All) => (say!("every minute"), false),
            (Pattern::Every(n), Pattern::All) => (say!("every {} minutes", n), false),
            (Pattern::List(minutes), Pattern::All) if minutes == [0] => (say!("every hour"), false),
            (Pattern::List(minutes), Pattern::All) => {
                (say!("every hour at {}", list(&minutes, |m| format!("{m:02}"))), false)
            }
            (Pattern::List(minutes), Pattern::Every(n)) if minutes == [0] => (say!("every {} hours", n), true),
            (Pattern::List(minutes), hours) => {
                let hours = hours.values(24);
                if minutes.len() * hours.len() > LISTED_TIMES {
                    return None;
                }
                at_times = true;
                let times: Vec<(u32, u32)> =
                    hours.iter().flat_map(|hour| minutes.iter().map(|minute| (*hour, *minute))).collect();
                (say!("at {}", list(&times, |(hour, minute)| format!("{hour:02}:{minute:02}"))), true)
            }
            _ => return None,
        };
        let text = match (days.is_empty(), at_times) {
            (true, true) => say!("{} every day", time),
            (true, false) => time,
            (false, _) => say!("{} {}", time, days),
        };
        Some(Words { text, needs_zone: timed || !days.is_empty() })
    }

    /// `on Monday to Friday`, `on day 1 in January and July`; empty for every day.
    fn day_words(&self) -> Option<String> {
        let days = &self.days;
        let weekdays = &self.weekdays;
        if weekdays.has_nth() || days.nearest_to.is_some() || (!days.any && !weekdays.any) {
            return None;
        }
        let mut words = Vec::new();
        if !days.any {
            let listed: Vec<u32> = ones(days.days, 1).collect();
            words.push(match (&listed[..], days.last) {
                ([], _) => say!("on the last day of the month"),
                (_, true) => return None,
                ([day], _) => say!("on day {} of the month", day),
                (listed, _) if listed.len() <= 6 => say!("on days {} of the month", list(listed, u32::to_string)),
                _ => return None,
            });
        }
        if !weekdays.any {
            words.push(say!("on {}", weekday_words(weekdays.days)));
        }
        let months: Vec<u32> = ones(self.months, 1).collect();
        if months.len() < 12 {
            words.push(fill(
                look_up("# in months").unwrap_or("in {}"),
                &[&list(&months, |month| tr(MONTHS[*month as usize - 1]).to_owned())],
            ));
        }
        Some(words.join(" "))
    }
}

/// Weeks are told from Monday on; three or more days in a row are a span.
fn weekday_words(days: u64) -> String {
    let from_monday: Vec<usize> = (1..=7).map(|day| day % 7).filter(|day| days >> day & 1 == 1).collect();
    let name = |day: &usize| tr(WEEKDAYS[*day]).to_owned();
    match &from_monday[..] {
        [first, .., last] if from_monday.len() > 2 && (last + 7 - first) % 7 + 1 == from_monday.len() => {
            say!("{} to {}", name(first), name(last))
        }
        days => list(days, name),
    }
}

/// `1`, `1 and 2`, `1, 2 and 3`.
fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    match items {
        [] => String::new(),
        [one] => show(one),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(&show).collect();
            say!("{} and {}", rest.join(tr(", ")), show(last))
        }
    }
}

/// How a field's values are spread.
enum Pattern {
    All,
    /// 0, n, 2n, … with n above 1.
    Every(u32),
    List(Vec<u32>),
}

impl Pattern {
    fn of(set: u64, size: u32) -> Self {
        let values: Vec<u32> = ones(set, 0).collect();
        if values.len() == size as usize {
            return Pattern::All;
        }
        match values[..] {
            [0, step, _, ..]
                if size.is_multiple_of(step) && (0..size).step_by(step as usize).eq(values.iter().copied()) =>
            {
                Pattern::Every(step)
            }
            _ => Pattern::List(values),
        }
    }

    fn values(self, size: u32) -> Vec<u32> {
        match self {
            Pattern::All => (0..size).collect(),
            Pattern::Every(step) => (0..size).step_by(step as usize).collect(),
            Pattern::List(values) => values,
        }
    }
}
