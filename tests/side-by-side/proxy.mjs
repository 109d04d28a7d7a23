// A TCP proxy on loopback that counts the bytes it carries: payload both ways, headers included. While `kept` is a Map it
// also keeps them, by connection, for http.mjs to look into.
import net from 'node:net';
import { now } from './clock.mjs';

export async function proxy(target) {
  const self = { up: 0, down: 0, last: now(), kept: null };
  const sockets = new Set();
  const carry = (from, to, way, connection) => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      self[way] += bytes.length;
      self.last = now();
      if (self.kept) {
        if (!self.kept.has(connection)) self.kept.set(connection, { up: [], down: [] });
        self.kept.get(connection)[way].push(bytes);
      }
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => {});
    from.on('close', () => { sockets.delete(from); to.destroy(); });
  };
  const listener = net.createServer((client) => {
    const server = net.connect(target, '127.0.0.1');
    carry(client, server, 'up', client);
    carry(server, client, 'down', client);
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
  self.port = listener.address().port;
  self.count = () => ({ up: self.up, down: self.down });
  self.since = ({ up, down }) => ({ up: self.up - up, down: self.down - down });
  self.close = () => { sockets.forEach((socket) => socket.destroy()); listener.close(); };
  return self;
}

// A port that was free a moment ago, for a server that wants to be told one.
export async function freePort() {
  const probe = net.createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

// The median time of a small message there and back through the proxy: what any live edit pays on this machine.
export async function loopback(median) {
  const echo = net.createServer((socket) => { socket.setNoDelay(true); socket.pipe(socket); });
  await new Promise((listening) => echo.listen(0, '127.0.0.1', listening));
  const between = await proxy(echo.address().port);
  const socket = net.connect(between.port, '127.0.0.1');
  socket.setNoDelay(true);
  const times = [];
  for (let i = 0; i < 300; i++) {
    const started = now();
    socket.write(Buffer.alloc(200));
    await new Promise((answered) => socket.once('data', answered));
    times.push(Number(now() - started) / 1e6);
  }
  socket.destroy();
  between.close();
  echo.close();
  return median(times);
}
