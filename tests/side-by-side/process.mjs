// A process that speaks the adapter protocol: a JSON line in, a JSON line out.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';

export class Process {
  constructor([program, ...args], { log, env }) {
    this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', log] });
    this.pid = this.child.pid;
    this.waiting = new Map();
    this.calls = 0;
    this.ready = new Promise((resolve, reject) => { this.begun = resolve; this.failed = reject; });
    this.ready.catch(() => {});
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.heard(JSON.parse(line)));
    this.child.stdin.on('error', () => {});
    this.child.on('error', (error) => this.failed(error));
    this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => {
      this.over = new Error(`the process ended (${code ?? signal})`);
      this.failed(this.over);
      this.waiting.forEach(({ reject }) => reject(this.over));
      resolve();
    }));
  }

  heard(answer) {
    if (answer.ready) return this.begun(answer);
    const call = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.ok) call?.resolve(answer);
    else call?.reject(new Error(`${call.cmd}: ${answer.error}`));
  }

  async call(cmd, args = {}, limit = 300_000) {
    if (this.over) throw this.over;
    const id = ++this.calls;
    let timer;
    const answered = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, cmd });
      timer = setTimeout(() => reject(new Error(`${cmd}: no answer in ${limit / 1000} s`)), limit);
    });
    answered.finally(() => { clearTimeout(timer); this.waiting.delete(id); }).catch(() => {});
    this.child.stdin.write(JSON.stringify({ id, cmd, ...args }) + '\n');
    return answered;
  }

  // Peak of resident memory so far, in bytes.
  peak() {
    return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024;
  }

  async stop() {
    if (this.over) return;
    await this.call('close', {}, 15_000).catch(() => {});
    const timers = [[1_500, 'SIGTERM'], [5_000, 'SIGKILL']].map(([ms, signal]) => setTimeout(() => this.child.kill(signal), ms));
    await this.ended;
    timers.forEach(clearTimeout);
  }
}
