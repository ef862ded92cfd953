//! `/calendar`: the week ahead by the quarter of an hour: how many runs the schedules will start, where that is more
//! than a pool or a queue lets run at once, and where clocks are changed.

mod limits;
mod week;

use std::collections::{BTreeMap, HashMap};

use domain::deployments::Deployment;
use domain::filter::Page;
use domain::flow_runs::FlowRun;
use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::schedule::MAX_DATES;
use domain::sheet::{Bar, Bars, Grid, Part, Question, Sheet, heading, say};
use domain::words;
use domain::{DeploymentId, Timestamp};
use store::{Tx, deployments};

use super::Ask;
use limits::Limit;
use week::{Asked, Crowd, QUARTER, Start, Week};

/// More deployments than are planned at once by anybody.
const MOST: i64 = 2000;

/// Microseconds of an hour.
const HOUR: i64 = 4 * QUARTER;

/// A run of which none before it is known lasts so long, in seconds.
const UNKNOWN: f64 = 60.0;

/// Runs of a deployment that its next ones are reckoned from.
const LAST: i64 = 10;

/// Starts of one hour that are told one by one.
const FIRES: usize = 200;

/// Times at which a limit is passed that are told one by one.
const TIGHT: usize = 50;

/// The page; `?hour=2026-11-24T03` shows what starts in that hour, `?pool=` the runs of one pool with its limit.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let start = Timestamp::from_micros(ask.now.micros() / HOUR * HOUR);
    let chosen = ask.value("hour").and_then(|hour| format!("{hour}:00:00Z").parse::<Timestamp>().ok());
    let pool = ask.value("pool");
    let (limits, pools) = limits::read(tx).await?;
    let limits: Vec<Limit> = limits.into_iter().filter(|limit| pool.is_none_or(|pool| limit.pool == pool)).collect();
    let all = deployments::filter(tx, &Page::default(), MOST, 0).await?;
    let flows: Vec<_> = all.iter().map(|deployment| deployment.flow_id).collect();
    let names = if flows.is_empty() { Default::default() } else { deployments::flow_names(tx, &flows).await? };
    let asked = Asked { start, chosen: chosen.map(|hour| (hour, HOUR)), limits: &limits };
    let mut week = Week::default();
    let lasts = durations(tx, &all, &limits, ask.now).await?;
    let of_pool = |name: Option<&str>| pool.is_none_or(|pool| name == Some(pool));
    for deployment in all.iter().filter(|one| !one.paused && of_pool(one.work_pool_name.as_deref())) {
        let flow = names.get(&deployment.flow_id).cloned().unwrap_or_default();
        week.add(deployment, &flow, lasts.get(&deployment.id).copied().unwrap_or(UNKNOWN), &asked);
    }
    let mut sheet = Sheet::new("Calendar", ask.now).about(
        "What the schedules start in the week ahead, by the quarter of an hour, in UTC. Choose a bar to see what starts in that hour.",
    );
    sheet.asks.push(of_one_pool(pools, pool));
    if week.schedules == 0 {
        let text = "A deployment with a schedule that is on appears here with every start of the next seven days.";
        return Ok(sheet.with(Part::Empty(say!("No schedule is on"), tr(text).to_owned(), None)));
    }
    let crowds: Vec<BTreeMap<i64, Crowd>> =
        limits.iter().enumerate().map(|(place, limit)| week.crowds(place, limit.most, start)).collect();
    // Limits of whole pools come first.
    let line = limits.first().filter(|limit| limit.queue.is_none() && pool.is_some()).map(|limit| limit.most);
    for part in told(&week, line) {
        sheet = sheet.with(part);
    }
    let top = week.quarters.values().copied().max().unwrap_or(0);
    for day in 0..7 {
        sheet = sheet.with(of_day(&week, start, day, top, pool, line.map(|most| (most, &crowds[0]))));
    }
    if let Some(hour) = chosen {
        sheet = starts(sheet, hour, std::mem::take(&mut week.chosen));
    }
    Ok(tight(sheet, &crowds, start, &limits))
}

