//! A run as a graph: its task runs and subflow runs, and what went from one into another.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{FlowRunId, StateId, TaskRunId, Uuid};
use crate::major::not_in_v2;
use crate::state::StateType;
use crate::time::Timestamp;

/// The key among a task's inputs under which the tasks stand that it runs inside of.
const INSIDE_OF: &str = "__parents__";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Graph {
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    pub root_node_ids: Vec<Uuid>,
    pub nodes: Vec<(Uuid, Node)>,
    pub artifacts: Vec<GraphArtifact>,
    pub states: Vec<GraphState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    FlowRun,
    TaskRun,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Node {
    pub kind: NodeKind,
    pub id: Uuid,
    pub label: String,
    pub state_type: StateType,
    pub start_time: Timestamp,
    pub end_time: Option<Timestamp>,
    pub parents: Vec<Edge>,
    pub children: Vec<Edge>,
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub encapsulating: Vec<Edge>,
    pub artifacts: Vec<GraphArtifact>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Edge {
    pub id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GraphArtifact {
    pub id: Uuid,
    pub created: Timestamp,
    pub key: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub is_latest: bool,
    /// Only of progress artifacts.
    pub data: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GraphState {
    pub id: StateId,
    pub timestamp: Timestamp,
    #[serde(rename = "type")]
    pub kind: StateType,
    pub name: String,
}

/// A task run, and the flow run that it wraps, if it wraps one.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub task_run_id: TaskRunId,
    pub flow_run_id: Option<FlowRunId>,
    /// The task run's name, or `flow / run` of the wrapped one.
    pub label: String,
    pub state_type: StateType,
    pub start_time: Timestamp,
    pub end_time: Option<Timestamp>,
    pub task_inputs: Map<String, Value>,
}

impl Part {
    fn id(&self) -> Uuid {
        self.flow_run_id.map_or(self.task_run_id.0, |run| run.0)
    }

    /// Ids of runs under the keys of the inputs that `keep` accepts.
    fn inputs(&self, keep: impl Fn(&str) -> bool) -> impl Iterator<Item = Uuid> {
        let values =
            self.task_inputs.iter().filter(move |(key, _)| keep(key)).filter_map(|(_, value)| value.as_array());
        values.flatten().filter_map(|input| input.get("id")?.as_str()?.parse().ok())
    }
}

/// Nodes in the given order with the edges between them; a wrapper is the run that it wraps. `artifacts`
/// are by task run.
pub fn nodes(parts: &[Part], mut artifacts: HashMap<TaskRunId, Vec<GraphArtifact>>) -> Vec<(Uuid, Node)> {
    let known: HashMap<Uuid, Uuid> =
        parts.iter().flat_map(|part| [(part.task_run_id.0, part.id()), (part.id(), part.id())]).collect();
    let resolve = |ids: &mut dyn Iterator<Item = Uuid>| -> Vec<Edge> {
        let mut seen = HashSet::new();
        ids.filter_map(|id| known.get(&id).copied()).filter(|&id| seen.insert(id)).map(|id| Edge { id }).collect()
    };
    let parents: Vec<Vec<Edge>> = parts.iter().map(|part| resolve(&mut part.inputs(|key| key != INSIDE_OF))).collect();
    let mut children: HashMap<Uuid, Vec<Edge>> = HashMap::new();
    for (part, parents) in parts.iter().zip(&parents) {
        for parent in parents {
            children.entry(parent.id).or_default().push(Edge { id: part.id() });
        }
    }
    let node = |(part, parents): (&Part, Vec<Edge>)| Node {
        kind: if part.flow_run_id.is_some() { NodeKind::FlowRun } else { NodeKind::TaskRun },
        id: part.id(),
        label: part.label.clone(),
        state_type: part.state_type,
        start_time: part.start_time,
        end_time: part.end_time,
        parents,
        children: children.get(&part.id()).cloned().unwrap_or_default(),
        encapsulating: resolve(&mut part.inputs(|key| key == INSIDE_OF)),
        artifacts: artifacts.remove(&part.task_run_id).unwrap_or_default(),
    };
    parts.iter().zip(parents).map(node).map(|node| (node.id, node)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn part(n: u128, wraps: Option<u128>, inputs: Value) -> Part {
        Part {
            task_run_id: TaskRunId(Uuid::from_u128(n)),
            flow_run_id: wraps.map(|n| FlowRunId(Uuid::from_u128(n))),
            label: n.to_string(),
            state_type: StateType::Completed,
            start_time: Timestamp::from_micros(n as i64),
            end_time: None,
            task_inputs: inputs.as_object().cloned().unwrap_or_default(),
        }
    }

    #[test]
    fn edges_follow_inputs_and_wrappers_are_the_runs_they_wrap() {
        let from = |n: u128| json!({ "input_type": "task_run", "id": Uuid::from_u128(n) });
        let parts = [
            part(1, None, json!({ "x": [] })),
            part(2, Some(20), json!({ "x": [from(1), from(1)] })),
            part(3, None, json!({ "a": [from(2)], "b": [from(1), { "input_type": "constant" }], "c": [from(99)] })),
            part(4, None, json!({ "__parents__": [from(3)] })),
        ];
        let edges: Vec<_> = nodes(&parts, HashMap::new())
            .into_iter()
            .map(|(id, node)| {
                let ids = |edges: &[Edge]| edges.iter().map(|edge| edge.id.as_u128()).collect::<Vec<_>>();
                (id.as_u128(), ids(&node.parents), ids(&node.children), ids(&node.encapsulating))
            })
            .collect();
        assert_eq!(
            edges,
            [
                (1, vec![], vec![20, 3], vec![]),
                (20, vec![1], vec![3], vec![]),
                (3, vec![20, 1], vec![], vec![]),
                (4, vec![], vec![], vec![3]),
            ]
        );
    }
}
