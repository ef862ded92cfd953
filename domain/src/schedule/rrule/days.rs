//! Which days a rule takes.

use chrono::{Datelike, Days, NaiveDate};

/// The BY… parts that look at the day; an empty part lets every day pass.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DayFilter {
    pub months: Vec<i32>,
    /// Weeks as in ISO 8601, but beginning on `week_start`; negative from the year's end.
    pub weeks: Vec<i32>,
    pub year_days: Vec<i32>,
    pub month_days: Vec<i32>,
    /// Monday is 0; with a number, the nth of the month or year.
    pub weekdays: Vec<(Option<i32>, u32)>,
    /// Do numbers of `weekdays` count within the year?
    pub nth_of_year: bool,
    /// Days after Easter Sunday.
    pub easter: Vec<i32>,
    /// Monday is 0.
    pub week_start: u32,
}

impl DayFilter {
    /// Does any part other than BYMONTH choose days?
    pub fn chooses_days(&self) -> bool {
        let DayFilter { weeks, year_days, month_days, weekdays, easter, .. } = self;
        !(weeks.is_empty() && year_days.is_empty() && month_days.is_empty() && weekdays.is_empty() && easter.is_empty())
    }

    pub fn passes(&self, day: NaiveDate) -> bool {
        passes(&self.months, |month| *month == day.month() as i32)
            && passes(&self.month_days, |wanted| is_nth(day.day(), month_length(day), *wanted))
            && passes(&self.weekdays, |(nth, weekday)| self.is_weekday(day, *nth, *weekday))
            && passes(&self.year_days, |wanted| is_nth(day.ordinal(), year_length(day), *wanted))
            && (self.weeks.is_empty() || self.is_in_weeks(day))
            && passes(&self.easter, |offset| (day - easter_sunday(day.year())).num_days() == i64::from(*offset))
    }

    fn is_weekday(&self, day: NaiveDate, nth: Option<i32>, weekday: u32) -> bool {
        if day.weekday().num_days_from_monday() != weekday {
            return false;
        }
        let Some(nth) = nth else { return true };
        let (at, length) =
            if self.nth_of_year { (day.ordinal(), year_length(day)) } else { (day.day(), month_length(day)) };
        let from_front = (at - 1) / 7 + 1;
        let from_back = (length - at) / 7 + 1;
        nth == from_front as i32 || nth == -(from_back as i32)
    }

    fn is_in_weeks(&self, day: NaiveDate) -> bool {
        let Some(week_begin) = self.week_begin(day) else { return false };
        // A week belongs to the year that has most of it.
        let Some(year) = week_begin.checked_add_days(Days::new(3)).map(|middle| middle.year()) else { return false };
        let (Some(first), Some(next)) = (self.first_week(year), self.first_week(year + 1)) else { return false };
        let week = (week_begin - first).num_days() / 7 + 1;
        let weeks = (next - first).num_days() / 7;
        self.weeks.iter().any(|wanted| is_nth(week as u32, weeks as u32, *wanted))
    }

    /// The first day of the week of `day`.
    pub fn week_begin(&self, day: NaiveDate) -> Option<NaiveDate> {
        let into = (day.weekday().num_days_from_monday() + 7 - self.week_start) % 7;
        day.checked_sub_days(Days::new(u64::from(into)))
    }

    fn first_week(&self, year: i32) -> Option<NaiveDate> {
        self.week_begin(NaiveDate::from_ymd_opt(year, 1, 4)?)
    }
}

fn passes<T>(wanted: &[T], matches: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

/// Is `at` of 1 to `length` the `wanted`th, counted from the end when negative?
fn is_nth(at: u32, length: u32, wanted: i32) -> bool {
    wanted == at as i32 || wanted == at as i32 - length as i32 - 1
}

fn month_length(day: NaiveDate) -> u32 {
    u32::from(day.num_days_in_month())
}

fn year_length(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm.
fn easter_sunday(year: i32) -> NaiveDate {
    let (golden, century, rest) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let corrected = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - corrected + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let shift = (golden + 11 * epact + 22 * weekday) / 451;
    let day = epact + weekday - 7 * shift + 114;
    NaiveDate::from_ymd_opt(year, (day / 31) as u32, (day % 31 + 1) as u32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn weeks_are_numbered_by_where_most_of_them_lies() {
        // (week start, week, day, in that week?)
        let cases = [
            (0, 1, "2026-12-28", false),
            (0, 53, "2026-12-28", true),
            (0, -1, "2027-01-03", true),
            (0, 53, "2027-01-03", true),
            (0, 1, "2027-01-04", true),
            (6, 1, "2026-01-03", false),
            (6, 1, "2026-01-04", true),
            (0, 1, "2024-12-31", true),
        ];
        for (week_start, week, at, expected) in cases {
            let filter = DayFilter { weeks: vec![week], week_start, ..DayFilter::default() };
            assert_eq!(filter.passes(day(at)), expected, "{week} {at}");
        }
    }

    #[test]
    fn easter_moves() {
        for at in ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "1961-04-02"] {
            assert_eq!(easter_sunday(day(at).year()), day(at));
        }
    }
}
