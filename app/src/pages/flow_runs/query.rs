//! What the URL of the runs list says, as a filter for the API and back.

use domain::deployments::DeploymentFilter;
use domain::filter::{AnyOps, Filters, NameOps, Operator, Page, StateOps, StateTypeOps, TagOps, TextOps};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::flows::FlowFilter;
use domain::state::StateType;
use domain::work_pools::WorkPoolFilter;

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
        let text = |key: &str| {
            let value = pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.trim());
            value.unwrap_or_default().to_owned()
        };
        let page: i64 = text("page").parse().unwrap_or(1);
        Query {
            state: text("state"),
            text: text("q"),
            deployment: text("deployment"),
            pool: text("pool"),
            tag: text("tag"),
            page: page.clamp(1, 100_000),
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
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let parts = [
            ("state", self.state.as_str()),
            ("q", &self.text),
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

    /// The body of the API's filter.
    pub fn filter(&self) -> Page<FlowRunSort> {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (flow, deployment) = match self.deployment.split_once('/') {
            Some((flow, name)) => (filled(flow), filled(name)),
            None => (None, filled(&self.deployment)),
        };
        let exactly = |text: String| NameOps { any_: Some(vec![text]), like_: None };
        let flow_runs = FlowRunFilter {
            state: state_filter(&self.state),
            name: filled(&self.text).map(|text| NameOps { any_: None, like_: Some(text) }),
            tags: filled(&self.tag).map(|tag| TagOps { all_: Some(vec![tag]), ..TagOps::default() }),
            ..FlowRunFilter::default()
        };
        let soonest_first = self.state == "scheduled";
        Page {
            filters: Filters {
                flow_runs: Some(flow_runs),
                flows: flow.map(|name| FlowFilter { name: Some(exactly(name)), ..FlowFilter::default() }),
                deployments: deployment
                    .map(|name| DeploymentFilter { name: Some(exactly(name)), ..DeploymentFilter::default() }),
                work_pools: filled(&self.pool).map(|name| WorkPoolFilter {
                    name: Some(AnyOps { any_: Some(vec![name]) }),
                    ..WorkPoolFilter::default()
                }),
                ..Filters::default()
            },
            sort: Some(if soonest_first { FlowRunSort::ExpectedStartTimeAsc } else { FlowRunSort::ExpectedStartTimeDesc }),
            limit: Some(PAGE_SIZE),
            offset: Some((self.page - 1) * PAGE_SIZE),
            page: None,
        }
    }
}

/// Runs in one state; without one, all but those that are merely planned, of which a schedule keeps a
/// hundred in store.
fn state_filter(state: &str) -> Option<StateOps> {
    let of_type = |kind: StateType| StateOps {
        kind: Some(StateTypeOps { any_: Some(vec![kind]), not_any_: None }),
        ..StateOps::default()
    };
    let named = |name: &str| StateOps {
        name: Some(TextOps { any_: Some(vec![name.to_owned()]), not_any_: None }),
        ..StateOps::default()
    };
    Some(match state {
        "running" => StateOps {
            kind: Some(StateTypeOps {
                any_: Some(vec![StateType::Running, StateType::Pending, StateType::Cancelling]),
                not_any_: None,
            }),
            ..StateOps::default()
        },
        "late" => named("Late"),
        "failed" => of_type(StateType::Failed),
        "crashed" => of_type(StateType::Crashed),
        "completed" => of_type(StateType::Completed),
        "cancelled" => of_type(StateType::Cancelled),
        "paused" => of_type(StateType::Paused),
        "scheduled" => of_type(StateType::Scheduled),
        _ => StateOps {
            operator: Some(Operator::And),
            kind: None,
            name: Some(TextOps { any_: None, not_any_: Some(vec!["Scheduled".to_owned()]) }),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_the_url() {
        let query = Query {
            state: "failed".into(),
            text: "a b&c".into(),
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
        assert_eq!(query.filter().offset, Some(0));
    }

    #[test]
    fn a_filter_change_goes_back_to_the_first_page() {
        assert_eq!(Query::parse("page=7").with(|query| query.state = "late".into()).href(), "/runs?state=late");
    }
}
