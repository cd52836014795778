// talk.test.mjs -- who says far too much: pings, messages, joins, bodies.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Caller, HEARTBEAT, PING, TEXT, figure, frame, grownBy, many, say, sized, withCanary } from "../lib/flood.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { ownPlayground } from "../lib/playground.mjs";
import { Polling } from "../lib/polling.mjs";
import { getHead } from "../lib/raw.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const FLOOD_MS = sized(800, 5000);
const PACE = 100;
const OWED_S = 12; /* so much of its pace a client has at once */
const UNREAD_BYTES = 8000000; /* more than both systems keep of their answers, and of them */
const A_FEW_BYTES = 100000; /* as the canary says in the meantime */
const PONG_BYTES = 2 + 4;
const HEARTBEAT_ANSWER = '[null,"1","phoenix","phx_reply",{"response":{},"status":"ok"}]';
const repeated = (bytes, times) => Buffer.concat(Array(times).fill(bytes));

const paced = sharedKith({ settings: { "server.max_messages_s": PACE } });
const unpaced = sharedKith({ settings: { "server.max_messages_s": 0 } });

describe("pings", () => {
  const PING_BYTES = 2 + 4 + 4;
  const pings = repeated(frame(PING, "ping"), 1000);

  test("are answered as fast as the client may speak, whatever it sends", async (t) => {
    await withCanary(t, paced, async () => {
      const caller = await Caller.upgraded(paced, { user: "pinging" });
      const from = performance.now();
      const grown = await grownBy(paced, () => caller.keepSending(pings, FLOOD_MS));
      const pongs = caller.bytes / PONG_BYTES, seconds = (performance.now() - from) / 1000;
      assert.ok(pongs >= OWED_S * PACE && pongs <= (OWED_S + seconds + 1) * PACE, `${pongs} pongs`);
      caller.cut();
      return `${pongs} pongs, ${grown}`;
    });
  });

  test("as fast as they come take no memory", async (t) => {
    await withCanary(t, unpaced, async () => {
      const caller = await Caller.upgraded(unpaced, { user: "pinging" });
      let times;
      const grown = await grownBy(unpaced, async () => (times = await caller.keepSending(pings, FLOOD_MS)));
      const pings_s = (times * 1000 * 1000) / FLOOD_MS;
      assert.ok(!caller.socket.destroyed && pings_s > 10000, `${pings_s} pings/s`);
      caller.cut();
      return `${Math.round(pings_s)} pings/s, ${grown}`;
    });
  });

  test("whose answers are not read are not read either", async (t) => {
    await withCanary(t, unpaced, async () => {
      const caller = await Caller.upgraded(unpaced, { user: "pinging" });
      const read = () => figure(unpaced, "received_bytes_total");
      const before = await read();
      caller.socket.pause();
      const grown = await grownBy(unpaced, async () => {
        caller.send(repeated(pings, UNREAD_BYTES / pings.length));
        let [last, now] = [0, await read()];
        for (; now - last > A_FEW_BYTES; [last, now] = [now, await read()]) await sleep(FLOOD_MS / 2);
      });
      const bytes = (await read()) - before;
      assert.ok(bytes < UNREAD_BYTES / 2, `${bytes} bytes were read`);
      caller.socket.resume();
      await eventually(() => caller.bytes / PONG_BYTES > bytes / PING_BYTES, "that it goes on");
      caller.cut();
      return `of 8 MB ${bytes} were read, ${grown}`;
    });
  });
});

describe("messages", () => {
  test("are read at their pace, and the rest waits", async (t) => {
    const sent = 5000;
    await withCanary(t, paced, async () => {
      const caller = await Caller.upgraded(paced, { user: "talking" });
      const answered = () => caller.bytes / (HEARTBEAT_ANSWER.length + 2);
      const from = performance.now();
      caller.send(repeated(HEARTBEAT, sent));
      await eventually(() => answered() >= OWED_S * PACE, "what it may say at once");
      await sleep(FLOOD_MS);
      const seconds = (performance.now() - from) / 1000;
      assert.ok(answered() > OWED_S * PACE && answered() <= (OWED_S + seconds + 1) * PACE, `${answered()} answers`);
      caller.cut();
    });
  });

  test("a join counts for ten of them", async (t) => {
    await withCanary(t, paced, async () => {
      const caller = await Caller.upgraded(paced, { user: "joining" });
      let answers = 0;
      caller.socket.on("data", (more) => (answers += more.toString().split("phx_reply").length - 1));
      const from = performance.now();
      await caller.keepSending(repeated(say("1", "1", "nowhere", "phx_join", {}), 100), FLOOD_MS);
      const seconds = (performance.now() - from) / 1000, joins = PACE / 10;
      assert.ok(answers >= OWED_S * joins && answers <= (OWED_S + seconds + 1) * joins, `${answers} joins`);
      caller.cut();
    });
  });

  test("joins of topics that are made up take no memory", async (t) => {
    await withCanary(t, unpaced, async () => {
      const caller = await Caller.upgraded(unpaced, { user: "joining" });
      const kinds = ["room:", "user:", "user_presence:", ""];
      const topic = () => kinds[Math.floor(Math.random() * kinds.length)] + Math.random();
      let joins = 0;
      const join = () => say("1", `${joins++}`, topic(), "phx_join", {});
      const some = () => Buffer.concat(Array.from({ length: 500 }, join));
      await caller.keepSending(some(), 200);
      const grown = await grownBy(unpaced, async () => {
        const until = performance.now() + FLOOD_MS;
        while (performance.now() < until) await caller.keepSending(some(), 1);
        caller.send(HEARTBEAT);
        await eventually(() => caller.heard.toString().endsWith(HEARTBEAT_ANSWER), "the answer to the last message");
      });
      caller.cut();
      return `${joins} joins, ${grown}`;
    });
  });
});

