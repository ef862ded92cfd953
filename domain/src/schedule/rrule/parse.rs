//! From the text of an rrule to its rules and dates.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::days::DayFilter;
use super::{Frequency, RRuleError, Rule, RuleSet, default_start};

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Reads a bare rule, or lines (separated by any white space) of RRULE, EXRULE, RDATE, EXDATE, DTSTART.
pub(super) fn rule_set(text: &str) -> Result<RuleSet, RRuleError> {
    let upper = text.to_uppercase();
    let lines: Vec<Line> = upper.split_whitespace().map(Line::read).collect::<Result<_, _>>()?;
    if lines.is_empty() {
        return Err(RRuleError("empty string".to_owned()));
    }
    let mut start = default_start();
    for line in lines.iter().filter(|line| line.name == "DTSTART") {
        start = date(line.value)?;
    }
    let mut set = RuleSet::default();
    for line in &lines {
        match line.name {
            "RRULE" => set.rules.push(rule(line.value, start)?),
            "EXRULE" => set.excluded_rules.push(rule(line.value, start)?),
            "RDATE" => add_dates(&mut set.dates, line.value)?,
            "EXDATE" => add_dates(&mut set.excluded_dates, line.value)?,
            "DTSTART" => {}
            other => return Err(RRuleError(format!("unsupported property: {other}"))),
        }
    }
    if lines.iter().all(|line| line.name == "DTSTART") {
        return Err(RRuleError("no RRULE and no RDATE".to_owned()));
    }
    Ok(set)
}

struct Line<'t> {
    name: &'t str,
    value: &'t str,
}

impl<'t> Line<'t> {
    /// A line without a name is a rule. Parameters (`;TZID=…`) do not matter, as every date is read in
    /// the schedule's zone, but they must be such as name a zone or a type.
    fn read(text: &'t str) -> Result<Self, RRuleError> {
        let Some((head, value)) = text.split_once(':') else { return Ok(Line { name: "RRULE", value: text }) };
        let mut parts = head.split(';');
        let name = parts.next().unwrap_or_default();
        let dates = matches!(name, "DTSTART" | "RDATE" | "EXDATE");
        for part in parts {
            if !dates || !(part.starts_with("TZID=") || part == "VALUE=DATE-TIME" || part == "VALUE=DATE") {
                return Err(RRuleError(format!("unsupported {name} parm: {part}")));
            }
        }
        Ok(Line { name, value })
    }
}

fn add_dates(dates: &mut Vec<NaiveDateTime>, value: &str) -> Result<(), RRuleError> {
    for text in value.split(',') {
        dates.push(date(text)?);
    }
    dates.sort_unstable();
    Ok(())
}

/// `20260131`, `20260131T0900`, `20260131T090000`, the same with dashes and colons, and with a `Z`.
fn date(text: &str) -> Result<NaiveDateTime, RRuleError> {
    let unknown = || RRuleError(format!("Unknown string format: {text}"));
    let digits: String = text.trim_end_matches('Z').chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let (day, time) = digits.split_once('T').unwrap_or((&digits, "000000"));
    let form = if time.len() == 4 { "%H%M" } else { "%H%M%S" };
    if day.len() != 8 {
        return Err(unknown());
    }
    let day = NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| unknown())?;
    Ok(day.and_time(NaiveTime::parse_from_str(time, form).map_err(|_| unknown())?))
}

/// Reads `FREQ=DAILY;INTERVAL=2;…`.
fn rule(text: &str, start: NaiveDateTime) -> Result<Rule, RRuleError> {
    let mut parts = Parts::default();
    for pair in text.split(';') {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(RRuleError(format!("`{pair}` is no NAME=VALUE")));
        };
        parts.read(name, value).map_err(|wrong| match wrong {
            Wrong::Name => RRuleError(format!("unknown parameter '{name}'")),
            Wrong::Value => RRuleError(format!("invalid '{name}': {value}")),
            Wrong::Because(reason) => RRuleError(reason),
        })?;
    }
    parts.into_rule(start)
}

#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<i64>,
    count: Option<u64>,
    until: Option<NaiveDateTime>,
    set_positions: Vec<i32>,
    days: DayFilter,
    hours: Option<u64>,
    minutes: Option<u64>,
    seconds: Option<u64>,
}

enum Wrong {
    Name,
    Value,
    Because(String),
}

