// What a run's rows say: one table, the aims, the plot; and where they stand in the repository.
import fs from 'node:fs';
import os from 'node:os';
import { median, size, time } from './numbers.mjs';
import { plot } from './plot.mjs';
import { systems } from './systems.mjs';

const DOCS = new URL('../../docs/', import.meta.url);
const MARKERS = ['<!-- side by side: written by cargo proof side-by-side --write -->', '<!-- side by side: end -->'];

// Looks a figure up: the median over the runs, `undefined` where there is none.
export const reader = (rows) => {
  const of = (name, phase) => rows.filter((row) => row.name === name && row.phase === phase);
  const figures = (name, phase, field) => of(name, phase).map((row) => row[field]).filter((value) => value !== undefined);
  return {
    failed: (name, phase) => of(name, phase).some(({ error }) => error),
    get: (name, phase, field = 'ms') => median(figures(name, phase, field)),
    // What must hold in each run: false if it did not once.
    always(name, phase, field) {
      const found = figures(name, phase, field);
      return found.length ? found.every(Boolean) : undefined;
    },
    least: (name, phase, field) => {
      const found = figures(name, phase, field);
      return found.length ? Math.min(...found) : undefined;
    },
  };
};

const row = (cells) => `| ${cells.join(' | ')} |`;
const yes = (value) => (value === undefined ? '–' : value ? 'yes' : '**no**');

function table(rows, names) {
  const { get, failed, always, least } = reader(rows);
  const columns = [
    ['system', (name) => systems[name].label],
    ['save', (name, cell) => cell('save', time)],
    ['fsyncs a save', (name, cell) => cell('fsyncs', (each) => String(Math.round(each * 10) / 10), 'each')],
    ['bulk save', (name, cell) => cell('bulk', time)],
    ['upload', (name, cell) => cell('upload', time) + cell('upload', size, 'bytes', ', ')],
    ['bootstrap', (name, cell) => cell('bootstrap', time) + cell('bootstrap', size, 'bytes', ', ')],
    ['first page after it', (name, cell) => cell('bootstrap', time, 'first')],
    ['live edit seen', (name, cell) => cell('live', time) + cell('live', size, 'bytes', ', ')],
    ['nothing new', (name, cell) => cell('nothing new', time) + cell('nothing new', size, 'bytes', ', ')
      + cell('nothing new', (bytes) => ` (body ${size(bytes)}`, 'body', '')
      + cell('nothing new', (count) => `, ${count} ×)`, 'requests', '')],
    ['one edit pulled', (name, cell) => cell('one edit', time) + cell('one edit', size, 'bytes', ', ')],
    ['open to first page', (name, cell) => cell('open', time, 'inside')],
    ['of the process', (name, cell) => cell('open', time)],
    ...['upload', 'bootstrap'].map((phase) => [`memory of ${phase === 'upload' ? 'an' : 'a'} ${phase}`, (name, cell) =>
      cell(phase, size, 'peak') + cell(phase, (bytes) => `, ${size(bytes)} above its start`, 'grown', '')]),
    ['disk A, B, server', (name, cell) =>
      ['a', 'b', 'server'].map((who) => cell('disk', size, who, '')).filter(Boolean).join(', ') || '–'],
    ['content equal', (name) => yes(always(name, 'bootstrap', 'equal'))],
    ['edits kept', (name) => {
      const kept = least(name, 'both edit', 'kept');
      if (kept === undefined) return failed(name, 'both edit') ? '**failed**' : '–';
      if (!always(name, 'both edit', 'equal')) return '**devices differ**';
      return kept === 4 ? '4 of 4' : `**${kept} of 4**`;
    }],
    ['clash shown', (name) => yes(always(name, 'both edit', 'shown'))],
  ];
  const line = (name) => columns.map(([, write]) => write(name, (phase, form, field = 'ms', before) => {
    const value = get(name, phase, field);
    if (value !== undefined) return (before ?? '') + form(value);
    return before !== undefined ? '' : failed(name, phase) ? '**failed**' : '–';
  }));
  return [row(columns.map(([title]) => title)), row(columns.map(() => '---')), ...names.map((name) => row(line(name)))];
}

