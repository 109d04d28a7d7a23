// The records, as tests/src/workload.rs makes them: a JSON object a line.
import crypto from 'node:crypto';
import fs from 'node:fs';

export const records = (file, from = 0, to = Infinity) =>
  fs.readFileSync(file, 'utf8').split('\n').slice(0, -1).slice(from, to).map((line) => JSON.parse(line));

// Of the records sorted by id, keys sorted: the same for every system that has the same content.
export function digest(all) {
  const hash = crypto.createHash('sha256');
  const byId = [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const record of byId) hash.update(JSON.stringify(record, Object.keys(record).sort()) + '\n');
  return hash.digest('hex').slice(0, 16);
}

// Visits of an account, the newest first.
export const page = (all, account, limit) => all
  .filter((record) => record.kind === 'visit' && record.account_id === account)
  .sort((a, b) => b.planned_at - a.planned_at || (a.id < b.id ? -1 : 1))
  .slice(0, limit);
