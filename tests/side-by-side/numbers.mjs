// How figures are condensed and written, in the table and in the plot alike.
export function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (!sorted.length) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
export const time = (ms) => (ms >= 1_000 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`);
export function size(bytes) {
  if (bytes >= 1e6) return `${digits(bytes / 1e6)} MB`;
  return bytes >= 1e4 ? `${digits(bytes / 1e3)} kB` : `${Math.round(bytes).toLocaleString('en')} B`;
}
