// connect.test.mjs -- who gets in, and what the others are told.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { UPGRADE, getHead, request } from "../lib/raw.mjs";
import { Wire, refused } from "../lib/wire.mjs";

const kith = sharedKith({
  graph: circlesGraph(CIRCLES),
  settings: { "origins.allow": "https://allowed.example" },
});

const statusOf = async (path, headers, method) => {
  const { socket, text } = await request(kith, getHead(path, headers, method));
  socket.destroy();
  return Number(text.split(" ")[1]);
};

describe("vsn", () => {
  for (const vsn of ["2.0.0", "2.0.7", "1.0.0", "1.0.3"])
    test(`${vsn} is spoken`, async () => {
      const wire = await Wire.open(kith, { user: circle().ann, vsn });
      wire.send(null, "1", "phoenix", "heartbeat");
      await wire.expect(wire.reply(null, "1", "phoenix", "ok", {}));
      await wire.close();
    });

  test("none at all is 1.0.0", async () => {
    const wire = await Wire.open(kith, { user: circle().ann, vsn: null });
    wire.v1 = true;
    wire.send(null, "1", "phoenix", "heartbeat");
    await wire.expect(wire.reply(null, "1", "phoenix", "ok", {}));
    await wire.close();
  });

  for (const vsn of ["2.0", "2.1.0", "3.0.0", "abc", ""])
    test(`'${vsn}' is refused with 403 and an empty body`, async () => {
      const answer = await refused(kith, { user: circle().ann, vsn });
      assert.deepEqual(answer, { status: 403, body: "" });
    });
});

describe("user", () => {
  test("without a user: 403 and an empty body", async () => {
    assert.deepEqual(await refused(kith, {}), { status: 403, body: "" });
  });

  test("an empty user: 403", async () => {
    assert.equal((await refused(kith, { user: "" })).status, 403);
  });

  test("a user of 128 bytes gets in, one of 129 does not", async () => {
    const wire = await Wire.open(kith, { user: "u".repeat(128) });
    await wire.close();
    assert.equal((await refused(kith, { user: "u".repeat(129) })).status, 403);
  });

  test("a device of 64 bytes gets in, one of 65 does not", async () => {
    const { ann } = circle();
    const wire = await Wire.open(kith, { user: ann, device: "d".repeat(64) });
    await wire.close();
    assert.equal((await refused(kith, { user: ann, device: "d".repeat(65) })).status, 403);
  });
});

describe("origin", () => {
  const from = (Origin) => ({ user: circle().ann, headers: { Origin } });

  test("the server's own host gets in", async () => {
    await (await Wire.open(kith, from(`http://${kith.host}`))).close();
  });

  test("a listed origin gets in", async () => {
    await (await Wire.open(kith, from("https://allowed.example"))).close();
  });

  for (const origin of [
    "https://evil.example",
    "https://allowed.example.evil.example",
    "https://evil-allowed.example",
    "null",
  ])
    test(`${origin}: 403 and an empty body`, async () => {
      assert.deepEqual(await refused(kith, from(origin)), { status: 403, body: "" });
    });
});

describe("upgrade", () => {
  const good = (user) => `/socket/websocket?vsn=2.0.0&user_id=${user}`;
  const upgrade = (changes) => ({ Host: kith.host, ...UPGRADE, ...changes });

  test("a good one is answered with 101, its accept key and no extension", async () => {
    const head = getHead(good(circle().ann), {
      ...upgrade(),
      "Sec-WebSocket-Extensions": "permessage-deflate",
    });
    const { socket, text } = await request(kith, head);
    socket.destroy();
    assert.match(text, /^HTTP\/1\.1 101 /);
    assert.match(text, /^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im);
    assert.doesNotMatch(text, /^sec-websocket-(extensions|protocol):/im);
  });

  test("a plain GET by a good user is 400, by nobody 403", async () => {
    assert.equal(await statusOf(good(circle().ann), { Host: kith.host }), 400);
    assert.equal(await statusOf("/socket/websocket?vsn=2.0.0", { Host: kith.host }), 403);
  });

  test("another WebSocket version: 426 (RFC 6455, section 4.4)", async () => {
    assert.equal(
      await statusOf(good(circle().ann), upgrade({ "Sec-WebSocket-Version": "12" })),
      426,
    );
  });

  test("without a key: 400", async () => {
    const headers = upgrade();
    delete headers["Sec-WebSocket-Key"];
    assert.equal(await statusOf(good(circle().ann), headers), 400);
  });

  for (const method of ["POST", "PUT"])
    test(`${method}: 400`, async () => {
      const headers = { Host: kith.host, "Content-Length": "0" };
      assert.equal(await statusOf(good(circle().ann), headers, method), 400);
    });

  for (const path of ["/nowhere", "/socket", "/socket/nothing"])
    test(`${path}: 404`, async () => {
      assert.equal(await statusOf(path, { Host: kith.host }), 404);
    });
});
