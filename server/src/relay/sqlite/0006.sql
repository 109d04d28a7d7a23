-- Which change hung a record where it hangs: its order in the document, null for the change that created it. A device that has
-- not read the change cannot hang the record back.
ALTER TABLE document DROP COLUMN rooted_at;
ALTER TABLE document DROP COLUMN rooted_by;
ALTER TABLE document ADD COLUMN rooted BLOB;
-- Of an offered change: on what it hangs its record, and in which order if it says so. Its root is what the record hangs on
-- with all that its device has offered.
ALTER TABLE tray ADD COLUMN hung BLOB;
ALTER TABLE tray ADD COLUMN rooted BLOB;
