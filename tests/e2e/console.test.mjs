// console.test.mjs -- the console: each of its views, on a real server with real clients.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { picture, sharedBrowser } from "../lib/browser.mjs";
import { isLive, operators, pairAddress, says, userAddress } from "../lib/console.mjs";
import { KEYS, Rest, bearer } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire } from "../lib/wire.mjs";

const shared = sharedBrowser();
const keyOf = (role) => bearer(role).authorization.replace("Bearer ", "");

/* Clients that are there until the test ends. */
async function clients(t, kith, ...users) {
  const wires = [];
  for (const user of users) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends", { status: "online" });
    wires.push(wire);
  }
  return wires;
}

/* What a user says again and again until the test ends; answers are left unread. */
function chatter(t, wire) {
  let n = 0;
  const timer = setInterval(() => {
    wire.send(null, `c${n}`, "friends", "status", { status: n++ % 2 ? "away" : "online" });
  }, 50);
  t.after(() => clearInterval(timer));
}

const chart = (title) => `.chart:has(h3:text-is("${title}"))`;
const figure = async (page, title) =>
  Number.parseFloat(await page.locator(`${chart(title)} .figure`).textContent());

describe("the overview", () => {
  const graph = "ann star\nben star\ncleo star\nann ben\nben ann\n";

  test("shows what clients do, second by second", async (t) => {
    const { kith, open } = await operators(t, shared, { graph });
    const page = await open();
    await isLive(page);
    const before = await figure(page, "Connections");
    const [star] = await clients(t, kith, "star", "ann", "ben", "cleo");
    chatter(t, star);
    await page.waitForFunction(
      (least) => Number.parseFloat(document.querySelector(".chart .figure").textContent) >= least,
      before + 4,
    );
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll(".chart")].filter(
          (it) => ["Flips", "Deliveries"].includes(it.querySelector("h3").textContent) && Number.parseFloat(it.querySelector(".figure").textContent) > 5,
        ).length === 2,
    );
    await says(page, ".chart .figure", "ms"); /* what deliveries took */
    assert.equal(await page.locator(".chart canvas").count(), await page.locator(".chart").count());
    const row = page.locator('.list:has-text("Hot users") tbody tr').first();
    assert.equal(await row.locator("td").first().textContent(), "star");
    assert.equal(await row.locator("td").nth(1).textContent(), "3");
    await picture(page, "console-overview", { fullPage: true });
  });

  test("says so where there is nothing", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open();
    await says(page, ".list .empty", "Every client keeps up.");
    await says(page, ".list .empty", "Nobody has been refused.");
    await says(page, ".list .empty", "Nobody whom others watch");
  });

  test("names who was refused, and why", async (t) => {
    const { kith, open } = await operators(t, shared);
    const [ann] = await clients(t, kith, "ann");
    ann.send("9", "9", "user:ben", "phx_join", {});
    const page = await open();
    await says(page, ".list tbody", "user:ben");
    const cells = await page.locator('.list:has-text("Refused") tbody td').allTextContents();
    assert.deepEqual(cells.slice(1), ["ann", "user:ben", "unauthorized"]);
  });

  test("goes on to a user", async (t) => {
    const { kith, open } = await operators(t, shared);
    const [ann] = await clients(t, kith, "a/b?c#d %");
    ann.send("9", "9", "user:ben", "phx_join", {});
    const page = await open();
    await page.click(".user-link");
    await says(page, "#user-page h2", "a/b?c#d %");
    await says(page, "#user-page .badge", "online");
    assert.equal(await page.evaluate(() => document.activeElement.id), "user-title");
  });
});

