-- What differs from the file and was accepted: it is told again once either side says something else.
ALTER TABLE origin ADD COLUMN accepted TEXT;
