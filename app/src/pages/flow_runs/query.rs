//! What the URL of the runs list says, as a filter for the API and back.

use serde_json::{Value, json};

use crate::address;

/// Rows of one page.
pub const PAGE_SIZE: i64 = 50;

/// The values of `state=`, in the order of the chips.
pub const STATES: [(&str, &str); 9] = [
    ("", "All"),
    ("running", "Running"),
    ("late", "Late"),
    ("failed", "Failed"),
    ("crashed", "Crashed"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("paused", "Paused"),
    ("scheduled", "Upcoming"),
];

/// The query string in parts; empty texts ask for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub state: String,
    pub text: String,
    pub flow: String,
    /// `name`, or `flow/name`.
    pub deployment: String,
    pub pool: String,
    pub tag: String,
    /// From 1.
    pub page: i64,
}

impl Query {
    /// Reads `?state=…&q=…`, with or without the question mark. What is unknown is ignored.
    pub fn parse(search: &str) -> Self {
        let pairs = address::pairs(search);
        let text = |key: &str| address::value(&pairs, key);
        Query {
            state: text("state"),
            text: text("q"),
            flow: text("flow"),
            deployment: text("deployment"),
            pool: text("pool"),
            tag: text("tag"),
            page: address::page(&pairs),
        }
    }

    /// The same with something changed; always from the first page on, unless that is what changed.
    pub fn with(&self, change: impl FnOnce(&mut Query)) -> Query {
        let mut changed = Query { page: 1, ..self.clone() };
        change(&mut changed);
        changed
    }

    /// The path with this query.
    pub fn href(&self) -> String {
        let page = address::page_value(self.page);
        let parts = [
            ("state", self.state.as_str()),
            ("q", &self.text),
            ("flow", &self.flow),
            ("deployment", &self.deployment),
            ("pool", &self.pool),
            ("tag", &self.tag),
            ("page", &page),
        ];
        address::with_query("/runs", &parts)
    }

    /// Whether anything but the page is asked for.
    pub fn is_filtered(&self) -> bool {
        *self != Query { page: self.page, ..Query::parse("") }
    }

    /// The body of the API's filter, a [`domain::filter::Page`] of runs. As plain JSON, because the code that
    /// writes all the members such a filter could have is not small, and is not needed here.
    pub fn filter(&self) -> Value {
        let (flow, deployment) = match self.deployment.split_once('/') {
            Some((flow, name)) => (flow, name),
            None => (self.flow.as_str(), self.deployment.as_str()),
        };
        let mut body = json!({
            "sort": if self.state == "scheduled" { "EXPECTED_START_TIME_ASC" } else { "EXPECTED_START_TIME_DESC" },
            "limit": PAGE_SIZE,
            "offset": (self.page - 1) * PAGE_SIZE,
            "flow_runs": { "state": state_filter(&self.state) },
        });
        let mut ask = |filter: &str, member: &str, operator: &str, value: Value| {
            body[filter][member] = json!({ operator: value })
        };
        if !self.text.is_empty() {
            ask("flow_runs", "name", "like_", json!(self.text));
        }
        if !self.tag.is_empty() {
            ask("flow_runs", "tags", "all_", json!([self.tag]));
        }
        for (filter, name) in [("flows", flow), ("deployments", deployment), ("work_pools", self.pool.as_str())] {
            if !name.is_empty() {
                ask(filter, "name", "any_", json!([name]));
            }
        }
        body
    }
}

/// Runs in one state; without one, all but those that are merely planned, of which a schedule keeps a
/// hundred in store.
fn state_filter(state: &str) -> Value {
    let types: &[&str] = match state {
        "running" => &["RUNNING", "PENDING", "CANCELLING"],
        "late" => return json!({ "name": { "any_": ["Late"] } }),
        "failed" => &["FAILED"],
        "crashed" => &["CRASHED"],
        "completed" => &["COMPLETED"],
        "cancelled" => &["CANCELLED"],
        "paused" => &["PAUSED"],
        "scheduled" => &["SCHEDULED"],
        _ => return json!({ "name": { "not_any_": ["Scheduled"] } }),
    };
    json!({ "type": { "any_": types } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_the_url() {
        let query = Query {
            state: "failed".into(),
            text: "a b&c".into(),
            flow: String::new(),
            deployment: "my flow/nightly".into(),
            pool: String::new(),
            tag: "50%".into(),
            page: 3,
        };
        assert_eq!(query.href(), "/runs?state=failed&q=a%20b%26c&deployment=my%20flow%2Fnightly&tag=50%25&page=3");
        assert_eq!(Query::parse(query.href().trim_start_matches("/runs")), query);
    }

    #[test]
    fn nonsense_in_the_url_is_the_plain_list() {
        let query = Query::parse("?page=-4&state=&colour=red&%zz");
        assert_eq!(query.href(), "/runs");
        assert!(!query.is_filtered());
        assert_eq!(query.filter()["offset"], 0);
    }

    /// What is written by hand must be what the API reads.
    #[test]
    fn filters_are_the_apis() {
        use domain::filter::Page;
        use domain::flow_runs::FlowRunSort;
        let searches = STATES.map(|(state, _)| format!("state={state}&q=x&flow=f&deployment=d&pool=p&tag=t&page=2"));
        for search in searches {
            let body = Query::parse(&search).filter();
            let read: Page<FlowRunSort> = serde_json::from_value(body.clone()).expect("a filter");
            assert_eq!(serde_json::to_value(&read).expect("JSON"), body, "{search}");
        }
    }

    #[test]
    fn a_filter_change_goes_back_to_the_first_page() {
        assert_eq!(Query::parse("page=7").with(|query| query.state = "late".into()).href(), "/runs?state=late");
    }
}