describe("who sees whom", () => {
  const rules = (page, nth) =>
    page.locator(".verdict").nth(nth).locator(".rule").evaluateAll((all) => all.map((it) => it.dataset.holds));
  const title = (page, nth) => page.locator(".verdict h2").nth(nth).textContent();
  const verdict = (page, nth) => page.locator(".verdict header .badge").nth(nth).textContent();

  async function judged(t, change, settings = {}) {
    const { kith, open } = await operators(t, shared, { settings });
    const rest = new Rest(kith);
    await change(rest);
    const page = await open(pairAddress("w", "t"));
    await page.waitForSelector(".verdict");
    return { page, rest };
  }

  test("a friendship goes both ways", async (t) => {
    const { page } = await judged(t, (rest) => rest.put("/v1/users/w/friends/t"));
    assert.equal(await title(page, 0), "w sees t");
    assert.equal(await title(page, 1), "t sees w");
    assert.deepEqual(await rules(page, 0), ["true", "true", "true", "null", "true"]);
  });

  test("a block, and no edge", async (t) => {
    const { page } = await judged(t, (rest) => rest.put("/v1/users/t/blocks/w"));
    assert.equal(await title(page, 0), "w does not see t");
    assert.equal(await verdict(page, 0), "blocked");
    assert.deepEqual((await rules(page, 0)).slice(0, 2), ["false", "false"]);
    await says(page, ".verdict .rule", "t blocks w");
    await picture(page, "console-explorer");
  });

  test("a visibility that leaves the viewer out", async (t) => {
    const { page } = await judged(t, async (rest) => {
      await rest.put("/v1/users/w/watches/t");
      await rest.put("/v1/users/t/visibility", { mode: "except", ids: ["w"] });
    });
    assert.equal(await verdict(page, 0), "not admitted");
    assert.deepEqual((await rules(page, 0)).slice(0, 3), ["true", "true", "false"]);
    await says(page, ".verdict .rule", "all watchers but those on their list, where the other stands");
  });

  test("who is public is seen by whoever asks", async (t) => {
    const { page } = await judged(t, (rest) => rest.put("/v1/users/t/visibility", { mode: "public" }));
    assert.equal(await verdict(page, 0), "no edge");
    await says(page, ".verdict .aside", "A client that asks");
  });

  test("where sight is to be mutual, one way is none", async (t) => {
    const { page } = await judged(t, (rest) => rest.put("/v1/users/w/watches/t"), { "presence.reciprocity": "on" });
    assert.equal(await verdict(page, 0), "one way");
    assert.deepEqual((await rules(page, 0)).slice(0, 4), ["true", "true", "true", "false"]);
  });

  test("two may be asked for by hand, and swapped", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open("/explorer");
    await says(page, "#verdicts", "Name two users");
    await page.fill("#viewer", "one");
    await page.fill("#seen", "two");
    await page.press("#seen", "Enter");
    await says(page, ".verdict h2", "one does not see two");
    await page.click("#swap");
    await page.waitForFunction(() => document.querySelector(".verdict h2").textContent === "two does not see one");
  });

  test("an id that is none is told so", async (t) => {
    const { open } = await operators(t, shared, { allow: /^Failed to load resource.*400/ });
    const page = await open(pairAddress("w", "x".repeat(129)));
    await says(page, "#verdicts .notice", "1 to 128 bytes");
  });
});

