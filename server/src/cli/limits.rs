//! `reeve global-concurrency-limit` (`gcl`) and `reeve concurrency-limit`, which is one of a tag of tasks.

use std::path::PathBuf;

use clap::Subcommand;
use client::segment;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::output::{Output, print_line};
use super::rows;
use super::session::Session;

#[derive(Subcommand)]
pub enum Global {
    /// List the limits
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Show a limit
    Inspect {
        /// The limit
        name: String,
        /// Write it as JSON to this file
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Make a limit
    Create {
        /// The limit
        name: String,
        /// How many slots there are
        #[arg(short, long)]
        limit: i64,
        /// Make it without effect
        #[arg(long)]
        disable: bool,
        /// Slots that are taken
        #[arg(long)]
        active_slots: Option<i64>,
        /// Slots that become free by themselves in a second
        #[arg(long)]
        slot_decay_per_second: Option<f64>,
    },
    /// Change what is given; the rest stays
    Update {
        /// The limit
        name: String,
        /// How many slots there are
        #[arg(short, long)]
        limit: Option<i64>,
        /// Let it have effect
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
        /// Let it have none
        #[arg(long)]
        disable: bool,
        /// Slots that are taken
        #[arg(long)]
        active_slots: Option<i64>,
        /// Slots that become free by themselves in a second
        #[arg(long)]
        slot_decay_per_second: Option<f64>,
    },
    /// Let a limit have effect
    Enable {
        /// The limit
        name: String,
    },
    /// Let a limit have no effect
    Disable {
        /// The limit
        name: String,
    },
    /// Delete a limit
    Delete {
        /// The limit
        name: String,
    },
}

const ALL: &str = "/v2/concurrency_limits/";

fn path(name: &str) -> String {
    format!("{ALL}{}", segment(name))
}

impl Global {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let next = "`reeve gcl ls` lists them.";
        let existing = async |name: &str| rows::existing(client, &path(name), &format!("limit {name:?}"), next).await;
        let change = async |name: &str, body: Value, done: &str| {
            existing(name).await?;
            client.patch(&path(name), &body).await?;
            print_line(&format!("{done} {name:?}."));
            Ok(())
        };
        match self {
            Global::Ls { output } => {
                let found = rows::all(client, "/v2/concurrency_limits/filter", json!({}), usize::MAX).await?;
                let columns = [
                    ("name", "name"),
                    ("limit", "limit"),
                    ("active", "active"),
                    ("taken", "active_slots"),
                    ("decay", "slot_decay_per_second"),
                ];
                rows::list(output, &found, columns, "There are no limits: `reeve gcl create NAME --limit 5` makes one.")
            }
            Global::Inspect { name, file: Some(path), .. } => {
                let text = format!("{:#}\n", existing(&name).await?);
                std::fs::write(&path, text)
                    .map_err(|why| Failure::new(format!("{} cannot be written: {why}.", path.display())))
            }
            Global::Inspect { name, output, .. } => rows::one(output, &existing(&name).await?),
            Global::Create { name, limit, disable, active_slots, slot_decay_per_second } => {
                let mut body = members(Some(limit), active_slots, slot_decay_per_second);
                body.extend([("name".to_owned(), json!(name)), ("active".to_owned(), json!(!disable))]);
                client.post::<Value>(ALL, &body).await?;
                print_line(&format!("Created {name:?}."));
                Ok(())
            }
            Global::Update { name, limit, enable, disable, active_slots, slot_decay_per_second } => {
                let mut body = members(limit, active_slots, slot_decay_per_second);
                if enable || disable {
                    body.insert("active".to_owned(), json!(enable));
                }
                change(&name, Value::Object(body), "Changed").await
            }
            Global::Enable { name } => change(&name, json!({ "active": true }), "Enabled").await,
            Global::Disable { name } => change(&name, json!({ "active": false }), "Disabled").await,
            Global::Delete { name } => {
                existing(&name).await?;
                client.delete(&path(&name)).await?;
                print_line(&format!("Deleted {name:?}."));
                Ok(())
            }
        }
    }
}

fn members(limit: Option<i64>, slots: Option<i64>, decay: Option<f64>) -> Map<String, Value> {
    let given = [
        ("limit", limit.map(|it| json!(it))),
        ("active_slots", slots.map(|it| json!(it))),
        ("slot_decay_per_second", decay.map(|it| json!(it))),
    ];
    given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

#[derive(Subcommand)]
pub enum OfTag {
    /// List the limits of tags
    Ls {
        /// At most so many
        #[arg(long, default_value_t = 15)]
        limit: usize,
        /// Leave out so many before
        #[arg(long, default_value_t = 0)]
        offset: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Make or change the limit of a tag
    Create {
        /// The tag of tasks
        tag: String,
        /// How many may run at once
        concurrency_limit: i64,
    },
    /// Show the limit of a tag, and who holds it
    Inspect {
        /// The tag of tasks
        tag: String,
        #[command(flatten)]
        output: Output,
    },
    /// Take back all slots of a tag
    Reset {
        /// The tag of tasks
        tag: String,
    },
    /// Delete the limit of a tag
    Delete {
        /// The tag of tasks
        tag: String,
    },
}

impl OfTag {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let path = |tag: &str| format!("/concurrency_limits/tag/{}", segment(tag));
        let next = "`reeve concurrency-limit ls` lists them.";
        match self {
            OfTag::Ls { limit, offset, output } => {
                let mut found = rows::all(client, "/concurrency_limits/filter", json!({}), offset + limit).await?;
                found.drain(..offset.min(found.len()));
                let columns = [("tag", "tag"), ("limit", "concurrency_limit"), ("held by", "active_slots")];
                rows::list(
                    output,
                    &found,
                    columns,
                    "There are no limits: `reeve concurrency-limit create TAG 5` makes one.",
                )
            }
            OfTag::Create { tag, concurrency_limit } => {
                client
                    .post::<Value>(
                        "/concurrency_limits/",
                        &json!({ "tag": tag, "concurrency_limit": concurrency_limit }),
                    )
                    .await?;
                print_line(&format!("At most {concurrency_limit} tasks with the tag {tag:?} run at once."));
                Ok(())
            }
            OfTag::Inspect { tag, output } => rows::one(
                output,
                &rows::existing(client, &path(&tag), &format!("limit of the tag {tag:?}"), next).await?,
            ),
            OfTag::Reset { tag } => {
                client.post::<Value>(&format!("{}/reset", path(&tag)), &json!({})).await?;
                print_line(&format!("Took back all slots of {tag:?}."));
                Ok(())
            }
            OfTag::Delete { tag } => {
                rows::existing(client, &path(&tag), &format!("limit of the tag {tag:?}"), next).await?;
                client.delete(&path(&tag)).await?;
                print_line(&format!("Deleted the limit of {tag:?}."));
                Ok(())
            }
        }
    }
}
