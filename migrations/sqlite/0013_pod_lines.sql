-- What containers print stands in the log, in one order of storing with what the flow's client sends: `pod` names where
-- a line was printed, `nth` counts within a microsecond of its clock. Both are NULL for lines that a client sent.
ALTER TABLE log ADD COLUMN pod TEXT;
ALTER TABLE log ADD COLUMN nth INTEGER;
CREATE UNIQUE INDEX log_of_pod ON log (flow_run_id, pod, timestamp, nth) WHERE pod IS NOT NULL;
INSERT INTO log (id, created, name, level, message, timestamp, flow_run_id, pod, nth)
    SELECT randomblob(16), at, 'prefect.flow_runs', 20, text, at, flow_run_id, pod, nth
    FROM flow_run_output ORDER BY at, pod, nth;
DROP TABLE flow_run_output;
