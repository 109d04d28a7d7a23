// One run of one system: client A, server and client B as processes of their own, proxies between them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest, page, records } from './workload.mjs';
import { now, since, sleep } from './clock.mjs';
import { http } from './http.mjs';
import { Process } from './process.mjs';
import { freePort, proxy } from './proxy.mjs';
import { median } from './numbers.mjs';

const NOTE = ' 补充：客户确认下周三复访，资料已更新。';
// Live edits. V8 has compiled what the others do after ten or so: with ten edits in all Yjs took half as long again.
const EDITS = 30;
const PEERS = fileURLToPath(new URL('peers/', import.meta.url));

// Bytes that a folder takes up on the disk.
const occupied = (dir) => fs.readdirSync(dir, { recursive: true })
  .reduce((sum, name) => sum + fs.lstatSync(path.join(dir, name)).blocks * 512, 0);

// Waits until no byte went by for so long; gives the time of the last one.
async function silent(proxies, ms) {
  const started = now();
  const last = () => proxies.reduce((latest, { last }) => (last > latest ? last : latest), 0n);
  while ((since(last()) < ms || since(started) < ms) && since(started) < 60_000) await sleep(10);
  return last();
}

// `emit(phase, figures)` is called for each phase that ended, with `error` for one that failed.
export async function measure(name, system, { workload, roadbook, dir, strace, emit }) {
  const all = records(workload);
  const n = all.length;
  const visits = all.filter(({ kind }) => kind === 'visit');
  const silence = system.silence?.(n) ?? 800;
  const command = system.ours ? [roadbook, ...system.ours] : [process.execPath, path.join(PEERS, `${name}.mjs`)];
  const log = fs.openSync(path.join(dir, 'log'), 'a');
  const processes = [];
  const proxies = [];
  const at = (who) => {
    const folder = path.join(dir, who);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  };
  const start = (args, wrapper = []) => {
    const started = new Process([...wrapper, ...command, ...args], { log });
    processes.push(started);
    return started;
  };
  let share;
  async function client(who, { cold, wrapper } = {}) {
    const process = start(['client'], wrapper);
    await process.ready;
    await process.call('open', { dir: at(who), name: who, share, cold, n });
    return process;
  }
  async function phase(title, work) {
    try {
      emit(title, { ...(await work()), load: os.loadavg()[0] });
      return true;
    } catch (error) {
      emit(title, { error: String(error.message ?? error) });
      return false;
    }
  }
  const insert = { file: workload, from: 0, to: n };

  async function openCold(who) {
    await phase('open', async () => {
      const expected = page(all, all[0].id, 50).map(({ planned_at }) => planned_at);
      const planned = new Map(visits.map(({ id, planned_at }) => [id, planned_at]));
      const [whole, inside] = [[], []];
      let exact = true;
      for (let i = 0; i < 5; i++) {
        const started = now();
        const process = start(['client']);
        await process.ready;
        const loaded = now();
        await process.call('open', { dir: at(who), name: who, share, cold: true, n });
        const { ids } = await process.call('page', { account: all[0].id, limit: 50 });
        whole.push(since(started));
        inside.push(since(loaded));
        exact &&= String(ids.map((id) => planned.get(id))) === String(expected);
        await process.stop();
      }
      return { ms: median(whole), inside: median(inside), exact };
    });
  }

  // Edits on A until B shows them: each of another visit.
  async function live(a, toA, b, toB) {
    return phase('live', async () => {
      await a.call('live_start', { port: toA.port, n });
      await b.call('live_start', { port: toB.port, n });
      await silent([toA, toB], 1_200);
      const [seen, edit, bytes] = [[], [], []];
      for (let i = 0; i < EDITS; i++) {
        const { id } = visits[100 + i];
        const before = [toA, toB].map((via) => via.count());
        const arrived = b.call('wait', { until: { id, field: 'outcome', value: `edit ${i}` } }, 60_000);
        await sleep(50);
        const edited = await a.call('edit', { rec: id, set: { outcome: `edit ${i}` }, append: NOTE });
        seen.push(Number(BigInt((await arrived).t) - BigInt(edited.t)) / 1e6);
        edit.push(edited.ms);
        await silent([toA, toB], 300);
        bytes.push([toA, toB].map((via, at) => via.since(before[at])).reduce((sum, { up, down }) => sum + up + down, 0));
      }
      for (const client of [a, b]) {
        await client.call('live_stop');
        await client.call('flush');
      }
      return { ms: median(seen), most: Math.max(...seen), edit: median(edit), bytes: median(bytes) };
    });
  }

  async function serve() {
    const port = await freePort();
    const server = start(['server', '--dir', at('server'), '--port', String(port)]);
    const { caps } = await server.ready;
    const [toA, toB] = [await proxy(port), await proxy(port)];
    proxies.push(toA, toB);
    return { server, caps, toA, toB };
  }

  try {
    if (system.floor) {
      const { toA, toB } = await serve();
      const [a, b] = [await client('A'), await client('B')];
      for (const each of [a, b]) await each.call('insert_bulk', insert);
      await live(a, toA, b, toB);
      return;
    }
    if (strace) await phase('fsyncs', async () => {
      const trace = path.join(dir, 'trace');
      const calls = () => fs.readFileSync(trace, 'utf8').match(/\b(fsync|fdatasync|msync)\(/g)?.length ?? 0;
      const wrapper = ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync,msync', '-o', trace];
      const process = await client('traced', { wrapper });
      const before = calls();
      await process.call('insert_each', { ...insert, to: 100 });
      const each = (calls() - before) / 100;
      await process.stop();
      return { each };
    });
    await phase('save', async () => {
      const process = await client('single');
      const { us } = await process.call('insert_each', { ...insert, to: Math.min(n, 300) });
      await process.stop();
      return { ms: median(us) / 1e3 };
    });
    let a = await client('A');
    const inserted = await phase('bulk', async () => {
      const answer = await a.call('insert_bulk', insert);
      share = answer.share;
      return { ms: answer.ms };
    });
    await a.stop();
    if (!inserted) return;
    if (system.local) {
      await openCold('A');
      emit('disk', { a: occupied(at('A')) });
      return;
    }

    const { server, caps, toA, toB } = await serve();
    // Brings a client and the server to the same state. A system without a call for that is connected until `until` holds,
    // or until it is silent.
    async function sync(client, via, until, where = client) {
      const before = via.count();
      const started = now();
      let ended;
      if (caps.oneshot) {
        await client.call('sync_once', { port: via.port, n });
        ended = now();
        await sleep(50); // what the server sends while connections end is counted too
      } else {
        await client.call('live_start', { port: via.port, n });
        if (until) {
          await where.call('wait', { until }, until.count ? undefined : 60_000);
          await where.call('flush');
          ended = now();
        }
        const last = await silent([via], silence);
        ended ??= last > started ? last : now();
      }
      const { up, down } = via.since(before);
      if (!caps.oneshot) {
        await client.call('flush');
        await client.call('live_stop');
      }
      return { ms: Number(ended - started) / 1e6, bytes: up + down };
    }

    a = await client('A');
    // Memory of a process so far, and by how much it grew meanwhile.
    const memory = (process, before) => ({ peak: process.peak(), grown: process.peak() - before });
    if (!await phase('upload', async () => {
      const before = a.peak();
      const figures = { ...await sync(a, toA, { count: n }, server), ...memory(a, before) };
      const { count } = await server.call('count');
      if (count !== n) throw new Error(`the server has ${count} records`);
      return figures;
    })) return;
    const b = await client('B');
    if (!await phase('bootstrap', async () => {
      const before = b.peak();
      const figures = { ...await sync(b, toB, { count: n }), ...memory(b, before) };
      const started = now();
      await b.call('page', { account: all[0].id, limit: 50 });
      const first = since(started);
      const [mine, theirs] = [await a.call('digest'), await b.call('digest')];
      return { ...figures, first, equal: mine.digest === theirs.digest && theirs.digest === digest(all) };
    })) return;

    await live(a, toA, b, toB);
    await phase('nothing new', async () => {
      await sync(b, toB); // what the live edits left to tell
      toB.kept = new Map();
      const figures = await sync(b, toB);
      const parts = http(toB.kept);
      toB.kept = null;
      return { ...figures, ...parts };
    });
    await phase('one edit', async () => {
      const { id } = visits[40];
      await a.call('edit', { rec: id, set: { outcome: 'one edit' }, append: NOTE });
      await sync(a, toA);
      const figures = await sync(b, toB, { id, field: 'outcome', value: 'one edit' });
      if ((await b.call('get', { rec: id })).rec.outcome !== 'one edit') throw new Error('B has not seen it');
      return figures;
    });
    // Offline, A and B edit one visit in different fields and both append to its notes; they set one field of another.
    await phase('both edit', async () => {
      const [merged, clashing] = [visits[50], visits[60]];
      const notes = [' 【A：现场确认数量三十台】', ' 【B：电话补充交期要求】'];
      await a.call('edit', { rec: merged.id, set: { outcome: 'by A' }, append: notes[0] });
      await b.call('edit', { rec: merged.id, set: { next_action: 'by B' }, append: notes[1] });
      await a.call('edit', { rec: clashing.id, set: { outcome: 'by A' }, append: '' });
      await b.call('edit', { rec: clashing.id, set: { outcome: 'by B' }, append: '' });
      const ends = [[a, toA], [b, toB]];
      const get = (rec) => Promise.all(ends.map(([client]) => client.call('get', { rec })));
      const same = ([{ rec: x }, { rec: y }]) => Object.keys(x).every((field) => String(x[field]) === String(y[field]));
      let result, clash;
      // In turns, twice; more often for one that fell silent too early.
      for (let round = 1, equal = false; round <= 2 || (!equal && round <= 4); round++) {
        for (const [client, via] of ends) await sync(client, via);
        [result, clash] = [await get(merged.id), await get(clashing.id)];
        equal = same(result) && same(clash);
      }
      const { rec } = result[0];
      const kept = [rec.outcome === 'by A', rec.next_action === 'by B', ...notes.map((note) => rec.notes.includes(note))];
      return {
        equal: same(result) && same(clash),
        kept: kept.filter(Boolean).length,
        shown: clash.some(({ conflicts }) => conflicts > 0),
      };
    });
    for (const each of [a, b, server]) await each.call('flush').catch(() => {});
    await a.stop();
    await b.stop();
    await openCold('B');
    await server.stop();
    emit('disk', { a: occupied(at('A')), b: occupied(at('B')), server: occupied(at('server')) });
  } catch (error) {
    emit('run', { error: String(error.message ?? error) });
  } finally {
    for (const each of processes) await each.stop();
    proxies.forEach((each) => each.close());
    fs.closeSync(log);
  }
}
