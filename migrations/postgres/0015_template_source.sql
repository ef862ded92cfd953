-- The template as it was written in YAML, with its comments: empty where it was written as JSON, null where that is not known.
ALTER TABLE work_pool_template ADD COLUMN source TEXT;
