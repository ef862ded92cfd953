//! From the text of a cron expression to its bit sets.

use super::{CronError, CronExpression, MonthDays, Weekdays};

const NAMES: [&str; 7] = ["minute", "hour", "day of month", "month", "day of week", "second", "year"];
const RANGES: [(u32, u32); 7] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6), (0, 59), (1970, 2099)];
const DAY: usize = 2;
const MONTH: usize = 3;
const WEEKDAY: usize = 4;
const YEAR: usize = 6;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What one field lists.
#[derive(Default)]
struct Listed {
    star: bool,
    last: bool,
    values: Vec<u32>,
    nearest_to: Option<u32>,
    nth: [u8; 7],
}

/// Bit of [`Listed::nth`] for the last such weekday of a month.
const LAST: u32 = 0;

/// Whether the field is one of croniter's random ones, which Prefect refuses.
pub(super) fn is_random(field: &str) -> bool {
    let rest = field.strip_prefix(['r', 'R']);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '/']))
}

impl CronExpression {
    /// Reads 5, 6 or 7 fields, or an alias such as `@daily`. Hashed (`H`) and random (`R`) fields are refused.
    pub fn parse(text: &str, day_or: bool) -> Result<Self, CronError> {
        let lower = text.to_ascii_lowercase();
        let fields: Vec<&str> = alias(&lower).unwrap_or(&lower).split_whitespace().collect();
        if !(5..=7).contains(&fields.len()) {
            return Err(CronError(format!("has {} fields in place of 5, 6 or 7", fields.len())));
        }
        let mut listed: Vec<Listed> = Vec::with_capacity(7);
        for (index, field) in fields.iter().enumerate() {
            let field = Field { index, text: field, fields: fields.len() };
            listed.push(field.read().map_err(|reason| CronError(format!("{}: {reason}", NAMES[index])))?);
        }
        let star_in = |index: usize| fields[index].contains('*');
        for (index, other) in [(0, 0), (1, 1), (DAY, WEEKDAY), (MONTH, MONTH), (WEEKDAY, DAY)] {
            // A list of every value is a star, but of the two day fields only if the other one has one.
            let both_days = index == DAY || index == WEEKDAY;
            if listed[index].is_complete(index) && (!both_days || star_in(other)) {
                listed[index].star = true;
            }
        }
        listed[WEEKDAY].check_nth()?;
        Ok(Self::from_lists(listed, day_or))
    }

    fn from_lists(listed: Vec<Listed>, day_or: bool) -> Self {
        let bits = |index: usize| match listed.get(index) {
            Some(field) if field.star => (2 << RANGES[index].1) - 1,
            Some(field) => field.values.iter().fold(0, |bits, value| bits | 1 << value),
            None => 1,
        };
        let (day, weekday) = (&listed[DAY], &listed[WEEKDAY]);
        let years = listed.get(YEAR).filter(|field| !field.star).map(|field| {
            let mut years: Vec<u16> = field.values.iter().filter_map(|year| u16::try_from(*year).ok()).collect();
            years.sort_unstable();
            years
        });
        CronExpression {
            seconds: bits(5),
            minutes: bits(0),
            hours: bits(1),
            days: MonthDays { any: day.star, days: bits(DAY), last: day.last, nearest_to: day.nearest_to },
            months: bits(MONTH) & !1,
            weekdays: Weekdays { any: weekday.star, days: bits(WEEKDAY), nth: weekday.nth },
            years,
            day_or,
        }
    }
}

fn alias(text: &str) -> Option<&'static str> {
    Some(match text {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => return None,
    })
}

impl Listed {
    fn is_complete(&self, index: usize) -> bool {
        let (low, high) = RANGES[index];
        let count = self.values.len() + usize::from(self.last) + usize::from(self.star);
        !self.star && count == (high - low + 1) as usize
    }

    /// `mon,fri#2` is ambiguous, says croniter; a list of all seven days passes.
    fn check_nth(&self) -> Result<(), CronError> {
        let has_nth = self.nth != [0; 7];
        let plain = self.values.iter().any(|day| self.nth[*day as usize] == 0);
        if has_nth && plain && self.values.len() != 7 {
            return Err(CronError("day of week: plain weekdays and numbered ones cannot be mixed".to_owned()));
        }
        Ok(())
    }

    fn add(&mut self, value: u32) {
        if !self.values.contains(&value) {
            self.values.push(value);
        }
    }
}

struct Field<'a> {
    index: usize,
    text: &'a str,
    /// How many fields the expression has; croniter is stricter with more than five.
    fields: usize,
}

