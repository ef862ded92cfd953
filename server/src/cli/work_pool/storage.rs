//! `reeve work-pool storage`: where Prefect 3 puts the code of flows that are sent along with a run.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::cli::failure::Failure;
use crate::cli::output::{Output, table};
use crate::cli::rows::word;
use crate::cli::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// Show where the pool's code and results go
    Inspect {
        /// The pool
        work_pool_name: String,
        #[command(flatten)]
        output: Output,
    },
}

/// Whose functions move the code, and what that storage is called.
const KINDS: [(&str, &str); 3] =
    [("prefect_aws", "S3"), ("prefect_gcp", "GCS"), ("prefect_azure", "Azure Blob Storage")];

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let Command::Inspect { work_pool_name, output } = self;
        let pool = session.work_pool(&work_pool_name).await?;
        let storage = json!(pool.storage_configuration);
        let steps = [("upload", &storage["bundle_upload_step"]), ("execution", &storage["bundle_execution_step"])];
        let steps: Vec<(&str, String, Map<String, Value>)> = steps
            .into_iter()
            .filter_map(|(part, step)| {
                let (function, inputs) = step.as_object()?.iter().next()?;
                Some((part, function.clone(), inputs.as_object().cloned().unwrap_or_default()))
            })
            .collect();
        let known = |function: &String| KINDS.iter().find(|(package, _)| function.starts_with(package));
        let kind = steps.first().map(|(_, function, _)| known(function).map_or("another", |(_, kind)| *kind));
        let told = json!({ "type": kind, "storage": storage });
        output.print(&told, || {
            let kind = kind.map(|kind| ["type".to_owned(), kind.to_owned()]);
            let inputs = steps.iter().flat_map(|(part, function, inputs)| {
                let step = [format!("{part} step"), function.clone()];
                let inputs = inputs.iter().map(move |(key, value)| [format!("{part}.{key}"), word(value)]);
                std::iter::once(step).chain(inputs)
            });
            table(["setting", "value"], kind.into_iter().chain(inputs), "The pool has no storage of its own.")
        })
    }
}