describe("a user's page", () => {
  test("shows sessions as they come, change and go", async (t) => {
    const { kith, open } = await operators(t, shared, { graph: "ben ann\ncleo ann\n", settings: { "presence.grace_s": 1 } });
    const page = await open(userAddress("ann"));
    await says(page, "#user-page", "Not online");
    const [ann] = await clients(t, kith, "ann");
    await says(page, "#user-page tbody", "online");
    ann.send(null, "5", "friends", "status", { status: "away", note: "<i>lunch</i>" });
    await says(page, "#user-page tbody", "away");
    await says(page, "#user-page tbody code", '{"note":"<i>lunch</i>"}');
    ann.send(null, "6", "friends", "visibility", { session: "hidden" });
    await says(page, "#user-page tbody", "hidden: shown to nobody");
    const viewers = await page.locator("article:has(h2:text-is('Audience')) tbody tr").allTextContents();
    assert.deepEqual(viewers, ["bensees" + "why", "cleosees" + "why"]);
    await picture(page, "console-user", { fullPage: true });
    ann.cut();
    await says(page, "#user-page", "Not online");
  });

  test("pushes a test event", async (t) => {
    const { kith, open } = await operators(t, shared);
    const [ann] = await clients(t, kith, "ann");
    const page = await open(userAddress("ann"));
    await page.fill("form.action input >> nth=0", "hello");
    await page.fill("form.action input >> nth=1", '{"a": ["<b>"]}');
    await page.click("text=Push >> nth=-1");
    await says(page, ".said", "Given to 1 session.");
    const frames = await ann.until((frame) => frame[3] === "hello");
    assert.deepEqual(frames.at(-1)[4], { a: ["<b>"] });
    await page.fill("form.action input >> nth=1", "{oops");
    await page.click("text=Push >> nth=-1");
    await says(page, ".said[data-kind=bad]", "not JSON");
  });

  test("disconnects when it is asked twice, and bars", async (t) => {
    const { kith, open } = await operators(t, shared);
    const [ann] = await clients(t, kith, "ann");
    const page = await open(userAddress("ann"));
    await page.selectOption("form.action select", "300");
    await page.click("text=Disconnect >> nth=-1");
    await says(page, ".danger", "Really disconnect?");
    await page.click(".danger");
    await says(page, ".said", "Ended 1 connection. Barred until");
    assert.equal((await ann.closed).code, 1000);
    await assert.rejects(Wire.open(kith, { user: "ann" }));
    await page.selectOption("form.action select", "lift");
    await page.click(".danger");
    await page.click(".danger");
    await says(page, ".said", "No bar stands.");
    (await Wire.open(kith, { user: "ann" })).cut();
  });

  test("of an id of which nothing is known says that", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open(userAddress("nobody"));
    await says(page, "#user-page", "check how it is spelt");
    await says(page, "#user-page", "Nobody watches this user.");
  });

  test("comes in pages where many watch", async (t) => {
    const graph = Array.from({ length: 1500 }, (_, i) => `w${String(i).padStart(4, "0")} star\n`).join("");
    const { open } = await operators(t, shared, { graph });
    const page = await open(userAddress("star"));
    await page.click("text=Show more");
    await page.waitForFunction(() => document.querySelectorAll("#user-page tbody tr").length === 1500);
    assert.ok(!(await page.isVisible("text=Show more")));
  });
});

describe("keys", () => {
  const locked = { tokens: true, settings: KEYS, allow: /^Failed to load resource.*40[13]/ };

  async function enter(page, secret) {
    await page.fill("#key", secret);
    await page.press("#key", "Enter");
  }

  test("one is asked for, kept in this tab alone, and forgotten", async (t) => {
    const { kith, open } = await operators(t, shared, locked);
    const page = await open();
    assert.ok(await page.isVisible("#gate"));
    assert.ok(!(await page.isVisible("#nav")));
    await picture(page, "console-key");
    await enter(page, "not the key of anybody at all, nor ascii é");
    await says(page, "#gate-problem", "visible ASCII");
    await enter(page, "a-key-that-nobody-knows-and-that-is-long");
    await says(page, "#gate-problem", "this key is not known");
    await enter(page, keyOf("read"));
    await isLive(page);
    assert.ok(await page.isVisible("#overview"));
    const kept = await page.evaluate(() => [localStorage.length, document.cookie, location.href, sessionStorage.length]);
    assert.deepEqual(kept, [0, "", `${kith.api}/console/#/`, 1]);
    await page.reload();
    await isLive(page);
    await page.click("#forget");
    await page.waitForSelector("#gate:not([hidden])");
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  test("one that may only look is told what takes more", async (t) => {
    const { kith, open } = await operators(t, shared, locked);
    const wire = await Wire.open(kith, { token: jwt("ann") });
    t.after(() => wire.cut());
    await wire.join("friends");
    const page = await open(userAddress("ann"));
    await enter(page, keyOf("read"));
    await says(page, "#user-page .badge", "online");
    await says(page, ".action", "takes a key with the role write; yours is read");
    await says(page, ".action", "takes a key with the role admin; yours is read");
    assert.equal(await page.locator(".action button:not(:disabled)").count(), 0);
  });
});

describe("a server that goes away", () => {
  test("is missed, and found again, with nothing to be done", async (t) => {
    const { kith, open } = await operators(t, shared, { allow: /^Failed to load resource/ });
    const page = await open();
    await isLive(page);
    const port = new URL(kith.api).port;
    await kith.stop();
    await page.waitForSelector("#pulse[data-state=gone]");
    await says(page, "#trouble .notice", "does not answer");
    await kith.launch(port);
    await isLive(page);
    await page.waitForFunction(() => !document.querySelector("#trouble").textContent);
  });
});
