// What one would write oneself: better-sqlite3 (write-ahead log, synchronous=FULL), a JSON row a record, a dirty flag, a
// cursor of the server's, the last writer of a record wins, gzipped JSON over HTTP, a poke over a websocket.
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import Database from 'better-sqlite3';
import { WebSocket, WebSocketServer } from 'ws';
import { folder, isServer, port, serveClient, serveServer } from '../adapter.mjs';

const pack = async (value) => promisify(zlib.gzip)(JSON.stringify(value));
const unpack = async (bytes) => JSON.parse(await promisify(zlib.gunzip)(bytes));
const readAll = async (stream) => Buffer.concat(await stream.toArray());

function open(dir) {
  const db = new Database(path.join(dir, 'lww.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, kind TEXT, account_id TEXT, at INTEGER, stamp INTEGER,
      dirty INTEGER, seq INTEGER, body TEXT) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS page ON record (account_id, kind, at DESC, id);
    CREATE INDEX IF NOT EXISTS dirty ON record (dirty) WHERE dirty = 1;
    CREATE INDEX IF NOT EXISTS seq ON record (seq);
    CREATE TABLE IF NOT EXISTS cursor (at INTEGER);
    INSERT INTO cursor SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM cursor)`);
  const upsert = db.prepare(`INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, account_id = excluded.account_id, at = excluded.at, stamp = excluded.stamp,
    dirty = excluded.dirty, seq = excluded.seq, body = excluded.body
    WHERE (excluded.stamp, excluded.body) > (record.stamp, record.body)`);
  return {
    db,
    put: (record, stamp, dirty, seq) => upsert.run(
      record.id, record.kind, record.account_id, record.planned_at, stamp, dirty, seq, JSON.stringify(record)),
    cursor: () => db.prepare('SELECT at FROM cursor').get().at,
    advance: (at) => db.prepare('UPDATE cursor SET at = ?').run(at),
    count: () => db.prepare('SELECT count(*) AS n FROM record').get().n,
    rows: (sql, ...args) => db.prepare(sql).all(...args).map(({ body, stamp }) => [JSON.parse(body), stamp]),
  };
}

if (isServer) {
  const store = open(folder);
  const pokes = new WebSocketServer({ noServer: true });
  const server = http.createServer(async (request, response) => {
    const { site, since, rows } = await unpack(await readAll(request));
    let mine = -1;
    if (rows.length) {
      store.db.transaction(() => {
        mine = store.cursor() + 1;
        for (const [record, stamp] of rows) store.put(record, stamp, 0, mine);
        store.advance(mine);
      })();
      for (const other of pokes.clients) if (other.site !== site) other.send('poke');
    }
    const news = store.rows('SELECT body, stamp FROM record WHERE seq > ? AND seq <> ?', since, mine);
    response.end(await pack({ rows: news, cursor: store.cursor() }));
  });
  server.on('upgrade', (request, socket, head) =>
    pokes.handleUpgrade(request, socket, head, (client) => { client.site = request.url.slice(1); }));
  server.listen(port, '127.0.0.1', () => serveServer({
    oneshot: true,
    count: store.count,
    close() { pokes.close(); server.closeAllConnections(); server.close(); store.db.close(); },
  }));
} else {
  const site = String(process.pid);
  const watchers = new Set();
  let store, live, agent, last = 0, turn = Promise.resolve();
  const stamp = () => (last = Math.max(last + 1, Date.now() * 1000));
  const get = (id) => store.rows('SELECT body, stamp FROM record WHERE id = ?', id)[0][0];
  const post = (to, body) => new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: to, method: 'POST', path: '/sync', agent }, (r) => resolve(readAll(r)));
    request.on('error', reject).end(body);
  });
  async function once(to) {
    const rows = store.rows('SELECT body, stamp FROM record WHERE dirty = 1');
    const answer = await unpack(await post(to, await pack({ site, since: store.cursor(), rows })));
    store.db.transaction(() => {
      const clean = store.db.prepare('UPDATE record SET dirty = 0 WHERE id = ? AND stamp = ?');
      for (const [{ id }, at] of rows) clean.run(id, at);
      for (const [record, at] of answer.rows) store.put(record, at, 0, 0);
      store.advance(answer.cursor);
    })();
    watchers.forEach((look) => look());
  }
  const sync = (to) => (turn = turn.then(() => once(to)));
  serveClient({
    open(dir) { store = open(dir); },
    put: (record) => store.put(record, stamp(), 1, 0),
    putAll: (all) => store.db.transaction(() => all.forEach((record) => store.put(record, stamp(), 1, 0)))(),
    count: () => store.count(),
    all: () => store.rows('SELECT body, stamp FROM record').map(([record]) => record),
    page: (account, limit) => store
      .rows("SELECT body, stamp FROM record WHERE account_id = ? AND kind = 'visit' ORDER BY at DESC, id LIMIT ?", account, limit)
      .map(([{ id }]) => id),
    get,
    edit(id, set, append) {
      const record = { ...get(id), ...set };
      record.notes += append;
      store.put(record, stamp(), 1, 0);
      if (live) sync(live.port);
    },
    sync,
    async connect(to) {
      agent = new http.Agent({ keepAlive: true });
      live = new WebSocket(`ws://127.0.0.1:${to}/${site}`);
      live.port = to;
      await new Promise((opened) => live.on('open', opened));
      live.on('message', () => sync(to));
      await sync(to);
    },
    async disconnect() {
      live.close();
      live = undefined;
      await turn;
      agent.destroy();
      agent = undefined;
    },
    observe(id, look) { watchers.add(look); return () => watchers.delete(look); },
    close: () => store.db.close(),
  });
}
