// parts.test.mjs -- what needs no server: how long to wait, who is here, whom an event reaches.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { retryMs } from "../../clients/js/src/backoff.js";
import { deviceId } from "../../clients/js/src/device.js";
import { Friends } from "../../clients/js/src/friends.js";

const run = promisify(execFile);
const SRC = new URL("../../clients/js/src/", import.meta.url);
const HOSTILE = ["__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "👩‍👩‍👧"];

describe("a retry", () => {
  const least = () => 0;
  const most = () => 1 - Number.EPSILON;

  test("waits half a second at least", () => {
    for (let attempt = 1; attempt < 2000; attempt++) assert.equal(retryMs(attempt, least), 500);
  });

  test("waits up to 2 s at first, then up to twice as long each time, and never more than 10 s", () => {
    const ceilings = [1, 2, 3, 4, 5, 2000].map((attempt) => Math.round(retryMs(attempt, most)));
    assert.deepEqual(ceilings, [2000, 4000, 8000, 10000, 10000, 10000]);
  });

  test("may come at any moment between", () => {
    const at = (part) => retryMs(1, () => part);
    assert.deepEqual([0.25, 0.5, 0.75].map(at), [875, 1250, 1625]);
  });
});

describe("who is here", () => {
  let refs = 0;
  const meta = (status, more = {}) => ({
    online_at: "1795487065",
    status,
    phx_ref: `ref${refs++}`,
    ...more,
  });
  /* As it comes from the wire: JSON.parse makes "__proto__" a key like any other. */
  const from = (...pairs) =>
    JSON.parse(
      `{${pairs.map(([id, ...metas]) => `${JSON.stringify(id)}:${JSON.stringify({ metas })}`)}}`,
    );

  function view() {
    const friends = new Friends();
    const heard = [];
    for (const event of ["added", "changed", "removed"])
      friends.on(event, ({ id, status }) => heard.push([event, id, status]));
    const news = () => heard.splice(0);
    return { friends, news };
  }

  test("ids are any text", () => {
    const { friends, news } = view();
    const metas = HOSTILE.map((id) => [id, meta("online")]);
    friends.replace(from(...metas), () => false);
    assert.deepEqual([...friends.keys()], HOSTILE);
    assert.deepEqual(
      news(),
      HOSTILE.map((id) => ["added", id, "online"]),
    );
    assert.equal(friends.get("valueOf"), undefined);
    friends.apply({ joins: from(), leaves: from(...metas) });
    assert.deepEqual(
      news(),
      HOSTILE.map((id) => ["removed", id, "online"]),
    );
    assert.equal(friends.size, 0);
    assert.equal({}.metas, undefined);
  });

  test("an update keeps the place of its session, so the newest still speaks", () => {
    const { friends, news } = view();
    const desk = meta("desk");
    friends.replace(from(["a", desk, meta("phone")]), () => false);
    const update = meta("asleep", { phx_ref_prev: desk.phx_ref });
    friends.apply({ joins: from(["a", update]), leaves: from(["a", desk]) });
    assert.deepEqual(news().slice(1), [["changed", "a", "phone"]]);
    assert.deepEqual(
      friends.get("a").metas.map(({ status }) => status),
      ["asleep", "phone"],
    );
  });

  test("other refs alone are no change, in a state and in a diff", () => {
    const { friends, news } = view();
    const first = meta("online");
    const second = { ...first, phx_ref: "other" };
    friends.replace(from(["a", first]), () => false);
    friends.replace(from(["a", second]), () => false);
    const third = { ...second, phx_ref: "third", phx_ref_prev: "other" };
    friends.apply({ joins: from(["a", third]), leaves: from(["a", second]) });
    assert.deepEqual(news(), [["added", "a", "online"]]);
    friends.apply({ joins: from(), leaves: from(["a", third]) });
    assert.deepEqual(news(), [["removed", "a", "online"]]);
  });

  test("a leave that is not for a session that is known is no news", () => {
    const { friends, news } = view();
    friends.apply({ joins: from(), leaves: from(["a", meta("online")]) });
    assert.deepEqual([news(), friends.size], [[], 0]);
  });

  test("all of a state is in place before anybody hears of it", () => {
    const { friends } = view();
    const sizes = [];
    friends.on("added", () => sizes.push(friends.size));
    friends.replace(from(["a", meta("x")], ["b", meta("x")]), () => false);
    assert.deepEqual(sizes, [2, 2]);
  });

  test("whoever is watched is kept over a state, till it is known that they are gone", () => {
    const { friends, news } = view();
    const [stays, goes] = [meta("stays"), meta("goes")];
    friends.replace(from(["s", stays], ["g", goes], ["f", meta("friend")]), () => false);
    news();
    friends.replace(from(), (id) => id !== "f");
    assert.deepEqual(news(), [["removed", "f", "friend"]]);
    friends.apply({ joins: from(["s", { ...stays, phx_ref: "another" }]), leaves: from() });
    friends.settle();
    assert.deepEqual(news(), [["removed", "g", "goes"]]);
    assert.equal(friends.get("s").metas.length, 1);
  });

  test("friends cannot be changed by whoever looks at them", () => {
    const { friends } = view();
    friends.replace(from(["a", meta("online")]), () => false);
    assert.throws(() => (friends.get("a").status = "mine"), TypeError);
    assert.deepEqual(
      [...friends].map(([id]) => id),
      ["a"],
    );
  });
});

describe("a listener", () => {
  const EMITTER = `
    import { Emitter } from ${JSON.stringify(new URL("emitter.js", SRC))};
    process.on("uncaughtException", ({ message }) => console.log("uncaught", message));
    const events = new Emitter("one", "two");
    const stop = events.on("one", () => { throw new Error("mine"); });
    events.on("one", (word) => console.log("heard", word));
    events.emit("one", 1);
    stop();
    events.emit("one", 2);
    try { events.on("three", () => {}); } catch ({ message }) { console.log(message); }
  `;

  test("that throws is reported, and stops no other; a name that is none is refused", async () => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", EMITTER]);
    const lines = stdout.trim().split("\n").sort();
    const refused = 'no event "three": there are one, two';
    assert.deepEqual(lines, ["heard 1", "heard 2", refused, "uncaught mine"]);
  });
});

test("without a storage each process is a device of its own", () => {
  const [one, other] = [deviceId(), deviceId()];
  assert.notEqual(one, other);
  assert.ok(one.length >= 16 && one.length <= 64, one);
});
