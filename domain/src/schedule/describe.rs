//! Schedules in plain words.

use super::cron::CronExpression;
use super::{IntervalSchedule, RRuleSchedule, Schedule};
use crate::{say, words};

/// "every minute", "at 09:00 on Monday to Friday, Asia/Taipei"; where there are no short words, the
/// expression itself.
pub fn describe(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Cron(cron) => {
            let words = CronExpression::parse(&cron.cron, cron.day_or).ok().and_then(|cron| cron.words());
            match words {
                Some(words) if words.needs_zone => format!("{}, {}", words.text, schedule.timezone()),
                Some(words) => words.text,
                None => format!("{}, {}", cron.cron, schedule.timezone()),
            }
        }
        Schedule::Interval(interval) => interval_words(interval),
        Schedule::RRule(rrule) => {
            rrule_words(rrule).unwrap_or_else(|| format!("{}, {}", rule_text(rrule), schedule.timezone()))
        }
    }
}

fn interval_words(schedule: &IntervalSchedule) -> String {
    let seconds = schedule.interval;
    if !(seconds > 0.0 && seconds < 1e15) || seconds.fract() != 0.0 {
        return say!("every {} seconds", decimal(seconds));
    }
    let mut rest = seconds as u64;
    let mut parts = Vec::new();
    for (unit, length) in [("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)] {
        // Weeks only when nothing is left: "every 10 days" is plainer than "every week and 3 days".
        if unit == "week" && !rest.is_multiple_of(length) {
            continue;
        }
        match rest / length {
            0 => {}
            n => parts.push(words::count(n as i64, unit)),
        }
        rest %= length;
    }
    every(&parts.join(" "))
}

/// Seconds with at most three decimals. By hand: exact decimals of any number cost the browser ten kilobytes.
fn decimal(seconds: f64) -> String {
    let milliseconds = (seconds * 1000.0).round() as i64;
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// "every 1 hour" reads better as "every hour".
fn every(duration: &str) -> String {
    match duration.strip_prefix("1 ") {
        Some(unit) if !unit.contains(' ') => say!("every {}", unit),
        _ => say!("every {}", duration),
    }
}

/// Words for a rule that has a frequency and an interval and nothing else.
fn rrule_words(schedule: &RRuleSchedule) -> Option<String> {
    let rule = rule_text(schedule).to_ascii_uppercase();
    let (mut unit, mut interval) = (None, 1u32);
    for part in rule.split(';') {
        match part.split_once('=')? {
            ("FREQ", "YEARLY") => unit = Some("year"),
            ("FREQ", "MONTHLY") => unit = Some("month"),
            ("FREQ", "WEEKLY") => unit = Some("week"),
            ("FREQ", "DAILY") => unit = Some("day"),
            ("FREQ", "HOURLY") => unit = Some("hour"),
            ("FREQ", "MINUTELY") => unit = Some("minute"),
            ("FREQ", "SECONDLY") => unit = Some("second"),
            ("INTERVAL", n) => interval = n.parse().ok()?,
            _ => return None,
        }
    }
    let unit = unit?;
    Some(every(&words::count(i64::from(interval), unit)))
}

/// The rule without the line that says where it starts; all lines when there are more than these two.
fn rule_text(schedule: &RRuleSchedule) -> String {
    let lines: Vec<&str> = schedule.rrule.split_whitespace().filter(|line| !line.starts_with("DTSTART")).collect();
    match lines[..] {
        [rule] => rule.trim_start_matches("RRULE:").to_owned(),
        _ => lines.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_told_in_words() {
        let cases = [
            (r#"{"cron":"* * * * *","timezone":"Asia/Taipei"}"#, "every minute"),
            (r#"{"cron":"*/15 * * * *"}"#, "every 15 minutes"),
            (r#"{"cron":"@hourly"}"#, "every hour"),
            (r#"{"cron":"5,35 * * * *"}"#, "every hour at 05 and 35"),
            (r#"{"cron":"0 9 * * mon-fri","timezone":"Asia/Taipei"}"#, "at 09:00 on Monday to Friday, Asia/Taipei"),
            (r#"{"cron":"30 9,17 * * *"}"#, "at 09:30 and 17:30 every day, UTC"),
            (r#"{"cron":"0 */6 * * *"}"#, "every 6 hours, UTC"),
            (r#"{"cron":"0 0 1 jan,jul *"}"#, "at 00:00 on day 1 of the month in January and July, UTC"),
            (r#"{"cron":"0 0 l * *"}"#, "at 00:00 on the last day of the month, UTC"),
            (r#"{"cron":"0 8 * * sat,sun"}"#, "at 08:00 on Saturday and Sunday, UTC"),
            (r#"{"cron":"0 8 * * fri-sun"}"#, "at 08:00 on Friday to Sunday, UTC"),
            (r#"{"cron":"*/5 * * * mon"}"#, "every 5 minutes on Monday, UTC"),
            (r#"{"cron":"0 0 13 * fri"}"#, "0 0 13 * fri, UTC"),
            (r#"{"cron":"0 0 * * fri#2"}"#, "0 0 * * fri#2, UTC"),
            (r#"{"cron":"nonsense"}"#, "nonsense, UTC"),
            (r#"{"interval":3600}"#, "every hour"),
            (r#"{"interval":5400}"#, "every 1 hour 30 minutes"),
            (r#"{"interval":864000}"#, "every 10 days"),
            (r#"{"interval":1209600}"#, "every 2 weeks"),
            (r#"{"interval":0.5}"#, "every 0.5 seconds"),
            (r#"{"rrule":"FREQ=DAILY"}"#, "every day"),
            (r#"{"rrule":"DTSTART:20200101T000000\nRRULE:FREQ=MINUTELY;INTERVAL=5"}"#, "every 5 minutes"),
            (r#"{"rrule":"FREQ=DAILY;BYHOUR=9","timezone":"Asia/Taipei"}"#, "FREQ=DAILY;BYHOUR=9, Asia/Taipei"),
        ];
        for (json, words) in cases {
            let schedule: Schedule = serde_json::from_str(json).expect(json);
            assert_eq!(describe(&schedule), words, "{json}");
        }
    }
}
