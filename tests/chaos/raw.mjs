// raw.mjs -- somebody at NATS who has no secret: hears all frames of the cluster, and says anything.
import { once } from "node:events";
import net from "node:net";

const HEAD_BYTES = 48;

export class Raw {
  frames = []; /* {subject, bytes} */
  #rest = Buffer.alloc(0);

  static async open(host, cluster, port = 4222) {
    const raw = new Raw();
    raw.socket = net.connect(port, host);
    raw.socket.on("data", (more) => raw.#arrive(more));
    raw.socket.on("error", () => {});
    await once(raw.socket, "connect");
    raw.socket.write(`CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\nSUB p.${cluster}.> 1\r\n`);
    return raw;
  }

  #arrive(more) {
    this.#rest = Buffer.concat([this.#rest, more]);
    for (;;) {
      const end = this.#rest.indexOf("\r\n");
      if (end < 0) return;
      const line = this.#rest.subarray(0, end).toString();
      const [, subject, length] = /^MSG (\S+) \S+ (?:\S+ )?(\d+)$/.exec(line) ?? [];
      const whole = end + 2 + (length ? Number(length) + 2 : 0);
      if (this.#rest.length < whole) return;
      if (length) this.frames.push({ subject, bytes: this.#rest.subarray(end + 2, whole - 2) });
      else if (line === "PING") this.socket.write("PONG\r\n");
      this.#rest = this.#rest.subarray(whole);
    }
  }

  publish(subject, bytes) {
    this.socket.write(Buffer.concat([Buffer.from(`PUB ${subject} ${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]));
  }

  close() {
    this.socket.destroy();
  }
}

/** Inboxes of the nodes whose frames these are. */
export function inboxes(frames, cluster) {
  const whole = frames.filter(({ bytes }) => bytes.length >= HEAD_BYTES);
  const incs = new Set(whole.map(({ bytes }) => bytes.readBigUInt64LE(16)));
  const hex = [...incs].map((inc) => inc.toString(16).padStart(16, "0"));
  return hex.flatMap((inc) => [`p.${cluster}.n.${inc}`, `p.${cluster}.b.${inc}`]);
}

/** What can be made of a frame without the secret, each with what it is to be counted as. */
export function spoilt(bytes) {
  const changed = (at, value) => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return copy;
  };
  const inc = Buffer.from(bytes);
  inc.writeBigUInt64LE(inc.readBigUInt64LE(16) + 1000n, 16);
  return {
    forged: [changed(bytes.length - 1, bytes.at(-1) ^ 1), inc, changed(2, 2)],
    garbled: [bytes.subarray(0, 20), bytes.subarray(0, -1), changed(0, 0), Buffer.alloc(300, 0xa7)],
    foreign: [changed(4, bytes[4] ^ 1)],
    version: [changed(1, 0), changed(1, 200)],
    huge: [Buffer.concat([bytes, Buffer.alloc(900000)])],
  };
}
