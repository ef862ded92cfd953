-- What dashboards list: the newest task runs, and the newest runs of a flow.
CREATE INDEX task_run_expected ON task_run (expected_start_time);
CREATE INDEX flow_run_of_flow ON flow_run (flow_id, coalesce(start_time, expected_start_time));
