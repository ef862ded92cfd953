-- What stands behind a run in a cluster, as its worker saw it last.
CREATE TABLE flow_run_infrastructure (
    flow_run_id uuid PRIMARY KEY REFERENCES flow_run (id) ON DELETE CASCADE,
    updated timestamptz NOT NULL,
    -- The manifest as it was created, who set each of its leaves, and the pods.
    manifest text,
    origins text,
    pods text
);

-- Why a run was not taken, or not given: one row for each kind of decision, told again and again.
CREATE TABLE flow_run_decision (
    flow_run_id uuid NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    kind text NOT NULL,
    words text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (flow_run_id, kind)
);
CREATE INDEX flow_run_decision_last ON flow_run_decision (last_at);
