-- Where a thing was brought up from, and what was said of it then: what somebody changed since can be told apart.
CREATE TABLE origin (
    kind text NOT NULL,
    object_id uuid NOT NULL,
    updated timestamptz NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    said text NOT NULL,
    PRIMARY KEY (kind, object_id)
);
CREATE INDEX origin_name ON origin (kind, name);
