-- Automations, what their triggers remember, and what is still to be done; Prefect 2's notification policies.

CREATE TABLE automation (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    tags TEXT NOT NULL,
    trigger TEXT NOT NULL,
    actions TEXT NOT NULL,
    actions_on_trigger TEXT NOT NULL,
    actions_on_resolve TEXT NOT NULL,
    -- Whether it must be looked at when nothing happens.
    proactive BOOLEAN NOT NULL
);
CREATE INDEX automation_enabled ON automation (enabled);

-- What automations are about; what they are owned by takes them along when it goes.
CREATE TABLE automation_related_resource (
    automation_id BLOB NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL,
    owner BOOLEAN NOT NULL,
    PRIMARY KEY (automation_id, resource_id)
);
CREATE INDEX automation_related_resource_of ON automation_related_resource (resource_id);

-- The events that a trigger has counted so far, for each key.
CREATE TABLE automation_bucket (
    automation_id BLOB NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    trigger_id BLOB NOT NULL,
    bucketing_key TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_event TEXT,
    PRIMARY KEY (trigger_id, bucketing_key)
);
CREATE INDEX automation_bucket_of ON automation_bucket (automation_id);
CREATE INDEX automation_bucket_ends ON automation_bucket (ends);

-- The latest firings below composite triggers.
CREATE TABLE automation_child_firing (
    automation_id BLOB NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    parent_trigger_id BLOB NOT NULL,
    child_trigger_id BLOB NOT NULL,
    fired_at INTEGER NOT NULL,
    firing TEXT NOT NULL,
    PRIMARY KEY (parent_trigger_id, child_trigger_id)
);
CREATE INDEX automation_child_firing_of ON automation_child_firing (automation_id);

-- Events that triggers have not heard yet.
CREATE TABLE automation_event (
    event_id BLOB PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
    occurred INTEGER NOT NULL,
    look_again INTEGER NOT NULL
);
CREATE INDEX automation_event_next ON automation_event (look_again, occurred);

-- Actions that are to be carried out. Whoever calls out puts off the next attempt first.
CREATE TABLE automation_action (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    calls_out BOOLEAN NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    invocation TEXT NOT NULL
);
CREATE INDEX automation_action_due ON automation_action (calls_out, due);

CREATE TABLE flow_run_notification_policy (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    is_active BOOLEAN NOT NULL,
    state_names TEXT NOT NULL,
    tags TEXT NOT NULL,
    block_document_id BLOB NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    message_template TEXT
);

-- Notifications that are to be sent.
CREATE TABLE flow_run_notification (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    policy_id BLOB NOT NULL REFERENCES flow_run_notification_policy (id) ON DELETE CASCADE,
    -- The words of the message.
    words TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX flow_run_notification_due ON flow_run_notification (due);
