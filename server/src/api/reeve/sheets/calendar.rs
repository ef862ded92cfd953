//! `/calendar`: the week ahead, hour by hour: how many runs the schedules will make, and where clocks are changed.

use std::collections::BTreeMap;

use client::segment;
use domain::Timestamp;
use domain::deployments::Deployment;
use domain::filter::Page;
use domain::listing::{Cell, ListingRow};
use domain::schedule::{MAX_DATES, describe};
use domain::sheet::{Bar, Bars, Grid, Part, Sheet, heading, say};
use domain::words;
use store::{Tx, deployments};

use super::Ask;

/// More deployments than are planned at once by anybody.
const MOST: i64 = 2000;

/// Hours ahead.
const HOURS: i64 = 7 * 24;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Starts of one hour that are told one by one.
const FIRES: usize = 200;

/// What the schedules will do.
#[derive(Default)]
struct Week {
    /// Runs of each hour, by its number from now.
    hours: BTreeMap<i64, i64>,
    /// What starts within the chosen hour: when, deployment and its path, the schedule in words.
    chosen: Vec<(Timestamp, String, String, String)>,
    clocks: Vec<String>,
    /// Schedules whose later starts are reckoned from their earlier ones.
    reckoned: i64,
    schedules: i64,
}

/// The page; `?hour=2026-11-24T03` shows what starts in that hour.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let start = Timestamp::from_micros(ask.now.micros() / HOUR * HOUR);
    let chosen = ask.value("hour").and_then(|hour| format!("{hour}:00:00Z").parse::<Timestamp>().ok());
    let all = deployments::filter(tx, &Page::default(), MOST, 0).await?;
    let flows: Vec<_> = all.iter().map(|deployment| deployment.flow_id).collect();
    let names = if flows.is_empty() { Default::default() } else { deployments::flow_names(tx, &flows).await? };
    let mut week = Week::default();
    for deployment in all.iter().filter(|deployment| !deployment.paused) {
        let flow = names.get(&deployment.flow_id).cloned().unwrap_or_default();
        week.add(deployment, &flow, start, chosen);
    }
    let mut sheet = Sheet::new("Calendar", ask.now).about("What the schedules start in the week ahead, by the hour, in UTC. Choose a bar to see what starts in that hour.");
    if week.schedules == 0 {
        let text = "A deployment with a schedule that is on appears here with every start of the next seven days.";
        return Ok(sheet.with(Part::Empty("No schedule is on".to_owned(), text.to_owned(), None)));
    }
    let total: i64 = week.hours.values().sum();
    sheet = sheet.with(say(format!(
        "About {} of {} in seven days.",
        words::count(total, "start"),
        words::count(week.schedules, "schedule")
    )));
    for words in std::mem::take(&mut week.clocks) {
        sheet = sheet.with(Part::Say("late".to_owned(), vec![Cell::Text(words)]));
    }
    if week.reckoned > 0 {
        let words = format!(
            "Of {} that would start more than {MAX_DATES} times the later hours are reckoned from the earlier ones.",
            words::count(week.reckoned, "schedule")
        );
        sheet = sheet.with(say(words));
    }
    let top = week.hours.values().copied().max().unwrap_or(0);
    for day in 0..7 {
        sheet = sheet.with(of_day(&week, start, day, top));
    }
    Ok(match chosen {
        Some(hour) => starts(sheet, hour, week.chosen),
        None => sheet,
    })
}

/// The bars of 24 hours, all days to the same scale.
fn of_day(week: &Week, start: Timestamp, day: i64, top: i64) -> Part {
    let first = Timestamp::from_micros(start.micros() + day * 24 * HOUR);
    let bar = |hour: i64| {
        let nth = day * 24 + hour;
        let at = Timestamp::from_micros(start.micros() + nth * HOUR).utc();
        Bar {
            caption: at.format("%a %H:00").to_string(),
            height: week.hours.get(&nth).copied().unwrap_or(0),
            mark: "running".to_owned(),
            path: format!("/calendar?hour={}", at.format("%Y-%m-%dT%H")),
        }
    };
    let count: i64 = (day * 24..day * 24 + 24).filter_map(|nth| week.hours.get(&nth)).sum();
    let caption = format!("{}: {}", first.utc().format("from %A %Y-%m-%d %H:00"), words::count(count, "start"));
    Part::Bars(Bars { caption, bars: (0..24).map(bar).collect(), top: Some(top) })
}

