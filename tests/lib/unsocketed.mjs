// unsocketed.mjs -- a middlebox before a server: requests get through, WebSockets do not. A
// handshake is refused, or swallowed without an answer. It has some pages of its own.
import net from "node:net";

const HEAD_END = "\r\n\r\n";

function pass(client, head, port) {
  const server = net.connect(port, "127.0.0.1", () => server.write(head));
  client.pipe(server).pipe(client);
  const end = () => client.destroy() && server.destroy();
  for (const socket of [client, server]) socket.on("error", end).on("close", end);
}

function answer(client, status, type = "text/plain", body = "") {
  const lines = [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
  client.end([`HTTP/1.1 ${status}`, ...lines, "Connection: close", "", body].join("\r\n"));
}

/** {host, handshakes, close()}; how: "refused" or "swallowed"; files: {path: [type, body]}. */
export async function unsocketed(kith, { how, files = {} }) {
  const port = Number(kith.host.split(":")[1]);
  const clients = new Set();
  const box = { handshakes: 0 };

  function serve(client, head) {
    const text = head.toString("latin1");
    const file = files[/^GET ([^ ?]*)/.exec(text)?.[1]];
    if (file) return answer(client, "200 OK", ...file);
    if (!/^upgrade: *websocket/im.test(text)) return pass(client, head, port);
    box.handshakes++;
    if (how === "refused") answer(client, "403 Forbidden");
  }

  const proxy = net.createServer((client) => {
    let head = Buffer.alloc(0);
    clients.add(client);
    client.on("error", () => {}).on("close", () => clients.delete(client));
    client.on("data", function look(more) {
      head = Buffer.concat([head, more]);
      if (!head.includes(HEAD_END)) return;
      client.off("data", look);
      serve(client, head);
    });
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  box.host = `127.0.0.1:${proxy.address().port}`;
  box.close = () => {
    for (const client of clients) client.destroy();
    return new Promise((done) => proxy.close(done));
  };
  return box;
}
