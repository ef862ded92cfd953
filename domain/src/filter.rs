//! The operators that Prefect's filter objects are made of, and the bodies of `…/filter` and `…/count`.
//!
//! A filter object combines its members with `operator`; a member that is absent or empty says nothing.

use serde::{Deserialize, Serialize};

use crate::bounds;
use crate::deployments::DeploymentFilter;
use crate::flow_runs::FlowRunFilter;
use crate::flows::FlowFilter;
use crate::state::StateType;
use crate::task_runs::TaskRunFilter;
use crate::time::Timestamp;
use crate::work_pools::{WorkPoolFilter, WorkQueueFilter};

/// How the members of a filter object are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Operator {
    #[default]
    #[serde(rename = "and_")]
    And,
    #[serde(rename = "or_")]
    Or,
}

macro_rules! operators {
    ($($(#[$doc:meta])* $name:ident $(<$t:ident>)? { $($field:ident : $ty:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name $(<$t>)? {
            $(
                #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(!default))]
                pub $field: Option<$ty>,
            )*
        }

        impl $(<$t>)? Default for $name $(<$t>)? {
            fn default() -> Self {
                $name { $($field: None,)* }
            }
        }
    )*};
}

fn none<T>() -> Option<T> {
    None
}

operators! {
    /// Ids to take, ids to leave out.
    IdOps<T> { any_: Vec<T>, not_any_: Vec<T> }
    /// Ids to take, or none at all.
    OptionalIdOps<T> { operator: Operator, any_: Vec<T>, is_null_: bool }
    /// Exact names, or a case-insensitive part.
    NameOps { any_: Vec<String>, like_: String }
    /// A case-insensitive part of a name.
    LikeOps { like_: String }
    /// Exact texts.
    AnyOps { any_: Vec<String> }
    /// Exact texts, taken or left out.
    TextOps { any_: Vec<String>, not_any_: Vec<String> }
    /// Exact texts, or none at all.
    OptionalTextOps { operator: Operator, any_: Vec<String>, is_null_: bool }
    /// Exact names, or case-insensitive beginnings.
    PrefixOps { any_: Vec<String>, startswith_: Vec<String> }
    /// All of these tags, any of them, or none at all (`[]`).
    TagOps { operator: Operator, all_: Vec<String>, any_: Vec<String>, is_null_: bool }
    /// A closed range of instants.
    TimeOps { before_: Timestamp, after_: Timestamp, is_null_: bool }
    /// A closed range of numbers.
    NumberOps { ge_: i64, le_: i64, is_null_: bool }
    /// Yes or no.
    BoolOps { eq_: bool }
    /// Absent or present.
    NullOps { operator: Operator, is_null_: bool }
    /// Present or absent.
    ExistsOps { exists_: bool }
    /// State types.
    StateTypeOps { any_: Vec<StateType>, not_any_: Vec<StateType> }
}

/// A full-text query: words are alternatives, `-word` excludes, `+word` requires, quotes hold a phrase.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct QueryOps {
    #[serde(deserialize_with = "bounds::up_to::<200, _>", skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// A state's type and its name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StateOps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<StateTypeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<TextOps>,
}

/// The entity filters that `filter`, `count` and their kin accept side by side; all must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Filters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<FlowFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_runs: Option<FlowRunFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_runs: Option<TaskRunFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployments: Option<DeploymentFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_pools: Option<WorkPoolFilter>,
    #[serde(skip_serializing_if = "Option::is_none", alias = "work_queues")]
    pub work_pool_queues: Option<WorkQueueFilter>,
}

/// Body of `POST …/filter`: which, in what order, how many. `null` means default; unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(from = "PageBody<S>", bound(deserialize = "S: Deserialize<'de>", serialize = "S: Serialize"))]
pub struct Page<S> {
    #[serde(flatten)]
    pub filters: Filters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<S>,
    /// 0 to 200; absent means 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// From 1; only for `…/paginate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
}

/// The same as it is read: serde forgets the place of an error inside flattened members.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
struct PageBody<S> {
    flows: Option<FlowFilter>,
    flow_runs: Option<FlowRunFilter>,
    task_runs: Option<TaskRunFilter>,
    deployments: Option<DeploymentFilter>,
    work_pools: Option<WorkPoolFilter>,
    #[serde(alias = "work_queues")]
    work_pool_queues: Option<WorkQueueFilter>,
    #[serde(default = "none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(!default))]
    sort: Option<S>,
    limit: Option<i64>,
    #[serde(default, deserialize_with = "bounds::at_least::<0, _>")]
    offset: Option<i64>,
    #[serde(default, deserialize_with = "bounds::at_least::<1, _>")]
    page: Option<i64>,
}

impl<S> From<PageBody<S>> for Page<S> {
    fn from(body: PageBody<S>) -> Self {
        let filters = Filters {
            flows: body.flows,
            flow_runs: body.flow_runs,
            task_runs: body.task_runs,
            deployments: body.deployments,
            work_pools: body.work_pools,
            work_pool_queues: body.work_pool_queues,
        };
        Page { filters, sort: body.sort, limit: body.limit, offset: body.offset, page: body.page }
    }
}

impl<S> Default for Page<S> {
    fn default() -> Self {
        Page { filters: Filters::default(), sort: None, limit: None, offset: None, page: None }
    }
}

/// Answer of `POST …/paginate` (Prefect 3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Paginated<T> {
    pub results: Vec<T>,
    pub count: i64,
    pub limit: i64,
    pub pages: i64,
    pub page: i64,
}
