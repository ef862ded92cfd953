//! What is wrong with a request, said as pydantic says it: version 1 to Prefect 2, version 2 to Prefect 3.

use domain::Major;
use domain::bounds::Broken;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

/// One item of `exception_detail` for a body that is JSON but does not fit its type.
pub fn item(error: &serde_path_to_error::Error<serde_json::Error>, body: &Value, major: Major) -> Value {
    let (mut loc, input) = locate(error.path(), body);
    let text = error.inner().to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    if let Some(field) = quoted(text, "missing field `") {
        loc.push(json!(field));
        return match major {
            Major::V2 => json!({ "loc": loc, "msg": "field required", "type": "value_error.missing" }),
            Major::V3 => json!({ "type": "missing", "loc": loc, "msg": "Field required", "input": input }),
        };
    }
    if let Some(field) = quoted(text, "unknown field `") {
        // The path of an unknown field may or may not end in the field itself.
        let parent_is_here = input.get(field).is_some();
        let value = input.get(field).cloned().unwrap_or_else(|| input.clone());
        if parent_is_here || loc.last() != Some(&json!(field)) {
            loc.push(json!(field));
        }
        return match major {
            Major::V2 => json!({ "loc": loc, "msg": "extra fields not permitted", "type": "value_error.extra" }),
            Major::V3 => {
                json!({ "type": "extra_forbidden", "loc": loc, "msg": "Extra inputs are not permitted", "input": value })
            }
        };
    }
    let fault = Fault::of(text).about(&input);
    match major {
        Major::V2 => {
            let mut item = json!({ "loc": loc, "msg": fault.msg_v2, "type": fault.type_v2 });
            if let Some(ctx) = fault.ctx_v2 {
                item["ctx"] = ctx;
            }
            item
        }
        Major::V3 => {
            let mut item = json!({ "type": fault.type_v3, "loc": loc, "msg": fault.msg_v3, "input": input });
            if let Some(ctx) = fault.ctx {
                item["ctx"] = ctx;
            }
            item
        }
    }
}

/// The item for a body that is no JSON at all.
pub fn not_json(error: &serde_json::Error, bytes: &[u8], major: Major) -> Value {
    let at = offset(bytes, error.line(), error.column());
    let text = error.to_string();
    let what = match text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before) {
        "key must be a string" => "Expecting property name enclosed in double quotes",
        "expected value" | "EOF while parsing a value" => "Expecting value",
        "expected `:`" => "Expecting ':' delimiter",
        "expected `,` or `}`" | "expected `,` or `]`" => "Expecting ',' delimiter",
        "trailing characters" => "Extra data",
        other => other,
    };
    match major {
        Major::V2 => json!({
            "loc": ["body", at],
            "msg": format!("{what}: line {} column {} (char {at})", error.line(), error.column()),
            "type": "value_error.jsondecode",
            "ctx": { "msg": what, "doc": String::from_utf8_lossy(bytes), "pos": at, "lineno": error.line(), "colno": error.column() },
        }),
        Major::V3 => {
            json!({ "type": "json_invalid", "loc": ["body", at], "msg": "JSON decode error", "input": {}, "ctx": { "error": what } })
        }
    }
}

/// The item for a request without the body it needs.
pub fn missing_body(major: Major) -> Value {
    match major {
        Major::V2 => json!({ "loc": ["body"], "msg": "field required", "type": "value_error.missing" }),
        Major::V3 => json!({ "type": "missing", "loc": ["body"], "msg": "Field required", "input": null }),
    }
}

/// The item for a member that the body lacks.
pub fn missing(major: Major, field: &str) -> Value {
    match major {
        Major::V2 => json!({ "loc": ["body", field], "msg": "field required", "type": "value_error.missing" }),
        Major::V3 => json!({ "type": "missing", "loc": ["body", field], "msg": "Field required", "input": null }),
    }
}

/// The item for a body that is no object.
pub fn no_object(body: &Value, major: Major) -> Value {
    match major {
        Major::V2 => json!({ "loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict" }),
        Major::V3 => json!({
            "type": "model_attributes_type",
            "loc": ["body"],
            "msg": "Input should be a valid dictionary or object to extract fields from",
            "input": body,
        }),
    }
}

