-- Snapshots, each in the place of the changes it replaces. The newest of a document is served. An older one is kept beside
-- it while that is not proved and what the older one replaced is not there any more.
CREATE TABLE snapshot (
    document     INTEGER NOT NULL,
    -- Where it stands: the last entry it replaces, as at.
    at           INTEGER NOT NULL,
    -- What it replaces, in the order in which it gives it back: the at of each, eight bytes big-endian.
    replaces     BLOB NOT NULL,
    -- The digest of the ids in that order.
    digest       BLOB NOT NULL,
    device       INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    -- When a device other than its maker first found that it gives back what it replaces.
    confirmed_at INTEGER,
    -- 1 once the bytes of what it replaces are gone.
    alone        INTEGER NOT NULL DEFAULT 0,
    chunk        BLOB NOT NULL,
    PRIMARY KEY (document, at)
) STRICT;
CREATE INDEX snapshot_made ON snapshot (made_at) WHERE alone = 0 AND confirmed_at IS NOT NULL;

-- 1 once a snapshot stood for it. The chunk is null once one stands alone; the id stays, so that a repeated push is known.
ALTER TABLE entry ADD COLUMN folded INTEGER;
