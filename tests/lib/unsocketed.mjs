// unsocketed.mjs -- a middlebox before a server: requests get through, WebSockets do not. A
// handshake is refused, or swallowed without an answer.
import net from "node:net";

const HEAD_END = "\r\n\r\n";

function pass(client, head, port) {
  const server = net.connect(port, "127.0.0.1", () => server.write(head));
  client.pipe(server).pipe(client);
  const end = () => client.destroy() && server.destroy();
  for (const socket of [client, server]) socket.on("error", end).on("close", end);
}

const REFUSAL = ["HTTP/1.1 403 Forbidden", "Content-Length: 0", "Connection: close", "", ""];

/** {host, handshakes, close()}; how: "refused" or "swallowed". */
export async function unsocketed(kith, how) {
  const port = Number(kith.host.split(":")[1]);
  const clients = new Set();
  const box = { handshakes: 0 };

  function serve(client, head) {
    if (!/^upgrade: *websocket/im.test(head.toString("latin1"))) return pass(client, head, port);
    box.handshakes++;
    if (how === "refused") client.end(REFUSAL.join("\r\n"));
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
