-- Tables of flows, runs, deployments, pools and what belongs to them.
-- JSON is kept as text on both databases: order and spelling stay as they were sent.

CREATE TABLE flow (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    tags TEXT NOT NULL,
    labels TEXT NOT NULL
);

CREATE TABLE work_pool (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    type TEXT NOT NULL,
    base_job_template TEXT NOT NULL,
    is_paused BOOLEAN NOT NULL,
    concurrency_limit INTEGER,
    status TEXT,
    default_queue_id BLOB,
    storage_configuration TEXT NOT NULL
);

CREATE TABLE work_queue (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    is_paused BOOLEAN NOT NULL,
    concurrency_limit INTEGER,
    priority INTEGER NOT NULL,
    work_pool_id BLOB NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    filter TEXT,
    last_polled INTEGER,
    status TEXT,
    UNIQUE (work_pool_id, name)
);

CREATE TABLE worker (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    work_pool_id BLOB NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    last_heartbeat_time INTEGER,
    heartbeat_interval_seconds INTEGER,
    status TEXT NOT NULL,
    UNIQUE (work_pool_id, name)
);

CREATE TABLE deployment (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    description TEXT,
    flow_id BLOB NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    paused BOOLEAN NOT NULL,
    concurrency_limit INTEGER,
    concurrency_options TEXT,
    concurrency_limit_id BLOB,
    job_variables TEXT NOT NULL,
    parameters TEXT NOT NULL,
    tags TEXT NOT NULL,
    labels TEXT NOT NULL,
    work_queue_name TEXT,
    work_queue_id BLOB REFERENCES work_queue (id) ON DELETE SET NULL,
    last_polled INTEGER,
    parameter_openapi_schema TEXT,
    path TEXT,
    pull_steps TEXT,
    entrypoint TEXT,
    manifest_path TEXT,
    storage_document_id BLOB,
    infrastructure_document_id BLOB,
    created_by TEXT,
    updated_by TEXT,
    status TEXT NOT NULL,
    enforce_parameter_schema BOOLEAN NOT NULL,
    UNIQUE (flow_id, name)
);
CREATE INDEX deployment_work_queue ON deployment (work_queue_id);
CREATE INDEX deployment_updated ON deployment (updated);

CREATE TABLE deployment_schedule (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    deployment_id BLOB NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    schedule TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    max_scheduled_runs INTEGER,
    parameters TEXT NOT NULL,
    slug TEXT,
    max_active_runs INTEGER,
    catchup BOOLEAN NOT NULL,
    -- How far runs are planned, and when to plan on: the scheduler's memory. Any edit forgets it.
    planned_through INTEGER,
    plan_again INTEGER NOT NULL,
    UNIQUE (deployment_id, slug)
);
CREATE INDEX deployment_schedule_plan_again ON deployment_schedule (plan_again) WHERE active;

CREATE TABLE task_run (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    flow_run_id BLOB,
    task_key TEXT NOT NULL,
    dynamic_key TEXT NOT NULL,
    cache_key TEXT,
    cache_expiration INTEGER,
    task_version TEXT,
    empirical_policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    labels TEXT NOT NULL,
    task_inputs TEXT NOT NULL,
    state_id BLOB,
    state_type TEXT,
    state_name TEXT,
    state_timestamp INTEGER,
    run_count INTEGER NOT NULL,
    flow_run_run_count INTEGER NOT NULL,
    expected_start_time INTEGER,
    next_scheduled_start_time INTEGER,
    start_time INTEGER,
    end_time INTEGER,
    total_run_time REAL NOT NULL,
    UNIQUE (flow_run_id, task_key, dynamic_key)
);
CREATE INDEX task_run_state_type ON task_run (state_type, end_time);

CREATE TABLE flow_run (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    flow_id BLOB NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    deployment_id BLOB,
    deployment_version TEXT,
    work_queue_id BLOB REFERENCES work_queue (id) ON DELETE SET NULL,
    work_queue_name TEXT,
    flow_version TEXT,
    parameters TEXT NOT NULL,
    idempotency_key TEXT,
    context TEXT NOT NULL,
    empirical_policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    labels TEXT NOT NULL,
    parent_task_run_id BLOB REFERENCES task_run (id) ON DELETE SET NULL,
    state_id BLOB,
    state_type TEXT,
    state_name TEXT,
    state_timestamp INTEGER,
    run_count INTEGER NOT NULL,
    expected_start_time INTEGER,
    next_scheduled_start_time INTEGER,
    start_time INTEGER,
    end_time INTEGER,
    total_run_time REAL NOT NULL,
    auto_scheduled BOOLEAN NOT NULL,
    infrastructure_document_id BLOB,
    infrastructure_pid TEXT,
    created_by TEXT,
    job_variables TEXT,
    -- The schedule that planned the run and the instant it stands for: one run for each pair, held here
    -- and not by the form of a key.
    schedule_id BLOB,
    schedule_instant INTEGER,
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
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    flow_run_id BLOB NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    message TEXT,
    state_details TEXT NOT NULL,
    data TEXT,
    UNIQUE (flow_run_id, timestamp)
);

