-- What the containers of a run printed, kept beside its log: by the container runtime's clock, and within a microsecond
-- by number.
CREATE TABLE flow_run_output (
    flow_run_id uuid NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    at timestamptz NOT NULL,
    pod text NOT NULL,
    nth bigint NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (flow_run_id, at, pod, nth)
);
