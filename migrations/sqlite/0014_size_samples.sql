-- How much each kind of table held at some time, so that growth can be told.
CREATE TABLE size_sample (
    taken INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rows_there INTEGER NOT NULL,
    bytes INTEGER,
    PRIMARY KEY (kind, taken)
) WITHOUT ROWID;
