//! `/limits`: of tags, of deployments, and those that flows ask for by name; and one of them with who holds it.

use domain::concurrency_limits::{ConcurrencyLimit, Holder, HolderKind, Lease};
use domain::language::tr;
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Form, Grid, Part, Sheet, fact, heading, say};
use domain::{ConcurrencyLimitId, FlowRunId, TaskRunId};
use serde_json::{Map, Value, json};
use store::{Tx, concurrency_leases, concurrency_limits, flow_runs, task_runs};

use super::Ask;
use super::list::{Noun, table};

const NOUN: Noun = Noun {
    path: "/limits",
    title: "Limits",
    one: "limit",
    what: "A limit says how many tasks, runs or other things may hold one of its slots at once.",
    command: Some("prefect gcl create my-limit --limit 5"),
    search: "Limit",
    columns: &["Name", "On", "Taken", "Slots are held", "Changed"],
};

/// More limits than anybody has.
const MOST: i64 = 10_000;

/// By name.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let wanted = |limit: &ConcurrencyLimit| ask.q().is_none_or(|q| limit.name.contains(q));
    let all = concurrency_limits::page(tx, false, MOST, 0).await?;
    let found: Vec<ConcurrencyLimit> = all.into_iter().filter(wanted).collect();
    let count = found.len() as i64;
    let row = |limit: ConcurrencyLimit| {
        let cells = vec![
            Cell::link(format!("/limits/{}", limit.id), name(&limit)),
            switch(&limit).cell(),
            Cell::Text(say!("{} of {}", limit.occupied(ask.now), limit.limit)),
            Cell::Text(how(&limit)),
            Cell::at(limit.updated),
        ];
        ListingRow::new(limit.id, cells)
    };
    let rows = found.into_iter().skip(ask.offset() as usize).take(ask.limit() as usize).map(row).collect();
    let sheet = Sheet::new(NOUN.title, ask.now).searched(NOUN.search, ask.q());
    let sheet = sheet.with(Part::Form(Box::new(add_named()))).with(Part::Form(Box::new(add_tag())));
    Ok(table(sheet, &NOUN, ask, rows, count))
}

fn name(limit: &ConcurrencyLimit) -> String {
    match limit.tag() {
        Some(tag) => say!("tasks tagged {}", tag),
        None => limit.name.clone(),
    }
}

/// How slots become free.
fn how(limit: &ConcurrencyLimit) -> String {
    match limit.slot_decay_per_second {
        rate if rate > 0.0 => say!("{} slots a second become free", rate),
        _ => say!("until they are given back"),
    }
}

/// On while it holds anybody up.
fn switch(limit: &ConcurrencyLimit) -> Act {
    let label = say!("Limit {} is on", name(limit));
    let body = json!({ "active": !limit.active });
    Act::new(label, "PATCH", format!("/v2/concurrency_limits/{}", limit.id)).sending(body).switch(limit.active)
}

/// The limit of that id, its form, and who holds its slots.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<ConcurrencyLimitId>() else { return Ok(None) };
    let Some(limit) = concurrency_limits::by_id(tx, id).await? else { return Ok(None) };
    let leases = concurrency_leases::of_limit(tx, id).await?;
    let mut rows = Vec::new();
    for lease in &leases {
        rows.push(owner(tx, ask, lease).await?);
    }
    let taken = limit.occupied(ask.now);
    let leased: i64 = leases.iter().map(|lease| lease.slots).sum();
    let mut sheet = Sheet::new(name(&limit), ask.now).below("/limits", "Limits");
    sheet.acts.push(switch(&limit));
    let delete = Act::new("Delete", "DELETE", format!("/v2/concurrency_limits/{id}"))
        .asking("Who waits for it goes on without it.")
        .saying("The limit is deleted");
    sheet.acts.push(delete.leading("/limits"));
    let free = Act::new("Free all slots", "PATCH", format!("/v2/concurrency_limits/{id}"))
        .sending(json!({ "active_slots": 0 }))
        .asking("Who holds a slot now goes on as if nothing had happened; others may start beside them.")
        .saying("All slots are free");
    if taken > 0 {
        sheet.acts.push(free);
    }
    sheet = sheet.with(Part::Facts(vec![
        fact("Taken", Cell::Text(say!("{} of {}", taken, limit.limit))),
        fact("Slots are held", Cell::Text(how(&limit))),
        fact("Asked in vain lately", Cell::Number(limit.denied_slots)),
        fact("Held on average", Cell::Text(format!("{:.1} s", limit.avg_slot_occupancy_seconds))),
        fact("Id", Cell::Code(id.to_string())),
    ]));
    sheet = sheet.with(Part::Form(Box::new(change(&limit)))).with(heading("Who holds slots"));
    let columns = ["Who", "Kind", "Slots", "Since", "Until, unless renewed", "Actions"];
    sheet = match rows.is_empty() {
        true => sheet,
        false => sheet.with(Grid::part("Who holds slots", &columns, rows)),
    };
    Ok(Some(match taken - leased {
        0 if taken == 0 => sheet.with(say("Nobody.")),
        unknown if unknown > 0 => sheet.with(say(say!(
            "{} of the slots {} taken by a client that did not say who it is; it gives them back itself.",
            unknown,
            if unknown == 1 { "was" } else { "were" }
        ))),
        _ => sheet,
    }))
}

