// The plot: a panel a figure, a bar a system, logarithmic, the best first. A pale bar is a system whose save a power cut undoes.
import { size, time } from './numbers.mjs';
import { reader } from './report.mjs';
import { systems } from './systems.mjs';

const [WIDTH, LABEL, BAR, PITCH, PANEL, TOP] = [960, 186, 14, 23, 480, 64];
const text = (x, y, words, style = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${style}>${words}</text>`;

function panel({ title, phase, field = 'ms', form }, rows, names, durable, left, top) {
  const { get, failed } = reader(rows);
  const bars = names.map((name) => ({ name, value: get(name, phase, field), failed: failed(name, phase) }))
    .filter(({ value, failed }) => value !== undefined || failed)
    .sort((a, b) => (a.value ?? Infinity) - (b.value ?? Infinity));
  const values = bars.map(({ value }) => value).filter(Boolean);
  // The axis starts below the best, so that its bar has a length too.
  const [low, high] = [Math.log10(Math.min(...values) / 2.5), Math.log10(Math.max(...values))];
  const room = PANEL - LABEL - 96;
  const length = (value) => ((Math.log10(value) - low) / (high - low)) * room;
  const out = [text(left + 16, top, title, ' class="title"')];
  for (let power = Math.ceil(low); power <= Math.floor(high); power++) {
    const x = left + LABEL + length(10 ** power);
    out.push(`<path d="M${x.toFixed(1)} ${top + 12}v${bars.length * PITCH + 2}"/>`);
    out.push(text(x, top + 28 + bars.length * PITCH, form(10 ** power).replace(/\.0+(?= )/, ''), ' class="tick"'));
  }
  bars.forEach(({ name, value }, at) => {
    const y = top + 18 + at * PITCH;
    const kind = `${name === 'roadbook' ? 'ours' : 'bar'}${durable(name) ? '' : ' pale'}`;
    out.push(text(left + LABEL - 8, y + 11.5, systems[name].label, ` class="name${name === 'roadbook' ? ' strong' : ''}"`));
    if (value === undefined) return out.push(text(left + LABEL + 4, y + 11.5, 'failed', ' class="value"'));
    out.push(`<rect class="${kind}" x="${left + LABEL}" y="${y}" width="${length(value).toFixed(1)}" height="${BAR}" rx="2"/>`);
    const bold = name === 'roadbook' ? ' strong' : '';
    out.push(text(left + LABEL + length(value) + 6, y + 11.5, form(value), ` class="value${bold}"`));
  });
  return out.join('\n');
}

export function plot(rows, { n, names }) {
  const { get } = reader(rows);
  const durable = (name) => (get(name, 'fsyncs', 'each') ?? 1) > 0;
  const synced = names.filter((name) => !systems[name].local && !systems[name].floor);
  const panels = [
    { title: `Upload of ${n.toLocaleString('en')} records`, phase: 'upload', form: time },
    { title: `Bootstrap of ${n.toLocaleString('en')} records`, phase: 'bootstrap', form: time },
    { title: 'A colleague’s edit is seen', phase: 'live', form: time },
    { title: 'Bytes of a bootstrap', phase: 'bootstrap', field: 'bytes', form: size },
  ];
  const tall = synced.length * PITCH + 74;
  const height = TOP + 2 * tall;
  const drawn = panels.map((each, at) => panel(each, rows, synced, durable, (at % 2) * PANEL, TOP + (at >> 1) * tall));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Roadbook side by side with others">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .back { fill: #fff } .note, .tick { fill: #59636e }
  .title { font-size: 14px } .title, .strong { font-weight: 600 } .name { text-anchor: end }
  .tick { font-size: 11px; text-anchor: middle } path { stroke: #d1d9e0 } .bar { fill: #8c959f } .ours { fill: #1a7f37 }
  .pale { fill-opacity: .45 } .value { stroke: #fff; stroke-width: 3px; paint-order: stroke }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .back { fill: #0d1117 } .note, .tick { fill: #9198a1 } path { stroke: #3d444d }
    .bar { fill: #656c76 } .ours { fill: #3fb950 } .value { stroke: #0d1117 }
  }
</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="6"/>
${text(16, 28, 'Shorter is better; the scale is logarithmic. Pale: its save does not survive a power cut.', ' class="note"')}
${drawn.join('\n')}
</svg>
`;
}
