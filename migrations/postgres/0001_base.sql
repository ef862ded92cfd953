-- Tables of flows, runs, deployments, pools and what belongs to them.
-- JSON is kept as text on both databases: order and spelling stay as they were sent.

CREATE TABLE flow (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL UNIQUE,
    tags text NOT NULL,
    labels text NOT NULL
);

CREATE TABLE work_pool (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL UNIQUE,
    description text,
    type text NOT NULL,
    base_job_template text NOT NULL,
    is_paused boolean NOT NULL,
    concurrency_limit bigint,
    status text,
    default_queue_id uuid,
    storage_configuration text NOT NULL
);

CREATE TABLE work_queue (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    description text,
    is_paused boolean NOT NULL,
    concurrency_limit bigint,
    priority bigint NOT NULL,
    work_pool_id uuid NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    filter text,
    last_polled timestamptz,
    status text,
    UNIQUE (work_pool_id, name)
);

CREATE TABLE worker (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    work_pool_id uuid NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    last_heartbeat_time timestamptz,
    heartbeat_interval_seconds bigint,
    status text NOT NULL,
    UNIQUE (work_pool_id, name)
);

CREATE TABLE deployment (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    version text,
    description text,
    flow_id uuid NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    paused boolean NOT NULL,
    concurrency_limit bigint,
    concurrency_options text,
    concurrency_limit_id uuid,
    job_variables text NOT NULL,
    parameters text NOT NULL,
    tags text NOT NULL,
    labels text NOT NULL,
    work_queue_name text,
    work_queue_id uuid REFERENCES work_queue (id) ON DELETE SET NULL,
    last_polled timestamptz,
    parameter_openapi_schema text,
    path text,
    pull_steps text,
    entrypoint text,
    manifest_path text,
    storage_document_id uuid,
    infrastructure_document_id uuid,
    created_by text,
    updated_by text,
    status text NOT NULL,
    enforce_parameter_schema boolean NOT NULL,
    UNIQUE (flow_id, name)
);
CREATE INDEX deployment_work_queue ON deployment (work_queue_id);
CREATE INDEX deployment_updated ON deployment (updated);

CREATE TABLE deployment_schedule (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    deployment_id uuid NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    schedule text NOT NULL,
    active boolean NOT NULL,
    max_scheduled_runs bigint,
    parameters text NOT NULL,
    slug text,
    max_active_runs bigint,
    catchup boolean NOT NULL,
    -- How far runs are planned, and when to plan on: the scheduler's memory. Any edit forgets it.
    planned_through timestamptz,
    plan_again timestamptz NOT NULL,
    UNIQUE (deployment_id, slug)
);
CREATE INDEX deployment_schedule_plan_again ON deployment_schedule (plan_again) WHERE active;

CREATE TABLE task_run (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    flow_run_id uuid,
    task_key text NOT NULL,
    dynamic_key text NOT NULL,
    cache_key text,
    cache_expiration timestamptz,
    task_version text,
    empirical_policy text NOT NULL,
    tags text NOT NULL,
    labels text NOT NULL,
    task_inputs text NOT NULL,
    state_id uuid,
    state_type text,
    state_name text,
    state_timestamp timestamptz,
    run_count bigint NOT NULL,
    flow_run_run_count bigint NOT NULL,
    expected_start_time timestamptz,
    next_scheduled_start_time timestamptz,
    start_time timestamptz,
    end_time timestamptz,
    total_run_time double precision NOT NULL,
    UNIQUE (flow_run_id, task_key, dynamic_key)
);
CREATE INDEX task_run_state_type ON task_run (state_type, end_time);

