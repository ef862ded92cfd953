//! Whoever is on call: PagerDuty and Opsgenie.

use client::outgoing::Outgoing;
use serde_json::{Value, json};

use super::Message;
use super::fields::Fields;

/// The longest lines, in characters.
const PAGER_DUTY: usize = 1024;
const OPSGENIE: usize = 130;

pub fn pager_duty(block: Fields, message: Message) -> Result<Outgoing, String> {
    let host = if block.text("region_name") == Some("eu") { "events.eu.pagerduty.com" } else { "events.pagerduty.com" };
    let severity = match block.text("notify_type") {
        Some("failure") => "critical",
        Some("warning") => "warning",
        _ => "info",
    };
    let mut details = block.some("custom_details").cloned().unwrap_or_else(|| json!({}));
    let summary = if message.subject.is_empty() { message.body } else { message.subject };
    if !message.subject.is_empty() {
        details["Prefect Notification Body"] = json!(message.body);
    }
    let mut payload = json!({
        "summary": cut(summary, PAGER_DUTY), "severity": severity,
        "source": block.text("source").unwrap_or("Prefect"),
        "component": block.text("component").unwrap_or("Notification"),
        "custom_details": details,
    });
    for (member, field) in [("group", "group"), ("class", "class_id")] {
        if let Some(text) = block.text(field) {
            payload[member] = json!(text);
        }
    }
    let mut body = json!({
        "routing_key": block.needed("integration_key")?, "event_action": "trigger", "payload": payload,
    });
    if let Some(url) = block.text("clickable_url") {
        body["links"] = json!([{ "href": url, "text": "Prefect" }]);
    }
    Ok(Outgoing::post(format!("https://{host}/v2/enqueue")).json(&body))
}

pub fn opsgenie(block: Fields, message: Message) -> Result<Outgoing, String> {
    let host = if block.text("region_name") == Some("eu") { "api.eu.opsgenie.com" } else { "api.opsgenie.com" };
    let title = if message.subject.is_empty() { message.body } else { message.subject };
    let mut body = json!({
        "message": cut(title, OPSGENIE), "description": message.body,
        "priority": format!("P{}", block.number("priority").unwrap_or(3).clamp(1, 5)),
    });
    let named = |field: &str, kind: &str, key: &str| -> Vec<Value> {
        block.list(field).into_iter().map(|name| json!({ "type": kind, key: name })).collect()
    };
    let responders = [
        named("target_user", "user", "username"),
        named("target_team", "team", "name"),
        named("target_schedule", "schedule", "name"),
        named("target_escalation", "escalation", "name"),
    ]
    .concat();
    if !responders.is_empty() {
        body["responders"] = json!(responders);
    }
    for field in ["tags", "alias", "entity", "details"] {
        if let Some(value) = block.some(field) {
            body[field] = value.clone();
        }
    }
    let key = format!("GenieKey {}", block.needed("apikey")?);
    Ok(Outgoing::post(format!("https://{host}/v2/alerts")).header("authorization", &key)?.json(&body))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
