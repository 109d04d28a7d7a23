// node run.mjs --workload FILE --roadbook EXECUTABLE [--runs R] [--peers a,b] [--out FOLDER] [--write] [--check]
// Measures each system of systems.mjs on the records of FILE and prints the table. --write puts it, with its plot, into the
// repository's docs; --check runs all systems at once, once, and fails unless each got through and Roadbook kept its word.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import { since, now } from './clock.mjs';
import { measure } from './measure.mjs';
import { median } from './numbers.mjs';
import { loopback } from './proxy.mjs';
import { broken, report, write } from './report.mjs';
import { systems } from './systems.mjs';
import { records } from './workload.mjs';

const { values: options } = parseArgs({
  options: {
    workload: { type: 'string' }, roadbook: { type: 'string' }, runs: { type: 'string', default: '3' },
    peers: { type: 'string', default: Object.keys(systems).filter((name) => name !== 'roadbook').join() },
    out: { type: 'string', default: 'results' }, write: { type: 'boolean' }, check: { type: 'boolean' },
  },
});
const names = ['roadbook', ...options.peers.split(',').filter((name) => name !== 'roadbook')];
const unknown = names.filter((name) => !systems[name]);
if (unknown.length) throw new Error(`no such system: ${unknown}; there are: ${Object.keys(systems).join(' ')}`);
const n = records(options.workload).length;
const out = path.resolve(options.out);
fs.mkdirSync(out, { recursive: true });
const results = path.join(out, `results-${n}.jsonl`);
fs.writeFileSync(results, '');

const rows = [];
const add = (row) => {
  rows.push(row);
  fs.appendFileSync(results, JSON.stringify(row) + '\n');
};
async function once(name, run) {
  const started = now();
  const dir = fs.mkdtempSync(path.join(out, `${name}-`));
  let failed = 0;
  await measure(name, systems[name], {
    workload: path.resolve(options.workload), roadbook: options.roadbook && path.resolve(options.roadbook), dir,
    // How often a save reaches the disk does not vary from run to run.
    strace: run === 1 && spawnSync('strace', ['-V']).status === 0,
    emit(phase, figures) {
      if (figures.error) failed++;
      if (figures.error) console.error(`  ${name}, ${phase}: ${figures.error}`);
      add({ name, run, phase, ...figures });
    },
  });
  console.error(`${name}, run ${run}: ${(since(started) / 1e3).toFixed(0)} s`);
  if (failed) console.error(fs.readFileSync(path.join(dir, 'log'), 'utf8').slice(-2_000));
  fs.rmSync(dir, { recursive: true, force: true });
}

const runs = options.check ? 1 : Number(options.runs);
for (let run = 1; run <= runs; run++) {
  add({ name: 'loopback', run, phase: 'there and back', ms: await loopback(median) });
  if (options.check) await Promise.all(names.map((name) => once(name, run)));
  else for (const name of names) await once(name, run);
}
const made = report(rows, { n, runs, names });
console.log(made.markdown);
if (options.write) write(made);
const wrong = options.check ? broken(rows) : [];
for (const what of wrong) console.error(`broken: ${what}`);
process.exit(wrong.length ? 1 : 0);
