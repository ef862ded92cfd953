-- Automations, what their triggers remember, and what is still to be done; Prefect 2's notification policies.

CREATE TABLE automation (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    enabled boolean NOT NULL,
    tags text NOT NULL,
    trigger text NOT NULL,
    actions text NOT NULL,
    actions_on_trigger text NOT NULL,
    actions_on_resolve text NOT NULL,
    -- Whether it must be looked at when nothing happens.
    proactive boolean NOT NULL
);
CREATE INDEX automation_enabled ON automation (enabled);

-- What automations are about; what they are owned by takes them along when it goes.
CREATE TABLE automation_related_resource (
    automation_id uuid NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    resource_id text NOT NULL,
    owner boolean NOT NULL,
    PRIMARY KEY (automation_id, resource_id)
);
CREATE INDEX automation_related_resource_of ON automation_related_resource (resource_id);

-- The events that a trigger has counted so far, for each key.
CREATE TABLE automation_bucket (
    automation_id uuid NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    trigger_id uuid NOT NULL,
    bucketing_key text NOT NULL,
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    count bigint NOT NULL,
    last_event text,
    PRIMARY KEY (trigger_id, bucketing_key)
);
CREATE INDEX automation_bucket_of ON automation_bucket (automation_id);
CREATE INDEX automation_bucket_ends ON automation_bucket (ends);

-- The latest firings below composite triggers.
CREATE TABLE automation_child_firing (
    automation_id uuid NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    parent_trigger_id uuid NOT NULL,
    child_trigger_id uuid NOT NULL,
    fired_at timestamptz NOT NULL,
    firing text NOT NULL,
    PRIMARY KEY (parent_trigger_id, child_trigger_id)
);
CREATE INDEX automation_child_firing_of ON automation_child_firing (automation_id);

-- Events that triggers have not heard yet.
CREATE TABLE automation_event (
    event_id uuid PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
    occurred timestamptz NOT NULL,
    look_again timestamptz NOT NULL
);
CREATE INDEX automation_event_next ON automation_event (look_again, occurred);

-- Actions that are to be carried out. Whoever calls out puts off the next attempt first.
CREATE TABLE automation_action (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    calls_out boolean NOT NULL,
    due timestamptz NOT NULL,
    attempts bigint NOT NULL,
    invocation text NOT NULL
);
CREATE INDEX automation_action_due ON automation_action (calls_out, due);

CREATE TABLE flow_run_notification_policy (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    is_active boolean NOT NULL,
    state_names text NOT NULL,
    tags text NOT NULL,
    block_document_id uuid NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    message_template text
);

-- Notifications that are to be sent.
CREATE TABLE flow_run_notification (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    policy_id uuid NOT NULL REFERENCES flow_run_notification_policy (id) ON DELETE CASCADE,
    -- The words of the message.
    words text NOT NULL,
    due timestamptz NOT NULL,
    attempts bigint NOT NULL
);
CREATE INDEX flow_run_notification_due ON flow_run_notification (due);
