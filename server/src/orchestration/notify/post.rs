//! Letters and short messages: SendGrid and Twilio.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::outgoing::Outgoing;
use serde_json::json;

use super::Message;
use super::custom::form;
use super::fields::Fields;

/// The longest short message, in characters.
const TWILIO: usize = 1600;

pub fn sendgrid(block: Fields, message: Message) -> Result<Outgoing, String> {
    let to = block.list("to_emails");
    if to.is_empty() {
        return Err("The block has no to_emails".to_owned());
    }
    let each: Vec<_> = to.into_iter().map(|email| json!({ "to": [{ "email": email }] })).collect();
    let body = json!({
        "personalizations": each, "from": { "email": block.needed("sender_email")? }, "subject": message.subject,
        "content": [{ "type": "text/plain", "value": message.body }],
    });
    let key = format!("Bearer {}", block.needed("api_key")?);
    Ok(Outgoing::post("https://api.sendgrid.com/v3/mail/send").header("authorization", &key)?.json(&body))
}

/// One message takes one number: with several numbers there would be several requests, and one may fail.
pub fn twilio(block: Fields, message: Message) -> Result<Outgoing, String> {
    let (account, token) = (block.needed("account_sid")?, block.needed("auth_token")?);
    let from = block.needed("from_phone_number")?;
    let [to] = block.list("to_phone_numbers")[..] else {
        return Err("Short messages are sent to one phone number; give each its own block".to_owned());
    };
    let fields = [("From", from), ("To", to), ("Body", &message.whole(TWILIO))];
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let credentials = format!("Basic {}", STANDARD.encode(format!("{account}:{token}")));
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json");
    let mut request = Outgoing::post(url).header("authorization", &credentials)?;
    request = request.header("content-type", "application/x-www-form-urlencoded")?;
    Ok(Outgoing { body: Some(form(&fields).into_bytes()), ..request })
}
