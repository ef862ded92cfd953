//! `reeve event`.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use client::event_stream::EventStream;
use client::events;
use domain::events::{Event, Resource};
use domain::{EventId, Timestamp};
use serde_json::{Map, Value, json};

use super::arguments::object;
use super::failure::Failure;
use super::output::print_line;
use super::session::{self, Session};
use crate::clock::{Clock, new_id};

#[derive(Subcommand)]
pub enum Command {
    /// Print events as they happen
    Stream(Stream),
    /// Tell an event
    Emit(Emit),
}

#[derive(Args)]
#[command(after_help = "\
The stream is opened again when it breaks.

Examples:
  reeve event stream
  reeve event stream --format text --event 'prefect.flow-run.*'
  reeve event stream --output-file events.jsonl --run-once")]
pub struct Stream {
    /// JSON, an event a line, or text for people
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Add the lines to this file instead
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Only events of this name; with * at its end, of names that begin so (repeatable)
    #[arg(long = "event", value_name = "NAME")]
    names: Vec<String>,
    /// End after one event
    #[arg(long)]
    run_once: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  reeve event emit order.shipped --resource-id order-456 --payload '{\"tracking\": \"ABC\"}'
  reeve event emit user.joined --resource '{\"prefect.resource.id\": \"user-1\", \"prefect.resource.name\": \"Ann\"}'")]
pub struct Emit {
    /// The event's name
    event: String,
    /// What it happened to: a JSON object of labels, or LABEL=VALUE (repeatable)
    #[arg(short, long, value_name = "RESOURCE")]
    resource: Vec<String>,
    /// The id of what it happened to
    #[arg(long, value_name = "ID")]
    resource_id: Option<String>,
    /// What else was involved: a JSON object of labels or a list of them; each has a `prefect.resource.role`
    #[arg(long, value_name = "JSON")]
    related: Option<String>,
    /// More about it, as a JSON object
    #[arg(short, long, value_name = "JSON")]
    payload: Option<String>,
}

impl Command {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Command::Stream(stream) => stream.run(session).await,
            Command::Emit(emit) => emit.run(session).await,
        }
    }
}

/// Before a broken stream is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// So many ids are remembered: after a break the newest events are told again.
const REMEMBERED: usize = 1000;

impl Stream {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut since = client::work_pools::page(&session.client).await?.now;
        let mut told: VecDeque<EventId> = VecDeque::new();
        let mut stream = self.open(session, since).await?;
        loop {
            match stream.next().await {
                Ok(Some(event)) if told.contains(&event.id) || !self.wants(&event.event) => {}
                Ok(Some(event)) => {
                    self.write(&event)?;
                    if self.run_once {
                        return Ok(());
                    }
                    since = since.max(event.occurred);
                    told.truncate(REMEMBERED - 1);
                    told.push_front(event.id);
                }
                Ok(None) | Err(_) => {
                    eprintln!("The stream broke off; it is opened again.");
                    stream = self.again(session, since).await?;
                }
            }
        }
    }

    /// Opens the stream anew, as often as it takes.
    async fn again(&self, session: &Session, since: Timestamp) -> Result<EventStream, Failure> {
        loop {
            tokio::time::sleep(PAUSE).await;
            match self.open(session, since).await {
                Err(error) if error.is_transient() => {}
                opened => return Ok(opened?),
            }
        }
    }

    async fn open(&self, session: &Session, since: Timestamp) -> client::Result<EventStream> {
        let mut filter = json!({ "occurred": { "since": since } });
        if !self.names.is_empty() {
            let prefixes: Vec<&str> = self.names.iter().map(|name| name.trim_end_matches('*')).collect();
            filter["event"] = json!({ "prefix": prefixes });
        }
        let credentials = session::credentials(&session.config);
        EventStream::open(&session.config.api_url.0, &credentials, &filter).await
    }

    fn wants(&self, event: &str) -> bool {
        let fits = |name: &String| name.strip_suffix('*').map_or(event == name, |prefix| event.starts_with(prefix));
        self.names.is_empty() || self.names.iter().any(fits)
    }

    fn write(&self, event: &Event) -> Result<(), Failure> {
        let line = match self.format {
            Format::Json => serde_json::to_string(event).unwrap_or_default(),
            Format::Text => format!("{} {} {}", event.occurred, event.event, event.resource.id()),
        };
        let Some(path) = &self.output_file else {
            print_line(&line);
            return Ok(());
        };
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
        opened
            .and_then(|mut file| writeln!(file, "{line}"))
            .map_err(|why| Failure::new(format!("{} cannot be written: {why}.", path.display())))
    }
}

impl Emit {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let resource = self.resource()?;
        let related = match self.related.as_deref().map(serde_json::from_str::<Value>).transpose() {
            Ok(Some(Value::Array(items))) => items,
            Ok(Some(one @ Value::Object(_))) => vec![one],
            Ok(None) => Vec::new(),
            _ => return Err(Failure::usage("--related must be a JSON object, or a list of them.")),
        };
        let payload = self.payload.as_deref().map(|text| object("--payload", text)).transpose()?.unwrap_or_default();
        let related = serde_json::from_value::<Vec<Resource>>(json!(related))
            .map_err(|why| Failure::usage(format!("--related: {why}.")))?;
        let id = EventId(new_id());
        let event = Event::new(id, Clock::system().now(), self.event, resource)
            .involving(related)
            .saying(Value::Object(payload));
        events::create(&session.client, std::slice::from_ref(&event)).await?;
        print_line(&format!("Told the event {:?}.\n  id  {id}", event.event));
        Ok(())
    }

    fn resource(&self) -> Result<Resource, Failure> {
        let mut labels = Map::new();
        for given in &self.resource {
            match given.split_once('=').filter(|_| !given.trim_start().starts_with('{')) {
                Some((label, value)) => drop(labels.insert(label.to_owned(), json!(value))),
                None => labels.extend(object("--resource", given)?),
            }
        }
        if let Some(id) = &self.resource_id {
            labels.insert("prefect.resource.id".to_owned(), json!(id));
        }
        let next = "say --resource-id ID, or give the label prefect.resource.id with --resource.";
        serde_json::from_value(Value::Object(labels))
            .map_err(|_| Failure::usage("It must be said what the event happened to.").then(next))
    }
}