/// How long runs of those deployments last that fall under a limit, in seconds: the mean of the last ones.
async fn durations(
    tx: &mut Tx,
    all: &[Deployment],
    limits: &[Limit],
    now: Timestamp,
) -> store::Result<HashMap<DeploymentId, f64>> {
    let bound = all.iter().filter(|deployment| limits.iter().any(|limit| limit.binds(deployment)));
    let ids: Vec<DeploymentId> = bound.map(|deployment| deployment.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mean = |(id, runs): (DeploymentId, Vec<FlowRun>)| {
        let known: Vec<f64> = runs.iter().map(|run| run.total_run_time).filter(|seconds| *seconds > 0.0).collect();
        (!known.is_empty()).then(|| (id, known.iter().sum::<f64>() / known.len() as f64))
    };
    Ok(deployments::last_runs(tx, &ids, LAST, now).await?.into_iter().filter_map(mean).collect())
}

fn of_one_pool(pools: Vec<String>, pool: Option<&str>) -> Question {
    Question {
        name: "pool".to_owned(),
        label: say!("All pools"),
        value: pool.unwrap_or_default().to_owned(),
        choices: pools.into_iter().map(|pool| (pool.clone(), pool)).collect(),
    }
}

/// What can be said before the picture.
fn told(week: &Week, line: Option<i64>) -> Vec<Part> {
    let total: i64 = week.quarters.values().sum();
    let schedules = words::count(week.schedules, "schedule");
    let mut parts = vec![say(say!("About {} of {} in seven days.", words::count(total, "start"), schedules))];
    if let Some(limit) = line {
        parts.push(say(say!("The line is the pool's limit of {} at once. Red is where more would run together, if runs last as long as those before them.", words::count(limit, "run"))));
    }
    let clocks = week.clocks.iter().map(|words| Part::Say("late".to_owned(), vec![Cell::Text(words.clone())]));
    parts.extend(clocks);
    if week.reckoned > 0 {
        let schedules = words::count(week.reckoned, "schedule");
        parts.push(say(say!(
            "Of {} that would start more than {} times the later starts are reckoned from the earlier ones.",
            schedules,
            MAX_DATES
        )));
    }
    parts
}

/// The hours of a day with their quarters, all days to the same scale.
fn of_day(
    week: &Week,
    start: Timestamp,
    day: i64,
    top: i64,
    pool: Option<&str>,
    limit: Option<(i64, &BTreeMap<i64, Crowd>)>,
) -> Part {
    let count = |nth: i64| week.quarters.get(&nth).copied().unwrap_or(0);
    let more = pool.map(|pool| format!("&pool={}", client::segment(pool))).unwrap_or_default();
    let bar = |hour: i64| {
        let first = (day * 24 + hour) * 4;
        let at = Timestamp::from_micros(start.micros() + first * QUARTER).utc();
        let quarters = [0, 1, 2, 3].map(|nth| count(first + nth));
        let column = |nth: i64| {
            let crowded = limit.is_some_and(|(_, crowds)| crowds.contains_key(&(first + nth)));
            vec![(if crowded { "failed" } else { "running" }.to_owned(), count(first + nth))]
        };
        Bar {
            path: format!("/calendar?hour={}{more}", at.format("%Y-%m-%dT%H")),
            columns: [0, 1, 2, 3].map(column).to_vec(),
            words: say!(
                "{}; by the quarter {}",
                words::count(quarters.iter().sum(), "start"),
                quarters.map(words::grouped).join(", ")
            ),
            ..Bar::new(at.format("%a %H:00").to_string(), quarters.into_iter().max().unwrap_or(0), "running")
        }
    };
    let total: i64 = (day * 96..day * 96 + 96).map(count).sum();
    let first = Timestamp::from_micros(start.micros() + day * 24 * HOUR);
    let caption = format!("{}: {}", first.utc().format("from %A %Y-%m-%d %H:00"), words::count(total, "start"));
    Part::Bars(Bars {
        top: Some(top),
        limit: limit.map(|(most, _)| most),
        ..Bars::new(caption, (0..24).map(bar).collect())
    })
}

fn starts(sheet: Sheet, hour: Timestamp, mut starts: Vec<Start>) -> Sheet {
    starts.sort();
    let title = say!("Starts from {} UTC", hour.utc().format("%A %Y-%m-%d %H:00"));
    let sheet = sheet.with(heading(title.clone()));
    if starts.is_empty() {
        return sheet.with(say("Nothing starts in this hour."));
    }
    let more = starts.len().saturating_sub(FIRES);
    let row = |start: Start| {
        let id = format!("{}{}", start.name, start.at.micros());
        let cells =
            [Cell::link(start.path, start.name), Cell::Stamp(start.at), Cell::At(start.at), Cell::Text(start.words)];
        ListingRow::new(id, cells.to_vec())
    };
    let rows = starts.into_iter().take(FIRES).map(row).collect();
    let sheet = sheet.with(Grid::part(title, &["Deployment", "At", "From now", "Schedule"], rows));
    if more > 0 { sheet.with(say(say!("And {} more.", more))) } else { sheet }
}

/// Where more would run together than a limit lets, and who it is that collides.
fn tight(sheet: Sheet, crowds: &[BTreeMap<i64, Crowd>], start: Timestamp, limits: &[Limit]) -> Sheet {
    let mut passed: Vec<(i64, &Limit, &Crowd)> = Vec::new();
    for (limit, crowds) in limits.iter().zip(crowds) {
        passed.extend(crowds.iter().map(|(nth, crowd)| (*nth, limit, crowd)));
    }
    passed.sort_by_key(|(nth, ..)| *nth);
    let sheet = sheet.with(heading("Who collides"));
    if limits.is_empty() {
        return sheet.with(say("No pool and no queue has a limit."));
    }
    if passed.is_empty() {
        return sheet.with(say(
            "No more runs are under way together than the limits let, if they last as long as those before them.",
        ));
    }
    let more = passed.len().saturating_sub(TIGHT);
    let row = |(nth, limit, crowd): (i64, &Limit, &Crowd)| {
        let at = Timestamp::from_micros(start.micros() + nth * QUARTER);
        let one = |(name, count): (&String, &i64)| if *count > 1 { format!("{name} ×{count}") } else { name.clone() };
        let who: Vec<String> = crowd.who.iter().map(one).collect();
        let hour = format!("/calendar?hour={}", at.utc().format("%Y-%m-%dT%H"));
        let cells = vec![
            Cell::link(hour, at.utc().format("%a %m-%d %H:%M").to_string()),
            limit.cell(),
            Cell::Number(crowd.size),
            Cell::Number(limit.most),
            Cell::Lines(who.join(", ")),
        ];
        ListingRow::new(format!("{nth}{:?}", (&limit.pool, &limit.queue)), cells)
    };
    let rows = passed.into_iter().take(TIGHT).map(row).collect();
    let sheet =
        sheet.with(Grid::part("Who collides", &["Quarter (UTC)", "Limit of", "Together", "Limit", "Who"], rows));
    if more > 0 { sheet.with(say(say!("And {} more quarters.", more))) } else { sheet }
}
