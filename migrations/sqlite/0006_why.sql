-- What stands behind a run in a cluster, as its worker saw it last.
CREATE TABLE flow_run_infrastructure (
    flow_run_id BLOB PRIMARY KEY REFERENCES flow_run (id) ON DELETE CASCADE,
    updated INTEGER NOT NULL,
    -- The manifest as it was created, who set each of its leaves, and the pods.
    manifest TEXT,
    origins TEXT,
    pods TEXT
);

-- Why a run was not taken, or not given: one row for each kind of decision, told again and again.
CREATE TABLE flow_run_decision (
    flow_run_id BLOB NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    words TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (flow_run_id, kind)
);
CREATE INDEX flow_run_decision_last ON flow_run_decision (last_at);