CREATE TABLE flow_run (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    flow_id uuid NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    deployment_id uuid,
    deployment_version text,
    work_queue_id uuid REFERENCES work_queue (id) ON DELETE SET NULL,
    work_queue_name text,
    flow_version text,
    parameters text NOT NULL,
    idempotency_key text,
    context text NOT NULL,
    empirical_policy text NOT NULL,
    tags text NOT NULL,
    labels text NOT NULL,
    parent_task_run_id uuid REFERENCES task_run (id) ON DELETE SET NULL,
    state_id uuid,
    state_type text,
    state_name text,
    state_timestamp timestamptz,
    run_count bigint NOT NULL,
    expected_start_time timestamptz,
    next_scheduled_start_time timestamptz,
    start_time timestamptz,
    end_time timestamptz,
    total_run_time double precision NOT NULL,
    auto_scheduled boolean NOT NULL,
    infrastructure_document_id uuid,
    infrastructure_pid text,
    created_by text,
    job_variables text,
    -- The schedule that planned the run and the instant it stands for: one run for each pair, held here
    -- and not by the form of a key.
    schedule_id uuid,
    schedule_instant timestamptz,
    UNIQUE (flow_id, idempotency_key)
);
CREATE UNIQUE INDEX flow_run_schedule_instant ON flow_run (schedule_id, schedule_instant) WHERE schedule_id IS NOT NULL;
CREATE INDEX flow_run_due ON flow_run (state_type, next_scheduled_start_time);
CREATE INDEX flow_run_deployment ON flow_run (deployment_id, state_type, next_scheduled_start_time);
CREATE INDEX flow_run_deployment_end ON flow_run (deployment_id, end_time);
CREATE INDEX flow_run_begun ON flow_run (deployment_id, coalesce(start_time, expected_start_time) DESC, id DESC)
    WHERE state_type <> 'SCHEDULED';
CREATE INDEX flow_run_queue ON flow_run (work_queue_id, state_type, next_scheduled_start_time);
CREATE INDEX flow_run_start ON flow_run (coalesce(start_time, expected_start_time));
CREATE INDEX flow_run_expected ON flow_run (expected_start_time);
CREATE INDEX flow_run_end ON flow_run (end_time);
CREATE INDEX flow_run_parent ON flow_run (parent_task_run_id);

CREATE TABLE flow_run_state (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    flow_run_id uuid NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    type text NOT NULL,
    name text NOT NULL,
    timestamp timestamptz NOT NULL,
    message text,
    state_details text NOT NULL,
    data text,
    UNIQUE (flow_run_id, timestamp)
);

CREATE TABLE task_run_state (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    task_run_id uuid NOT NULL REFERENCES task_run (id) ON DELETE CASCADE,
    type text NOT NULL,
    name text NOT NULL,
    timestamp timestamptz NOT NULL,
    message text,
    state_details text NOT NULL,
    data text
);
CREATE INDEX task_run_state_of ON task_run_state (task_run_id, timestamp);

CREATE TABLE task_run_state_cache (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    cache_key text NOT NULL,
    cache_expiration timestamptz,
    task_run_state_id uuid NOT NULL
);
CREATE INDEX task_run_state_cache_key ON task_run_state_cache (cache_key, created);

CREATE TABLE flow_run_input (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    flow_run_id uuid NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    key text NOT NULL,
    value text NOT NULL,
    sender text,
    UNIQUE (flow_run_id, key)
);

-- A line's seq grows with every stored line: the one cursor for history and tail.
CREATE TABLE log (
    seq bigserial PRIMARY KEY,
    id uuid NOT NULL,
    created timestamptz NOT NULL,
    name text NOT NULL,
    level bigint NOT NULL,
    message text NOT NULL,
    timestamp timestamptz NOT NULL,
    flow_run_id uuid,
    task_run_id uuid
);
CREATE INDEX log_of_flow_run ON log (flow_run_id, seq, level);
CREATE INDEX log_of_flow_run_by_time ON log (flow_run_id, timestamp);
CREATE INDEX log_of_task_run ON log (task_run_id, seq) WHERE task_run_id IS NOT NULL;

