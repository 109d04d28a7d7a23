// Reads one JSON line { changes: [base64], edits: { field: { text, splice: [at, delete, insert] } | { scalar } } }, applies
// the changes with the official JavaScript automerge, edits, and prints { before, after, changes: [base64] }.
import * as A from '@automerge/automerge';
import fs from 'node:fs';

const { changes, edits } = JSON.parse(fs.readFileSync(0, 'utf8'));
const [doc] = A.applyChanges(A.init(), changes.map((c) => Uint8Array.from(Buffer.from(c, 'base64'))));
const before = JSON.parse(JSON.stringify(doc));
const edited = A.change(doc, { time: Math.floor(Date.now() / 1000), message: 'from JavaScript' }, (d) => {
  for (const [field, edit] of Object.entries(edits)) {
    if (edit.splice) A.splice(d, [field], ...edit.splice);
    else d[field] = edit.immutable ? new A.ImmutableString(edit.scalar) : edit.scalar;
  }
});
const fresh = A.getChanges(doc, edited).map((c) => Buffer.from(c).toString('base64'));
console.log(JSON.stringify({ before, after: JSON.parse(JSON.stringify(edited)), changes: fresh }));
