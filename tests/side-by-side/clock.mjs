// CLOCK_MONOTONIC in nanoseconds: the one clock that all processes of the machine share.
export const now = () => process.hrtime.bigint();
export const since = (started) => Number(now() - started) / 1e6;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function poll(holds, every, limit = 280_000) {
  for (const started = now(); since(started) < limit; await sleep(every)) if (await holds()) return;
  throw new Error(`still not so after ${limit} ms`);
}