impl Field<'_> {
    fn read(&self) -> Result<Listed, String> {
        let mut listed = Listed::default();
        if self.text.contains('?') {
            if self.text != "?" || (self.index != DAY && self.index != WEEKDAY) {
                return Err("a question mark must stand alone, in a day field".to_owned());
            }
            listed.star = true;
            return Ok(listed);
        }
        let items: Vec<&str> = self.text.split(',').collect();
        for item in &items {
            match self.workday(item)? {
                Some(_) if items.len() > 1 => return Err("`W` cannot be part of a list".to_owned()),
                Some(day) => {
                    listed.nearest_to = Some(day);
                    listed.add(day);
                }
                None => self.read_item(item, &mut listed)?,
            }
        }
        Ok(listed)
    }

    /// The day of `15w` or `w15`.
    fn workday(&self, item: &str) -> Result<Option<u32>, String> {
        let digits = item.strip_suffix('w').or_else(|| item.strip_prefix('w'));
        match digits.filter(|_| self.index == DAY).and_then(number) {
            Some(day @ 1..=31) => Ok(Some(day)),
            Some(day) => Err(format!("`{day}W` is not within 1-31")),
            None => Ok(None),
        }
    }

    fn read_item(&self, item: &str, listed: &mut Listed) -> Result<(), String> {
        let (item, nth) = self.split_nth(item)?;
        match self.range(item)? {
            Some(values) => {
                for value in values {
                    self.add(self.valid(value)?, nth, listed);
                }
            }
            None if item == "*" => listed.star = true,
            None => match self.value(item)? {
                Value::Last => listed.last = true,
                Value::Number(value) => self.add(self.valid(self.with_alias(value))?, nth, listed),
            },
        }
        Ok(())
    }

    fn add(&self, value: u32, nth: Option<u32>, listed: &mut Listed) {
        listed.add(value);
        if let (Some(nth), Some(of_day)) = (nth, listed.nth.get_mut(value as usize)) {
            *of_day |= 1 << nth;
        }
    }

    /// Splits `fri#2` and `l5` into weekday and number.
    fn split_nth<'t>(&self, item: &'t str) -> Result<(&'t str, Option<u32>), String> {
        if self.index != WEEKDAY {
            return Ok((item, None));
        }
        if let Some(day) = item.strip_prefix('l').filter(|day| is_number(day)) {
            return Ok((day, Some(LAST)));
        }
        let Some((day, nth)) = item.split_once('#').filter(|(day, nth)| is_numbered(day) && is_number(nth)) else {
            return Ok((item, None));
        };
        match number(nth) {
            Some(nth @ 1..=5) => Ok((day, Some(nth))),
            _ => Err(format!("`#{nth}` is not within 1-5")),
        }
    }

    /// The values of `low-high`, `low-high/step`, `low/step` or `*/step`; none for anything else.
    fn range(&self, item: &str) -> Result<Option<Vec<u32>>, String> {
        let (min, max) = RANGES[self.index];
        let (band, step) = match item.rsplit_once('/') {
            Some((band, step)) if !step.contains('-') => (band, Some(step)),
            Some(_) => return Err(format!("`{item}` is no range")),
            None => (item, None),
        };
        let step = match step.map(number) {
            None => 1,
            Some(Some(step @ 1..)) => step,
            Some(_) => return Err(format!("`{item}` has no valid step")),
        };
        let (low, high) = match band.split_once('-') {
            Some((low, high)) => {
                (self.bound(low)?, if self.index == DAY && high == "l" { 31 } else { self.bound(high)? })
            }
            None if item == band => return Ok(None),
            None if band == "*" => (min, max),
            None => (self.bound(band)?, max),
        };
        let (low, high) = (self.with_alias(low), self.with_alias(high));
        if low.max(high) > max {
            return Err(format!("`{item}` goes beyond {max}"));
        }
        Ok(Some(stepped(low, high, step, min, max)))
    }

    fn bound(&self, text: &str) -> Result<u32, String> {
        match self.value(text)? {
            Value::Number(value) => Ok(value),
            Value::Last => Err("`L` can only end a range".to_owned()),
        }
    }

    fn value(&self, text: &str) -> Result<Value, String> {
        if let Some(value) = number(text) {
            return Ok(Value::Number(value));
        }
        let named = |names: &[&str], first: u32| {
            let at = names.iter().position(|name| *name == text)?;
            Some(Value::Number(first + at as u32))
        };
        let value = match self.index {
            DAY if text == "l" => Some(Value::Last),
            MONTH => named(&MONTHS, 1),
            WEEKDAY => named(&WEEKDAYS, 0),
            _ => None,
        };
        value.ok_or_else(|| match text {
            "h" | "r" => "hashed and random fields are not supported".to_owned(),
            _ => format!("`{text}` is no value"),
        })
    }

    /// Sunday may be 7; with seconds, croniter takes that away and lets day 0 stand for 1 instead.
    fn with_alias(&self, value: u32) -> u32 {
        match (self.index, value, self.fields) {
            (WEEKDAY, 7, 5) => 0,
            (DAY, 0, 6) => 1,
            _ => value,
        }
    }

    fn valid(&self, value: u32) -> Result<u32, String> {
        let (min, max) = RANGES[self.index];
        if (min..=max).contains(&value) { Ok(value) } else { Err(format!("{value} is not within {min}-{max}")) }
    }
}

enum Value {
    Number(u32),
    Last,
}

/// What may stand before `#`: a weekday, or a range of weekday names.
fn is_numbered(text: &str) -> bool {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.split_once('-') {
        None => is_word(text),
        Some((low, high)) => WEEKDAYS.contains(&low) && WEEKDAYS.contains(&high),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is too big for the type is too big for any field.
fn number(text: &str) -> Option<u32> {
    is_number(text).then(|| text.parse().unwrap_or(u32::MAX))
}

/// Every `step`th value; a range that ends before it begins wraps around, an empty one is the whole circle.
fn stepped(low: u32, high: u32, step: u32, min: u32, max: u32) -> Vec<u32> {
    let by = step as usize;
    if low == high {
        return (min..=max).step_by(by).collect();
    }
    if low < high {
        return (low..=high).step_by(by).collect();
    }
    let mut values: Vec<u32> = (low..=max).step_by(by).collect();
    let left_over = values.last().map_or(0, |last| max - last);
    // Where the second half begins is croniter's count, which is one more than the step would give.
    let overshoots = values.last().is_some_and(|last| last.saturating_sub(min).saturating_add(step) > max - min + 1);
    let skip = if overshoots && left_over < step { step - left_over } else { 0 };
    values.extend((min.saturating_add(skip)..=high).step_by(by));
    values
}