/// Who holds a lease, with the way to take it back.
async fn owner(tx: &mut Tx, ask: &Ask<'_>, lease: &Lease) -> store::Result<ListingRow> {
    let (who, kind) = match lease.holder {
        Some(Holder { kind: HolderKind::FlowRun, id }) => {
            let run = flow_runs::by_id(tx, FlowRunId(id), ask.now).await?;
            (Cell::link(format!("/runs/{id}"), run.map_or_else(|| id.to_string(), |run| run.name)), "run")
        }
        Some(Holder { kind: HolderKind::TaskRun, id }) => {
            let task = task_runs::by_id(tx, TaskRunId(id), ask.now).await?;
            (Cell::link(format!("/task-runs/{id}"), task.map_or_else(|| id.to_string(), |task| task.name)), "task run")
        }
        Some(Holder { kind: HolderKind::Deployment, id }) => (Cell::Code(id.to_string()), "deployment"),
        None => (Cell::Text(say!("not told")), "client"),
    };
    let release = Act::new("Release", "POST", "/v2/concurrency_limits/decrement-with-lease")
        .sending(json!({ "lease_id": lease.id }))
        .asking("Its holder goes on as if it still had the slots; others may start beside it.")
        .saying("The slots are free");
    let cells = vec![
        who,
        Cell::Text(kind.to_owned()),
        Cell::Number(lease.slots),
        Cell::At(lease.created),
        Cell::At(lease.expires),
        release.cell(),
    ];
    Ok(ListingRow::new(lease.id, cells))
}

fn change(limit: &ConcurrencyLimit) -> Form {
    let mut values = Map::new();
    values.insert("limit".to_owned(), limit.limit.into());
    values.insert("slot_decay_per_second".to_owned(), limit.slot_decay_per_second.into());
    Form {
        name: "change".to_owned(),
        title: say!("Change it"),
        folded: true,
        schema: json!({ "type": "object", "required": ["limit"], "properties": { "limit": slots(), "slot_decay_per_second": decay() } }),
        values,
        method: "PATCH".to_owned(),
        path: format!("/v2/concurrency_limits/{}", limit.id),
        fixed: Map::new(),
        submit: say!("Save"),
        done: say!("The limit is saved"),
        then: None,
    }
}

fn add_named() -> Form {
    let name = json!({ "title": tr("Name"), "type": "string", "description": tr("What flows ask for: concurrency(\"database\").") });
    Form {
        name: "add".to_owned(),
        title: say!("Add a limit by name"),
        folded: true,
        schema: json!({ "type": "object", "required": ["name", "limit"], "properties": { "name": name, "limit": slots(), "slot_decay_per_second": decay() } }),
        values: Map::new(),
        method: "POST".to_owned(),
        path: "/v2/concurrency_limits/".to_owned(),
        fixed: Map::new(),
        submit: say!("Add"),
        done: say!("The limit is there"),
        then: None,
    }
}

fn add_tag() -> Form {
    let tag =
        json!({ "title": tr("Tag"), "type": "string", "description": tr("Tasks with this tag wait for one another.") });
    Form {
        name: "add-tag".to_owned(),
        title: say!("Add a limit on a tag of tasks"),
        schema: json!({ "type": "object", "required": ["tag", "concurrency_limit"], "properties": { "tag": tag, "concurrency_limit": slots() } }),
        path: "/concurrency_limits/".to_owned(),
        ..add_named()
    }
}

fn slots() -> Value {
    json!({ "title": tr("Slots"), "type": "integer", "description": tr("How many at once.") })
}

fn decay() -> Value {
    json!({ "title": tr("Slots that become free a second"), "type": "number", "default": 0.0, "description": tr("0: held until given back; more: a limit of a rate.") })
}

#[cfg(test)]
mod tests {
    use domain::concurrency_limits::TAG;

    use super::*;

    #[test]
    fn limits_of_tags_are_called_by_their_tag() {
        let limit = |name: &str| {
            ConcurrencyLimit::new(ConcurrencyLimitId(domain::Uuid::nil()), name, 1, domain::Timestamp::from_micros(0))
        };
        assert_eq!(name(&limit(&format!("{TAG}heavy"))), "tasks tagged heavy");
        assert_eq!(name(&limit("database")), "database");
    }
}
