-- Fixed tables of a device's store. Query tables (record_…) follow from the kinds and are caches of the documents.
-- No foreign keys: a dangling link is normal, it points to what is not shared with this member.

-- What this device is, and what the relay last told it.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    reports_to BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE book (
    id        BLOB PRIMARY KEY,
    name      TEXT NOT NULL,
    owner     BLOB,
    "right"   TEXT NOT NULL,
    common    INTEGER NOT NULL,
    reviews   INTEGER NOT NULL,
    -- 0 held; 1 leaving: access is gone, it is erased once unsent work is in the tray.
    leaving   INTEGER NOT NULL DEFAULT 0,
    -- 1 while the log is read again from its beginning, because the relay was restored.
    rereading INTEGER NOT NULL DEFAULT 0,
    -- The log's last number at the last sync, for progress.
    head      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How far each log is committed here. Written in the transaction of the page it belongs to.
CREATE TABLE cursor (
    book   BLOB NOT NULL,
    log    TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (book, log)
) STRICT, WITHOUT ROWID;

-- doc is this device's own short name of a record; query rows, search and findings share it.
CREATE TABLE document (
    doc     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    book    BLOB NOT NULL,
    -- The account it hangs on; null when it is its own root.
    root    BLOB,
    -- 1 leaving: moved to a book that is not shared; erased once unsent work is in the tray.
    leaving INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every change of every document, in order of arrival. The outbox and the ledger are its states:
-- 0 outbox, 1 accepted (numbered in a book's log), 2 in a review tray, 3 refused in review, 4 unverified (the log is
-- being reread), 5 waiting for a change it builds on.
CREATE TABLE change (
    seq    INTEGER PRIMARY KEY,
    doc    INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    bytes  BLOB NOT NULL,
    state  INTEGER NOT NULL,
    -- 1 if it was made on this device.
    local  INTEGER NOT NULL,
    -- Its number in the book's log, or in the tray.
    number INTEGER,
    -- The member who pushed it, as the relay says.
    member BLOB,
    -- Seconds the writing device's clock was believed to be behind the relay's.
    "offset" INTEGER NOT NULL,
    -- 1 marks the record as deleted, 2 takes the mark away.
    notice INTEGER,
    -- When it was accepted, this device's clock, milliseconds since 1970 UTC.
    accepted_at INTEGER
) STRICT;
CREATE INDEX change_doc ON change (doc);
-- Nearly all changes are settled. SQLite takes this index only for a query that says “state <> 1” itself.
CREATE INDEX change_unsettled ON change (state, seq) WHERE state <> 1;

-- Lanes that the relay rejected for good: kept, shown, retried or discarded by the app.
CREATE TABLE lane (
    doc   INTEGER PRIMARY KEY,
    code  TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- Chunks that could not be opened or decoded: kept aside, so that a newer version may.
CREATE TABLE aside (
    book     BLOB NOT NULL,
    number   INTEGER NOT NULL,
    document BLOB NOT NULL,
    member   BLOB,
    "offset" INTEGER NOT NULL,
    chunk    BLOB NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (book, number)
) STRICT, WITHOUT ROWID;

-- When a member was first known to hold a book up to a number.
CREATE TABLE receipt (
    book   BLOB NOT NULL,
    member BLOB NOT NULL,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (book, member, number)
) STRICT, WITHOUT ROWID;

-- Review trays this member may decide on.
CREATE TABLE tray (
    book     BLOB NOT NULL,
    number   INTEGER NOT NULL,
    document BLOB NOT NULL,
    device   BLOB NOT NULL,
    member   BLOB NOT NULL,
    "offset" INTEGER NOT NULL,
    chunk    BLOB NOT NULL,
    PRIMARY KEY (book, number)
) STRICT, WITHOUT ROWID;

-- Decisions on chains of a tray, on their way to the relay.
CREATE TABLE decision (
    seq      INTEGER PRIMARY KEY,
    book     BLOB NOT NULL,
    document BLOB NOT NULL,
    device   BLOB NOT NULL,
    up_to    INTEGER NOT NULL,
    accept   INTEGER NOT NULL,
    reason   TEXT
) STRICT;

-- Verdicts of others on what this device pushed into trays.
CREATE TABLE verdict (
    number   INTEGER PRIMARY KEY,
    document BLOB NOT NULL,
    changes  BLOB NOT NULL,
    accepted INTEGER NOT NULL,
    by       BLOB NOT NULL,
    reason   TEXT
) STRICT;

-- Which form each kind's query table has, and how far it is filled after the form changed.
CREATE TABLE kind (
    name        TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    -- The last doc that was projected; null once all are.
    filled_to   INTEGER
) STRICT, WITHOUT ROWID;

-- Overlapping pairs of characters of what search finds; rowid is doc.
CREATE VIRTUAL TABLE search USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '_'"
);
-- Bytes it gathers before it writes, in one transaction: 1 MiB by default.
INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);

-- What the practice derives, recomputed for what a change touches.

-- The latest visit of an account that took place.
CREATE TABLE last_contact (
    account BLOB PRIMARY KEY,
    -- Milliseconds since 1970 UTC.
    at      INTEGER NOT NULL,
    visit   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE due (
    -- Nil for a task that hangs on no account.
    account  BLOB NOT NULL,
    -- cadence, promised, planned or task.
    source   TEXT NOT NULL,
    -- The record it comes from: the account itself, a visit or a task.
    record   BLOB NOT NULL,
    -- Due from this day, overdue after that day: days since 1970-01-01.
    due_from INTEGER NOT NULL,
    due_to   INTEGER NOT NULL,
    PRIMARY KEY (account, source, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_from ON due (due_from);

CREATE TABLE finding (
    -- What it is about: a contact and year for a yearly cap, a gift note for a rule of one gift.
    subject  BLOB NOT NULL,
    rule     TEXT NOT NULL,
    -- What of the rule is broken: cap_per_year, cap_per_gift, not_branded, cash, banned.
    breach   TEXT NOT NULL,
    year     INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    -- Minor units; zero where the breach is no amount.
    total    INTEGER NOT NULL,
    cap      INTEGER NOT NULL,
    currency TEXT NOT NULL,
    -- The gift notes it counts, 16 bytes each.
    records  BLOB NOT NULL,
    PRIMARY KEY (subject, rule, breach, year)
) STRICT, WITHOUT ROWID;
