//! `reeve block`.

use clap::{Args, Subcommand};
use client::segment;
use domain::Uuid;
use serde_json::{Value, json};

use super::ask::sure;
use super::browser;
use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

/// One block.
#[derive(Args)]
pub struct Which {
    /// KIND/NAME, such as secret/token
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    slug: Option<String>,
    /// The block's id, in place of its kind and name
    #[arg(long)]
    id: Option<Uuid>,
}

#[derive(Subcommand)]
pub enum Command {
    /// List the blocks
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Show a block; secrets are masked
    Inspect {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Delete a block
    Delete {
        #[command(flatten)]
        which: Which,
    },
    /// Tell where in the dashboard a block of a kind is made
    Create {
        /// The kind, such as secret; `reeve block type ls` lists them
        block_type_slug: String,
    },
    /// Kinds of blocks
    #[command(subcommand, visible_alias = "types")]
    Type(Kind),
}

#[derive(Subcommand)]
pub enum Kind {
    /// List the kinds
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Show a kind
    Inspect {
        /// The kind
        slug: String,
        #[command(flatten)]
        output: Output,
    },
    /// Delete a kind, with all blocks of it
    Delete {
        /// The kind
        slug: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        match self {
            Command::Ls { output } => {
                let found: Vec<Value> = rows::all(client, "/block_documents/filter", json!({}), usize::MAX).await?;
                let found: Vec<Value> = found.into_iter().map(shown).collect();
                let columns = [("kind", "kind"), ("name", "name"), ("slug", "slug"), ("id", "id")];
                rows::list(
                    output,
                    &found,
                    columns,
                    "There are no blocks: `reeve block create KIND` tells how to make one.",
                )
            }
            Command::Inspect { which, output } => rows::one(output, &which.existing(session).await?),
            Command::Delete { which } => {
                let found = which.existing(session).await?;
                client.delete(&format!("/block_documents/{}", rows::word(&found["id"]))).await?;
                print_line(&format!("Deleted {}.", shown(found)["slug"]));
                Ok(())
            }
            Command::Create { block_type_slug } => {
                kind(session, &block_type_slug).await?;
                browser::open(&format!("{}/blocks/catalog/{}", session.dashboard(), segment(&block_type_slug)));
                Ok(())
            }
            Command::Type(command) => command.run(session).await,
        }
    }
}

/// The block with its kind, and with both in one word.
fn shown(mut document: Value) -> Value {
    let kind = document["block_type"]["slug"].clone();
    let slug = format!("{}/{}", rows::word(&kind), rows::word(&document["name"]));
    document["kind"] = kind;
    document["slug"] = json!(slug);
    document
}

impl Which {
    async fn existing(&self, session: &Session) -> Result<Value, Failure> {
        existing(session, self.slug.as_deref(), self.id).await
    }
}

/// The block by its id, or else by its kind and name.
pub async fn existing(session: &Session, slug: Option<&str>, id: Option<Uuid>) -> Result<Value, Failure> {
    let next = "`reeve block ls` lists them.";
    let slug = slug.unwrap_or_default();
    let (path, what) = match (id, slug.split_once('/')) {
        (Some(id), _) => (format!("/block_documents/{id}"), format!("block {id}")),
        (None, Some((kind, name))) => {
            let path = format!("/block_types/slug/{}/block_documents/name/{}", segment(kind), segment(name));
            (path, format!("block {slug:?}"))
        }
        (None, None) => return Err(Failure::usage(format!("{slug:?} is not KIND/NAME.")).then(next)),
    };
    rows::existing(&session.client, &path, &what, next).await
}

async fn kind(session: &Session, slug: &str) -> Result<Value, Failure> {
    let next = "`reeve block type ls` lists them; a kind of your own is registered by Python.";
    let path = format!("/block_types/slug/{}", segment(slug));
    rows::existing(&session.client, &path, &format!("kind of blocks {slug:?}"), next).await
}

impl Kind {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Kind::Ls { output } => {
                let found = rows::all(&session.client, "/block_types/filter", json!({}), usize::MAX).await?;
                let columns = [("slug", "slug"), ("name", "name"), ("protected", "is_protected"), ("id", "id")];
                rows::list(output, &found, columns, "There are no kinds of blocks.")
            }
            Kind::Inspect { slug, output } => rows::one(output, &kind(session, &slug).await?),
            Kind::Delete { slug, yes } => {
                let found = kind(session, &slug).await?;
                if found["is_protected"] == true {
                    return Err(Failure::new(format!("The kind {slug:?} is one of Prefect's own, which stay.")));
                }
                sure(&format!("Delete the kind {slug:?} and all blocks of it?"), yes, "--yes")?;
                session.client.delete(&format!("/block_types/{}", rows::word(&found["id"]))).await?;
                print_line(&format!("Deleted the kind {slug:?}."));
                Ok(())
            }
        }
    }
}
