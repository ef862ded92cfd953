-- What the containers of a run printed, kept beside its log: by the container runtime's clock, and within a microsecond
-- by number.
CREATE TABLE flow_run_output (
    flow_run_id BLOB NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    pod TEXT NOT NULL,
    nth INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (flow_run_id, at, pod, nth)
) WITHOUT ROWID;
