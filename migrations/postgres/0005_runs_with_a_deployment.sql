-- Many runs have no deployment, no queue and no parent: indexes by these need not hold them.
DROP INDEX flow_run_deployment;
DROP INDEX flow_run_deployment_end;
DROP INDEX flow_run_begun;
DROP INDEX flow_run_queue;
DROP INDEX flow_run_parent;
CREATE INDEX flow_run_deployment ON flow_run (deployment_id, state_type, next_scheduled_start_time)
    WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_deployment_end ON flow_run (deployment_id, end_time) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_begun ON flow_run (deployment_id, coalesce(start_time, expected_start_time) DESC, id DESC)
    WHERE state_type <> 'SCHEDULED' AND deployment_id IS NOT NULL;
CREATE INDEX flow_run_queue ON flow_run (work_queue_id, state_type, next_scheduled_start_time)
    WHERE work_queue_id IS NOT NULL;
CREATE INDEX flow_run_parent ON flow_run (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
