-- Questions to the clusters of workers, while whoever asks waits for the answer.
CREATE TABLE dry_run (
    id BLOB PRIMARY KEY,
    work_pool_id BLOB NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    asked INTEGER NOT NULL,
    question TEXT NOT NULL,
    taken INTEGER,
    answer TEXT
);
