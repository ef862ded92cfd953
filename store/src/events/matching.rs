//! A filter of events as a condition; it takes the same events as [`EventFilter::includes`].

use domain::events::{
    AnyResourceFilter, EventFilter, ID, NameFilter, ROLE, RelatedFilter, ResourceFilter, Specification,
};

use super::Window;
use crate::sql::{Arg, Sql, sql};
use crate::{Tx, logs};

/// The condition of `filter` on the row `event` of the query around it.
pub fn condition(tx: &Tx, filter: &EventFilter, window: Window) -> Sql {
    let mut all = vec![sql("event.occurred >= ? AND event.occurred <= ?").bind(window.since).bind(window.until)];
    if let Some(ids) = filter.id.as_ref().and_then(|ids| ids.id.as_ref()).filter(|ids| !ids.is_empty()) {
        all.push(sql("event.id IN ").then(Sql::list(ids.iter().copied())));
    }
    all.extend(filter.event.iter().flat_map(|names| of_names(tx, names)));
    all.extend(filter.resource.iter().flat_map(|resource| of_resource(tx, resource)));
    all.extend(filter.related.iter().flat_map(|related| related.as_slice()).filter_map(|one| of_related(tx, one)));
    all.extend(filter.any_resource.iter().flat_map(|any| any.as_slice()).filter_map(|one| of_any_resource(tx, one)));
    if let Some(query) = filter.text.as_ref().and_then(|text| text.query.as_deref()) {
        let words = "event.event || ' ' || event.resource || ' ' || event.related || ' ' || event.payload";
        all.extend(logs::text_query(words, query));
    }
    Sql::join(all, " AND ")
}

fn of_names(tx: &Tx, names: &NameFilter) -> Vec<Sql> {
    let mut all = Vec::new();
    all.extend(begins_with_any(tx, "event.event", &names.prefix));
    all.extend(begins_with_any(tx, "event.event", &names.exclude_prefix).map(|piece| sql("NOT ").then(piece)));
    all.extend(is_any("event.event", &names.name));
    all.extend(is_any("event.event", &names.exclude_name).map(|piece| sql("NOT ").then(piece)));
    all
}

fn of_resource(tx: &Tx, filter: &ResourceFilter) -> Vec<Sql> {
    let mut all = Vec::new();
    all.extend(is_any("event.resource_id", &filter.id));
    all.extend(begins_with_any(tx, "event.resource_id", &filter.id_prefix));
    all.extend(filter.labels.as_ref().map(|labels| of_labels(tx, "event.resource", labels)));
    all
}

/// A related resource for which all of the filter holds. Ids and roles are looked up; only for labels must
/// each event's list be read.
fn of_related(tx: &Tx, filter: &RelatedFilter) -> Option<Sql> {
    if filter.is_empty() {
        return None;
    }
    let labels = filter.labels.as_ref().filter(|labels| !labels.0.is_empty());
    Some(match labels {
        None => looked_up(fits(
            is_any("resource_id", &filter.id),
            is_any("role", &filter.role),
            pairs("resource_id", "role", filter),
        )),
        Some(labels) => {
            let (id, role) = (label(tx, "item.value", ID), label(tx, "item.value", ROLE));
            let own = fits(
                is_any_of(id.clone(), &filter.id),
                is_any_of(role.clone(), &filter.role),
                pairs_of(&id, &role, filter),
            );
            let both = Sql::join(vec![own, of_labels(tx, "item.value", labels)], " AND ");
            sql("EXISTS (SELECT 1 FROM ").text(&tx.items("event.related")).text(" WHERE ").then(both).text(")")
        }
    })
}

