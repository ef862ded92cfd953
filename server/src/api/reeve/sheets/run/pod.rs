//! The pods of a run: conditions, containers and how they ended, what the cluster said, lines for kubectl.

use domain::infrastructure::{Condition, Container, Pod};
use domain::listing::{Cell, ListingRow};
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading};
use store::{Tx, flow_run_infrastructure};

use super::super::events::pod_moments;
use super::{nothing, took};

/// The tab.
pub async fn pod(tx: &mut Tx, mut sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let run = &page.flow_run;
    let known = flow_run_infrastructure::of_run(tx, run.id).await?.unwrap_or_default();
    let moments = pod_moments(tx, run.id, page.now).await?;
    let pods = known.pods.unwrap_or_default();
    if pods.is_empty() && moments.is_empty() {
        let text = "A run on a Kubernetes pool has a pod once its worker has created the Job; runs of other pools are processes of their worker.";
        return Ok(nothing(sheet, "No pod is known of this run", text));
    }
    for pod in pods.iter().rev() {
        sheet = sheet.with(heading("Pod")).with(Part::Facts(facts(pod)));
        if !pod.containers.is_empty() {
            let columns =
                ["Container", "State", "Exit code", "Restarts", "Ran", "Requests / limits", "Image", "Message"];
            sheet = sheet.with(Grid::part("Containers", &columns, pod.containers.iter().map(container).collect()));
        }
        if !pod.conditions.is_empty() {
            let columns = ["Condition", "Status", "Since", "Why"];
            sheet = sheet.with(Grid::part("Conditions", &columns, pod.conditions.iter().map(condition).collect()));
        }
    }
    if !moments.is_empty() {
        let row = |(at, name, words): (domain::Timestamp, String, String)| {
            let cells = vec![Cell::Code(name.clone()), Cell::Stamp(at), Cell::At(at), Cell::Lines(words)];
            ListingRow::new(format!("{name}{}", at.micros()), cells)
        };
        let rows = moments.into_iter().map(row).collect();
        sheet = sheet.with(heading("Events")).with(Grid::part("Events", &["Event", "At", "Age", "Message"], rows));
    }
    let lines = kubectl(run.infrastructure_pid.as_deref(), pods.last());
    Ok(match lines {
        Some(lines) => sheet.with(heading("To look yourself")).with(Part::Source("kubectl".to_owned(), lines)),
        None => sheet,
    })
}

fn facts(pod: &Pod) -> Vec<(String, Cell)> {
    let mark = match pod.phase.as_str() {
        "Running" => "running",
        "Succeeded" => "completed",
        "Failed" => "failed",
        _ => "pending",
    };
    let why = [pod.reason.as_deref(), pod.message.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    vec![
        fact("Name", Cell::code(Some(pod.name.clone()))),
        fact("Phase", Cell::State(mark.to_owned(), pod.phase.clone())),
        fact("Node", Cell::code(pod.node.clone())),
        fact("Namespace", Cell::code(Some(pod.namespace.clone()))),
        fact("Created", pod.created.map_or(Cell::Nothing, Cell::Stamp)),
        fact("Why", Cell::text(Some(why))),
    ]
}

fn container(of: &Container) -> ListingRow {
    let mark = match (of.state.as_str(), of.exit_code) {
        ("terminated", Some(0)) => "completed",
        ("terminated", _) => "failed",
        ("running", _) => "running",
        _ => "pending",
    };
    let name = if of.init { say!("{} (init)", of.name) } else { of.name.clone() };
    let cells = vec![
        Cell::Text(name.clone()),
        Cell::State(mark.to_owned(), of.reason.clone().unwrap_or_else(|| of.state.clone())),
        of.exit_code.map_or(Cell::Nothing, |code| Cell::Number(i64::from(code))),
        Cell::Number(i64::from(of.restarts)),
        took(of.started, of.finished),
        Cell::text(of.resources.clone()),
        Cell::Code(of.image.clone()),
        of.message.clone().map_or(Cell::Nothing, Cell::Lines),
    ];
    ListingRow::new(name, cells)
}

fn condition(of: &Condition) -> ListingRow {
    let why = [of.reason.as_deref(), of.message.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let cells = vec![
        Cell::Text(of.kind.clone()),
        Cell::Text(of.status.clone()),
        of.since.map_or(Cell::Nothing, Cell::At),
        Cell::Lines(why),
    ];
    ListingRow::new(&of.kind, cells)
}

/// Lines to copy, for the Job that the run is (`namespace:name`, as workers write it, perhaps with the cluster's
/// id before) and its newest pod.
fn kubectl(pid: Option<&str>, pod: Option<&Pod>) -> Option<String> {
    let pid = pid?;
    let (rest, job) = pid.rsplit_once(':')?;
    let namespace = rest.rsplit(':').next()?;
    let mut lines = vec![
        format!("kubectl -n {namespace} get job {job} -o yaml"),
        format!("kubectl -n {namespace} get pods -l job-name={job} -o wide"),
    ];
    match pod {
        Some(pod) => {
            lines.push(format!("kubectl -n {namespace} describe pod {}", pod.name));
            lines.push(format!("kubectl -n {namespace} logs {} --all-containers", pod.name));
            lines.push(format!("kubectl -n {namespace} get events --field-selector involvedObject.name={}", pod.name));
        }
        None => lines.push(format!("kubectl -n {namespace} describe job {job}")),
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_name_the_job_and_its_pod() {
        let pod = Pod { name: "etl-x1-abcde".to_owned(), ..Pod::default() };
        let lines = kubectl(Some("cluster-7:flows:etl-x1"), Some(&pod)).expect("lines");
        assert!(lines.starts_with("kubectl -n flows get job etl-x1 -o yaml\n"), "{lines}");
        assert!(lines.contains("logs etl-x1-abcde"));
        assert_eq!(kubectl(Some("4711"), None), None);
    }
}
