//! Messages to people: what each kind of block sends, and where to.

mod alerts;
mod chat;
mod custom;
mod fields;
mod post;

use client::outgoing::Outgoing;
use http::Method;
use serde_json::{Map, Value};

use fields::Fields;

/// The request that sends the message through a block of that type, or why there is none.
pub fn request(slug: &str, data: &Map<String, Value>, subject: &str, body: &str) -> Result<Outgoing, String> {
    let (block, message) = (Fields(data), Message { subject, body });
    match slug {
        "slack-webhook" => chat::slack(block, message),
        "ms-teams-webhook" => chat::teams(block, message),
        "discord-webhook" => chat::discord(block, message),
        "mattermost-webhook" => chat::mattermost(block, message),
        "pager-duty-webhook" => alerts::pager_duty(block, message),
        "opsgenie-webhook" => alerts::opsgenie(block, message),
        "twilio-sms" => post::twilio(block, message),
        "sendgrid-email" => post::sendgrid(block, message),
        "custom-webhook" => custom::custom(block, message),
        other => Err(format!("Blocks of the type '{other}' send no notifications from here")),
    }
}

/// The request of a webhook block.
pub fn webhook(data: &Map<String, Value>, payload: String) -> Result<Outgoing, String> {
    let block = Fields(data);
    let mut request = Outgoing::post(block.needed("url")?);
    request.method = method(block.text("method"))?;
    request.body = Some(payload.into_bytes());
    request.verify = block.yes("verify").unwrap_or(true);
    request.allow_private = block.yes("allow_private_urls").unwrap_or(true);
    for (name, value) in block.texts("headers") {
        request = request.header(&name, &value)?;
    }
    Ok(request)
}

/// So much of an answer is told.
const MOST_TOLD: usize = 1000;

/// Sends a request that [`request`] has made; an error says what went wrong. Never called in a transaction.
pub async fn send(request: Outgoing) -> Result<(), String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let told: String = answer.body.chars().take(MOST_TOLD).collect();
    Err(format!("the service answered {}: {told}", answer.status))
}

fn method(name: Option<&str>) -> Result<Method, String> {
    let name = name.unwrap_or("POST");
    match name {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" => name.parse().map_err(|_| format!("{name} is no method")),
        _ => Err(format!("{name} is no method of webhooks")),
    }
}

/// What is to be said.
#[derive(Debug, Clone, Copy)]
struct Message<'m> {
    subject: &'m str,
    body: &'m str,
}

