//! The checks themselves.

use client::segment;
use domain::deployments::Deployment;
use domain::filter::Page;
use domain::job_template::refusal;
use domain::listing::Cell;
use domain::say;
use domain::words;
use serde_json::Value;
use store::{Backend, Tx, deployments, flow_runs, sql, work_pools};

use super::Finding;
use crate::api::reeve::rows;
use crate::api::reeve::sheets::Ask;
use crate::orchestration::job_variables::{self, Stage};

/// More pools and deployments than anybody has.
const MOST: i64 = 2000;

/// A run that has run for longer than this, in seconds, without its end is looked at: a day.
const LONG: f64 = 86_400.0;

/// Runs that are named.
const NAMED: i64 = 20;

/// How the server itself is set up.
pub fn of_server(ask: &Ask<'_>) -> Vec<Finding> {
    let policy = &ask.app.policy;
    let settings = || Cell::link("/settings", "Settings");
    let url = policy.dashboard_url.as_str();
    let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    let mut found = Vec::new();
    if host.ends_with(".svc") || host.ends_with(".cluster.local") || url.contains("///") {
        let words = say!("Links in messages begin with {}, which nobody outside of the cluster can open.", url);
        found.push(Finding::bad(
            settings(),
            words,
            "Set the dashboard's address (ui.url) to the one that people type.",
        ));
    }
    let is_local = matches!(host, "127.0.0.1" | "localhost" | "::1");
    if policy.auth_string.is_none() {
        let words = "Whoever reaches this server may do everything: no password is asked for.";
        let remedy = "Set server.auth_string, or let only those in whom you trust.";
        if !is_local {
            found.push(Finding::doubtful(settings(), words, remedy));
        }
    }
    if ask.app.store.backend() == Backend::Sqlite && !is_local {
        let words =
            "Everything is in one SQLite file: a second server cannot share it, and it lives where this process lives.";
        found.push(Finding::doubtful(settings(), words, "Set database.url to a PostgreSQL database where more than one server is wanted, or keep the file on a volume that stays."));
    }
    found
}

