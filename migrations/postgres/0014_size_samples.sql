-- How much each kind of table held at some time, so that growth can be told.
CREATE TABLE size_sample (
    taken timestamptz NOT NULL,
    kind text NOT NULL,
    rows_there bigint NOT NULL,
    bytes bigint,
    PRIMARY KEY (kind, taken)
);