/* One thread, so that who is told of a change shares it with all of them. */
describe("many who say much in one moment hold up nobody else", () => {
  const kith = sharedKith({ settings: { "server.max_messages_s": 0, "server.workers": 1 } });
  const CROWD = sized(200, 900);
  const BYTES = 1 << 20, MESSAGES = 1400;
  const text = (bytes) => frame(TEXT, `[null,"1","phoenix","heartbeat",[${"0,".repeat(bytes / 2)}0]]`);
  const ways = {
    "messages, one behind the other": [repeated(HEARTBEAT, MESSAGES), Buffer.alloc(0)],
    "the end of a message of 1 MiB": (() => {
      const whole = text(BYTES - 100);
      return [whole.subarray(0, -1), whole.subarray(-1)];
    })(),
  };

  for (const [what, [begun, last]] of Object.entries(ways))
    test(what, async (t) => {
      const crowd = await many(last.length ? 50 : CROWD, (i) => Caller.upgraded(kith, { user: `crowd ${i}` }));
      await withCanary(t, kith, async () => {
        for (let round = 0; round < sized(1, 3); round++) {
          const due = crowd.map((it) => it.bytes + (last.length ? 1 : MESSAGES) * (HEARTBEAT_ANSWER.length + 2));
          for (const it of crowd) it.send(begun);
          if (last.length) await sleep(sized(1000, 3000)); /* all have come */
          for (const it of crowd) it.send(last);
          await eventually(() => crowd.every((it, i) => it.bytes >= due[i]), "all answers", 60000);
        }
      });
      for (const it of crowd) it.cut();
    });
});

test("a socket joins a hundred topics, and no more until it leaves one", async (t) => {
  const most = 100, asked = 150;
  const wire = await Wire.open(await ownPlayground(t), { user: "joining" });
  const ask = async (event, from, to) => {
    for (let i = from; i < to; i++) wire.send(`${i}`, `${event} ${i}`, `room:${i}`, event);
    const answers = [];
    while (answers.length < to - from) {
      const [, ref, , what, { status, response }] = await wire.next();
      if (what === "phx_reply" && ref.startsWith(event)) answers.push(status === "ok" ? status : response.reason);
    }
    return answers;
  };
  const answers = await ask("phx_join", 0, asked);
  assert.deepEqual(answers.slice(0, most), Array(most).fill("ok"));
  assert.deepEqual(answers.slice(most), Array(asked - most).fill("too many channels joined"));
  assert.deepEqual(await ask("phx_leave", 7, 8), ["ok"]);
  assert.deepEqual(await ask("phx_join", 200, 202), ["ok", "too many channels joined"]);
  await wire.cut();
});

test("newlines to a long-poll take no memory, and 6 MB of them are refused", async (t) => {
  await withCanary(t, unpaced, async () => {
    const { token } = await Polling.begin(unpaced.host, "user_id=x");
    const path = `/socket/longpoll?vsn=2.0.0&user_id=x&token=${token}`;
    const chunk = `10000\r\n${"\n".repeat(0x10000)}\r\n`;
    const statusOf = async (how, body, isEndless) => {
      const head = { Host: unpaced.host, "Content-Type": "application/x-ndjson", ...how };
      const caller = await Caller.dial(unpaced, { head: getHead(path, head, "POST") });
      caller.send(body);
      while (isEndless && !caller.status && !caller.socket.destroyed) await caller.keepSending(body, 10);
      await eventually(() => caller.status, "an answer");
      caller.cut();
      return caller.status;
    };
    const all = async (times) => {
      for (let i = 0; i < times; i++) {
        assert.equal(await statusOf({ "Content-Length": 6000000 }, "\n".repeat(60000), true), 413);
        assert.equal(await statusOf({ "Transfer-Encoding": "chunked" }, chunk, true), 413);
        assert.equal(await statusOf({ "Content-Length": 900000 }, "\n".repeat(900000)), 200);
      }
    };
    await all(2);
    return grownBy(unpaced, () => all(sized(5, 50)));
  });
});
