//! The job that a template would make for a deployment, line by line, each with who set it.

use domain::deployments::DeploymentRow;
use domain::job_template::{
    JobContext, Layers, Origin, RunDeployment, RunFlow, RunPool, job_origins, kubernetes_job, prepare, render,
};
use domain::work_pools::WorkPool;
use domain::{FlowRunId, Major, Uuid};
use serde_json::{Map, Value, json};

use crate::element::{El, el};

/// A line of the job as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub origin: Option<Origin>,
}

/// The job, and the placeholders that had no value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    pub lines: Vec<Line>,
    pub unresolved: Vec<String>,
}

/// Renders `template` for a deployment (or for one that overrides nothing) as the worker would: a Job for
/// Kubernetes pools, else the configuration. References to blocks and variables stay as they are written.
pub fn preview(template: &Map<String, Value>, pool: &WorkPool, row: Option<&DeploymentRow>) -> Result<Preview, String> {
    let nothing = Map::new();
    let deployment = row.map_or(&nothing, |row| &row.deployment.job_variables);
    let layers = Layers { template, deployment, flow_run: &nothing, major: Major::V3 };
    let stay = |reference: &domain::job_template::Reference| Some(Value::String(format!("{reference:?}")));
    let rendered = render(&layers, &|name| Some(format!("${name}")), &stay).map_err(|error| error.to_string())?;
    let context = context(pool, row);
    let (job, origins) = if pool.kind == "kubernetes" {
        let job = kubernetes_job(&rendered.configuration, &context).map_err(|error| error.to_string())?;
        let origins = job_origins(&job, &rendered);
        (job, origins)
    } else {
        let prepared = prepare(&rendered.configuration, &context).map_err(|error| error.to_string())?;
        let mut job = rendered.configuration.clone();
        job.insert("name".to_owned(), json!(prepared.name));
        job.insert("command".to_owned(), json!(prepared.command));
        (Value::Object(job), rendered.origins.clone())
    };
    let mut lines = Vec::new();
    write(&job, "", None, 0, true, &origins, &mut lines);
    let mut unresolved: Vec<String> = rendered.unresolved.into_iter().map(|missing| missing.name).collect();
    unresolved.sort();
    unresolved.dedup();
    Ok(Preview { lines, unresolved })
}

/// A run that does not exist, of a deployment that does.
fn context(pool: &WorkPool, row: Option<&DeploymentRow>) -> JobContext {
    JobContext {
        major: Major::V3,
        flow_run_id: FlowRunId(Uuid::nil()),
        flow_run_name: "name-of-the-run".to_owned(),
        attempt: 1,
        flow: row.map(|row| RunFlow { id: row.deployment.flow_id, name: row.flow_name.clone() }),
        deployment: row.map(|row| RunDeployment {
            id: row.deployment.id,
            name: row.deployment.name.clone(),
            updated: row.deployment.updated,
        }),
        pool: Some(RunPool { id: pool.id, name: pool.name.clone() }),
        worker: None,
        environment: vec![("PREFECT_API_URL".to_owned(), "(the worker's)".to_owned())],
        details: json!({ "flow_run": {}, "flow": {} }),
    }
}

/// Writes `value` as JSON, one leaf a line.
fn write(
    value: &Value,
    at: &str,
    key: Option<&str>,
    depth: usize,
    last: bool,
    origins: &[(String, Origin)],
    out: &mut Vec<Line>,
) {
    let name = key.map(|key| format!("{}: ", Value::from(key))).unwrap_or_default();
    let (indent, comma) = ("  ".repeat(depth), if last { "" } else { "," });
    let line = |text: String, origin: Option<Origin>| Line { text: format!("{indent}{text}"), origin };
    let origin = || origins.iter().find(|(pointer, _)| pointer == at).map(|(_, origin)| *origin);
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push(line(format!("{name}{{"), None));
            for (n, (key, member)) in members.iter().enumerate() {
                let below = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                write(member, &below, Some(key), depth + 1, n + 1 == members.len(), origins, out);
            }
            out.push(line(format!("}}{comma}"), None));
        }
        Value::Array(items) if !items.is_empty() => {
            out.push(line(format!("{name}["), None));
            for (n, item) in items.iter().enumerate() {
                write(item, &format!("{at}/{n}"), None, depth + 1, n + 1 == items.len(), origins, out);
            }
            out.push(line(format!("]{comma}"), None));
        }
        leaf => out.push(line(format!("{name}{leaf}{comma}"), origin())),
    }
}

/// The preview, or why there is none, with the legend of the origins.
pub fn show(preview: &Result<Preview, String>) -> El {
    match preview {
        Err(why) => el("div").class("job").add(el("p").class("warn").attr("role", "status").add(why.clone())),
        Ok(preview) => {
            let lines = preview.lines.iter().map(|line| {
                el("span").class("jl").attr("data-origin", line.origin.map(mark)).add(line.text.clone()).add("\n")
            });
            let missing = (!preview.unresolved.is_empty()).then(|| {
                let names = preview.unresolved.join(", ");
                el("p").class("faint").add(format!("Without a value, so left out: {names}."))
            });
            let job = el("pre").class("json").attr("tabindex", "0").attr("aria-label", "Rendered job").add_all(lines);
            el("div").class("job").add(legend()).add(job).add(missing)
        }
    }
}

fn legend() -> El {
    let all = [Origin::Template, Origin::PoolDefault, Origin::Deployment, Origin::Worker];
    let word = |origin| match origin {
        Origin::Template => "written in the template",
        Origin::PoolDefault => "pool default",
        Origin::Deployment => "deployment",
        Origin::FlowRun => "run",
        Origin::Worker => "added by the worker",
    };
    el("p").class("legend").add_all(all.map(|origin| el("span").attr("data-origin", mark(origin)).add(word(origin))))
}

fn mark(origin: Origin) -> &'static str {
    match origin {
        Origin::Template => "template",
        Origin::PoolDefault => "pool",
        Origin::Deployment => "deployment",
        Origin::FlowRun => "run",
        Origin::Worker => "worker",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_lines_with_their_origin() {
        let value = json!({ "a": { "b/c": 1, "d": [] }, "e": ["x"] });
        let origins = vec![("/a/b~1c".to_owned(), Origin::Deployment), ("/e/0".to_owned(), Origin::PoolDefault)];
        let mut lines = Vec::new();
        write(&value, "", None, 0, true, &origins, &mut lines);
        let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            text,
            ["{", "  \"a\": {", "    \"b/c\": 1,", "    \"d\": []", "  },", "  \"e\": [", "    \"x\"", "  ]", "}"]
        );
        assert_eq!(lines[2].origin, Some(Origin::Deployment));
        assert_eq!(lines[6].origin, Some(Origin::PoolDefault));
    }
}
