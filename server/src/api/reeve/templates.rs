//! `/api/reeve/work_pools/{name}/template`: what an editor wants to know, saving a template without undoing what others
//! saved meanwhile, and what a change would mean for the deployments of the pool.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::job_template::{merge, refusal};
use domain::listing::{Cell, ListingRow};
use domain::manifest::yaml;
use domain::preview::preview;
use domain::problem::Problem;
use domain::sheet::{Grid, Part, Sheet};
use domain::work_pools::WorkPoolUpdate;
use domain::{Patch, words};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};
use store::work_pool_templates;

use super::rows;
use super::work_pools::existing;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::checks::refused;
use crate::api::error::{ApiError, Result};
use crate::app_state::AppState;
use crate::orchestration::{AfterCommit, template_versions, work_pools as decide};

/// Deployments that are looked at.
const MOST: i64 = 200;

/// Differences that are shown one by one.
const SHOWN: usize = 20;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/work_pools/{name}/template", get(facts).put(save))
        .route("/work_pools/{name}/template/impact", post(impact))
}

/// What an editor of the pool's template wants to know beside it.
#[derive(Debug, Serialize)]
struct Facts {
    /// The template as it was written in YAML, with its comments, when that was last known. A client may have changed
    /// the template since.
    source: Option<String>,
    /// How many deployments the pool has.
    deployments: usize,
    /// Names of those that set a variable themselves, by the variable.
    overridden: BTreeMap<String, Vec<String>>,
}

async fn facts(State(app): State<AppState>, caller: Caller, Path(name): Path<String>) -> Result {
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &name).await?;
    let all = rows::of_pool(&mut tx, &name, MOST, &app.policy, app.clock.now()).await?;
    let mut overridden = BTreeMap::<String, Vec<String>>::new();
    for row in &all {
        for variable in row.deployment.job_variables.keys() {
            let name = format!("{} / {}", row.flow_name, row.deployment.name);
            overridden.entry(variable.clone()).or_default().push(name);
        }
    }
    let source = work_pool_templates::source(&mut tx, pool.id).await?;
    Ok(caller.ok(&Facts { source, deployments: all.len(), overridden }))
}

/// A template, the one that it was made from, and why.
#[derive(Debug, Serialize, Deserialize)]
pub struct Save {
    pub base_job_template: Map<String, Value>,
    /// The template that was edited; without it the new one replaces whatever is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Map<String, Value>>,
    #[serde(default)]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The YAML that says the same, with its comments; empty when the template was written as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// 204; 409 when another template was saved since `was`, with both changes brought together.
pub async fn save(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(save): Body<Save>,
) -> Result {
    if let Some(sentence) = refusal(&save.base_job_template) {
        return Err(refused(caller.major, json!(["body", "base_job_template"]), &sentence, &Value::Null, &save));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let before = existing(&mut tx, &name).await?.base_job_template;
    if let Some(was) = save.was.as_ref().filter(|was| **was != before) {
        let [was, mine, theirs] = [was, &save.base_job_template, &before].map(|of| Value::Object(of.clone()));
        let (merged, conflicts) = merge(&was, &mine, &theirs);
        let text = "Another version of this template was saved meanwhile.";
        let detail = json!({ "message": text, "theirs": theirs, "merged": merged, "conflicts": conflicts });
        let problem = Problem { detail: Some(detail), ..Problem::default() };
        return Err(ApiError::Problem(StatusCode::CONFLICT, Box::new(problem)));
    }
    let update =
        WorkPoolUpdate { base_job_template: Patch::Value(save.base_job_template), ..WorkPoolUpdate::default() };
    let mut after = AfterCommit::default();
    let pool = decide::update(&mut tx, &name, update, &app.policy.foreman, now, &mut after).await?;
    let author = save.author.unwrap_or_else(|| "the dashboard".to_owned());
    let saving = template_versions::Saving { author: &author, note: &save.note, source: save.source.as_deref() };
    template_versions::keep(&mut tx, &before, &pool, saving, now).await?;
    tx.commit().await?;
    after.work_pool(pool.id);
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct Draft {
    base_job_template: Map<String, Value>,
}

/// Which deployments of the pool would get another Job, which could not get one any more, and how they differ.
async fn impact(
    State(app): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Body(draft): Body<Draft>,
) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let pool = existing(&mut tx, &name).await?;
    let all = rows::of_pool(&mut tx, &name, MOST, &app.policy, now).await?;
    drop(tx);
    let (mut broken, mut changed, mut table, mut diffs) = (0, 0, Vec::new(), Vec::new());
    for row in &all {
        let of = Some((&row.deployment, row.flow_name.as_str()));
        let before = preview(&pool.base_job_template, &pool, of).map(|preview| yaml(&preview.job));
        let after = preview(&draft.base_job_template, &pool, of).map(|preview| yaml(&preview.job));
        let name = format!("{} / {}", row.flow_name, row.deployment.name);
        let (mark, words) = match (&before, &after) {
            (Ok(_) | Err(_), Err(error)) => {
                broken += 1;
                ("failed", format!("breaks: {error}"))
            }
            (before, Ok(after)) if before.as_ref().ok() == Some(after) => continue,
            (before, Ok(after)) => {
                changed += 1;
                let before = before.as_ref().map(String::as_str).unwrap_or_default();
                diffs.push((name.clone(), diff(before, after)));
                ("late", "changes".to_owned())
            }
        };
        let path =
            format!("/deployments/{}/{}", client::segment(&row.flow_name), client::segment(&row.deployment.name));
        let cells = vec![Cell::link(path, name), Cell::State(mark.to_owned(), words)];
        table.push(ListingRow::new(row.deployment.id, cells));
    }
    let count = |n: i64| words::count(n, "deployment");
    let (mark, sentence) = match (changed, broken) {
        (0, 0) => ("completed", format!("None of {} would get another Job.", count(all.len() as i64))),
        (changed, 0) => ("late", format!("The next Jobs of {} change.", count(changed))),
        (changed, broken) => {
            ("failed", format!("No Job could be made for {}; those of {} change.", count(broken), count(changed)))
        }
    };
    let mut sheet = Sheet::new("Impact", now).with(Part::Say(mark.to_owned(), vec![Cell::Text(sentence)]));
    if !table.is_empty() {
        sheet = sheet.with(Grid::part("Deployments", &["Deployment", "Its next Job"], table));
    }
    for (name, text) in diffs.into_iter().take(SHOWN) {
        sheet = sheet.with(Part::Source(name, text));
    }
    Ok(caller.ok(&sheet))
}

/// The lines that differ, with three around them.
pub fn diff(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            text.push_str("  …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            text.push_str(match change.tag() {
                ChangeTag::Delete => "- ",
                ChangeTag::Insert => "+ ",
                ChangeTag::Equal => "  ",
            });
            text.push_str(change.value().trim_end_matches('\n'));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn only_what_differs_is_shown() {
        let before: String = (0..20).map(|n| format!("{n}\n")).collect();
        let after = before.replace("10\n", "ten\n");
        assert_eq!(diff(&before, &after), "  7\n  8\n  9\n- 10\n+ ten\n  11\n  12\n  13\n");
        assert_eq!(diff(&before, &before), "");
    }
}
