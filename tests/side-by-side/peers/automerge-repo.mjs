// automerge-repo: a document an account with its records in a map, and one that lists the accounts; files on both sides,
// the server set up as the published sync server is, on the packages of today.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Repo, getConflicts, splice } from '@automerge/automerge-repo';
import { NodeWSServerAdapter, WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { WebSocketServer } from 'ws';
import { folder, isServer, page, port, serveClient, serveServer } from '../adapter.mjs';
import { poll, sleep } from '../clock.mjs';

const recordsOf = (handle) => (handle.isReady() && handle.doc()?.records) || {};
const ready = (repo) => Object.values(repo.handles).filter((handle) => handle.isReady());
const flush = (repo, handles = ready(repo)) => repo.flush(handles.map(({ documentId }) => documentId));

if (isServer) {
  const sockets = new WebSocketServer({ noServer: true });
  const repo = new Repo({
    network: [new NodeWSServerAdapter(sockets)], storage: new NodeFSStorageAdapter(folder), peerId: 'server',
    sharePolicy: async () => false,
  });
  const server = http.createServer();
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request)));
  server.listen(port, '127.0.0.1', () => serveServer({
    oneshot: false,
    count: () => Object.values(repo.handles).reduce((sum, handle) => sum + Object.keys(recordsOf(handle)).length, 0),
    flush: () => flush(repo),
    async close() { await flush(repo); sockets.close(); server.closeAllConnections(); server.close(); },
  }));
} else {
  let repo, root, rootFile, network;
  const accounts = new Map(); // account id to handle
  const accountOf = ({ kind, id, account_id }) => (kind === 'account' ? id : account_id);
  const loadRoot = async () => (root ??= await repo.find(fs.readFileSync(rootFile, 'utf8')));
  async function load(id) {
    for (let tries = 1; !accounts.has(id); tries++) {
      try {
        accounts.set(id, await repo.find((await loadRoot()).doc().accounts[id]));
      } catch (error) {
        // "Unavailable", or no answer within its minute: a busy server, which may still come to it.
        if (tries === 100) throw error;
        await sleep(500);
      }
    }
    return accounts.get(id);
  }
  // Opening every document is what makes it sync. Some at a time: all at once would flood the socket.
  async function loadAll() {
    const ids = Object.keys((await loadRoot()).doc().accounts);
    await Promise.all(Array.from({ length: 200 }, async () => { while (ids.length) await load(ids.pop()); }));
  }
  async function handleOf(id) {
    if (!accounts.size) await loadAll();
    return [...accounts.values()].find((handle) => recordsOf(handle)[id]);
  }
  function create(id, records) {
    const handle = repo.create({ records });
    accounts.set(id, handle);
    return handle;
  }
  const newRoot = () => {
    root = repo.create({ accounts: {} });
    fs.writeFileSync(rootFile, root.url);
  };
  serveClient({
    open(dir, { share }) {
      repo = new Repo({ storage: new NodeFSStorageAdapter(dir), network: [] });
      rootFile = path.join(dir, 'root');
      if (share && !fs.existsSync(rootFile)) fs.writeFileSync(rootFile, share);
    },
    async put(record) {
      if (!root) newRoot();
      const account = accountOf(record);
      const changed = [];
      if (!accounts.has(account)) {
        const { url } = create(account, {});
        root.change(({ accounts }) => { accounts[account] = url; });
        changed.push(root);
      }
      const handle = accounts.get(account);
      handle.change(({ records }) => { records[record.id] = record; });
      await flush(repo, [...changed, handle]);
    },
    async putAll(all) {
      newRoot();
      const grouped = new Map();
      for (const record of all) {
        const account = accountOf(record);
        grouped.set(account, { ...grouped.get(account), [record.id]: record });
      }
      const urls = {};
      for (const [account, records] of grouped) {
        urls[account] = create(account, records).url;
        await new Promise(setImmediate);
      }
      root.change(({ accounts }) => { Object.assign(accounts, urls); });
      await flush(repo);
    },
    share: () => root.url,
    count: () => [...accounts.values()].reduce((sum, handle) => sum + Object.keys(recordsOf(handle)).length, 0),
    async all() {
      await loadAll();
      return [...accounts.values()].flatMap((handle) => Object.values(recordsOf(handle)));
    },
    page: async (account, limit) => page(Object.values(recordsOf(await load(account))), account, limit).map(({ id }) => id),
    get: async (id) => ({ ...recordsOf(await handleOf(id))[id] }),
    async clashes(id) {
      const record = recordsOf(await handleOf(id))[id];
      return Object.keys(record).filter((field) => Object.keys(getConflicts(record, field) ?? {}).length > 1).length;
    },
    async edit(id, set, append) {
      const handle = await handleOf(id);
      handle.change((doc) => {
        Object.assign(doc.records[id], set);
        if (append) splice(doc, ['records', id, 'notes'], doc.records[id].notes.length, 0, append);
      });
      await flush(repo, [handle]);
    },
    async connect(to) {
      network = new WebSocketClientAdapter(`ws://127.0.0.1:${to}`);
      repo.networkSubsystem.addNetworkAdapter(network);
      await poll(() => repo.peers.length > 0, 2);
      loadAll().catch(console.error);
    },
    async disconnect() {
      await flush(repo);
      const { socket } = network;
      repo.networkSubsystem.removeNetworkAdapter(network);
      socket?.terminate();
      await poll(() => repo.peers.length === 0, 5);
    },
    observe(id, look) {
      let stop = () => {};
      handleOf(id).then((handle) => {
        handle.on('change', look);
        stop = () => handle.off('change', look);
      });
      return () => stop();
    },
    flush: () => flush(repo),
    close: () => flush(repo),
  });
}