impl Parts {
    fn read(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        match name {
            "FREQ" => self.frequency = Some(frequency(value)?),
            "INTERVAL" => self.interval = Some(value.parse().ok().filter(|n| *n >= 1).ok_or(Wrong::Value)?),
            "COUNT" => self.count = Some(value.parse().map_err(|_| Wrong::Value)?),
            "UNTIL" => self.until = Some(date(value).map_err(|_| Wrong::Value)?),
            "WKST" => self.days.week_start = weekday(value)?,
            "BYSETPOS" => self.set_positions = positions(value)?,
            "BYMONTH" => self.days.months = numbers(value)?,
            "BYMONTHDAY" => self.days.month_days = numbers(value)?,
            "BYYEARDAY" => self.days.year_days = numbers(value)?,
            "BYWEEKNO" => self.days.weeks = numbers(value)?,
            "BYEASTER" => self.days.easter = numbers(value)?,
            "BYDAY" | "BYWEEKDAY" => {
                self.days.weekdays = value.split(',').map(numbered_weekday).collect::<Result<_, _>>()?
            }
            "BYHOUR" => self.hours = Some(bits(value, "hour", 23)?),
            "BYMINUTE" => self.minutes = Some(bits(value, "minute", 59)?),
            "BYSECOND" => self.seconds = Some(bits(value, "second", 59)?),
            _ => return Err(Wrong::Name),
        }
        Ok(())
    }

    /// Fills in what the missing parts default to: those of the start, as far as the frequency needs.
    fn into_rule(mut self, start: NaiveDateTime) -> Result<Rule, RRuleError> {
        let frequency = self.frequency.ok_or_else(|| RRuleError("missing 'FREQ'".to_owned()))?;
        let one_each = frequency >= Frequency::Daily && !self.has_by_parts();
        if !self.days.chooses_days() {
            match frequency {
                Frequency::Yearly => {
                    if self.days.months.is_empty() {
                        self.days.months.push(start.month() as i32);
                    }
                    self.days.month_days.push(start.day() as i32);
                }
                Frequency::Monthly => self.days.month_days.push(start.day() as i32),
                Frequency::Weekly => self.days.weekdays.push((None, start.weekday().num_days_from_monday())),
                _ => {}
            }
        }
        if frequency > Frequency::Monthly {
            self.days.weekdays.iter_mut().for_each(|(nth, _)| *nth = None);
        }
        self.days.nth_of_year = frequency == Frequency::Yearly && self.days.months.is_empty();
        let default = |finest: Frequency, value: u32| (frequency < finest).then_some(1 << value);
        Ok(Rule {
            frequency,
            start,
            interval: self.interval.unwrap_or(1),
            count: self.count,
            until: self.until,
            set_positions: self.set_positions,
            days: self.days,
            hours: self.hours.or(default(Frequency::Hourly, start.hour())),
            minutes: self.minutes.or(default(Frequency::Minutely, start.minute())),
            seconds: self.seconds.or(default(Frequency::Secondly, start.second())),
            one_each,
        })
    }

    fn has_by_parts(&self) -> bool {
        let times = self.hours.or(self.minutes).or(self.seconds);
        times.is_some() || self.days.chooses_days() || !self.days.months.is_empty() || !self.set_positions.is_empty()
    }
}

fn frequency(value: &str) -> Result<Frequency, Wrong> {
    Ok(match value {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        _ => return Err(Wrong::Value),
    })
}

fn numbers(value: &str) -> Result<Vec<i32>, Wrong> {
    value.split(',').map(|part| part.parse().map_err(|_| Wrong::Value)).collect()
}

fn positions(value: &str) -> Result<Vec<i32>, Wrong> {
    let positions = numbers(value)?;
    if positions.iter().any(|at| *at == 0 || at.unsigned_abs() > 366) {
        return Err(Wrong::Because("bysetpos must be between 1 and 366, or between -366 and -1".to_owned()));
    }
    Ok(positions)
}

fn bits(value: &str, unit: &str, max: i32) -> Result<u64, Wrong> {
    let values = numbers(value)?;
    if values.iter().any(|value| !(0..=max).contains(value)) {
        return Err(Wrong::Because(format!("{unit} must be in 0..{max}")));
    }
    Ok(values.iter().fold(0, |bits, value| bits | 1 << value))
}

fn weekday(text: &str) -> Result<u32, Wrong> {
    WEEKDAYS.iter().position(|name| *name == text).map(|at| at as u32).ok_or(Wrong::Value)
}

/// `MO`, `+1MO`, `-2FR`, or dateutil's `FR(-2)`.
fn numbered_weekday(text: &str) -> Result<(Option<i32>, u32), Wrong> {
    let (number, name) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((name, number)) => (number, name),
        None => text.split_at(text.find(|c: char| !matches!(c, '+' | '-' | '0'..='9')).unwrap_or(text.len())),
    };
    let nth = match number {
        "" => None,
        number => Some(number.parse().ok().filter(|nth| *nth != 0).ok_or(Wrong::Value)?),
    };
    Ok((nth, weekday(name)?))
}
