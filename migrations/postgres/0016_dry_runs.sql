-- Questions to the clusters of workers, while whoever asks waits for the answer.
CREATE TABLE dry_run (
    id uuid PRIMARY KEY,
    work_pool_id uuid NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    asked timestamptz NOT NULL,
    question text NOT NULL,
    taken timestamptz,
    answer text
);