impl Message<'_> {
    /// Subject and body, one below the other, no longer than `most` characters.
    fn whole(&self, most: usize) -> String {
        let whole =
            if self.subject.is_empty() { self.body.to_owned() } else { format!("{}\n{}", self.subject, self.body) };
        whole.chars().take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(slug: &str, data: Value) -> Result<(String, Value), String> {
        let Value::Object(data) = data else { panic!("an object") };
        let request = request(slug, &data, "Subject", "Body")?;
        let body = request.body.unwrap_or_default();
        let text = String::from_utf8(body).expect("a text");
        Ok((format!("{} {}", request.method, request.url), serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    #[test]
    fn every_kind_of_block_has_its_request() {
        let cases = [
            (
                "slack-webhook",
                json!({ "url": "https://hooks.slack.com/services/A/B/C" }),
                "POST https://hooks.slack.com/services/A/B/C",
                json!({ "text": "*Subject*\nBody" }),
            ),
            (
                "mattermost-webhook",
                json!({ "hostname": "m.example", "token": "t", "path": "/sub/", "secure": true, "port": 8065, "botname": "b", "channels": ["#c"] }),
                "POST https://m.example:8065/sub/hooks/t",
                json!({ "text": "**Subject**\nBody", "username": "b", "channel": "c" }),
            ),
            (
                "discord-webhook",
                json!({ "webhook_id": "1", "webhook_token": "2", "tts": true, "botname": "b" }),
                "POST https://discord.com/api/webhooks/1/2",
                json!({ "content": "**Subject**\nBody", "tts": true, "username": "b" }),
            ),
            (
                "pager-duty-webhook",
                json!({ "integration_key": "k", "api_key": "a", "region_name": "eu", "notify_type": "failure", "custom_details": { "x": "y" } }),
                "POST https://events.eu.pagerduty.com/v2/enqueue",
                json!({
                    "routing_key": "k", "event_action": "trigger",
                    "payload": {
                        "summary": "Subject", "severity": "critical", "source": "Prefect", "component": "Notification",
                        "custom_details": { "x": "y", "Prefect Notification Body": "Body" },
                    },
                }),
            ),
            (
                "opsgenie-webhook",
                json!({ "apikey": "k", "target_user": ["u"], "target_team": ["t"], "tags": ["x"], "priority": 5, "details": { "a": "b" } }),
                "POST https://api.opsgenie.com/v2/alerts",
                json!({
                    "message": "Subject", "description": "Body", "priority": "P5", "tags": ["x"], "details": { "a": "b" },
                    "responders": [{ "type": "user", "username": "u" }, { "type": "team", "name": "t" }],
                }),
            ),
            (
                "sendgrid-email",
                json!({ "api_key": "k", "sender_email": "a@x", "to_emails": ["b@x", "c@x"] }),
                "POST https://api.sendgrid.com/v3/mail/send",
                json!({
                    "personalizations": [{ "to": [{ "email": "b@x" }] }, { "to": [{ "email": "c@x" }] }],
                    "from": { "email": "a@x" }, "subject": "Subject",
                    "content": [{ "type": "text/plain", "value": "Body" }],
                }),
            ),
            (
                "twilio-sms",
                json!({ "account_sid": "AC", "auth_token": "t", "from_phone_number": "1", "to_phone_numbers": ["+2"] }),
                "POST https://api.twilio.com/2010-04-01/Accounts/AC/Messages.json",
                json!("From=1&To=%2B2&Body=Subject%0ABody"),
            ),
            (
                "custom-webhook",
                json!({
                    "name": "n", "url": "https://x/{{name}}", "method": "PUT", "params": { "q": "a b" },
                    "json_data": { "text": "{{subject}}: {{ body }} {{token}}", "n": 5 }, "secrets": { "token": "T" },
                }),
                "PUT https://x/n?q=a%20b",
                json!({ "text": "Subject: Body T", "n": 5 }),
            ),
            (
                "custom-webhook",
                json!({ "name": "n", "url": "https://x?y=1", "form_data": { "m": "{{body}}&" }, "params": { "q": "r" } }),
                "POST https://x?y=1&q=r",
                json!("m=Body%26"),
            ),
        ];
        for (slug, data, call, body) in cases {
            assert_eq!(sent(slug, data), Ok((call.to_owned(), body)), "{slug}");
        }
        let (_, card) = sent("ms-teams-webhook", json!({ "url": "https://t" })).expect("a card");
        assert_eq!(card.pointer("/attachments/0/content/body/1/text"), Some(&json!("Body")));
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        let cases = [
            ("twilio-sms", json!({ "account_sid": "AC" }), "auth_token"),
            ("slack-webhook", json!({}), "url"),
            ("secret", json!({ "value": "x" }), "'secret'"),
            ("custom-webhook", json!({ "name": "n", "url": "https://{{nothing}}" }), "nothing"),
            ("custom-webhook", json!({ "name": "n", "url": "https://x", "json_data": {}, "form_data": {} }), "both"),
        ];
        for (slug, data, want) in cases {
            let error = sent(slug, data.clone()).expect_err(slug);
            assert!(error.contains(want), "{slug}: {error}");
        }
    }

    #[test]
    fn a_webhook_sends_what_it_is_given() {
        let data = json!({ "url": "https://x", "method": "PATCH", "headers": { "X-Token": "t" }, "verify": false, "allow_private_urls": false });
        let Value::Object(data) = data else { panic!("an object") };
        let request = webhook(&data, "hello".to_owned()).expect("a request");
        assert_eq!((request.method.as_str(), request.headers["x-token"].as_bytes()), ("PATCH", &b"t"[..]));
        assert_eq!((request.verify, request.allow_private, request.body), (false, false, Some(b"hello".to_vec())));
    }
}
