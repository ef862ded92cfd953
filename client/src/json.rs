//! Reading answers.
//!
//! Natively that is serde_json. In the browser every byte of code is waited for, and serde_json's own
//! deserializer brings each struct twice (as an object and as an array) with errors that quote what they
//! met; there the text is read into a [`Value`] first and the value is walked by a deserializer that takes
//! the members of a struct in the order of its fields. Measured on the dashboard: a tenth of its whole
//! size, and a twentieth of the rest for the order.

#[cfg(any(target_arch = "wasm32", test))]
mod walk;

use serde::de::DeserializeOwned;

/// Reads JSON text; the error is a sentence.
#[cfg(not(target_arch = "wasm32"))]
pub fn decode<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

/// Reads JSON text; the error is a sentence.
#[cfg(target_arch = "wasm32")]
pub fn decode<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    T::deserialize(walk::Walk(value)).map_err(|wrong| wrong.to_string())
}

#[cfg(test)]
mod tests {
    use domain::deployments::Deployment;
    use domain::flow_runs::FlowRun;
    use domain::live::LiveMessage;
    use domain::sheet::Sheet;
    use domain::state::{OrchestrationResult, State};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::walk::Walk;

    /// Both ways of reading must give the same value, or both none. (They differ over members that are not there where
    /// `null` would be taken, yet something else is the default: no answer has such a type in the browser.)
    fn same<T: DeserializeOwned + PartialEq + std::fmt::Debug>(value: Value) {
        let walked = T::deserialize(Walk(value.clone())).ok();
        assert_eq!(walked, serde_json::from_value(value.clone()).ok(), "{value}");
    }

    #[test]
    fn the_browser_reads_what_serde_json_reads() {
        let id = "01932b8e-0000-7000-8000-000000000001";
        let at = "2026-11-23T17:18:37.763979Z";
        let state = json!({ "id": id, "type": "SCHEDULED", "name": "Late", "timestamp": at, "message": null, "data": { "a": [1, 2.5, -3] },
            "state_details": { "scheduled_time": "2026-11-24T01:19:00+08:00", "run_input_keyset": { "keyset": "x" },
            "deferred": false }, "new": 1 });
        same::<State>(state.clone());
        same::<State>(json!({ "id": id, "type": "WRONG", "name": "x", "timestamp": at }));
        same::<State>(json!({ "id": 5, "type": "PENDING", "name": "x", "timestamp": at }));
        same::<FlowRun>(
            json!({ "id": id, "name": "calm-cat", "flow_id": id, "tags": ["a"], "run_count": 2, "total_run_time": 3,
            "estimated_run_time": 1.5, "state": state, "parameters": { "z": 1, "a": null }, "auto_scheduled": true }),
        );
        same::<FlowRun>(json!({ "id": id, "name": "calm-cat" }));
        same::<FlowRun>(json!({ "id": id, "name": "calm-cat", "flow_id": id, "tags": null }));
        same::<Deployment>(json!({ "id": id, "name": "d", "flow_id": id, "status": "NOT_READY", "schedules": [
            { "id": id, "schedule": { "cron": "* * * * *", "timezone": "UTC" }, "active": true },
            { "id": id, "schedule": { "interval": 60.0 }, "active": false } ] }));
        same::<Sheet>(json!({ "title": "Health", "now": at, "watch": ["flow_run"], "parts": [
            { "say": ["", ["nothing", { "link": ["/runs", "Runs"] }, { "act": { "label": "Go", "method": "POST", "path": "/x" } }]] },
            { "took": [at, null] } ] }));
        same::<Sheet>(json!({ "title": "Health", "now": at, "way": [["/", "Now"]], "parts": [
            { "facts": [["Since", { "took": [at, null] }], ["Rest", { "several": [{ "number": 3 }, { "text": "x" }] }]] },
            { "table": { "caption": "c", "columns": ["a"], "rows": [{ "id": "1", "cells": [{ "at": at }] }] } },
            { "bars": { "caption": "b", "bars": [{ "caption": "1", "height": 5, "mark": "", "columns": [[["late", 5]]] }] } },
            { "form": { "name": "f", "title": "F", "schema": { "type": "object" }, "values": {}, "method": "POST", "path": "/y",
                "submit": "Save", "done": "Saved." } },
            { "empty": ["Nothing", "here", null] } ] }));
        same::<Sheet>(json!({ "title": "Health", "parts": [] }));
        same::<LiveMessage>(
            json!({ "type": "changed", "what": "flow_run", "id": id, "flow_run_id": null, "deployment_id": null }),
        );
        same::<LiveMessage>(json!({ "type": "lagged" }));
        same::<OrchestrationResult>(
            json!({ "state": null, "status": "REJECT", "details": { "type": "reject_details", "reason": "no" } }),
        );
        same::<Value>(json!({ "z": [1, 2.5, -3, 18446744073709551615u64, true, null, "x"], "a": {} }));
    }
}
