//! A cron expression in plain words, where there are short ones.

use super::{CronExpression, ones};

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
        let (time, timed) = match (Pattern::of(self.minutes, 60), hours) {
            (Pattern::All, Pattern::All) => ("every minute".to_owned(), false),
            (Pattern::Every(n), Pattern::All) => (format!("every {n} minutes"), false),
            (Pattern::List(minutes), Pattern::All) if minutes == [0] => ("every hour".to_owned(), false),
            (Pattern::List(minutes), Pattern::All) => {
                (format!("every hour at {}", list(&minutes, |m| format!("{m:02}"))), false)
            }
            (Pattern::List(minutes), Pattern::Every(n)) if minutes == [0] => (format!("every {n} hours"), true),
            (Pattern::List(minutes), hours) => {
                let hours = hours.values(24);
                if minutes.len() * hours.len() > LISTED_TIMES {
                    return None;
                }
                let times: Vec<(u32, u32)> =
                    hours.iter().flat_map(|hour| minutes.iter().map(|minute| (*hour, *minute))).collect();
                (format!("at {}", list(&times, |(hour, minute)| format!("{hour:02}:{minute:02}"))), true)
            }
            _ => return None,
        };
        let days = match (days.is_empty(), time.starts_with("at ")) {
            (true, true) => " every day".to_owned(),
            (true, false) => String::new(),
            (false, _) => format!(" {days}"),
        };
        let needs_zone = timed || !days.is_empty();
        Some(Words { text: time + &days, needs_zone })
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
                ([], _) => "on the last day of the month".to_owned(),
                (_, true) => return None,
                ([day], _) => format!("on day {day} of the month"),
                (listed, _) if listed.len() <= 6 => format!("on days {} of the month", list(listed, u32::to_string)),
                _ => return None,
            });
        }
        if !weekdays.any {
            words.push(format!("on {}", weekday_words(weekdays.days)));
        }
        let months: Vec<u32> = ones(self.months, 1).collect();
        if months.len() < 12 {
            words.push(format!("in {}", list(&months, |month| MONTHS[*month as usize - 1].to_owned())));
        }
        Some(words.join(" "))
    }
}

/// Weeks are told from Monday on; three or more days in a row are a span.
fn weekday_words(days: u64) -> String {
    let from_monday: Vec<usize> = (1..=7).map(|day| day % 7).filter(|day| days >> day & 1 == 1).collect();
    let name = |day: &usize| WEEKDAYS[*day].to_owned();
    match &from_monday[..] {
        [first, .., last] if from_monday.len() > 2 && (last + 7 - first) % 7 + 1 == from_monday.len() => {
            format!("{} to {}", name(first), name(last))
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
            format!("{} and {}", rest.join(", "), show(last))
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
