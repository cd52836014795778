// strict.test.mjs -- where Phoenix, or the server below it, is lenient, forgetful or fragile, and
// this is not: frames, limits, idle time, origins, bytes for V1, and how the server ends.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Playground, UNITS, ownPlayground } from "../lib/playground.mjs";
import { UPGRADE, closeCodeAfter, getHead, request } from "../lib/raw.mjs";
import { Wire, sleep } from "../lib/wire.mjs";

const MIB = 1 << 20;
const playground = new Playground();
before(() => playground.start());
after(() => playground.end());

const opened = async (t, user, vsn) => {
  const wire = await Wire.open(playground, { user, vsn });
  t.after(() => wire.cut());
  return wire;
};

/* A member of the room, whose own join is over. */
async function member(t, user, room, vsn) {
  const wire = await opened(t, user, vsn);
  await wire.join(room);
  const joined = Object.keys(wire.payloadOf(await wire.next()).joins);
  assert.deepEqual(joined, [user]);
  return wire;
}

describe("frames", () => {
  for (const [name, bytes] of [
    ["text", [0x81, 2, 0x5b, 0x5d]],
    ["binary", [0x82, 1, 0]],
    ["ping", [0x89, 0]],
    ["close", [0x88, 2, 3, 0xe8]],
  ])
    test(`an unmasked ${name} frame: 1002`, async () =>
      assert.equal(await closeCodeAfter(playground, "a", Buffer.from(bytes)), 1002));

  test("the limit of 1 MiB holds across fragments: 1009", async (t) => {
    const wire = await opened(t, "a");
    wire.raw('["1","2","room:x","echo",{"d":"', { fin: false });
    for (let i = 0; i < 3; i++) wire.raw("x".repeat(400000), { fin: false });
    assert.equal(await wire.closeCode(), 1009);
  });

  test("fragments below it are one message", async (t) => {
    const wire = await member(t, "a", "room:fragments");
    wire.raw('["1","2","room:fragments","status_only",{"d":"', { fin: false });
    for (let i = 0; i < 3; i++) wire.raw("x".repeat(MIB / 4), { fin: false });
    wire.raw('"}]', { fin: true });
    await wire.expect(wire.reply("1", "2", "room:fragments", "ok", {}));
  });
});

describe("a broadcast of bytes", () => {
  test("reaches the V2 members, skips those on V1 and harms nobody", async (t) => {
    const room = "room:mixed";
    const sender = await member(t, "a", room);
    const other = await member(t, "b", room);
    await sender.next();
    const v1 = await member(t, "c", room, "1.0.0");
    for (const it of [sender, other]) await it.next();

    const push = Buffer.from([0, 1, 1, room.length, 9]);
    sender.raw(Buffer.concat([push, Buffer.from(`12${room}bcast_bin`), Buffer.from([0, 255])]));
    const head = Buffer.from([2, room.length, 9]);
    const wanted = Buffer.concat([head, Buffer.from(`${room}bcast_bin`), Buffer.from([0, 255])]);
    for (const it of [sender, other]) assert.deepEqual(await it.next(), wanted);
    for (const it of [sender, other, v1]) {
      assert.deepEqual(await it.drain(), []);
      assert.deepEqual(await it.push(room, "echo", { still: 1 }), {
        status: "ok",
        response: { still: 1 },
      });
    }
  });
});

describe("origins are asked for by the mount", () => {
  const status = async (path, origin) => {
    const headers = { Host: playground.host, ...UPGRADE, ...(origin && { Origin: origin }) };
    const { socket, text } = await request(playground, getHead(path, headers));
    socket.destroy();
    return Number(text.split(" ")[1]);
  };
  const polled = async (path, origin) => {
    const answer = await fetch(`http://${playground.host}${path}`, { headers: { origin } });
    return (await answer.json()).status;
  };
  const QUERY = "vsn=2.0.0&user_id=a";

  /* Which of them is asked first must not matter. */
  for (const round of [1, 2])
    for (const [mount, origin, good] of [
      ["socket", "http://evil.example", true],
      ["strict", "http://evil.example", false],
      ["strict", "https://allowed.example", true],
      ["strict", "http://allowed.example:8080", true],
      ["strict", "http://sub.allowed.example", false],
      ["strict", "null", false],
    ])
      test(`${mount} ${good ? "takes" : "refuses"} ${origin}, time ${round}`, async () => {
        assert.equal(await status(`/${mount}/websocket?${QUERY}`, origin), good ? 101 : 403);
        assert.equal(await polled(`/${mount}/longpoll?${QUERY}`, origin), good ? 410 : 403);
      });
});

test("being sent to is no sign of life, being sent from is", async (t) => {
  const own = await ownPlayground(t, { units: ["idle"] });
  const member = async (user, options) => {
    const wire = await Wire.open(own, { user, ...options });
    t.after(() => wire.cut());
    await wire.join("room:i");
    return wire;
  };
  const began = Date.now(); /* its last word is later */
  const listener = await member("listener");
  const teller = await member("teller");
  const shouts = setInterval(
    () => teller.send("1", null, "room:i", "shout", { so: "loud" }),
    UNITS.idle / 10,
  );
  t.after(() => clearInterval(shouts));
  assert.equal(await listener.closeCode(UNITS.idle * 2 + 15000), 1002);
  const ms = Date.now() - began;
  assert.ok(ms > UNITS.idle * 0.95 && ms < UNITS.idle * 1.2 + 8000, `${ms} ms`);
  const heard = [];
  for (let i = 0; i < 5; i++) heard.push(teller.eventOf(await teller.next()));
  assert.ok(heard.includes("shout"));
  await sleep(UNITS.idle / 2);
  assert.equal(await Promise.race([teller.closed, "alive"]), "alive");
});

test("SIGTERM closes every socket with 1012, and the process ends well", async (t) => {
  const own = await ownPlayground(t);
  const wires = [];
  for (const vsn of ["2.0.0", "1.0.0"]) {
    const wire = await Wire.open(own, { user: "a", vsn });
    await wire.join("room:end");
    wires.push(wire);
  }
  await own.stop();
  for (const wire of wires) assert.equal(await wire.closeCode(), 1012);
});
