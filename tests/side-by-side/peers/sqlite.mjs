// The limit: better-sqlite3, a plain table and an index, write-ahead log, synchronous=FULL. No sync.
import path from 'node:path';
import Database from 'better-sqlite3';
import { serveClient } from '../adapter.mjs';

let db, insert;
const row = (record) => [record.id, record.kind, record.account_id, record.planned_at, JSON.stringify(record)];
const bodies = (sql, ...args) => db.prepare(sql).all(...args).map(({ body }) => JSON.parse(body));

serveClient({
  open(dir) {
    db = new Database(path.join(dir, 'bare.sqlite'));
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(`CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, kind TEXT, account_id TEXT, at INTEGER, body TEXT) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS page ON record (account_id, kind, at DESC, id)`);
    insert = db.prepare('INSERT INTO record VALUES (?, ?, ?, ?, ?)');
  },
  put: (record) => insert.run(...row(record)),
  putAll: (all) => db.transaction(() => all.forEach((record) => insert.run(...row(record))))(),
  count: () => db.prepare('SELECT count(*) AS n FROM record').get().n,
  all: () => bodies('SELECT body FROM record'),
  page: (account, limit) =>
    bodies("SELECT body FROM record WHERE account_id = ? AND kind = 'visit' ORDER BY at DESC, id LIMIT ?", account, limit)
      .map(({ id }) => id),
  close: () => db.close(),
});