CREATE TABLE artifact (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    key text,
    type text,
    description text,
    data text,
    metadata_ text,
    flow_run_id uuid,
    task_run_id uuid
);
CREATE INDEX artifact_key ON artifact (key, created);
CREATE INDEX artifact_flow_run ON artifact (flow_run_id);
CREATE INDEX artifact_task_run ON artifact (task_run_id);

-- The newest artifact of each key.
CREATE TABLE artifact_collection (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    key text NOT NULL UNIQUE,
    latest_id uuid NOT NULL REFERENCES artifact (id)
);
CREATE INDEX artifact_collection_latest ON artifact_collection (latest_id);

CREATE TABLE variable (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL UNIQUE,
    value text NOT NULL,
    tags text NOT NULL
);

CREATE TABLE block_type (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    logo_url text,
    documentation_url text,
    description text,
    code_example text,
    is_protected boolean NOT NULL
);

CREATE TABLE block_schema (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    checksum text NOT NULL,
    fields text NOT NULL,
    capabilities text NOT NULL,
    version text NOT NULL,
    block_type_id uuid NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    UNIQUE (checksum, version)
);

-- `data` is encrypted.
CREATE TABLE block_document (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL,
    data text NOT NULL,
    is_anonymous boolean NOT NULL,
    block_type_id uuid NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    block_schema_id uuid NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
    UNIQUE (block_type_id, name)
);

-- The documents that are part of others, by the name of the field.
CREATE TABLE block_document_reference (
    parent_id uuid NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    name text NOT NULL,
    reference_id uuid NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    PRIMARY KEY (parent_id, name)
);
CREATE INDEX block_document_reference_to ON block_document_reference (reference_id);

CREATE TABLE concurrency_limit_v2 (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    active boolean NOT NULL,
    name text NOT NULL UNIQUE,
    slot_limit bigint NOT NULL,
    active_slots bigint NOT NULL,
    denied_slots bigint NOT NULL,
    slot_decay_per_second double precision NOT NULL,
    avg_slot_occupancy_seconds double precision NOT NULL
);

-- Who holds slots of limits, and until when. Whoever does not renew in time loses them.
CREATE TABLE concurrency_lease (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    slots bigint NOT NULL,
    holder_type text,
    holder_id uuid
);
CREATE INDEX concurrency_lease_expires ON concurrency_lease (expires);
CREATE INDEX concurrency_lease_holder ON concurrency_lease (holder_id) WHERE holder_id IS NOT NULL;

CREATE TABLE concurrency_lease_limit (
    lease_id uuid NOT NULL REFERENCES concurrency_lease (id) ON DELETE CASCADE,
    limit_id uuid NOT NULL REFERENCES concurrency_limit_v2 (id) ON DELETE CASCADE,
    PRIMARY KEY (lease_id, limit_id)
);
CREATE INDEX concurrency_lease_limit_of ON concurrency_lease_limit (limit_id);

CREATE TABLE event (
    id uuid PRIMARY KEY,
    occurred timestamptz NOT NULL,
    received timestamptz NOT NULL,
    event text NOT NULL,
    resource_id text NOT NULL,
    resource text NOT NULL,
    related text NOT NULL,
    payload text NOT NULL,
    follows uuid
);
CREATE INDEX event_occurred ON event (occurred, id);
CREATE INDEX event_of_resource ON event (resource_id, occurred);
CREATE INDEX event_name ON event (event, occurred);

-- Who else was involved in an event, for looking events up.
CREATE TABLE event_resource (
    event_id uuid NOT NULL,
    occurred timestamptz NOT NULL,
    resource_id text NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (occurred, event_id, resource_id, role)
);
CREATE INDEX event_resource_id ON event_resource (resource_id, occurred);

CREATE TABLE saved_search (
    id uuid PRIMARY KEY,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    name text NOT NULL UNIQUE,
    filters text NOT NULL
);

CREATE TABLE configuration (
    key text PRIMARY KEY,
    value text NOT NULL
);

-- Leadership of a loop: whoever holds the row until it expires runs the loop.
CREATE TABLE lease (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    expires timestamptz NOT NULL
);
