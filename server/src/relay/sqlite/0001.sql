-- The relay's tables. Small integer keys stand for books, members and devices, so that an entry costs little more than
-- its chunk.

CREATE TABLE workspace (
    key    INTEGER PRIMARY KEY,
    id     BLOB NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    common BLOB NOT NULL
) STRICT;

CREATE TABLE member (
    key        INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    workspace  INTEGER NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    reports_to BLOB,
    active     INTEGER NOT NULL DEFAULT 1,
    book       BLOB NOT NULL
) STRICT;
CREATE INDEX member_workspace ON member (workspace);

-- Two logs a book: its entries and its review tray. Heads and running digests are those of the last entry.
CREATE TABLE book (
    key         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    workspace   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    owner       BLOB,
    head        INTEGER NOT NULL DEFAULT 0,
    digest      BLOB NOT NULL DEFAULT x'0000000000000000',
    tray_head   INTEGER NOT NULL DEFAULT 0,
    tray_digest BLOB NOT NULL DEFAULT x'0000000000000000'
) STRICT;
CREATE INDEX book_workspace ON book (workspace);

CREATE TABLE granted (
    book       INTEGER NOT NULL,
    member     BLOB NOT NULL,
    "right"    TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (book, member)
) STRICT, WITHOUT ROWID;

-- Only hashes of codes and tokens are kept.
CREATE TABLE invitation (
    code       BLOB PRIMARY KEY,
    member     BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The device it was turned into, with the token it asked for.
    device     BLOB,
    token      BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    key         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    member      BLOB NOT NULL,
    name        TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    last_seen   INTEGER,
    token       BLOB UNIQUE,
    next_token  BLOB UNIQUE,
    -- retire or wipe, until the device has obeyed.
    "order"     TEXT,
    ended       INTEGER NOT NULL DEFAULT 0,
    verdicts    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_member ON device (member);

-- Books a device was once told it may write: it may push into their trays for ever after.
CREATE TABLE once_wrote (
    device INTEGER NOT NULL,
    book   INTEGER NOT NULL,
    PRIMARY KEY (device, book)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_cursor (
    device INTEGER NOT NULL,
    book   BLOB NOT NULL,
    log    INTEGER NOT NULL,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (device, book, log)
) STRICT, WITHOUT ROWID;

-- How far a member has confirmed a book, on whichever of their devices is furthest.
CREATE TABLE receipt (
    book   INTEGER NOT NULL,
    member BLOB NOT NULL,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (book, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    key        INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    workspace  INTEGER NOT NULL,
    book       INTEGER NOT NULL,
    -- The account it hangs on; itself when it is its own root.
    root       BLOB NOT NULL,
    -- When its delete notice came; null while it is not deleted.
    deleted_at INTEGER,
    -- 1: gone for good, its id is refused for ever.
    purged     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX document_root ON document (root);
CREATE INDEX document_deleted ON document (deleted_at) WHERE deleted_at IS NOT NULL AND purged = 0;

-- Books a document has been in before.
CREATE TABLE forward (
    document BLOB NOT NULL,
    book     INTEGER NOT NULL,
    PRIMARY KEY (document, book)
) STRICT, WITHOUT ROWID;

-- at is book << 40 | number: a book's log is one stretch of the table, read without a second index.
-- what: 0 a change; 1 nothing any more (moved or purged; its digest stays, cursors may stand on it); 2 documents moved
-- away (chunk: their ids, one after the other; origin: the book they went to); 3 a document purged.
CREATE TABLE entry (
    at       INTEGER PRIMARY KEY,
    what     INTEGER NOT NULL,
    document INTEGER,
    change   BLOB,
    member   BLOB,
    device   INTEGER,
    "offset" INTEGER,
    -- Of a change that moved here: where it was, as at.
    origin   INTEGER,
    -- Of a change that moved here: the entry that says so there, as at.
    moved    INTEGER,
    digest   BLOB NOT NULL,
    chunk    BLOB
) STRICT;
CREATE INDEX entry_document ON entry (document, change) WHERE what = 0;

-- what: 0 offered and open; 1 nothing any more; 2 a decision (number: up_to).
CREATE TABLE tray (
    at       INTEGER PRIMARY KEY,
    what     INTEGER NOT NULL,
    document BLOB NOT NULL,
    root     BLOB NOT NULL,
    device   INTEGER NOT NULL,
    change   BLOB,
    member   BLOB,
    "offset" INTEGER,
    notice   INTEGER,
    up_to    INTEGER,
    accepted INTEGER,
    digest   BLOB NOT NULL,
    chunk    BLOB
) STRICT;
CREATE INDEX tray_open ON tray (device, document) WHERE what = 0;
CREATE INDEX tray_root ON tray (root) WHERE what = 0;

CREATE TABLE verdict (
    device   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    document BLOB NOT NULL,
    changes  BLOB NOT NULL,
    accepted INTEGER NOT NULL,
    by       BLOB NOT NULL,
    reason   BLOB,
    PRIMARY KEY (device, number)
) STRICT;

-- A refusal belongs to a device and a change: the same bytes from someone else pass.
CREATE TABLE refused (
    device   INTEGER NOT NULL,
    document BLOB NOT NULL,
    change   BLOB NOT NULL,
    PRIMARY KEY (device, document, change)
) STRICT, WITHOUT ROWID;

-- What took rights away, as it is written to the journal beside the database.
CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    line   TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    number    INTEGER PRIMARY KEY,
    workspace INTEGER,
    at        INTEGER NOT NULL,
    action    TEXT NOT NULL,
    details   TEXT NOT NULL
) STRICT;
