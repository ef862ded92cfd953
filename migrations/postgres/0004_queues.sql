-- Events are heard in the order in which they happened.
DROP INDEX automation_event_next;
CREATE INDEX automation_event_next ON automation_event (occurred, event_id, look_again);

-- Nobody asks when an action or a notification was queued.
ALTER TABLE automation_action DROP COLUMN created;
ALTER TABLE flow_run_notification DROP COLUMN created;

-- A policy that is deleted meanwhile must not keep a run from its next state.
ALTER TABLE flow_run_notification DROP CONSTRAINT flow_run_notification_policy_id_fkey;