fn of_any_resource(tx: &Tx, filter: &AnyResourceFilter) -> Option<Sql> {
    if filter.is_empty() {
        return None;
    }
    let ids = |column: &str| fits(is_any(column, &filter.id), begins_with_any(tx, column, &filter.id_prefix), None);
    let labels = filter.labels.as_ref().filter(|labels| !labels.0.is_empty());
    let either = match labels {
        None => vec![ids("event.resource_id"), looked_up(ids("resource_id"))],
        Some(labels) => {
            let own = Sql::join(vec![ids("event.resource_id"), of_labels(tx, "event.resource", labels)], " AND ");
            let id = label(tx, "item.value", ID);
            let begins = said(&filter.id_prefix)
                .map(|starts| any(starts.iter().map(|start| tx.glob(id.clone(), &literal_start(start))).collect()));
            let theirs = fits(is_any_of(id.clone(), &filter.id), begins, Some(of_labels(tx, "item.value", labels)));
            let related =
                sql("EXISTS (SELECT 1 FROM ").text(&tx.items("event.related")).text(" WHERE ").then(theirs).text(")");
            vec![own, related]
        }
    };
    Some(any(either))
}

/// Events with a related resource whose row in `event_resource` fits.
fn looked_up(fits: Sql) -> Sql {
    sql("event.id IN (SELECT event_id FROM event_resource WHERE ").then(fits).text(")")
}

fn fits(one: Option<Sql>, other: Option<Sql>, third: Option<Sql>) -> Sql {
    Sql::join([one, other, third].into_iter().flatten().collect(), " AND ")
}

fn any(pieces: Vec<Sql>) -> Sql {
    if pieces.is_empty() { sql("FALSE") } else { Sql::join(pieces, " OR ") }
}

fn pairs(id: &str, role: &str, filter: &RelatedFilter) -> Option<Sql> {
    pairs_of(&Sql::default().text(id), &Sql::default().text(role), filter)
}

fn pairs_of(id: &Sql, role: &Sql, filter: &RelatedFilter) -> Option<Sql> {
    let pairs = filter.resources_in_roles.as_ref().filter(|pairs| !pairs.is_empty())?;
    let one = |pair: &(String, String)| {
        let id = id.clone().text(" = ?").bind(&pair.0);
        Sql::join(vec![id, role.clone().text(" = ?").bind(&pair.1)], " AND ")
    };
    Some(any(pairs.iter().map(one).collect()))
}

/// All of these labels, with texts that fit.
fn of_labels(tx: &Tx, object: &str, labels: &Specification) -> Sql {
    let one = |(name, patterns): (&str, Vec<&str>)| {
        let text = || label(tx, object, name);
        let fits = |pattern: &&str| match pattern.strip_prefix('!') {
            Some(unwanted) => sql("NOT ").then(tx.glob(text(), unwanted)),
            None => tx.glob(text(), pattern),
        };
        any(patterns.iter().map(fits).collect())
    };
    Sql::join(labels.labels().map(one).collect(), " AND ")
}

/// The text of a label in a JSON object.
fn label(tx: &Tx, object: &str, name: &str) -> Sql {
    Sql::default().text(&tx.json_text_of(object)).bind(name)
}

fn is_any(column: &str, list: &Option<Vec<String>>) -> Option<Sql> {
    is_any_of(Sql::default().text(column), list)
}

fn is_any_of(expression: Sql, list: &Option<Vec<String>>) -> Option<Sql> {
    said(list).map(|list| expression.text(" IN ").then(Sql::list(list.iter().map(Arg::from))))
}

fn begins_with_any(tx: &Tx, column: &str, list: &Option<Vec<String>>) -> Option<Sql> {
    let one = |start: &String| tx.glob(Sql::default().text(column), &literal_start(start));
    said(list).map(|list| any(list.iter().map(one).collect()))
}

fn said<T>(list: &Option<Vec<T>>) -> Option<&[T]> {
    list.as_deref().filter(|list| !list.is_empty())
}

/// The pattern of texts that begin with `start`. Names and ids hold neither `*` nor `?`.
fn literal_start(start: &str) -> String {
    format!("{start}*")
}
