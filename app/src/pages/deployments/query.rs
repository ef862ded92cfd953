//! What the URL of the deployments list says.

use serde_json::{Value, json};

use crate::{address, routes};

/// Rows of one page.
pub const PAGE_SIZE: i64 = 100;

/// The query string in parts; empty texts ask for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    pub tag: String,
    /// From 1.
    pub page: i64,
}

impl Query {
    /// Reads `?q=…&tag=…&page=…`.
    pub fn parse(search: &str) -> Self {
        let pairs = address::pairs(search);
        let text = |key: &str| address::value(&pairs, key);
        Query { text: text("q"), tag: text("tag"), page: address::page(&pairs) }
    }

    /// The path of another page of the same list.
    pub fn at(&self, page: i64) -> String {
        let page = address::page_value(page);
        address::with_query(routes::DEPLOYMENTS, &[("q", &self.text), ("tag", &self.tag), ("page", &page)])
    }

    /// Whether anything but the page is asked for.
    pub fn is_filtered(&self) -> bool {
        !self.text.is_empty() || !self.tag.is_empty()
    }

    /// The body of the API's filter, a [`domain::filter::Page`] of deployments.
    pub fn filter(&self) -> Value {
        let mut body = json!({ "sort": "NAME_ASC", "limit": PAGE_SIZE, "offset": (self.page - 1) * PAGE_SIZE });
        if !self.text.is_empty() {
            body["deployments"]["flow_or_deployment_name"] = json!({ "like_": self.text });
        }
        if !self.tag.is_empty() {
            body["deployments"]["tags"] = json!({ "all_": [self.tag] });
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_the_url() {
        let query = Query { text: "a&b".into(), tag: "nightly".into(), page: 1 };
        assert_eq!(query.at(2), "/deployments?q=a%26b&tag=nightly&page=2");
        let read = Query::parse(query.at(2).trim_start_matches("/deployments"));
        assert_eq!(read, Query { page: 2, ..query });
        assert_eq!(Query::parse("").at(1), "/deployments");
    }

    /// What is written by hand must be what the API reads.
    #[test]
    fn filters_are_the_apis() {
        use domain::deployments::DeploymentSort;
        use domain::filter::Page;
        for search in ["", "q=x", "q=x&tag=y&page=3"] {
            let body = Query::parse(search).filter();
            let read: Page<DeploymentSort> = serde_json::from_value(body.clone()).expect("a filter");
            assert_eq!(serde_json::to_value(&read).expect("JSON"), body, "{search}");
        }
    }
}
