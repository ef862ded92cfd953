//! `reeve drift`: what is no longer as its file says, and what to do about it.

use clap::{Args, Subcommand};
use client::origins;
use domain::deploy::{Difference, Drift};

use super::failure::Failure;
use super::output::{Output, print_line, table};
use super::session::Session;

#[derive(Subcommand)]
pub enum Command {
    /// List what differs from the files that it was brought up from
    #[command(after_help = "\
Files are those of `reeve server start --apply DIR` and of `reeve deploy`.

Examples:
  reeve drift ls
  reeve drift ls --exit-code                    for checks: 3 when something differs
  reeve drift take work-pool/etl                the file is right: its state is taken again
  reeve drift keep deployment/etl/nightly       the server is right: it is told no more until something changes")]
    Ls {
        /// What was accepted with `keep` as well
        #[arg(long)]
        all: bool,
        /// End with 3 when something is listed
        #[arg(long)]
        exit_code: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Make things what their files say
    Take(Which),
    /// Keep things as they are, until they or their files change again
    Keep(Which),
}

#[derive(Args)]
pub struct Which {
    /// KIND/NAME as `reeve drift ls` tells it, such as variable/region (repeatable)
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// Everything that `reeve drift ls` lists
    #[arg(long)]
    all: bool,
}

/// The exit code of `ls --exit-code` when something differs.
const DIFFERS: u8 = 3;

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Ls { all, exit_code, output } => ls(session, all, exit_code, output).await,
            Command::Take(which) => {
                for drift in which.found(session).await? {
                    origins::take(&session.client, &drift.kind, drift.origin.object_id).await?;
                    print_line(&format!("{} is again what {} says.", slug(&drift), drift.origin.name));
                }
                Ok(())
            }
            Command::Keep(which) => {
                for drift in which.found(session).await? {
                    origins::keep(&session.client, &drift.kind, drift.origin.object_id).await?;
                    print_line(&format!("{} is kept as it is.", slug(&drift)));
                }
                Ok(())
            }
        }
    }
}

fn slug(drift: &Drift) -> String {
    format!("{}/{}", drift.kind, drift.name)
}

async fn ls(session: &Session, all: bool, exit_code: bool, output: Output) -> Result<(), Failure> {
    let mut found = origins::drift(&session.client).await?;
    found.retain(|drift| all || !drift.accepted);
    output.print(&found, || {
        let rows = found.iter().flat_map(|drift| {
            let row = |it: &Difference| {
                let name = if drift.accepted { format!("{} (kept)", slug(drift)) } else { slug(drift) };
                [name, it.path.clone(), short(it.before.as_ref()), short(it.after.as_ref()), drift.origin.name.clone()]
            };
            drift.differs.iter().map(row).collect::<Vec<_>>()
        });
        table(["what", "field", "file", "server", "of"], rows, "Everything is as its file says.")
    })?;
    if exit_code && !found.is_empty() { Err(Failure::quiet(DIFFERS)) } else { Ok(()) }
}

/// A value on one line.
fn short(value: Option<&serde_json::Value>) -> String {
    let text = value.map_or("-".to_owned(), ToString::to_string);
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Which {
    async fn found(&self, session: &Session) -> Result<Vec<Drift>, Failure> {
        let mut found = origins::drift(&session.client).await?;
        if self.all {
            found.retain(|drift| !drift.accepted);
            return Ok(found);
        }
        if let Some(unknown) = self.names.iter().find(|name| !found.iter().any(|drift| slug(drift) == **name)) {
            let what = format!("{unknown:?} is not among what differs from its file.");
            return Err(Failure::new(what).then("`reeve drift ls --all` lists that."));
        }
        found.retain(|drift| self.names.contains(&slug(drift)));
        Ok(found)
    }
}
