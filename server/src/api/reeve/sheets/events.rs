//! `/events`: what happened to what, newest first; one event; and the events of a run.

use domain::events::{AnyResourceFilter, Event, EventFilter, NameFilter, OneOrMany};
use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Question, Sheet, fact, heading, say};
use domain::words;
use domain::{EventId, FlowRunId, Timestamp};
use store::Tx;
use store::events::{self, Window};

use super::Ask;
use super::list::{Noun, table};

/// Seconds that are looked back.
const PAST: f64 = 180.0 * 86_400.0;

/// Events of a run that are shown with it.
const OF_RUN: i64 = 200;

/// Bars above the list, each an hour.
const HOURS: i64 = 48;

const COLUMNS: [&str; 4] = ["Event", "What", "Message", "When"];

const NOUN: Noun = Noun {
    path: "/events",
    title: "Events",
    one: "event",
    what: "An event says that something happened to something: a run changed its state, a worker came.",
    command: None,
    search: "Name begins with",
    columns: &COLUMNS,
};

/// Events whose name begins so, and those about one resource.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| NameFilter { prefix: Some(vec![q.to_owned()]), ..NameFilter::default() });
    let about = ask.value("about").map(about);
    let filter = EventFilter { event: name, any_resource: about, ..EventFilter::default() };
    let window = window(ask.now);
    let found = events::filter(tx, &filter, window, ask.limit(), ask.offset()).await?;
    let count = events::count(tx, &filter, window).await?;
    let mut sheet = Sheet::new(NOUN.title, ask.now).searched(NOUN.search, ask.q());
    sheet.asks.push(Question {
        name: "about".to_owned(),
        label: say!("About, such as prefect.flow-run.…"),
        value: ask.value("about").unwrap_or_default().to_owned(),
        choices: Vec::new(),
    });
    if count > 0 && ask.page() == 1 {
        sheet = sheet.with(super::bars::by_hour(tx, &filter, ask.now, HOURS, "Events").await?);
    }
    Ok(table(sheet, &NOUN, ask, found.iter().map(row).collect(), count))
}

fn about(resource: &str) -> OneOrMany<AnyResourceFilter> {
    OneOrMany::One(AnyResourceFilter { id: Some(vec![resource.to_owned()]), ..AnyResourceFilter::default() })
}

/// The tab of a run: the last events that it had a part in.
pub async fn of_run(tx: &mut Tx, sheet: Sheet, run: FlowRunId, now: Timestamp) -> store::Result<Sheet> {
    let filter =
        EventFilter { any_resource: Some(about(&format!("prefect.flow-run.{run}"))), ..EventFilter::default() };
    let found = events::filter(tx, &filter, window(now), OF_RUN, 0).await?;
    if found.is_empty() {
        return Ok(sheet.with(say("No events so far.")));
    }
    let count = events::count(tx, &filter, window(now)).await?;
    let shown = found.len() as i64;
    let sheet = sheet.with(Grid::part("Events", &COLUMNS, found.iter().map(row).collect()));
    Ok(match shown < count {
        true => sheet.with(say(say!("The last {} of {}.", words::grouped(shown), words::count(count, "event")))),
        false => sheet,
    })
}

/// What the cluster did for a run, by its worker's word: when, what (`pod.started`), and the words.
pub async fn pod_moments(
    tx: &mut Tx,
    run: FlowRunId,
    now: Timestamp,
) -> store::Result<Vec<(Timestamp, String, String)>> {
    let prefix = "prefect.kubernetes.";
    let filter = EventFilter {
        event: Some(NameFilter { prefix: Some(vec![prefix.to_owned()]), ..NameFilter::default() }),
        any_resource: Some(about(&format!("prefect.flow-run.{run}"))),
        ..EventFilter::default()
    };
    let mut found = events::filter(tx, &filter, window(now), OF_RUN, 0).await?;
    found.sort_by_key(|event| event.occurred);
    let moment = |event: Event| {
        let words = event.payload.get("message").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        (event.occurred, event.event.strip_prefix(prefix).unwrap_or(&event.event).to_owned(), words)
    };
    Ok(found.into_iter().map(moment).collect())
}

/// One event, with everything that it says.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<EventId>() else { return Ok(None) };
    let Some(event) = events::by_ids(tx, &[id]).await?.pop() else { return Ok(None) };
    let about = event.resource.id().to_owned();
    let more = format!("/events?about={}", client::segment(&about));
    let sheet = Sheet::new(event.event.clone(), ask.now).below("/events", "Events").with(Part::Facts(vec![
        fact("Happened", Cell::Stamp(event.occurred)),
        fact("To", what(event.resource.id(), name_of(&event))),
        fact("Resource", Cell::link(more, about)),
        fact("Follows", event.follows.map_or(Cell::Nothing, |id| Cell::link(format!("/events/{id}"), id.to_string()))),
        fact("Id", Cell::Code(event.id.to_string())),
    ]));
    let rows = event.related.iter().map(|related| {
        let cells = vec![
            Cell::Text(related.role().to_owned()),
            Cell::link(format!("/events?about={}", client::segment(related.id())), related.id().to_owned()),
            Cell::text(related.get("prefect.resource.name").map(str::to_owned)),
        ];
        ListingRow::new(related.id(), cells)
    });
    let rows: Vec<ListingRow> = rows.collect();
    let sheet = match rows.is_empty() {
        true => sheet,
        false => sheet.with(heading("Who else had a part")).with(Grid::part(
            "Who else had a part",
            &["Role", "Resource", "Name"],
            rows,
        )),
    };
    let text = serde_json::to_string_pretty(&event).unwrap_or_default();
    Ok(Some(sheet.with(heading("Everything")).with(Part::Source(say!("The event as JSON"), text))))
}

/// Senders' clocks may be a little ahead.
pub fn window(now: Timestamp) -> Window {
    Window { since: now.plus_seconds(-PAST), until: now.plus_seconds(3600.0) }
}

fn name_of(event: &Event) -> &str {
    let resource = &event.resource;
    resource.get("prefect.resource.name").or(resource.get("prefect.name")).unwrap_or(resource.id())
}

fn row(event: &Event) -> ListingRow {
    let resource = &event.resource;
    let said = event.payload.get("message").and_then(serde_json::Value::as_str);
    let message = resource.get("prefect.state-message").or(said).map(str::to_owned);
    let cells = vec![
        Cell::link(format!("/events/{}", event.id), event.event.clone()),
        what(resource.id(), name_of(event)),
        Cell::text(message),
        Cell::At(event.occurred),
    ];
    ListingRow::new(event.id, cells)
}

/// What it happened to; runs have a page.
fn what(id: &str, name: &str) -> Cell {
    let page =
        |kind: &str, place: &str| id.strip_prefix(kind).map(|id| Cell::link(format!("{place}/{id}"), name.to_owned()));
    page("prefect.flow-run.", "/runs")
        .or_else(|| page("prefect.task-run.", "/task-runs"))
        .or_else(|| page("prefect.flow.", "/flows"))
        .or_else(|| page("prefect.automation.", "/automations"))
        .unwrap_or_else(|| Cell::Text(name.to_owned()))
}
