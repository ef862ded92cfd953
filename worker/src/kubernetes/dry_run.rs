//! Asking the cluster whether it would take a Job: the API server goes through all of a creation but the storing.

use std::sync::Arc;
use std::time::Duration;

use domain::dry_run::{DryRun, DryRunOutcome, DryRunQuestion};
use http::HeaderMap;
use kube::api::PostParams;
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;

use super::cluster::Cluster;
use crate::error::{chain, words};
use crate::render::Rehearsal;
use crate::{Infrastructure, Worker};

/// How long the cluster may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The agent's name before the text of a warning; 299 is the only code that API servers use.
const WARNING: &str = "299 - ";

/// Answers the server's question with the cluster's words.
pub(crate) async fn dry_run(worker: Arc<Worker>, question: DryRunQuestion) {
    let answer = match Rehearsal::of(&worker, &question).await {
        Ok(rehearsal) => ask(&worker, rehearsal).await,
        Err(why) => DryRun::new(DryRunOutcome::Refused, why),
    };
    tracing::info!("dry run: {:?}: {}", answer.outcome, answer.message);
    if let Err(error) = client::dry_run::answer(&worker.client, question.id, &answer.bounded()).await {
        tracing::debug!("the answer to a dry run was not taken: {error}");
    }
}

async fn ask(worker: &Worker, rehearsal: Rehearsal) -> DryRun {
    let Infrastructure::Kubernetes(kubernetes) = &worker.infrastructure else {
        return DryRun::new(DryRunOutcome::Unanswered, "This worker has no cluster.");
    };
    let cluster = match kubernetes.clusters.of(rehearsal.cluster_config.as_ref()).await {
        Ok(cluster) => cluster,
        // The words of what cannot be read may be the kubeconfig's own.
        Err(_) => return DryRun::new(DryRunOutcome::Refused, "cluster_config is no kubeconfig that can be used."),
    };
    let hide = |text: &str| rehearsal.hide(text);
    let (job, manifest, _) = match rehearsal.configuration.clone().kubernetes_job(&cluster.namespace) {
        Ok(job) => job,
        Err(why) => return DryRun::new(DryRunOutcome::Refused, hide(&why)),
    };
    let answer = tokio::time::timeout(PATIENCE, create(&cluster, &job.namespace, &manifest)).await;
    let late = || Err((DryRunOutcome::Unanswered, format!("The cluster has not answered within {PATIENCE:?}.")));
    match answer.unwrap_or_else(|_| late()) {
        Ok(warnings) => {
            let message = format!("The cluster would take the Job in namespace {}.", job.namespace);
            let warnings = warnings.iter().map(|warning| hide(warning)).collect();
            DryRun { outcome: DryRunOutcome::Accepted, message: hide(&message), warnings }
        }
        Err((outcome, words)) => DryRun::new(outcome, hide(&words)),
    }
}

/// The cluster's warnings, or why the Job is not taken, and whether that is the cluster's last word.
async fn create(cluster: &Cluster, namespace: &str, manifest: &Value) -> Result<Vec<String>, (DryRunOutcome, String)> {
    let unanswered = |error: &dyn std::error::Error| {
        (DryRunOutcome::Unanswered, format!("The cluster cannot be asked: {}", chain(error)))
    };
    let body = serde_json::to_vec(manifest).map_err(|error| unanswered(&error))?;
    let jobs = kube::core::Request::new(format!("/apis/batch/v1/namespaces/{namespace}/jobs"));
    let how = PostParams { dry_run: true, ..PostParams::default() };
    let unnamed = |_| (DryRunOutcome::Refused, format!("{namespace:?} is no name of a namespace."));
    let request = jobs.create(&how, body).map_err(unnamed)?;
    let answer = cluster.client.send(request.map(Body::from)).await.map_err(|error| unanswered(&error))?;
    let code = answer.status();
    if code.is_success() {
        return Ok(warnings(answer.headers()));
    }
    let body = answer.into_body().collect_bytes().await.map_err(|error| unanswered(&error))?;
    let passes = code.is_server_error() || code.as_u16() == 429;
    let outcome = if passes { DryRunOutcome::Unanswered } else { DryRunOutcome::Refused };
    let said = serde_json::from_slice::<Status>(&body).map(|status| words(&status));
    Err((outcome, said.unwrap_or_else(|_| format!("HTTP status {code}"))))
}

/// The texts of `Warning: 299 - "text"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all("warning").iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    let text = |value: &str| {
        let quoted = value.strip_prefix(WARNING)?.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some(quoted.replace("\\\"", "\"").replace("\\\\", "\\"))
    };
    all.map(|value| text(value).unwrap_or_else(|| value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_out_of_their_headers() {
        let mut headers = HeaderMap::new();
        headers.append("warning", r#"299 - "unknown field \"spec.nope\"""#.parse().expect("a header"));
        headers.append("warning", "199 something else".parse().expect("a header"));
        assert_eq!(warnings(&headers), [r#"unknown field "spec.nope""#, "199 something else"]);
    }
}
