// The peers' end of the adapter protocol. A peer says what it does with a record; timing, digest and waiting are the same
// for all and stand here. README.md lists the commands.
import readline from 'node:readline';
import { now, poll, since } from './clock.mjs';
import { digest, records } from './workload.mjs';

export { page } from './workload.mjs';

const option = (name) => process.argv[process.argv.indexOf(name) + 1];
export const isServer = process.argv[2] === 'server';
export const folder = isServer ? option('--dir') : undefined;
export const port = isServer ? Number(option('--port')) : undefined;
// What a library logs must not come between the answers.
console.log = console.info = console.debug = console.error;

function serve(commands, caps) {
  const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n');
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, (error) => console.error(event, error));
  readline.createInterface({ input: process.stdin }).on('line', async (line) => {
    const { id, cmd, ...args } = JSON.parse(line);
    try {
      say({ id, ok: true, ...(await commands[cmd](args)) });
    } catch (error) {
      say({ id, ok: false, error: String(error?.stack ?? error).slice(0, 600) });
    }
    if (cmd === 'close') setTimeout(() => process.exit(0), 20);
  }).on('close', () => process.exit(0));
  say({ ready: true, caps });
}

// `oneshot`: its clients have a call that syncs once and returns; otherwise the harness connects and waits.
export const serveServer = ({ oneshot, count, flush, close }) => serve({
  count: async () => ({ count: await count() }),
  wait: ({ until }) => poll(async () => (await count()) >= until.count, 10),
  flush: async () => { await flush?.(); },
  close: async () => { await close(); },
}, { oneshot });

export const serveClient = (peer) => serve({
  async open({ dir, share, cold }) {
    const started = now();
    await peer.open(dir, { share, cold });
    return { ms: since(started) };
  },
  async insert_each({ file, from, to }) {
    const us = [];
    for (const record of records(file, from, to)) {
      const started = now();
      await peer.put(record);
      us.push(since(started) * 1e3);
    }
    return { us };
  },
  async insert_bulk({ file, from, to }) {
    const all = records(file, from, to);
    const started = now();
    await peer.putAll(all);
    return { ms: since(started), share: peer.share?.() };
  },
  count: async () => ({ count: await peer.count() }),
  digest: async () => ({ digest: digest(await peer.all()) }),
  page: async ({ account, limit }) => ({ ids: await peer.page(account, limit) }),
  get: async ({ rec }) => ({ rec: await peer.get(rec), conflicts: await peer.clashes?.(rec) }),
  async edit({ rec, set, append }) {
    const started = now();
    await peer.edit(rec, set, append);
    return { t: String(started), ms: since(started) };
  },
  sync_once: async ({ port }) => { await peer.sync(port); },
  live_start: async ({ port }) => { await peer.connect(port); },
  live_stop: async () => { await peer.disconnect(); },
  async wait({ until }) {
    if (until.count) await poll(async () => (await peer.count()) >= until.count, 10);
    else {
      const holds = async () => (await peer.get(until.id))[until.field] === until.value;
      await new Promise((seen, failed) => {
        const look = () => holds().then((yes) => { if (yes) { stop(); seen(); } }, failed);
        const stop = peer.observe(until.id, look);
        look();
      });
    }
    return { t: String(now()) };
  },
  flush: async () => { await peer.flush?.(); },
  close: async () => { await peer.close(); },
});
