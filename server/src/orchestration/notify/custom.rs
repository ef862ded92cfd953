//! Webhooks whose every part may hold `{{subject}}`, `{{body}}`, `{{name}}` or one of the block's secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use client::outgoing::Outgoing;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Message, method};

/// Seconds until an answer, unless the block says otherwise.
const TIMEOUT: f64 = 10.0;

/// The longest that a block may wait, in seconds: the action is begun again after a minute.
const LONGEST: f64 = 45.0;

pub fn custom(block: Fields, message: Message) -> Result<Outgoing, String> {
    let form_data = block.some("form_data");
    if form_data.is_some() && block.some("json_data").is_some() {
        return Err("The block has both json_data and form_data".to_owned());
    }
    let mut words: BTreeMap<String, String> = block.texts("secrets").into_iter().collect();
    for (name, word) in [("subject", message.subject), ("body", message.body), ("name", block.needed("name")?)] {
        words.insert(name.to_owned(), word.to_owned());
    }
    let filled = |field: &str| block.some(field).map(|value| fill_in(value, &words)).transpose();
    let url = filled("url")?.and_then(|url| url.as_str().map(str::to_owned)).ok_or("The block has no url")?;
    let mut request = Outgoing::post(with_query(url, filled("params")?));
    request.method = method(block.text("method"))?;
    request.allow_private = block.allows_private();
    let seconds = block.some("timeout").and_then(Value::as_f64).unwrap_or(TIMEOUT);
    request.timeout = Duration::from_secs_f64(seconds.clamp(0.1, LONGEST));
    if let Some(body) = filled("json_data")? {
        request = request.json(&body);
    }
    match filled("form_data")? {
        Some(Value::String(text)) => request.body = Some(text.into_bytes()),
        Some(fields) => {
            request = request.header("content-type", "application/x-www-form-urlencoded")?;
            request.body = Some(form(&texts(Some(fields))).into_bytes());
        }
        None => {}
    }
    for (name, value) in texts(filled("headers")?) {
        request = request.header(&name, &value)?;
    }
    let cookies: Vec<String> =
        texts(filled("cookies")?).iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !cookies.is_empty() {
        request = request.header("cookie", &cookies.join("; "))?;
    }
    Ok(request)
}

/// The value with its words filled in, at any depth.
fn fill_in(value: &Value, words: &BTreeMap<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(filled_text(text, words)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill_in(item, words)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| Ok((name.clone(), fill_in(value, words)?)));
            Value::Object(each.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

fn filled_text(text: &str, words: &BTreeMap<String, String>) -> Result<String, String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        let name = name.trim();
        let word = words.get(name).ok_or_else(|| format!("The block knows no word for {{{{ {name} }}}}"))?;
        filled.push_str(before);
        filled.push_str(word);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn texts(members: Option<Value>) -> Vec<(String, String)> {
    let Some(Value::Object(members)) = members else { return Vec::new() };
    Fields(&Map::from_iter([("it".to_owned(), Value::Object(members))])).texts("it")
}

fn with_query(url: String, params: Option<Value>) -> String {
    let params = texts(params);
    if params.is_empty() {
        return url;
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{}", form(&params))
}

/// `name=value&…`, with everything escaped that means something there.
pub fn form(fields: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| format!("{}={}", client::segment(name), client::segment(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}
