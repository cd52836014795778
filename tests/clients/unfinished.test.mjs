// unfinished.test.mjs -- what many clients begin to say and do not end takes no more memory than is set aside for it:
// who began first makes room, and the others are heard.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { UPGRADE, getHead, request } from "../lib/raw.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const BYTES = 1000000;
const MANY = 80; /* 80 MB, and 63 MiB may stand */
const BOUND = 63 << 20;
const LATER = Buffer.from([0x88, 2, 1013 >> 8, 1013 & 255]);
const MESSAGE = `[null,"1","phoenix","heartbeat",{"a":"${"x".repeat(BYTES)}"}]`;

/** MESSAGE as one frame, or as fragments, masked with zeros. */
function framed(parts) {
  const pieces = [];
  const each = Math.ceil(MESSAGE.length / parts);
  for (let i = 0; i < parts; i++) {
    const head = Buffer.alloc(14);
    const payload = Buffer.from(MESSAGE.slice(i * each, (i + 1) * each));
    head[0] = (i ? 0 : 1) | (i === parts - 1 ? 0x80 : 0);
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
    pieces.push(head, payload);
  }
  return Buffer.concat(pieces);
}

const FORMS = [framed(1), framed(8)];

/** A socket that has sent all but the last byte of a message. */
async function beginner(t, kith, i) {
  const path = `/socket/websocket?vsn=2.0.0&user_id=u${i}`;
  const { socket } = await request(kith, getHead(path, { Host: kith.host, ...UPGRADE }));
  const it = { socket, bytes: FORMS[i % 2], heard: Buffer.alloc(0) };
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.on("data", (more) => (it.heard = Buffer.concat([it.heard, more])));
  if (!socket.write(it.bytes.subarray(0, -1))) await once(socket, "drain");
  return it;
}

test("what is begun has a bound of all, whoever began first makes room, and the others end it", async (t) => {
  const kith = await ownKith(t, { settings: { "server.workers": 1, "presence.grace_s": 0 } });
  const poll = await fetch(`http://${kith.host}/socket/longpoll?vsn=2.0.0&user_id=polls`).then((it) => it.json());
  const path = `/socket/longpoll?vsn=2.0.0&token=${encodeURIComponent(poll.token)}`;
  const head = getHead(path, { Host: kith.host, "Content-Type": "application/json", "Content-Length": BYTES }, "POST");
  const posts = request(kith, head + "x".repeat(BYTES / 2));
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  const all = [];
  for (let i = 0; i < MANY; i++) all.push(await beginner(t, kith, i));
  assert.match((await posts).text, /^HTTP\/1.1 503 [^]*retry-after: 5\r\n/);
  await ann.join("friends");
  const refused = () => all.filter(({ heard }) => heard.equals(LATER)).length;
  await eventually(() => refused() >= MANY - BOUND / BYTES - 1, "that many are refused");
  await eventually(async () => refused() + 1 === (await metric(kith, "kith_unfinished_refused_total")), "that each is told");
  assert.ok(all.slice(0, refused()).every(({ heard }) => heard.equals(LATER)), "the first of them");
  const held = await metric(kith, "kith_unfinished_bytes");
  assert.ok(held <= BOUND && held > BOUND - 2 * BYTES, `${held} bytes`);
  for (const { socket, bytes } of all.slice(refused())) socket.write(bytes.subarray(-1));
  await eventually(() => all.slice(refused()).every(({ heard }) => heard.includes("phx_reply")), "their replies");
  await eventually(async () => (await metric(kith, "kith_unfinished_bytes")) === 0, "that nothing is left");
});
