// How many HTTP requests went over recorded connections, and how much of the bytes was body. Undefined if it was not HTTP.
export function http(connections) {
  const total = { requests: 0, body: 0 };
  for (const { up, down } of connections.values()) {
    for (const bytes of [Buffer.concat(up), Buffer.concat(down)]) {
      for (let at = 0; at < bytes.length;) {
        const end = bytes.indexOf('\r\n\r\n', at);
        const head = bytes.toString('latin1', at, end);
        if (end < 0 || !/HTTP\/1\.[01]/.test(head.split('\r\n')[0]) || /^upgrade:/im.test(head)) return undefined;
        if (!head.startsWith('HTTP/')) total.requests++;
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        const chunked = /^transfer-encoding: *chunked/im.test(head);
        at = end + 4;
        const body = chunked ? bytes.indexOf('0\r\n\r\n', at) + 5 - at : length;
        total.body += body;
        at += body;
      }
    }
  }
  return total;
}
