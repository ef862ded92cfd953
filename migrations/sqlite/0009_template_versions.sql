-- Every template that a work pool has had since it was first changed here.
CREATE TABLE work_pool_template (
    work_pool_id BLOB NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    template TEXT NOT NULL,
    PRIMARY KEY (work_pool_id, version)
);
