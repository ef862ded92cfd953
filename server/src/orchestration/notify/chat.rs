//! Rooms: Slack, Microsoft Teams, Discord and Mattermost.

use client::outgoing::Outgoing;
use serde_json::{Value, json};

use super::Message;
use super::fields::Fields;

/// The longest messages, in characters.
const SLACK: usize = 35_000;
const DISCORD: usize = 2000;
const MATTERMOST: usize = 4000;

pub fn slack(block: Fields, message: Message) -> Result<Outgoing, String> {
    let body = json!({ "text": titled(message, "*", SLACK) });
    Ok(Outgoing { allow_private: block.allows_private(), ..Outgoing::post(block.needed("url")?).json(&body) })
}

/// An adaptive card, which workflows of Power Automate post into a channel.
pub fn teams(block: Fields, message: Message) -> Result<Outgoing, String> {
    let wrap = block.yes("wrap").unwrap_or(true);
    let text = |text: &str, weight: &str| json!({ "type": "TextBlock", "text": text, "weight": weight, "wrap": wrap });
    let mut blocks = Vec::new();
    if !message.subject.is_empty() {
        blocks.push(text(message.subject, "Bolder"));
    }
    blocks.push(text(message.body, "Default"));
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": blocks,
    });
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card,
    });
    let body = json!({ "type": "message", "attachments": [attachment] });
    Ok(Outgoing { allow_private: block.allows_private(), ..Outgoing::post(block.needed("url")?).json(&body) })
}

pub fn discord(block: Fields, message: Message) -> Result<Outgoing, String> {
    let (id, token) = (block.needed("webhook_id")?, block.needed("webhook_token")?);
    let mut body = json!({
        "content": titled(message, "**", DISCORD), "tts": block.yes("tts").unwrap_or(false),
    });
    set(&mut body, "username", block.text("botname"));
    if block.yes("avatar").unwrap_or(false) {
        set(&mut body, "avatar_url", block.text("avatar_url"));
    }
    Ok(Outgoing::post(format!("https://discord.com/api/webhooks/{id}/{token}")).json(&body))
}

/// To the first of the block's channels; without any, to the hook's own.
pub fn mattermost(block: Fields, message: Message) -> Result<Outgoing, String> {
    let (host, token) = (block.needed("hostname")?, block.needed("token")?);
    let scheme = if block.yes("secure").unwrap_or(false) { "https" } else { "http" };
    let port = block.number("port").unwrap_or(8065);
    let path = block.text("path").map(|path| path.trim_matches('/')).filter(|path| !path.is_empty());
    let path = path.map(|path| format!("/{path}")).unwrap_or_default();
    let mut body = json!({ "text": titled(message, "**", MATTERMOST) });
    set(&mut body, "username", block.text("botname"));
    set(&mut body, "channel", block.list("channels").first().map(|channel| channel.trim_start_matches('#')));
    Ok(Outgoing::post(format!("{scheme}://{host}:{port}{path}/hooks/{token}")).json(&body))
}

/// Subject and body, the subject between marks that make it bold.
fn titled(message: Message, mark: &str, most: usize) -> String {
    if message.subject.is_empty() {
        return message.whole(most);
    }
    let subject = format!("{mark}{}{mark}", message.subject);
    Message { subject: &subject, ..message }.whole(most)
}

fn set(body: &mut Value, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        body[name] = json!(text);
    }
}
