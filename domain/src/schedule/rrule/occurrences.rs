//! Stepping through the occurrences of rules.

use std::cell::Cell;
use std::rc::Rc;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{Frequency, Rule, RuleSet};

/// The range of Python's calendar.
const LAST_YEAR: i32 = 9999;

/// So many periods and occurrences are looked at for one answer; who writes rules that need more (all
/// seconds but those of every second) gets none.
const MAX_STEPS: u32 = 3_000_000;

type Ascending<'r> = std::iter::Peekable<Box<dyn Iterator<Item = NaiveDateTime> + 'r>>;

/// The wall-clock times of the set from `from` on, ascending and each once.
pub(super) fn of_set(set: &RuleSet, from: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
    let steps = Rc::new(Cell::new(MAX_STEPS));
    let mut wanted = sources(&set.rules, &set.dates, from, &steps);
    let mut excluded = sources(&set.excluded_rules, &set.excluded_dates, from, &steps);
    std::iter::from_fn(move || {
        loop {
            let at = wanted.iter_mut().filter_map(|source| source.peek().copied()).min()?;
            wanted.iter_mut().for_each(|source| skip_until_after(source, at));
            let is_excluded = excluded.iter_mut().any(|source| {
                while source.next_if(|other| *other < at).is_some() {}
                source.peek() == Some(&at)
            });
            if steps.get() == 0 {
                return None;
            }
            if !is_excluded {
                return Some(at);
            }
        }
    })
}

fn sources<'r>(
    rules: &'r [Rule],
    dates: &'r [NaiveDateTime],
    from: NaiveDateTime,
    steps: &Rc<Cell<u32>>,
) -> Vec<Ascending<'r>> {
    let dates: Box<dyn Iterator<Item = NaiveDateTime>> = Box::new(dates.iter().copied().filter(move |at| *at >= from));
    let rules = rules.iter().map(|rule| -> Box<dyn Iterator<Item = NaiveDateTime>> {
        Box::new(rule.occurrences(from, steps.clone()).filter(move |at| *at >= from))
    });
    rules.chain([dates]).map(Iterator::peekable).collect()
}

fn skip_until_after(source: &mut Ascending<'_>, at: NaiveDateTime) {
    while source.next_if(|other| *other <= at).is_some() {}
}

