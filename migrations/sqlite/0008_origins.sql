-- Where a thing was brought up from, and what was said of it then: what somebody changed since can be told apart.
CREATE TABLE origin (
    kind TEXT NOT NULL,
    object_id BLOB NOT NULL,
    updated INTEGER NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (kind, object_id)
) WITHOUT ROWID;
CREATE INDEX origin_name ON origin (kind, name);
