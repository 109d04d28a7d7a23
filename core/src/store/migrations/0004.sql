-- What this member wrote on records that are not theirs to see any more, and that is in no log: until a reviewer accepts it, or
-- until it is given up. The records are erased.
CREATE TABLE kept (
    seq      INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    kind     TEXT NOT NULL,
    book     BLOB NOT NULL,
    root     BLOB,
    bytes    BLOB NOT NULL,
    -- As in change: 0 outbox, because a restored relay may lack it; 2 in a review tray; 3 refused.
    state    INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    notice   INTEGER,
    accepted_at INTEGER,
    -- What it says: a JSON array of history entries. Nothing of what others wrote before.
    words    TEXT NOT NULL,
    UNIQUE (document, hash)
) STRICT;

-- When it was decided, the relay's clock, milliseconds since 1970 UTC. Unknown before this column.
ALTER TABLE verdict ADD COLUMN at INTEGER;
