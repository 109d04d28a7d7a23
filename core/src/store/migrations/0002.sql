-- Documents of which a snapshot is to be made, or came.
CREATE TABLE snapshot (
    doc     INTEGER PRIMARY KEY,
    -- Changes that a snapshot stands for already, as far as this device knows.
    covered INTEGER NOT NULL,
    -- make: offer the relay one. good, bad: tell it what was found of the one that came. Null: nothing.
    todo    TEXT,
    -- Of the one that came: where it stands in its book's log.
    number  INTEGER
) STRICT;
CREATE INDEX snapshot_todo ON snapshot (todo) WHERE todo IS NOT NULL;
