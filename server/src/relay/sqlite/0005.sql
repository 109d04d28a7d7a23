-- The entry with which a record came to hang on another account, and whose device said so. A device that has not read it says
-- where the record hung before.
ALTER TABLE document ADD COLUMN rooted_at INTEGER;
ALTER TABLE document ADD COLUMN rooted_by INTEGER;
