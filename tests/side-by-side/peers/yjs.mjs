// Yjs: one document for everything, `notes` a Y.Text; y-leveldb on the clients, Hocuspocus with its SQLite extension.
// The server's own save comes later (2 to 10 s) and is not waited for.
import path from 'node:path';
import { SQLite } from '@hocuspocus/extension-sqlite';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { Server } from '@hocuspocus/server';
import { WebSocket } from 'ws';
import { LeveldbPersistence } from 'y-leveldb';
import * as Y from 'yjs';
import { folder, isServer, page, port, serveClient, serveServer } from '../adapter.mjs';
import { poll } from '../clock.mjs';

const NAME = 'sales';
const recordsOf = (doc) => doc.getMap('records');

if (isServer) {
  const server = new Server({
    port, address: '127.0.0.1', quiet: true, stopOnSignals: false,
    flushDelay: false, // by default an unloaded document below 1 MiB is sent whole to the first client, in sync or not
    extensions: [new SQLite({ database: path.join(folder, 'hocuspocus.sqlite') })],
  });
  await server.listen();
  const { hocuspocus } = server;
  serveServer({
    oneshot: true,
    async count() {
      const loaded = hocuspocus.documents.get(NAME);
      if (loaded) return recordsOf(loaded).size;
      const connection = await hocuspocus.openDirectConnection(NAME, {});
      let count;
      await connection.transact((doc) => { count = recordsOf(doc).size; });
      await connection.disconnect();
      return count;
    },
    flush: () => hocuspocus.flushPendingStores(),
    async close() { hocuspocus.flushPendingStores(); await server.destroy(); },
  });
} else {
  let stored, doc, all, provider, socket, saved = Promise.resolve();
  const mapOf = (record) =>
    new Y.Map(Object.entries(record).map(([field, value]) => [field, field === 'notes' ? new Y.Text(value) : value]));
  async function connect(to) {
    socket = new HocuspocusProviderWebsocket({ url: `ws://127.0.0.1:${to}`, WebSocketPolyfill: WebSocket });
    await new Promise((onSynced) => {
      provider = new HocuspocusProvider({ websocketProvider: socket, name: NAME, document: doc, token: 'any', onSynced });
      provider.attach();
    });
    await poll(() => !provider.hasUnsyncedChanges, 1);
    await saved;
  }
  async function disconnect() { provider.destroy(); socket.destroy(); await saved; }
  serveClient({
    async open(dir) {
      stored = new LeveldbPersistence(path.join(dir, 'leveldb'));
      doc = await stored.getYDoc(NAME);
      all = recordsOf(doc);
      doc.on('update', (update) => { saved = saved.then(() => stored.storeUpdate(NAME, update)); });
    },
    put(record) { all.set(record.id, mapOf(record)); return saved; },
    putAll(records) { doc.transact(() => records.forEach((record) => all.set(record.id, mapOf(record)))); return saved; },
    count: () => all.size,
    all: () => [...all.values()].map((map) => map.toJSON()),
    page(account, limit) {
      const found = [...all.values()].filter((map) => map.get('account_id') === account && map.get('kind') === 'visit');
      return page(found.map((map) => map.toJSON()), account, limit).map(({ id }) => id);
    },
    get: (id) => all.get(id).toJSON(),
    edit(id, set, append) {
      const map = all.get(id);
      doc.transact(() => {
        for (const [field, value] of Object.entries(set)) map.set(field, value);
        const notes = map.get('notes');
        notes.insert(notes.length, append);
      });
      return saved;
    },
    async sync(to) { await connect(to); await disconnect(); },
    connect,
    disconnect,
    observe(id, look) { const map = all.get(id); map.observe(look); return () => map.unobserve(look); },
    flush: () => saved,
    async close() { await saved; await stored.destroy(); },
  });
}
