//! What each route answers.

use super::*;

impl Book {
    /// What a call is answered with.
    pub(super) fn answer(&mut self, method: &str, parts: &[&str], body: Value) -> Reply {
        let run = |id: &str| -> FlowRunId { id.parse().expect("an id") };
        match (method, parts) {
            ("GET", ["work_pools", _]) => self.pool.as_ref().map_or(reply(404, &json!({})), |pool| reply(200, pool)),
            ("POST", ["work_pools"]) => {
                let mut pool = body;
                pool["id"] = json!(Uuid::from_u128(1));
                self.pool = Some(from(pool));
                reply(201, &self.pool)
            }
            ("PATCH", ["work_pools", _]) => {
                let pool = self.pool.as_mut().expect("a pool");
                pool.base_job_template = body["base_job_template"].as_object().expect("a template").clone();
                reply(204, &json!(null))
            }
            ("POST", ["work_pools", _, "workers", "heartbeat"]) if self.pool.is_none() => reply(404, &json!({})),
            ("POST", ["work_pools", _, "workers", "heartbeat"]) => {
                self.heartbeats.push(body["name"].as_str().expect("a name").to_owned());
                reply(204, &json!(null))
            }
            ("POST", ["work_pools", _, "workers", "filter"]) => reply(200, &self.workers()),
            ("POST", ["work_pools", _, "get_scheduled_flow_runs"]) => reply(200, &self.scheduled(&body)),
            ("GET", ["deployments", id]) => match self.deployments.get(&id.parse().expect("an id")) {
                Some(deployment) => reply(200, deployment),
                None => reply(404, &json!({ "detail": "Deployment not found" })),
            },
            ("GET", ["flows", _]) => reply(200, &self.flow),
            ("POST", ["flow_runs", id, "set_state"]) => reply(201, &self.set_state(run(id), from(body))),
            ("POST", ["flow_runs", "bulk_set_state"]) => self.set_states(body),
            ("PATCH", ["flow_runs", id, "labels"]) => {
                let labels = &mut self.runs.get_mut(&run(id)).expect("a run").labels;
                labels.extend(body.as_object().expect("labels").clone());
                reply(204, &json!(null))
            }
            ("PATCH", ["flow_runs", id]) => {
                let update: FlowRunUpdate = from(body);
                if let Patch::Value(pid) = update.infrastructure_pid {
                    self.runs.get_mut(&run(id)).expect("a run").infrastructure_pid = Some(pid);
                }
                reply(204, &json!(null))
            }
            ("GET", ["flow_runs", id]) => reply(200, &self.runs[&run(id)]),
            ("POST", ["flow_runs", "filter"]) => reply(200, &self.filter(&body)),
            ("POST", ["events"]) => {
                self.events.extend(from::<Vec<Event>>(body));
                reply(204, &json!(null))
            }
            ("POST", ["logs"]) => {
                let lines: Vec<LogCreate> = from(body);
                self.batches.push(lines.len());
                self.logs.extend(lines);
                reply(201, &json!(null))
            }
            ("PUT", ["reeve", "flow_runs", id, "infrastructure"]) => {
                let told = self.infrastructure.entry(run(id)).or_insert_with(|| json!({}));
                for (name, value) in body.as_object().expect("members") {
                    told[name] = value.clone();
                }
                reply(204, &json!(null))
            }
            ("GET", ["reeve", "flow_runs", id, "output", "end"]) => {
                let last = self.output.get(&run(id)).and_then(|lines| lines.last());
                reply(200, &last.map(|line| OutputEnd { at: line.at, nth: line.nth }))
            }
            ("POST", ["reeve", "flow_runs", id, "output"]) => {
                self.output.entry(run(id)).or_default().extend(from::<Output>(body).lines);
                reply(204, &json!(null))
            }
            ("POST", ["reeve", "dry_run", id]) => {
                self.answers.insert((*id).to_owned(), from(body));
                reply(204, &json!(null))
            }
            ("POST", ["logs", "filter"]) => reply(200, &self.newest_lines(&body)),
            _ => panic!("the worker calls {method} {parts:?}"),
        }
    }

    fn workers(&self) -> Vec<Value> {
        let worker = |name: &String| json!({ "id": Uuid::new_v4(), "name": name, "work_pool_id": Uuid::from_u128(1), "status": "ONLINE" });
        self.online.iter().map(worker).collect()
    }

    fn scheduled(&self, body: &Value) -> Vec<Value> {
        let before: Timestamp = from(body["scheduled_before"].clone());
        let mut due: Vec<&FlowRun> = self
            .runs
            .values()
            .filter(|run| run.state_type == Some(StateType::Scheduled))
            .filter(|run| run.empirical_policy.retry_type != Some(RetryType::InProcess))
            .filter(|run| run.next_scheduled_start_time.is_some_and(|at| at <= before))
            .collect();
        due.sort_by_key(|run| run.next_scheduled_start_time);
        let of = |run: &FlowRun| json!({ "work_pool_id": Uuid::from_u128(1), "work_queue_id": Uuid::nil(), "flow_run": run });
        due.into_iter().map(of).collect()
    }

    fn filter(&self, body: &Value) -> Vec<FlowRun> {
        let filter = &body["flow_runs"];
        let ids: Option<Vec<FlowRunId>> = filter["id"]["any_"].as_array().map(|ids| from(json!(ids)));
        let kinds: Option<Vec<StateType>> = filter["state"]["type"]["any_"].as_array().map(|kinds| from(json!(kinds)));
        let fits = |run: &&FlowRun| {
            ids.as_ref().is_none_or(|ids| ids.contains(&run.id))
                && kinds.as_ref().is_none_or(|kinds| run.state_type.is_some_and(|kind| kinds.contains(&kind)))
        };
        self.runs.values().filter(fits).cloned().collect()
    }

    fn newest_lines(&self, body: &Value) -> Vec<Value> {
        let run: Vec<FlowRunId> = from(body["logs"]["flow_run_id"]["any_"].clone());
        let lines = self.logs.iter().rev().filter(|line| line.flow_run_id.is_some_and(|id| run.contains(&id)));
        let of = |line: &LogCreate| {
            let mut value = json!(line);
            value["id"] = json!(Uuid::new_v4());
            value
        };
        lines.take(200).map(of).collect()
    }
}
