-- Whether the device is to read its logs anew, because what it believes of this relay may be of a later day than this
-- database, restored from a backup: 2 until it was told, 1 until it has begun.
ALTER TABLE device ADD COLUMN reread INTEGER NOT NULL DEFAULT 0;

-- Where a document went from there; null where it came back to, and for moves before this column.
ALTER TABLE forward ADD COLUMN went INTEGER;