function aims(rows, names) {
  const { get, always, least } = reader(rows);
  const fastest = (phase, wanted) => {
    const found = names.filter((name) => wanted(systems[name]) && get(name, phase) !== undefined);
    return found.sort((a, b) => get(a, phase) - get(b, phase))[0];
  };
  const all = [];
  const aim = (what, needed, got, met) => all.push(row([what, needed, got, met ? 'yes' : '**no**']));
  const times = (phase, other, factor) => {
    const [mine, theirs] = [get('roadbook', phase), get(other, phase)];
    if (mine === undefined || theirs === undefined) return;
    const ratio = theirs / mine;
    aim(`${phase}, beside ${systems[other].label}`, `≥ ${factor} × as fast`, `${ratio.toFixed(1)} ×`, ratio >= factor);
  };
  for (const phase of ['upload', 'bootstrap']) {
    times(phase, 'yjs', 2);
    for (const wanted of [({ record, own }) => record && !own, ({ record, own }) => record && own]) {
      const other = fastest(phase, wanted);
      if (other) times(phase, other, 5);
    }
  }
  const [body, requests] = [get('roadbook', 'nothing new', 'body'), get('roadbook', 'nothing new', 'requests')];
  if (body !== undefined) {
    const measured = `${requests} round trip, ${size(body)}`;
    aim('sync with nothing new', 'one round trip, body < 300 B', measured, requests === 1 && body < 300);
  }
  const [upload, bootstrap] = ['upload', 'bootstrap'].map((phase) => get('roadbook', phase, 'grown'));
  if (upload !== undefined && bootstrap !== undefined) {
    aim('memory of an upload and of a bootstrap', '≤ 40 MB above its start', `${size(upload)}, ${size(bootstrap)}`,
      Math.max(upload, bootstrap) <= 40e6);
  }
  const [live, commit, trip] = [get('roadbook', 'live'), get('sqlite', 'save'), get('loopback', 'there and back')];
  if (live !== undefined && commit !== undefined) {
    // Push and its answer, the wake-up, pull and its answer: two there and back, the last half of the first not waited for.
    const limit = 1.5 * 3 * commit + 2 * trip;
    aim('live edit, durable on both phones and the relay, seen',
      `≤ 1.5 × 3 bare commits (${time(commit)}) + 2 × loopback (${time(trip)}) = ${time(limit)}`, time(live), live <= limit);
  }
  const yjs = get('yjs', 'live');
  if (live !== undefined && yjs !== undefined) aim('live edit seen, beside Yjs', `< ${time(yjs)}`, time(live), live < yjs);
  if (commit !== undefined) {
    const ratio = get('roadbook', 'save') / commit;
    aim('durable save, beside bare SQLite', '≤ 1.3 ×', `${ratio.toFixed(2)} ×`, ratio <= 1.3);
    const more = get('roadbook', 'open', 'inside') - get('sqlite', 'open', 'inside');
    aim('open to first page, beside bare SQLite', '≤ 20 ms more', `${more.toFixed(1)} ms more`, more <= 20);
  }
  const [kept, shown] = [least('roadbook', 'both edit', 'kept'), always('roadbook', 'both edit', 'shown')];
  aim('edits of both kept, clash shown', '4 of 4, yes', `${kept} of 4, ${shown ? 'yes' : 'no'}`, kept === 4 && shown);
  return [row(['aim', 'needed', 'measured', 'met']), '|---|---|---|---|', ...all];
}

export function report(rows, { n, runs, names }) {
  const loads = rows.map(({ load }) => load).filter((load) => load !== undefined);
  const cpu = os.cpus();
  const machine = `${new Date().toISOString().slice(0, 10)}, ${cpu.length} cores (${cpu[0].model.trim()}), ` +
    `${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release().split('-')[0]}, Node ${process.versions.node}; ` +
    `${n.toLocaleString('en')} records, medians of ${runs} ${runs === 1 ? 'run' : 'runs'}, ` +
    `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`;
  const failures = rows.filter(({ error }) => error).map(({ name, run, phase, error }) =>
    `- ${systems[name].label}, run ${run}, ${phase}: ${error.split('\n')[0]}`);
  const markdown = [
    machine, '', ...table(rows, names), '', ...aims(rows, names),
    ...(failures.length ? ['', 'Failed:', '', ...failures] : []),
  ].join('\n');
  return { markdown, svg: plot(rows, { n, names }) };
}

export function write({ markdown, svg }) {
  fs.mkdirSync(new URL('images/', DOCS), { recursive: true });
  fs.writeFileSync(new URL('images/side-by-side.svg', DOCS), svg);
  const file = new URL('BENCHMARKS.md', DOCS);
  const text = fs.readFileSync(file, 'utf8');
  const [from, to] = MARKERS.map((marker) => text.indexOf(marker));
  if (from < 0 || to < from) throw new Error(`docs/BENCHMARKS.md lacks its markers: ${MARKERS.join(' … ')}`);
  fs.writeFileSync(file, `${text.slice(0, from + MARKERS[0].length)}\n${markdown}\n${text.slice(to)}`);
}

// What must hold on any machine, however busy.
export function broken(rows) {
  const { get, always, least } = reader(rows);
  const wrong = rows.filter(({ error }) => error).map(({ name, phase, error }) => `${name}, ${phase}: ${error}`);
  const must = (holds, what) => { if (!holds) wrong.push(`Roadbook: ${what}`); };
  must(always('roadbook', 'bootstrap', 'equal'), 'the second device has not what the first has');
  must(always('roadbook', 'open', 'exact'), 'the first page is not the one it should be');
  must(least('roadbook', 'both edit', 'kept') === 4, 'an edit was lost');
  must(always('roadbook', 'both edit', 'equal'), 'the devices differ after both edited');
  must(always('roadbook', 'both edit', 'shown'), 'a clash was not shown');
  must(get('roadbook', 'nothing new', 'body') < 300, 'a sync with nothing new costs 300 bytes of body or more');
  must(get('roadbook', 'nothing new', 'requests') === 1, 'a sync with nothing new takes more than one round trip');
  return wrong;
}