/// The path as pydantic prints it, and the value that is there.
fn locate(path: &Path, body: &Value) -> (Vec<Value>, Value) {
    let mut loc = vec![json!("body")];
    let mut here = body;
    for segment in path.iter() {
        let next = match segment {
            Segment::Seq { index } => {
                loc.push(json!(index));
                here.get(index)
            }
            Segment::Map { key } | Segment::Enum { variant: key } => {
                loc.push(json!(key));
                here.get(key.as_str())
            }
            Segment::Unknown => None,
        };
        match next {
            Some(value) => here = value,
            None => break,
        }
    }
    (loc, here.clone())
}

/// What does not fit, in both dialects.
struct Fault {
    type_v2: &'static str,
    msg_v2: String,
    ctx_v2: Option<Value>,
    type_v3: &'static str,
    msg_v3: String,
    ctx: Option<Value>,
}

impl Fault {
    /// `text` is what serde says.
    fn of(text: &str) -> Fault {
        let plain = |type_v2, msg_v2: &str, type_v3, msg_v3: &str| Fault {
            type_v2,
            msg_v2: msg_v2.to_owned(),
            ctx_v2: None,
            type_v3,
            msg_v3: msg_v3.to_owned(),
            ctx: None,
        };
        if text.starts_with("invalid type: null") {
            let mut fault = Fault::of(&text.replacen("invalid type: null", "invalid type: unit", 1));
            fault.type_v2 = "type_error.none.not_allowed";
            fault.msg_v2 = "none is not an allowed value".to_owned();
            return fault;
        }
        if let Some((_, choices)) =
            text.split_once("unknown variant `").and_then(|(_, rest)| rest.split_once("expected "))
        {
            return Fault::choice(choices);
        }
        if let Some(broken) = Broken::said_by(text) {
            return Fault::bound(broken);
        }
        if let Some((_, why)) = text.split_once("UUID parsing failed: ") {
            let text = format!("Input should be a valid UUID, {why}");
            let fault = plain("type_error.uuid", "value is not a valid uuid", "uuid_parsing", &text);
            return Fault { ctx: Some(json!({ "error": why })), ..fault };
        }
        let expected = text.rsplit_once("expected ").map_or(text, |(_, expected)| expected);
        match expected {
            "a string" | "a borrowed string" | "string" => {
                plain("type_error.str", "str type expected", "string_type", "Input should be a valid string")
            }
            "a boolean" => plain(
                "type_error.bool",
                "value could not be parsed to a boolean",
                "bool_parsing",
                "Input should be a valid boolean, unable to interpret input",
            ),
            "i64" | "u64" | "i32" | "u32" => plain(
                "type_error.integer",
                "value is not a valid integer",
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
            "f64" => plain(
                "type_error.float",
                "value is not a valid float",
                "float_parsing",
                "Input should be a valid number, unable to parse string as a number",
            ),
            "a map" => {
                plain("type_error.dict", "value is not a valid dict", "dict_type", "Input should be a valid dictionary")
            }
            "a sequence" => {
                plain("type_error.list", "value is not a valid list", "list_type", "Input should be a valid list")
            }
            "an instance of Sequence" => Fault {
                ctx: Some(json!({ "class": "Sequence" })),
                ..plain(
                    "type_error.list",
                    "value is not a valid list",
                    "is_instance_of",
                    "Input should be an instance of Sequence",
                )
            },
            _ if expected.starts_with("struct ") => plain(
                "type_error.dict",
                "value is not a valid dict",
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
            ),
            _ if text.contains("UUID") && text.starts_with("invalid type") => plain(
                "type_error.uuid",
                "value is not a valid uuid",
                "uuid_type",
                "UUID input should be a string, bytes or UUID object",
            ),
            _ if text.contains("UUID") => {
                plain("type_error.uuid", "value is not a valid uuid", "uuid_parsing", "Input should be a valid UUID")
            }
            _ if text.contains("datetime") => plain(
                "value_error.datetime",
                "invalid datetime format",
                "datetime_from_date_parsing",
                "Input should be a valid datetime or date",
            ),
            _ => Fault {
                ctx: Some(json!({ "error": {} })),
                ..plain("value_error", text, "value_error", &format!("Value error, {text}"))
            },
        }
    }

    /// The same, said more exactly of what was sent: texts could have been read as something else, and what is
    /// neither a text nor a number never could.
    fn about(mut self, input: &Value) -> Fault {
        let (kind, msg): (&str, &str) = match (self.type_v3, input) {
            ("bool_parsing", Value::Null | Value::Array(_) | Value::Object(_)) => {
                ("bool_type", "Input should be a valid boolean")
            }
            ("int_parsing", Value::Number(_)) => {
                ("int_from_float", "Input should be a valid integer, got a number with a fractional part")
            }
            ("int_parsing", Value::Null | Value::Array(_) | Value::Object(_)) => {
                ("int_type", "Input should be a valid integer")
            }
            ("float_parsing", Value::Null | Value::Array(_) | Value::Object(_)) => {
                ("float_type", "Input should be a valid number")
            }
            ("datetime_from_date_parsing", Value::String(text)) => {
                self.msg_v2 = format!("Unable to parse string [{text}]");
                self.type_v2 = "value_error.parser";
                self.msg_v3 = format!("Value error, {}", self.msg_v2);
                self.type_v3 = "value_error";
                self.ctx = Some(json!({ "error": {} }));
                return self;
            }
            ("datetime_from_date_parsing", Value::Array(_) | Value::Object(_)) => {
                ("value_error", "value is not a valid datetime")
            }
            _ => return self,
        };
        self.type_v3 = kind;
        self.msg_v3 = msg.to_owned();
        self
    }

    /// A number or a text that is out of bounds.
    fn bound(broken: Broken) -> Fault {
        let (type_v2, msg_v2, type_v3, msg_v3, key, bound) = match broken {
            Broken::AtLeast(bound) => (
                "value_error.number.not_ge",
                "ensure this value is greater than or equal to",
                "greater_than_equal",
                "Input should be greater than or equal to",
                "ge",
                bound,
            ),
            Broken::AtMost(bound) => (
                "value_error.number.not_le",
                "ensure this value is less than or equal to",
                "less_than_equal",
                "Input should be less than or equal to",
                "le",
                bound,
            ),
            Broken::Above(bound) => (
                "value_error.number.not_gt",
                "ensure this value is greater than",
                "greater_than",
                "Input should be greater than",
                "gt",
                bound,
            ),
            Broken::Length(bound) => {
                return Fault {
                    type_v2: "value_error.any_str.max_length",
                    msg_v2: format!("ensure this value has at most {bound} characters"),
                    ctx_v2: Some(json!({ "limit_value": bound })),
                    type_v3: "string_too_long",
                    msg_v3: format!("String should have at most {bound} characters"),
                    ctx: Some(json!({ "max_length": bound })),
                };
            }
        };
        Fault {
            type_v2,
            msg_v2: format!("{msg_v2} {bound}"),
            ctx_v2: Some(json!({ "limit_value": bound })),
            type_v3,
            msg_v3: format!("{msg_v3} {bound}"),
            ctx: Some(json!({ key: bound })),
        }
    }

    /// An enumeration; `choices` is serde's list: `` one of `A`, `B` `` or `` `A` or `B` ``.
    fn choice(choices: &str) -> Fault {
        let words: Vec<String> = choices.split('`').skip(1).step_by(2).map(|word| format!("'{word}'")).collect();
        let expected = match words.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, before)) => format!("{} or {last}", before.join(", ")),
            None => String::new(),
        };
        Fault {
            type_v2: "type_error.enum",
            msg_v2: format!("value is not a valid enumeration member; permitted: {}", words.join(", ")),
            ctx_v2: Some(
                json!({ "enum_values": words.iter().map(|word| word.trim_matches('\'')).collect::<Vec<_>>() }),
            ),
            type_v3: "enum",
            msg_v3: format!("Input should be {expected}"),
            ctx: Some(json!({ "expected": expected })),
        }
    }
}

/// What stands between `before` and the next backtick.
fn quoted<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split('`').next()
}

/// The offset of a 1-based line and column.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes.split(|&b| b == b'\n').take(line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    (before + column.saturating_sub(1)).min(bytes.len())
}