CREATE TABLE task_run_state (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    task_run_id BLOB NOT NULL REFERENCES task_run (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    message TEXT,
    state_details TEXT NOT NULL,
    data TEXT
);
CREATE INDEX task_run_state_of ON task_run_state (task_run_id, timestamp);

CREATE TABLE task_run_state_cache (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    cache_key TEXT NOT NULL,
    cache_expiration INTEGER,
    task_run_state_id BLOB NOT NULL
);
CREATE INDEX task_run_state_cache_key ON task_run_state_cache (cache_key, created);

CREATE TABLE flow_run_input (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    flow_run_id BLOB NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    sender TEXT,
    UNIQUE (flow_run_id, key)
);

-- A line's seq grows with every stored line: the one cursor for history and tail.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL,
    created INTEGER NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    message TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    flow_run_id BLOB,
    task_run_id BLOB
);
CREATE INDEX log_of_flow_run ON log (flow_run_id, seq, level);
CREATE INDEX log_of_flow_run_by_time ON log (flow_run_id, timestamp);
CREATE INDEX log_of_task_run ON log (task_run_id, seq) WHERE task_run_id IS NOT NULL;

CREATE TABLE artifact (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    key TEXT,
    type TEXT,
    description TEXT,
    data TEXT,
    metadata_ TEXT,
    flow_run_id BLOB,
    task_run_id BLOB
);
CREATE INDEX artifact_key ON artifact (key, created);
CREATE INDEX artifact_flow_run ON artifact (flow_run_id);
CREATE INDEX artifact_task_run ON artifact (task_run_id);

-- The newest artifact of each key.
CREATE TABLE artifact_collection (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    latest_id BLOB NOT NULL REFERENCES artifact (id)
);
CREATE INDEX artifact_collection_latest ON artifact_collection (latest_id);

CREATE TABLE variable (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    tags TEXT NOT NULL
);

CREATE TABLE block_type (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    logo_url TEXT,
    documentation_url TEXT,
    description TEXT,
    code_example TEXT,
    is_protected BOOLEAN NOT NULL
);

CREATE TABLE block_schema (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    fields TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    version TEXT NOT NULL,
    block_type_id BLOB NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    UNIQUE (checksum, version)
);

-- `data` is encrypted.
CREATE TABLE block_document (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    is_anonymous BOOLEAN NOT NULL,
    block_type_id BLOB NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    block_schema_id BLOB NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
    UNIQUE (block_type_id, name)
);

-- The documents that are part of others, by the name of the field.
CREATE TABLE block_document_reference (
    parent_id BLOB NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    reference_id BLOB NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    PRIMARY KEY (parent_id, name)
);
CREATE INDEX block_document_reference_to ON block_document_reference (reference_id);

CREATE TABLE concurrency_limit_v2 (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    name TEXT NOT NULL UNIQUE,
    slot_limit INTEGER NOT NULL,
    active_slots INTEGER NOT NULL,
    denied_slots INTEGER NOT NULL,
    slot_decay_per_second REAL NOT NULL,
    avg_slot_occupancy_seconds REAL NOT NULL
);

-- Who holds slots of limits, and until when. Whoever does not renew in time loses them.
CREATE TABLE concurrency_lease (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    slots INTEGER NOT NULL,
    holder_type TEXT,
    holder_id BLOB
);
CREATE INDEX concurrency_lease_expires ON concurrency_lease (expires);
CREATE INDEX concurrency_lease_holder ON concurrency_lease (holder_id) WHERE holder_id IS NOT NULL;

CREATE TABLE concurrency_lease_limit (
    lease_id BLOB NOT NULL REFERENCES concurrency_lease (id) ON DELETE CASCADE,
    limit_id BLOB NOT NULL REFERENCES concurrency_limit_v2 (id) ON DELETE CASCADE,
    PRIMARY KEY (lease_id, limit_id)
);
CREATE INDEX concurrency_lease_limit_of ON concurrency_lease_limit (limit_id);

CREATE TABLE event (
    id BLOB PRIMARY KEY,
    occurred INTEGER NOT NULL,
    received INTEGER NOT NULL,
    event TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    related TEXT NOT NULL,
    payload TEXT NOT NULL,
    follows BLOB
);
CREATE INDEX event_occurred ON event (occurred, id);
CREATE INDEX event_of_resource ON event (resource_id, occurred);
CREATE INDEX event_name ON event (event, occurred);

-- Who else was involved in an event, for looking events up.
CREATE TABLE event_resource (
    event_id BLOB NOT NULL,
    occurred INTEGER NOT NULL,
    resource_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (occurred, event_id, resource_id, role)
) WITHOUT ROWID;
CREATE INDEX event_resource_id ON event_resource (resource_id, occurred);

CREATE TABLE saved_search (
    id BLOB PRIMARY KEY,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    filters TEXT NOT NULL
);

CREATE TABLE configuration (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Leadership of a loop: whoever holds the row until it expires runs the loop.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder BLOB NOT NULL,
    expires INTEGER NOT NULL
);
