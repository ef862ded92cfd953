//! `/automations`: what follows when something happens, each with its switch; a form for new ones, and the source.

use domain::AutomationId;
use domain::automations::{Automation, Trigger};
use domain::events::{AnyResourceFilter, EventFilter, OneOrMany};
use domain::language::tr;
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Form, Grid, Part, Sheet, fact, heading, say};
use domain::words;
use serde_json::{Map, Value, json};
use store::{Tx, automations, events};

use super::Ask;
use super::list::{Noun, table};
use crate::api::reeve::automations::{THEN, WHEN};

const NOUN: Noun = Noun {
    path: "/automations",
    title: "Automations",
    one: "automation",
    what: "An automation does something when events happen, or fail to: it sends a message when a run fails, or pauses a pool.",
    command: Some("prefect automation create --from-file automations.yaml"),
    search: "Automation",
    columns: &["Name", "On", "When", "Then", "Changed", "Actions"],
};

/// Events about one automation.
const EVENTS: i64 = 20;

/// By name.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let (found, count) = automations::with_name(tx, ask.q().unwrap_or_default(), ask.limit(), ask.offset()).await?;
    let row = |one: Automation| {
        let cells = vec![
            Cell::link(format!("/automations/{}", one.id), one.name.clone()),
            switch(&one).cell(),
            Cell::Text(when(&one.trigger)),
            Cell::Text(then(&one)),
            Cell::at(one.updated),
            delete(&one).cell(),
        ];
        ListingRow::new(one.id, cells)
    };
    let rows = found.into_iter().map(row).collect();
    let sheet = Sheet::new(NOUN.title, ask.now).searched(NOUN.search, ask.q()).with(Part::Form(Box::new(builder())));
    Ok(table(sheet, &NOUN, ask, rows, count))
}

fn switch(one: &Automation) -> Act {
    let label = say!("Automation {} is on", one.name);
    Act::new(label, "PATCH", format!("/automations/{}", one.id))
        .sending(json!({ "enabled": !one.enabled }))
        .switch(one.enabled)
}

fn delete(one: &Automation) -> Act {
    Act::new("Delete", "DELETE", format!("/automations/{}", one.id))
        .asking(say!("“{}” will not act any more.", one.name))
        .saying("The automation is deleted")
}

/// What it waits for.
fn when(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Event(event) => {
            let expected = if event.expect.is_empty() { say!("any event") } else { event.expect.join(", ") };
            match event.posture.as_str() {
                "Proactive" => {
                    let within = words::duration(event.within);
                    let after =
                        if event.after.is_empty() { String::new() } else { say!(" after {}", event.after.join(", ")) };
                    say!("no {} within {}{}", expected, within, after)
                }
                _ if event.threshold > 1 => {
                    say!("{}, {} times in {}", expected, event.threshold, words::duration(event.within))
                }
                _ => expected,
            }
        }
        Trigger::Compound(_) | Trigger::Sequence(_) => {
            let parts: Vec<String> = trigger.children().iter().map(when).collect();
            let way = if matches!(trigger, Trigger::Sequence(_)) { " then " } else { " and " };
            parts.join(way)
        }
    }
}

/// What it does.
fn then(one: &Automation) -> String {
    let lists = one.lists();
    let kinds = lists.iter().flat_map(|(_, actions)| actions.iter()).filter_map(|action| {
        let kind = json!(action)["type"].as_str()?.replace('-', " ");
        Some(kind)
    });
    kinds.collect::<Vec<_>>().join(", ")
}

/// One automation: its words, what it has done, its source.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<AutomationId>() else { return Ok(None) };
    let Some(found) = automations::by_id(tx, id).await? else { return Ok(None) };
    let mut sheet =
        Sheet::new(found.name.clone(), ask.now).below("/automations", "Automations").about(found.description.clone());
    sheet.acts.push(switch(&found));
    sheet.acts.push(delete(&found).leading("/automations"));
    sheet = sheet.with(Part::Facts(vec![
        fact("When", Cell::Text(when(&found.trigger))),
        fact("Then", Cell::Text(then(&found))),
        fact("Changed", found.updated.map_or(Cell::Nothing, Cell::Stamp)),
        fact("Id", Cell::Code(id.to_string())),
    ]));
    sheet = done(tx, sheet, ask, id).await?;
    let source = json!(found);
    sheet = sheet.with(Part::Form(Box::new(source_form(&found, &source))));
    Ok(Some(sheet.with(Part::Source(say!("The whole as JSON"), format!("{source:#}")))))
}

