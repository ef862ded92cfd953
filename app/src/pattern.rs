//! Regular expressions, by the browser's own engine: one of our own would weigh half a megabyte.

use js_sys::{Array, RegExp};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};

use crate::log::{Needle, bytes};

/// What a pattern finds; the error is a sentence.
pub fn needle(source: &str, ignore_case: bool) -> Result<Needle, String> {
    let flags = if ignore_case { "giu" } else { "gu" };
    let construct =
        js_sys::Reflect::get(&js_sys::global(), &"RegExp".into()).ok().and_then(|found| found.dyn_into().ok());
    let construct: js_sys::Function = construct.ok_or("This needs a browser.")?;
    let arguments = Array::of2(&source.into(), &flags.into());
    // Through `construct`, because the constructor that is bound cannot fail.
    let made = js_sys::Reflect::construct(&construct, &arguments).map_err(|error| sentence(&error))?;
    let pattern = SendWrapper::new(made.unchecked_into::<RegExp>());
    Ok(Needle::new(move |line| bytes(line, &ranges(&pattern, line))))
}

/// All that it finds in a line, in UTF-16 units. What is empty is passed over: there is nothing to mark.
fn ranges(pattern: &RegExp, line: &str) -> Vec<(u32, u32)> {
    pattern.set_last_index(0);
    let mut ranges = Vec::new();
    let text = js_sys::JsString::from(line);
    while let Some(found) = pattern.exec(line) {
        let end = pattern.last_index();
        let length = found.get(0).as_string().map_or(0, |found| found.encode_utf16().count() as u32);
        match length {
            0 if end >= text.length() => break,
            0 => pattern.set_last_index(end + units(&text, end)),
            length => ranges.push((end - length, end)),
        }
    }
    ranges
}

/// How many units the letter at `at` takes: from inside of one that takes two, the engine would go back to its start.
fn units(text: &js_sys::JsString, at: u32) -> u32 {
    let first = text.char_code_at(at);
    if (f64::from(0xd800)..f64::from(0xdc00)).contains(&first) { 2 } else { 1 }
}

fn sentence(error: &JsValue) -> String {
    let said = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    said.unwrap_or_else(|| "This is no regular expression".to_owned())
}