fn starts(sheet: Sheet, hour: Timestamp, mut starts: Vec<(Timestamp, String, String, String)>) -> Sheet {
    starts.sort();
    let title = format!("Starts from {} UTC", hour.utc().format("%A %Y-%m-%d %H:00"));
    let sheet = sheet.with(heading(&title));
    if starts.is_empty() {
        return sheet.with(say("Nothing starts in this hour."));
    }
    let more = starts.len().saturating_sub(FIRES);
    let row = |(at, name, path, words): (Timestamp, String, String, String)| {
        let cells = vec![Cell::link(path, name.clone()), Cell::Stamp(at), Cell::At(at), Cell::Text(words)];
        ListingRow::new(format!("{name}{}", at.micros()), cells)
    };
    let rows = starts.into_iter().take(FIRES).map(row).collect();
    let sheet = sheet.with(Grid::part(&title, &["Deployment", "At", "From now", "Schedule"], rows));
    if more > 0 { sheet.with(say(format!("And {more} more."))) } else { sheet }
}

impl Week {
    fn add(&mut self, deployment: &Deployment, flow: &str, start: Timestamp, chosen: Option<Timestamp>) {
        let end = Timestamp::from_micros(start.micros() + HOURS * HOUR);
        for schedule in deployment.schedules.iter().filter(|schedule| schedule.active) {
            self.schedules += 1;
            let dates = schedule.schedule.next_dates(MAX_DATES, start.utc(), Some(end.utc()));
            let words = describe(&schedule.schedule);
            let mut offset = None;
            for date in &dates {
                let at = Timestamp::new(date.to_utc());
                *self.hours.entry((at.micros() - start.micros()) / HOUR).or_default() += 1;
                if chosen.is_some_and(|hour| (0..HOUR).contains(&(at.micros() - hour.micros()))) {
                    let path = format!("/deployments/{}/{}", segment(flow), segment(&deployment.name));
                    self.chosen.push((at, format!("{flow} / {}", deployment.name), path, words.clone()));
                }
                let here = date.offset().local_minus_utc();
                if let Some(before) = offset.replace(here).filter(|before| *before != here) {
                    self.clock(schedule.schedule.timezone(), at, before, here);
                }
            }
            self.reckon(&dates, start);
        }
    }

    /// The clocks of a zone were changed between two starts.
    fn clock(&mut self, zone: &str, at: Timestamp, before: i32, now: i32) {
        let minutes = (now - before) / 60;
        let way = if minutes > 0 { "forward" } else { "back" };
        let day = at.plus_seconds(f64::from(now)).utc().format("%Y-%m-%d").to_string();
        let words = format!(
            "Clocks in {zone} go {way} by {} min before {day}: times of the night before may be left out or come twice.",
            minutes.abs()
        );
        if !self.clocks.contains(&words) {
            self.clocks.push(words);
        }
    }

    /// The rest of a week of a schedule that starts too often to be followed to the end.
    fn reckon(&mut self, dates: &[chrono::DateTime<chrono::FixedOffset>], start: Timestamp) {
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return };
        let span = last.timestamp_micros() - first.timestamp_micros();
        let nth = (last.timestamp_micros() - start.micros()) / HOUR;
        if dates.len() < MAX_DATES || span <= 0 || nth + 1 >= HOURS {
            return;
        }
        self.reckoned += 1;
        let an_hour = ((dates.len() as i64 - 1) * HOUR + span / 2) / span;
        // The last hour that was followed was so only in part.
        let followed =
            dates.iter().filter(|date| (date.timestamp_micros() - start.micros()) / HOUR == nth).count() as i64;
        *self.hours.entry(nth).or_default() += (an_hour - followed).max(0);
        for hour in nth + 1..HOURS {
            *self.hours.entry(hour).or_default() += an_hour;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn week(schedule: serde_json::Value, from: &str) -> Week {
        let deployment = json!({
            "id": domain::Uuid::nil(), "flow_id": domain::Uuid::nil(), "name": "d",
            "schedules": [{ "id": domain::Uuid::nil(), "schedule": schedule, "active": true }],
        });
        let deployment: Deployment = serde_json::from_value(deployment).expect("a deployment");
        let mut week = Week::default();
        let start: Timestamp = from.parse().expect("an instant");
        week.add(&deployment, "f", start, Some(start));
        week
    }

    #[test]
    fn starts_are_counted_by_the_hour() {
        let daily = week(json!({ "cron": "30 3 * * *", "timezone": "UTC" }), "2026-11-23T00:00:00Z");
        assert_eq!(daily.hours.keys().copied().collect::<Vec<_>>(), (0..7).map(|day| day * 24 + 3).collect::<Vec<_>>());
        let often = week(json!({ "cron": "* * * * *", "timezone": "UTC" }), "2026-11-23T00:00:00Z");
        assert_eq!((often.hours[&0], often.hours[&(HOURS - 1)], often.reckoned), (60, 60, 1));
        assert_eq!(often.chosen.len(), 60);
    }

    #[test]
    fn changed_clocks_are_told() {
        let zone = json!({ "cron": "0 12 * * *", "timezone": "Europe/Berlin" });
        let told = week(zone, "2026-10-22T00:00:00Z").clocks;
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("Clocks in Europe/Berlin go back by 60 min before 2026-10-25"), "{told:?}");
    }
}
