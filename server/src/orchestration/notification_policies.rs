//! Prefect 2's notification policies: whom to tell that a flow run has entered a state.

use std::collections::BTreeMap;

use client::outgoing::Outgoing;
use domain::Major;
use domain::flow_runs::FlowRun;
use domain::notification_policies::{NotificationPolicy, WORDS};
use domain::state::State;
use domain::{BlockDocumentId, Timestamp};
use serde_json::json;
use store::flow_runs::Surroundings;
use store::notification_policies::{self, Notification};
use store::{Result, Tx};

use super::blocks::documents::{self, BlockError};
use super::{notify, templates};
use crate::app_state::AppState;
use crate::clock::new_id;

/// What is said where a policy has no words of its own.
const USUAL: &str = "Flow run {flow_name}/{flow_run_name} entered the state `{flow_run_state_name}` at \
                     {flow_run_state_timestamp}.\n\nIt says: {flow_run_state_message}\nSee {flow_run_url}\n\n\
                     Flow {flow_id}, flow run {flow_run_id}";

/// The subject of every message.
const SUBJECT: &str = "Prefect flow run notification";

/// Policies that are looked at; nobody has more.
const ALL: i64 = 1000;

/// A message is sent again when nobody has said after so many seconds how that went; it takes less.
const AGAIN: f64 = 60.0;

/// A message that ends nobody knows how is not sent more often.
const MOST_ATTEMPTS: i64 = 3;

/// Queues what the active policies want told of the run's new state.
pub async fn queue(tx: &mut Tx, run: &FlowRun, around: &Surroundings, now: Timestamp) -> Result<()> {
    let Some(state) = run.state.as_ref().filter(|_| around.is_told) else { return Ok(()) };
    for policy in notification_policies::page(tx, Some(true), ALL, 0).await? {
        if wants(&policy, run, state) {
            let words = words(run, state, around);
            let notification = Notification { id: new_id(), policy: policy.id, words, attempts: 0 };
            notification_policies::push(tx, &notification, now).await?;
        }
    }
    Ok(())
}

fn wants(policy: &NotificationPolicy, run: &FlowRun, state: &State) -> bool {
    let names = &policy.state_names;
    (names.is_empty() || names.contains(&state.name))
        && (policy.tags.is_empty() || policy.tags.iter().any(|tag| run.tags.contains(tag)))
}

fn words(run: &FlowRun, state: &State, around: &Surroundings) -> BTreeMap<String, String> {
    let at = Major::V2.scope(|| json!(state.timestamp));
    let pairs = [
        ("flow_id", run.flow_id.to_string()),
        ("flow_name", around.flow_name.clone().unwrap_or_default()),
        ("flow_run_id", run.id.to_string()),
        ("flow_run_name", run.name.clone()),
        ("flow_run_parameters", templates::python(&run.parameters)),
        ("flow_run_state_type", state.kind.as_str().to_owned()),
        ("flow_run_state_name", state.name.clone()),
        ("flow_run_state_timestamp", at.as_str().unwrap_or_default().to_owned()),
        ("flow_run_state_message", state.message.clone().unwrap_or_else(|| "None".to_owned())),
    ];
    pairs.into_iter().map(|(name, word)| (name.to_owned(), word)).collect()
}

/// Sends one notification. One that cannot be sent is told in the log and dropped.
pub async fn send(app: &AppState, notification: &Notification) -> Result<()> {
    let mut tx = app.store.write().await?;
    let until = app.clock.now().plus_seconds(AGAIN);
    let is_ours = notification_policies::begin(&mut tx, notification.id, notification.attempts, until).await?;
    let prepared = match notification_policies::by_id(&mut tx, notification.policy).await? {
        Some(policy) if is_ours && notification.attempts < MOST_ATTEMPTS => {
            let text = message(app, &policy, &notification.words);
            request(&mut tx, policy.block_document_id, &text).await?
        }
        _ => Err("it was begun too often, or its policy is gone".to_owned()),
    };
    tx.commit().await?;
    if !is_ours {
        return Ok(());
    }
    let sent = match prepared {
        Ok(request) => match app.unless_stopping(notify::send(request)).await {
            Some(sent) => sent,
            None => return Ok(()),
        },
        Err(reason) => Err(reason),
    };
    if let Err(reason) = sent {
        let run = notification.words.get("flow_run_id");
        tracing::error!(policy = %notification.policy, run, reason, "a notification was not sent");
    }
    let mut tx = app.store.write().await?;
    notification_policies::take(&mut tx, notification.id).await?;
    tx.commit().await
}

fn message(app: &AppState, policy: &NotificationPolicy, words: &BTreeMap<String, String>) -> String {
    let mut words = words.clone();
    words.insert("flow_run_notification_policy_id".to_owned(), policy.id.to_string());
    let run = words.get("flow_run_id").cloned().unwrap_or_default();
    words.insert("flow_run_url".to_owned(), format!("{}/flow-runs/flow-run/{run}", app.policy.dashboard_url));
    let template = policy.message_template.as_deref().filter(|text| !text.is_empty()).unwrap_or(USUAL);
    let word = |name: &str| words.get(name).cloned().ok_or_else(|| name.to_owned());
    fill_in(template, word).unwrap_or_else(|_| template.to_owned())
}

/// The request that sends the text through the block, or why there is none.
async fn request(tx: &mut Tx, block: BlockDocumentId, text: &str) -> Result<std::result::Result<Outgoing, String>> {
    let block = match documents::read(tx, block, true).await {
        Ok(Some(block)) => block,
        Ok(None) => return Ok(Err("its block is gone".to_owned())),
        Err(BlockError::Store(error)) => return Err(error),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let slug = block.block_type.as_ref().map(|of| of.slug.clone()).unwrap_or_default();
    Ok(notify::request(&slug, &block.data, SUBJECT, text))
}

/// What is wrong with a template, if anything.
pub fn fault(template: &str) -> Option<String> {
    let known = |name: &str| WORDS.contains(&name).then(String::new).ok_or_else(|| name.to_owned());
    let wrong = fill_in(template, known).err()?;
    Some(format!("'{{{wrong}}}' is no variable of messages; there are: {}", WORDS.join(", ")))
}

/// The text with its words in the place of `{name}`; `{{` and `}}` are braces. An error is what is no word.
fn fill_in(
    text: &str,
    word: impl Fn(&str) -> std::result::Result<String, String>,
) -> std::result::Result<String, String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        if from.starts_with("{{") || from.starts_with("}}") {
            filled.push_str(&from[..1]);
            rest = &from[2..];
            continue;
        }
        let (name, after) = from.strip_prefix('{').and_then(|inner| inner.split_once('}')).ok_or("")?;
        filled.push_str(&word(name)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_braces() {
        let word = |name: &str| if name == "a" { Ok("1".to_owned()) } else { Err(name.to_owned()) };
        let cases = [
            ("plain", Ok("plain")),
            ("{a}{a} {{a}}", Ok("11 {a}")),
            ("{b}", Err("b")),
            ("{a", Err("")),
            ("a}", Err("")),
            ("é{a}é", Ok("é1é")),
        ];
        for (text, want) in cases {
            assert_eq!(fill_in(text, word), want.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
        assert_eq!(fault(USUAL), None);
        assert!(fault("{flow_run_color}").is_some_and(|sentence| sentence.contains("flow_run_color")));
    }
}
