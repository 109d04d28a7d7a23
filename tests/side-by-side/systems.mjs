// What is measured. `record`: it syncs record by record; `own`: no product, what one would write oneself; `local`: it
// does not sync; `ours`: what this repository's executable is called with; `floor`: no product, what a live edit cannot do without,
// and only that is measured; `silence`: a client that only ever stays connected counts as in sync after so many milliseconds without a
// byte (TinyBase's requests wait for a second by themselves, and with many records it computes for longer than that).
import fs from 'node:fs';

const { dependencies } = JSON.parse(fs.readFileSync(new URL('package.json', import.meta.url)));
const version = (name) => dependencies[name];

export const systems = {
  roadbook: { label: 'Roadbook', ours: ['adapter'] },
  parts: { label: 'Roadbook’s parts alone', ours: ['adapter', '--parts'], floor: true },
  sqlite: { label: 'bare SQLite', local: true },
  'sqlite-lww': { label: 'SQLite, last writer wins', record: true, own: true },
  pouchdb: { label: `PouchDB ${version('pouchdb')}`, record: true },
  yjs: { label: `Yjs ${version('yjs')}` },
  tinybase: { label: `TinyBase ${version('tinybase')}`, record: true, silence: (n) => (n > 2_000 ? 4_000 : 1_500) },
  'automerge-repo': { label: `automerge-repo ${version('@automerge/automerge-repo')}` },
};