impl Rule {
    /// Ascending; may begin before `from` but misses none from there on.
    fn occurrences(&self, from: NaiveDateTime, steps: Rc<Cell<u32>>) -> Occurrences<'_> {
        let mut occurrences = Occurrences {
            rule: self,
            period: 0,
            days: Vec::new(),
            times: self.times(None),
            positions: Positions::All(0..0),
            left: self.count.unwrap_or(u64::MAX),
            steps,
        };
        // What precedes `from` need not be walked through unless it has to be counted.
        if self.count.is_none() || self.one_each {
            let skipped = u64::try_from(self.period_of(from) - 1).unwrap_or(0).min(occurrences.left);
            occurrences.period = i64::try_from(skipped).unwrap_or(i64::MAX);
            occurrences.left -= if self.one_each { skipped } else { 0 };
        }
        occurrences
    }

    /// Which period, counted from the start's, `at` falls in or before.
    fn period_of(&self, at: NaiveDateTime) -> i64 {
        let since = at - self.start;
        let periods = match self.frequency {
            Frequency::Yearly => i64::from(at.year() - self.start.year()),
            Frequency::Monthly => month_number(at) - month_number(self.start),
            // One off for the days that the start's week began before the start.
            Frequency::Weekly => since.num_weeks() - 1,
            Frequency::Daily => since.num_days() - 1,
            Frequency::Hourly => since.num_hours() - 1,
            Frequency::Minutely => since.num_minutes() - 1,
            Frequency::Secondly => since.num_seconds() - 1,
        };
        periods.div_euclid(self.interval)
    }

    /// After so many periods the calendar's 400 years are through, whatever the interval: a rule that
    /// has had no occurrence in them has none any more.
    fn cycle(&self) -> u32 {
        match self.frequency {
            Frequency::Yearly => 400,
            Frequency::Monthly => 400 * 12,
            Frequency::Weekly => 20_871,
            _ => 146_097,
        }
    }

    /// The first moment of the period; none behind the calendar's end.
    fn begin(&self, period: i64) -> Option<NaiveDateTime> {
        let by = period.checked_mul(self.interval)?;
        let seconds = |unit: i64| {
            let base = self.start.with_second(0)?;
            let base = match unit {
                3600 => base.with_minute(0)?,
                60 => base,
                _ => self.start,
            };
            base.checked_add_signed(TimeDelta::try_seconds(by.checked_mul(unit)?)?)
        };
        let days = |from: NaiveDate, days: i64| from.checked_add_days(Days::new(u64::try_from(days).ok()?));
        let begin = match self.frequency {
            Frequency::Yearly => {
                let year = i32::try_from(by).ok()?.checked_add(self.start.year())?;
                NaiveDate::from_ymd_opt(year, 1, 1)?.into()
            }
            Frequency::Monthly => {
                let months = by.checked_add(month_number(self.start))?;
                let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
                NaiveDate::from_ymd_opt(i32::try_from(months.div_euclid(12)).ok()?, month, 1)?.into()
            }
            Frequency::Weekly => days(self.days.week_begin(self.start.date())?, by.checked_mul(7)?)?.into(),
            Frequency::Daily => days(self.start.date(), by)?.into(),
            Frequency::Hourly => seconds(3600)?,
            Frequency::Minutely => seconds(60)?,
            Frequency::Secondly => seconds(1)?,
        };
        (begin.year() <= LAST_YEAR).then_some(begin)
    }

    /// The days of the period that begins then and that the filters let pass.
    fn days_of(&self, begin: NaiveDateTime) -> Vec<NaiveDate> {
        let first = begin.date();
        let length = match self.frequency {
            Frequency::Yearly => {
                if first.leap_year() {
                    366
                } else {
                    365
                }
            }
            Frequency::Monthly => u64::from(first.num_days_in_month()),
            Frequency::Weekly => 7,
            _ => 1,
        };
        let days = (0..length).filter_map(|n| first.checked_add_days(Days::new(n)));
        // The first week only counts from the start on, which matters to BYSETPOS.
        let cut = if self.frequency == Frequency::Weekly { self.start.date() } else { first };
        days.filter(|day| *day >= cut && self.days.passes(*day)).collect()
    }

    /// The times of each day; for a period shorter than a day, those within it.
    fn times(&self, within: Option<NaiveTime>) -> Vec<NaiveTime> {
        let fixed =
            |finest: Frequency, value: u32| (within.is_some() && self.frequency >= finest).then_some(1u64 << value);
        let at = within.unwrap_or_default();
        let hours = fixed(Frequency::Hourly, at.hour()).or(self.hours).unwrap_or(0);
        let minutes = fixed(Frequency::Minutely, at.minute()).or(self.minutes).unwrap_or(0);
        let seconds = fixed(Frequency::Secondly, at.second()).or(self.seconds).unwrap_or(0);
        let mut times = Vec::new();
        for hour in ones(hours) {
            for minute in ones(minutes) {
                times.extend(ones(seconds).filter_map(|second| NaiveTime::from_hms_opt(hour, minute, second)));
            }
        }
        times
    }

    /// The moment before which no period after the one that begins then can have an occurrence,
    /// because of its day, hour or minute; none when that period itself may have one.
    fn hopeless_until(&self, begin: NaiveDateTime) -> Option<NaiveDateTime> {
        let lacks = |set: Option<u64>, value: u32| set.is_some_and(|set| set >> value & 1 == 0);
        let to_next = |unit: i64| {
            let into = i64::from(begin.num_seconds_from_midnight()) % unit;
            begin.checked_add_signed(TimeDelta::seconds(unit - into))
        };
        match self.frequency {
            Frequency::Yearly | Frequency::Monthly | Frequency::Weekly | Frequency::Daily => None,
            _ if !self.days.passes(begin.date()) => to_next(86_400),
            _ if lacks(self.hours, begin.hour()) => to_next(3_600),
            Frequency::Minutely | Frequency::Secondly if lacks(self.minutes, begin.minute()) => to_next(60),
            Frequency::Secondly if lacks(self.seconds, begin.second()) => to_next(1),
            _ => None,
        }
    }

    /// Which candidates (by their index) BYSETPOS takes out of so many.
    fn positions(&self, candidates: usize) -> Positions {
        if self.set_positions.is_empty() {
            return Positions::All(0..candidates);
        }
        let index = |at: i32| match at {
            1.. => usize::try_from(at - 1).ok(),
            _ => candidates.checked_sub(at.unsigned_abs() as usize),
        };
        let mut taken: Vec<usize> =
            self.set_positions.iter().filter_map(|at| index(*at)).filter(|at| *at < candidates).collect();
        taken.sort_unstable();
        taken.dedup();
        Positions::Some(taken.into_iter())
    }
}