/// Pools without workers, and templates that no run can be made of.
pub async fn of_pools(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Vec<Finding>> {
    let pools = work_pools::filter(tx, None, MOST, 0).await?;
    let mut found = Vec::new();
    for row in rows::of_work_pools(tx, pools, &ask.app.policy, ask.now).await? {
        let pool = &row.work_pool;
        let place = || Cell::link(format!("/pools/{}", segment(&pool.name)), say!("pool {}", pool.name));
        let template =
            || Cell::link(format!("/pools/{}/template", segment(&pool.name)), say!("template of {}", pool.name));
        if row.deployments > 0 && row.online_workers == 0 {
            let words =
                say!("No worker polls it, and it is the pool of {}.", words::count(row.deployments, "deployment"));
            found.push(Finding::bad(place(), words, say!("reeve worker start --pool '{}'", pool.name)));
        }
        if pool.concurrency_limit == Some(0) {
            found.push(Finding::bad(
                place(),
                "Its limit is 0: no run is ever given to a worker.",
                "Raise the limit or remove it.",
            ));
        }
        if let Some(sentence) = refusal(&pool.base_job_template) {
            found.push(Finding::bad(template(), sentence, "Correct the template; the editor shows the place."));
        }
        if pool.kind == "kubernetes" && pool.base_job_template.is_empty() {
            found.push(Finding::bad(
                template(),
                "The template is empty: no Job can be made of it.",
                "Give the pool its default template.",
            ));
        }
    }
    Ok(found)
}

/// Deployments that cannot run, or not as it is meant.
pub async fn of_deployments(tx: &mut Tx, _: &Ask<'_>) -> store::Result<Vec<Finding>> {
    let all = deployments::filter(tx, &Page::default(), MOST, 0).await?;
    let flows: Vec<_> = all.iter().map(|deployment| deployment.flow_id).collect();
    let names = if flows.is_empty() { Default::default() } else { deployments::flow_names(tx, &flows).await? };
    let pools = work_pools::filter(tx, None, MOST, 0).await?;
    let mut found = Vec::new();
    for deployment in &all {
        let flow = names.get(&deployment.flow_id).cloned().unwrap_or_default();
        let path = format!("/deployments/{}/{}", segment(&flow), segment(&deployment.name));
        let place = || Cell::link(path.clone(), format!("{flow} / {}", deployment.name));
        let scheduled = deployment.schedules.iter().any(|schedule| schedule.active);
        let pool = deployment.work_pool_name.as_ref().and_then(|name| pools.iter().find(|pool| pool.name == *name));
        if scheduled && deployment.paused {
            found.push(Finding::doubtful(
                place(),
                "It has schedules that are on, but it is paused: nothing starts.",
                "Resume it, or switch its schedules off.",
            ));
        }
        let Some(pool) = pool else { continue };
        if let Some(unknown) = unknown_variables(deployment, &pool.base_job_template) {
            let words = say!("Its job variables {} are not in the template of its pool: they do nothing.", unknown);
            found.push(Finding::bad(place(), words, "Correct their names, or declare them in the template."));
        }
        let layers = [&deployment.job_variables];
        if let Err(refusal) = job_variables::check(tx, &pool.base_job_template, &layers, Stage::Deployment, "").await {
            found.push(Finding::bad(place(), say!("Its job variables do not fit: {}", refusal), "Correct them."));
        }
        if pool.kind == "kubernetes"
            && let Some(words) = image(deployment, &pool.base_job_template)
        {
            found.push(Finding::doubtful(place(), words, "Pull with Always, or give every build a tag of its own."));
        }
    }
    Ok(found)
}

/// Variables that the template does not declare.
fn unknown_variables(deployment: &Deployment, template: &serde_json::Map<String, Value>) -> Option<String> {
    let declared = template.get("variables")?.get("properties")?.as_object()?;
    let unknown: Vec<&str> =
        deployment.job_variables.keys().map(String::as_str).filter(|name| !declared.contains_key(*name)).collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

/// An image whose newer build would not be run.
fn image(deployment: &Deployment, template: &serde_json::Map<String, Value>) -> Option<String> {
    let value = |name: &str| {
        let default = || template.get("variables")?.get("properties")?.get(name)?.get("default");
        deployment.job_variables.get(name).or_else(default).and_then(Value::as_str).map(str::to_owned)
    };
    let image = value("image")?;
    let policy = value("image_pull_policy");
    if image.contains('@') || policy.as_deref() == Some("Always") {
        return None;
    }
    let tag = image.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    match (tag, policy.as_deref()) {
        (None | Some("latest"), Some("IfNotPresent" | "Never")) => Some(say!(
            "Its image {} has no tag of its own, and is pulled only where it is not there: nodes keep running old builds.",
            image
        )),
        (Some(tag), Some("IfNotPresent")) if !tag.contains(|c: char| c.is_ascii_digit()) => Some(say!(
            "Its image {} is pulled only where it is not there: a build that moves the tag {} is not picked up.",
            image,
            tag
        )),
        _ => None,
    }
}

/// Runs that are said to run and may not.
pub async fn of_runs(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Vec<Finding>> {
    let long = sql("flow_run.state_type = 'RUNNING' AND flow_run.start_time <= ?").bind(ask.now.plus_seconds(-LONG));
    let runs = flow_runs::where_(tx, long, "flow_run.start_time, flow_run.id", NAMED, ask.now).await?;
    let found = runs.into_iter().map(|run| {
        let since = run.start_time.map_or(0.0, |at| ask.now.seconds_since(at));
        let words = say!("It has been running for {}.", words::duration(since));
        Finding::doubtful(
            Cell::link(format!("/runs/{}", run.id), say!("run {}", run.name)),
            words,
            "Look at its log; cancel it if nothing runs any more.",
        )
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(variables: Value) -> Deployment {
        let id = domain::Uuid::nil();
        serde_json::from_value(json!({ "id": id, "flow_id": id, "name": "d", "job_variables": variables }))
            .expect("a deployment")
    }

    fn template() -> serde_json::Map<String, Value> {
        let image = json!({ "type": "string" });
        let policy = json!({ "type": "string", "default": "IfNotPresent" });
        let template = json!({ "variables": { "properties": { "image": image, "image_pull_policy": policy } } });
        template.as_object().expect("an object").clone()
    }

    #[test]
    fn images_that_are_not_pulled_again_are_found() {
        let cases = [
            (json!({ "image": "etl:latest" }), true),
            (json!({ "image": "registry:5000/etl" }), true),
            (json!({ "image": "etl:stable" }), true),
            (json!({ "image": "etl:1.4.0" }), false),
            (json!({ "image": "etl@sha256:abc" }), false),
            (json!({ "image": "etl:latest", "image_pull_policy": "Always" }), false),
            (json!({}), false),
        ];
        for (variables, expected) in cases {
            assert_eq!(image(&deployment(variables.clone()), &template()).is_some(), expected, "{variables}");
        }
    }

    #[test]
    fn variables_that_do_nothing_are_named() {
        let found = |variables| unknown_variables(&deployment(variables), &template());
        assert_eq!(found(json!({ "imagee": "x", "image": "y" })).as_deref(), Some("imagee"));
        assert_eq!(found(json!({ "image": "y" })), None);
    }
}
