//! Sending the deployments, and telling of which one a refusal speaks.

use client::{ClientError, deploy};
use domain::deploy::{Deploy, Deployed};
use project::prefect_file::PrefectFile;
use project::{Place, Problem};
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// Sends all in one request. With `keep_going` what is refused is told and left out, and the rest is sent again.
pub async fn send(
    session: &Session,
    mut deploy: Deploy,
    file: &PrefectFile,
    places: &[Option<Place>],
    keep_going: bool,
) -> Result<Deployed, Failure> {
    let mut places = places.to_vec();
    loop {
        let error = match deploy::deploy(&session.client, &deploy).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some((n, sentence)) = refused(&error).filter(|(n, _)| *n < deploy.deployments.len()) else {
            return Err(error.into());
        };
        let one = deploy.deployments.remove(n);
        let what = format!("the server refuses {}/{}: {sentence}", one.flow_name, one.deployment.name);
        let problem = match places.remove(n) {
            Some(place) => file.problem(place, what),
            None => Problem::of("reeve deploy", what),
        };
        if !keep_going || deploy.deployments.is_empty() {
            return Err(super::wrong(vec![problem]));
        }
        eprintln!("{problem}");
        // What is only not there because it was refused must not be deleted.
        deploy.prune = false;
    }
}

/// The index of the deployment that the server refused, and why.
fn refused(error: &ClientError) -> Option<(usize, String)> {
    let ClientError::Refused { problem, .. } = error else { return None };
    let n = problem.exception_detail.as_ref()?.get("index").and_then(Value::as_u64)?;
    let sentence = problem.detail.as_ref().and_then(Value::as_str)?;
    Some((usize::try_from(n).ok()?, sentence.to_owned()))
}
