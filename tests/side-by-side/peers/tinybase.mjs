// TinyBase: a MergeableStore, a table a kind, a row a record; better-sqlite3 persister in its JSON mode (the only one for a
// MergeableStore), WebSocket synchronizer; the server with a file persister, as its documentation has it.
import path from 'node:path';
import Database from 'better-sqlite3';
import { createIndexes, createMergeableStore } from 'tinybase';
import { createBetterSqlite3Persister } from 'tinybase/persisters/persister-better-sqlite3';
import { createFilePersister } from 'tinybase/persisters/persister-file';
import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';
import { createWsServer } from 'tinybase/synchronizers/synchronizer-ws-server';
import { WebSocket, WebSocketServer } from 'ws';
import { folder, isServer, port, serveClient, serveServer } from '../adapter.mjs';

const KINDS = ['account', 'visit', 'gift', 'opportunity'];
const LARGEST = 1 << 30; // ws refuses larger messages than this; its default is below the whole store at 10,000 records
const countOf = (store) => (store ? KINDS.reduce((sum, kind) => sum + store.getRowCount(kind), 0) : 0);

if (isServer) {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: LARGEST });
  let store, persister;
  const server = createWsServer(sockets, () => {
    store = createMergeableStore();
    return (persister = createFilePersister(store, path.join(folder, 'sales.json')));
  }, console.error);
  sockets.on('listening', () => serveServer({
    oneshot: false,
    count: () => countOf(store),
    flush: () => (server.getPathIds().length ? persister?.save() : undefined),
    async close() { await server.destroy(); sockets.close(); },
  }));
} else {
  let store, db, persister, synchronizer, indexes;
  const kindOf = (id) => KINDS.find((kind) => store.hasRow(kind, id));
  const set = ({ id, kind, ...fields }) => store.setRow(kind, id, fields);
  const get = (id, kind = kindOf(id)) => ({ kind, id, ...store.getRow(kind, id) });
  serveClient({
    async open(dir) {
      store = createMergeableStore();
      db = new Database(path.join(dir, 'tinybase.sqlite'));
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      persister = createBetterSqlite3Persister(store, db, 'tinybase', undefined, console.error);
      await persister.load();
      indexes = createIndexes(store)
        .setIndexDefinition('page', 'visit', 'account_id', 'planned_at', undefined, (a, b) => b - a);
    },
    async put(record) { set(record); await persister.save(); },
    async putAll(all) { store.transaction(() => all.forEach(set)); await persister.save(); },
    count: () => countOf(store),
    all: () => KINDS.flatMap((kind) => store.getRowIds(kind).map((id) => get(id, kind))),
    page: (account, limit) => indexes.getSliceRowIds('page', account).slice(0, limit),
    get,
    async edit(id, fields, append) {
      const kind = kindOf(id);
      store.transaction(() => {
        for (const [field, value] of Object.entries(fields)) store.setCell(kind, id, field, value);
        store.setCell(kind, id, 'notes', (notes) => notes + append);
      });
      await persister.save();
    },
    async connect(to) {
      await persister.startAutoSave();
      const socket = new WebSocket(`ws://127.0.0.1:${to}/sales`, { maxPayload: LARGEST });
      synchronizer = await createWsSynchronizer(store, socket, 1, undefined, undefined, console.error);
      await synchronizer.startSync();
    },
    async disconnect() { await synchronizer.destroy(); await persister.save(); },
    observe(id, look) {
      const listener = store.addRowListener(kindOf(id), id, () => setImmediate(look));
      return () => store.delListener(listener);
    },
    flush: () => persister.save(),
    async close() { await persister.save(); await persister.destroy(); db.close(); },
  });
}
