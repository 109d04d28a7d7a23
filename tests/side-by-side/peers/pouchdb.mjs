// PouchDB on LevelDB (its default in Node), a document a record; express-pouchdb is the server.
import http from 'node:http';
import path from 'node:path';
import express from 'express';
import expressPouchDB from 'express-pouchdb';
import PouchDB from 'pouchdb';
import find from 'pouchdb-find';
import { folder, isServer, port, serveClient, serveServer } from '../adapter.mjs';

PouchDB.plugin(find);
const INDEX = { index: { fields: ['account_id', 'kind', 'planned_at'], ddoc: 'page' } };
const documentOf = ({ id, ...fields }) => ({ _id: id, ...fields });
const recordOf = ({ _id, _rev, _conflicts, ...fields }) => ({ id: _id, ...fields });
const rows = async (db, options = {}) => (await db.allDocs(options)).rows.filter(({ id }) => !id.startsWith('_design/'));

if (isServer) {
  const Stored = PouchDB.defaults({ prefix: folder + path.sep });
  const options = {
    mode: 'minimumForPouchDB', logPath: path.join(folder, 'log.txt'), configPath: path.join(folder, 'config.json'),
  };
  const app = express().use('/', expressPouchDB(Stored, options));
  const db = new Stored('sales');
  const server = http.createServer(app).listen(port, '127.0.0.1', () => serveServer({
    oneshot: true,
    count: async () => (await rows(db)).length,
    async close() { server.closeAllConnections(); server.close(); await db.close(); },
  }));
} else {
  let db, live;
  const sync = (to, options) => PouchDB.sync(db, new PouchDB(`http://127.0.0.1:${to}/sales`), options);
  serveClient({
    async open(dir, { cold }) {
      db = new PouchDB(path.join(dir, 'sales'));
      db.setMaxListeners(100);
      if (cold) await db.info();
      else await db.createIndex(INDEX);
    },
    put: (record) => db.put(documentOf(record)),
    async putAll(all) {
      for (let at = 0; at < all.length; at += 1000) {
        const failed = (await db.bulkDocs(all.slice(at, at + 1000).map(documentOf))).find(({ error }) => error);
        if (failed) throw new Error(JSON.stringify(failed));
      }
    },
    count: async () => (await rows(db)).length,
    all: async () => (await rows(db, { include_docs: true })).map(({ doc }) => recordOf(doc)),
    async page(account, limit) {
      const selector = { account_id: account, kind: 'visit', planned_at: { $gt: null } };
      const sort = INDEX.index.fields.map((field) => ({ [field]: 'desc' }));
      return (await db.find({ selector, sort, limit, use_index: 'page' })).docs.map(({ _id }) => _id);
    },
    get: async (id) => recordOf(await db.get(id)),
    clashes: async (id) => (await db.get(id, { conflicts: true }))._conflicts?.length,
    async edit(id, set, append) {
      const found = await db.get(id);
      await db.put({ ...found, ...set, notes: found.notes + append });
    },
    sync,
    connect(to) { live = sync(to, { live: true, retry: true }).on('error', console.error); },
    async disconnect() {
      const ended = new Promise((resolve) => live.on('complete', resolve));
      live.cancel();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2_000))]);
    },
    observe(id, look) {
      const changes = db.changes({ since: 'now', live: true }).on('change', (change) => { if (change.id === id) look(); });
      return () => changes.cancel();
    },
    close: () => db.close(),
  });
}
