-- Every template that a work pool has had since it was first changed here.
CREATE TABLE work_pool_template (
    work_pool_id uuid NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    created timestamptz NOT NULL,
    author text NOT NULL,
    note text NOT NULL,
    template text NOT NULL,
    PRIMARY KEY (work_pool_id, version)
);