/// The last times that it fired, and how its actions went.
async fn done(tx: &mut Tx, sheet: Sheet, ask: &Ask<'_>, id: AutomationId) -> store::Result<Sheet> {
    let about =
        AnyResourceFilter { id: Some(vec![format!("prefect.automation.{id}")]), ..AnyResourceFilter::default() };
    let filter = EventFilter { any_resource: Some(OneOrMany::One(about)), ..EventFilter::default() };
    let found = events::filter(tx, &filter, super::events::window(ask.now), EVENTS, 0).await?;
    let sheet = sheet.with(heading("What it did"));
    if found.is_empty() {
        return Ok(sheet.with(say("Nothing yet.")));
    }
    let row = |event: &domain::events::Event| {
        let reason = event.payload.get("reason").and_then(Value::as_str).map(str::to_owned);
        let cells = vec![
            Cell::link(format!("/events/{}", event.id), event.event.clone()),
            Cell::Stamp(event.occurred),
            Cell::text(reason),
        ];
        ListingRow::new(event.id, cells)
    };
    Ok(sheet.with(Grid::part("What it did", &["Event", "At", "Reason"], found.iter().map(row).collect())))
}

/// Trigger and actions as they are written.
fn source_form(one: &Automation, source: &Value) -> Form {
    let members =
        ["name", "description", "enabled", "tags", "trigger", "actions", "actions_on_trigger", "actions_on_resolve"];
    let values = members.into_iter().map(|name| (name.to_owned(), source[name].clone())).collect();
    let json_list = |title: &str| json!({ "title": title, "type": "array", "default": [] });
    Form {
        name: "source".to_owned(),
        title: say!("Change it"),
        folded: true,
        schema: json!({
            "type": "object",
            "required": ["name", "trigger"],
            "properties": {
                "name": { "title": tr("Name"), "type": "string" },
                "description": { "title": tr("Description"), "type": "string" },
                "enabled": { "title": tr("On"), "type": "boolean", "default": true },
                "tags": json_list("Tags"),
                "trigger": { "title": tr("Trigger"), "type": "object", "description": tr("What happens, or fails to happen.") },
                "actions": json_list("Actions"),
                "actions_on_trigger": json_list("Actions when it fires"),
                "actions_on_resolve": json_list("Actions when it is over"),
            },
        }),
        values,
        method: "PUT".to_owned(),
        path: format!("/automations/{}", one.id),
        fixed: Map::new(),
        submit: say!("Save"),
        done: say!("The automation is saved"),
        then: None,
    }
}

/// The few words that make a new one.
fn builder() -> Form {
    let when: Vec<&str> = WHEN.iter().map(|(when, _)| *when).collect();
    Form {
        name: "add".to_owned(),
        title: say!("Add an automation"),
        folded: true,
        schema: json!({
            "type": "object",
            "required": ["name", "when", "then"],
            "properties": {
                "name": { "title": tr("Name"), "type": "string" },
                "description": { "title": tr("Description"), "type": "string" },
                "when": { "title": tr("When"), "enum": when },
                "tag": { "title": tr("Only runs with the tag"), "type": "string" },
                "times": { "title": tr("This often"), "type": "integer", "default": 1 },
                "seconds": { "title": tr("Within seconds"), "type": "number", "description": tr("For “too long”: how long is too long.") },
                "then": { "title": tr("Then"), "enum": THEN },
                "block": { "title": tr("Sent by the block"), "type": "string", "description": tr("For a message: kind/name, such as slack-webhook/alerts.") },
                "message": { "title": tr("Message"), "type": "string", "description": tr("May refer to the event: {{ event.resource.name }}.") },
                "deployment": { "title": tr("Deployment to run"), "type": "string", "description": tr("flow/deployment") },
            },
        }),
        values: Map::new(),
        method: "POST".to_owned(),
        path: "/reeve/automations".to_owned(),
        fixed: Map::new(),
        submit: say!("Add"),
        done: say!("The automation is there"),
        then: None,
    }
}
