// raw.mjs -- a socket on which one can be rude: bytes after an upgrade, whatever they are.
import net from "node:net";

const PATIENCE_MS = 15000; /* a sanitized build on a busy machine */

/** The answer to `head`, as text, and the socket. */
export function request(kith, head) {
  const [host, port] = kith.host.split(":");
  return new Promise((done, fail) => {
    const socket = net.connect(Number(port), host, () => socket.write(head));
    const timer = setTimeout(() => fail(new Error("no answer")), PATIENCE_MS);
    let bytes = Buffer.alloc(0);
    const give = () => {
      clearTimeout(timer);
      socket.removeAllListeners("data");
      done({ socket, text: bytes.toString() });
    };
    socket.on("data", (more) => {
      bytes = Buffer.concat([bytes, more]);
      if (bytes.includes("\r\n\r\n")) give();
    });
    socket.on("close", give);
    socket.on("error", fail);
  });
}

export const getHead = (path, headers = {}, method = "GET") =>
  [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([k, v]) => `${k}: ${v}`),
    "",
    "",
  ].join("\r\n");

export const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Upgrades as `user`, sends `bytes`, and returns the code of the close frame that ends it all. */
export async function closeCodeAfter(kith, user, bytes, vsn = "2.0.0") {
  const path = `/socket/websocket?vsn=${vsn}&user_id=${user}`;
  const { socket, text } = await request(kith, getHead(path, { Host: kith.host, ...UPGRADE }));
  if (!text.startsWith("HTTP/1.1 101")) throw new Error(text);
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error("not closed")), PATIENCE_MS);
    let got = Buffer.alloc(0);
    socket.on("data", (more) => (got = Buffer.concat([got, more])));
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      const at = got.lastIndexOf(Buffer.from([0x88, 0x02]));
      done(at < 0 ? null : got.readUInt16BE(at + 2));
    });
    socket.write(bytes);
  });
}