/// Indices of the candidates of a period.
enum Positions {
    All(std::ops::Range<usize>),
    Some(std::vec::IntoIter<usize>),
}

impl Iterator for Positions {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Positions::All(range) => range.next(),
            Positions::Some(list) => list.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Positions::All(range) => range.size_hint(),
            Positions::Some(list) => list.size_hint(),
        }
    }
}

struct Occurrences<'r> {
    rule: &'r Rule,
    /// The next period to look into.
    period: i64,
    days: Vec<NaiveDate>,
    times: Vec<NaiveTime>,
    positions: Positions,
    left: u64,
    /// How many steps may still be taken, by all sources of the set together.
    steps: Rc<Cell<u32>>,
}

impl Occurrences<'_> {
    fn step(&self) -> Option<()> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        Some(())
    }

    /// Fills in the candidates of the next period that has any.
    fn refill(&mut self) -> Option<()> {
        for _ in 0..self.rule.cycle() {
            self.step()?;
            let begin = self.rule.begin(self.period)?;
            if self.rule.until.is_some_and(|until| begin > until) {
                return None;
            }
            if let Some(until) = self.rule.hopeless_until(begin) {
                self.period = self.first_period_from(until);
                continue;
            }
            self.period += 1;
            self.days = self.rule.days_of(begin);
            if self.rule.frequency >= Frequency::Hourly {
                self.times = self.rule.times(Some(begin.time()));
            }
            self.positions = self.rule.positions(self.days.len() * self.times.len());
            if self.positions.size_hint().0 > 0 {
                return Some(());
            }
        }
        None
    }

    /// The first later period that begins at or after `until`.
    fn first_period_from(&self, until: NaiveDateTime) -> i64 {
        let mut period = self.rule.period_of(until).max(self.period + 1);
        while self.rule.begin(period).is_some_and(|begin| begin < until) {
            period += 1;
        }
        period
    }
}

impl Iterator for Occurrences<'_> {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        if self.left == 0 {
            return None;
        }
        loop {
            self.step()?;
            let Some(position) = self.positions.next() else {
                self.refill()?;
                continue;
            };
            let at = self.days[position / self.times.len()].and_time(self.times[position % self.times.len()]);
            if self.rule.until.is_some_and(|until| at > until) {
                self.left = 0;
                return None;
            }
            if at >= self.rule.start {
                self.left -= 1;
                return Some(at);
            }
        }
    }
}

fn month_number(at: NaiveDateTime) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

fn ones(set: u64) -> impl Iterator<Item = u32> + Clone {
    (0..60).filter(move |bit| set >> bit & 1 == 1)
}
