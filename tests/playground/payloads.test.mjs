// payloads.test.mjs -- payloads pass through as they were written, to whoever gets them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Playground } from "../lib/playground.mjs";
import { WsTalker } from "../lib/talker.mjs";

const PATIENCE_MS = 15000;
const PAYLOADS = {
  "the order of keys": '{"z":1,"a":2,"10":3,"9":4}',
  "the spelling of numbers": "[1.0,1e2,-0,-0.0,0.10e-6,123456789012345678901234567890,1E+3]",
  "repeated keys": '{"a":1,"a":2,"b":{"c":null,"c":[]}}',
  "escapes, and what needs none": '{"\\u00e9":"é\\/\\u0000\\u2028 \\ud83d\\ude00"}',
  "spaces between": '{ "a" : [ 1 , 2 ] }',
  "no object at all": '"just a text"',
};

const playground = new Playground({ edges: ["watcher teller"] });
before(() => playground.start());
after(() => playground.end());

async function opened(t, user, vsn = "2.0.0") {
  const path = `/socket/websocket?vsn=${vsn}&user_id=${user}`;
  const talker = await WsTalker.open(playground.host, path);
  t.after(() => talker.cut());
  return talker;
}

async function heard(talker, count = 1) {
  let event;
  for (let i = 0; i < count; i++) event = await talker.next(PATIENCE_MS);
  return event.value;
}

/* A member of the room: its reply, state and own join are over. */
async function member(t, user, room, vsn) {
  const talker = await opened(t, user, vsn);
  const join = vsn
    ? `{"topic":"${room}","event":"phx_join","payload":{},"ref":"1"}`
    : `["1","1","${room}","phx_join",{}]`;
  talker.send(join);
  await heard(talker, 3);
  return talker;
}

describe("what passes through as it was written", () => {
  for (const [i, [name, payload]] of Object.entries(PAYLOADS).entries())
    test(name, async (t) => {
      const room = `room:${i}`;
      const a = await member(t, "a", room);
      a.send(`["1","2","${room}","echo",${payload}]`);
      const reply = `["1","2","${room}","phx_reply",{"response":${payload},"status":"ok"}]`;
      assert.equal(await heard(a), reply);

      const v1 = await member(t, "b", room, "1.0.0");
      await heard(a);
      a.send(`["1","3","${room}","shout",${payload}]`);
      const shout = `"event":"shout","payload":${payload},"ref":null,"topic":"${room}"`;
      assert.equal(await heard(a), `[null,null,"${room}","shout",${payload}]`);
      assert.equal(await heard(v1), `{${shout}}`);
    });

  test("the parameters of a join", async (t) => {
    const a = await opened(t, "a");
    const payload = PAYLOADS["repeated keys"];
    a.send(`["1","1","room:welcome","phx_join",${payload}]`);
    const response = `{"hello":"a","params":${payload}}`;
    const reply = `{"response":${response},"status":"ok"}`;
    assert.equal(await heard(a), `["1","1","room:welcome","phx_reply",${reply}]`);
  });
});

test("a status may be any JSON, and friends get it as it was written", async (t) => {
  const watcher = await opened(t, "watcher");
  watcher.send('["1","1","user:watcher","phx_join",{}]');
  await heard(watcher, 2);
  const teller = await opened(t, "teller");
  teller.send('["1","1","user:teller","phx_join",{}]');
  await heard(teller, 2);
  await heard(watcher);
  for (const status of ["1.0", "null", '{"b":1e2,"a":[]}', '"é\\/"']) {
    teller.send(`["1","2","user:teller","status",{"status":${status}}]`);
    await heard(teller);
    const diff = await heard(watcher);
    const joins = diff.slice(0, diff.indexOf('"leaves"'));
    assert.ok(joins.includes(`"status":${status},`) || joins.includes(`"status":${status}}`), diff);
  }
});
