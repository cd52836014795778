// demo.test.mjs -- the demo page in a real browser: friends light up, and never flicker.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connected, house, picture, rowOf, sharedBrowser } from "../lib/browser.mjs";
import { shows, soon, textOf, watchRow } from "../lib/browser.mjs";
import { jwt } from "../lib/token.mjs";

const MAJA = "1"; /* friends: 2, 3, 4, 5, 8, 13 */
const TOMAS = "2";
const AIKO = "3";
const HANA = "14"; /* no friend of Maja's */
const FALLBACK_MS = 6000; /* twice what the page waits for a WebSocket */

const shared = sharedBrowser();

/* Maja's and Tomás' windows, lit up in each other. */
async function both(t, options, looksOfTomas) {
  const { enter } = await house(t, shared, options);
  const maja = await enter(MAJA);
  const tomas = await enter(TOMAS, looksOfTomas);
  await Promise.all([shows(maja, TOMAS, "online"), shows(tomas, MAJA, "online")]);
  return { maja, tomas, enter };
}

/* What Tomás' friend sees while he does something that must be no news: nothing, until he says
 * that he is busy. */
async function isNoNews({ maja, tomas }, something) {
  const seen = await watchRow(maja, TOMAS);
  const [before] = await seen();
  const frames = await maja.locator("#log-list li").count();
  await something();
  await tomas.check("[name=status][value=busy]", { force: true });
  await shows(maja, TOMAS, "busy");
  assert.deepEqual(await seen(), [before, "busy"]);
  assert.equal(await maja.locator("#log-list li").count(), frames + 1);
}

describe("the picker", () => {
  test("shows the people, and leads home with a click", async (t) => {
    const { open } = await house(t, shared);
    const page = await open();
    assert.equal(await textOf(page, "h1"), "Who would you like to be?");
    assert.equal(await page.locator("#people a").count(), 14);
    await picture(page, "pick");
    await page.click(`#people [data-user="${MAJA}"]`);
    await connected(page);
    assert.match(page.url(), /\?user=1$/);
    assert.equal(await textOf(page, "#me-name"), "Maja Lind");
    assert.equal(await page.locator("#friends-list .friend").count(), 6);
    await page.goBack();
    assert.ok(await page.isVisible("#pick"));
  });

  test("an unknown user in the address leads to the picker", async (t) => {
    const { open } = await house(t, shared);
    const page = await open("?user=99");
    assert.ok(await page.isVisible("#pick"));
    assert.ok(!(await page.isVisible("#home")));
  });
});

describe("two windows", () => {
  test("each lights up in the other; a third person sees nothing", async (t) => {
    const { enter } = await house(t, shared);
    const hana = await enter(HANA);
    const maja = await enter(MAJA);
    await soon(maja, "#answer", "Nobody");
    const tomas = await enter(TOMAS);
    await Promise.all([shows(maja, TOMAS, "online"), shows(tomas, MAJA, "online")]);
    await soon(maja, "#answer", "Tomás is here.");
    await soon(maja, "#spoken", "Tomás Rey is online");
    assert.match(await textOf(maja, `${rowOf(TOMAS)} .when`), /^online since \d\d:\d\d$/);
    await soon(hana, "#answer", "Nobody");
    assert.equal(await hana.locator("#log-list li[data-event=presence_diff]").count(), 0);
  });

  test("a status and a few words arrive", async (t) => {
    const { enter } = await house(t, shared);
    const maja = await enter(MAJA);
    const aiko = await enter(AIKO);
    await shows(maja, AIKO, "online");
    await aiko.check("[name=status][value=away]", { force: true });
    await shows(maja, AIKO, "away");
    await aiko.fill("#text", "<b>Lunch</b> & coffee");
    await aiko.press("#text", "Enter");
    await soon(maja, `${rowOf(AIKO)} .says`, "<b>Lunch</b> & coffee");
    await soon(aiko, ".said", "Shared");
    await soon(maja, "#spoken", "Aiko Mori is now away: <b>Lunch</b> & coffee");
    await soon(maja, "#log-list .gist", "Aiko: away, “<b>Lunch</b> & coffee”");
    await aiko.check("[name=status][value=busy]", { force: true });
    await shows(maja, AIKO, "busy");
    await picture(maja, "status");
  });

  test("a reload is no news: the row never leaves online, no frame comes", async (t) => {
    const { maja, tomas } = await both(t);
    await isNoNews({ maja, tomas }, async () => {
      for (let i = 0; i < 3; i++) {
        await tomas.reload();
        await connected(tomas);
        await shows(tomas, MAJA, "online");
      }
    });
  });

  test("a reload keeps the status", async (t) => {
    const { maja, tomas } = await both(t);
    await tomas.check("[name=status][value=away]", { force: true });
    await shows(maja, TOMAS, "away");
    await isNoNews({ maja, tomas }, async () => {
      await tomas.reload();
      await connected(tomas);
      await shows(tomas, MAJA, "online");
      assert.ok(await tomas.isChecked("[value=away]"));
    });
  });

  test("a cut line is no news either", async (t) => {
    const { maja, tomas } = await both(t);
    await isNoNews({ maja, tomas }, async () => {
      await tomas.click("#cut");
      await tomas.waitForSelector("#connection[data-state=reconnecting]");
      await connected(tomas);
      await shows(tomas, MAJA, "online");
    });
  });

  test("a token that ends is no news: the page comes back with a new one", async (t) => {
    const leeway_s = 30;
    const left_s = 8; /* to connect with it on a busy machine */
    const token = () => JSON.stringify({ token: jwt(TOMAS, left_s - leeway_s) });
    /* The page's clock is an hour slow, so that it would renew the token far too late. */
    const init = () => {
      const now = Date.now;
      Date.now = () => now() - 3600e3;
    };
    const { maja, tomas } = await both(t, { tokens: true }, { files: { token }, init });
    await isNoNews({ maja, tomas }, async () => {
      await tomas.waitForFunction(() => window.states.length >= 4);
      await shows(tomas, MAJA, "online");
    });
    const states = await tomas.evaluate(() => window.states);
    assert.deepEqual(states, ["connecting", "connected", "reconnecting", "connected"]);
  });

  test("a closed window goes dark after grace, not before", async (t) => {
    const grace_s = 1;
    const { maja, tomas } = await both(t, { settings: { "presence.grace_s": grace_s } });
    const closing = Date.now();
    await tomas.close();
    await shows(maja, TOMAS, "offline");
    assert.ok(Date.now() - closing >= grace_s * 1000, `${Date.now() - closing} ms`);
    await soon(maja, "#spoken", "Tomás Rey went offline");
  });

  test("to be somebody else is to leave at once", async (t) => {
    const { maja, tomas } = await both(t);
    await tomas.click("#leave");
    await shows(maja, TOMAS, "offline"); /* the test's patience is shorter than the grace */
    assert.ok(await tomas.isVisible("#pick"));
  });

  test("two windows of one friend count as two, and as one friend", async (t) => {
    const { maja, enter } = await both(t);
    await enter(TOMAS);
    await soon(maja, `${rowOf(TOMAS)} .devices`, "2 windows");
    await soon(maja, "#answer", "Tomás is here.");
  });

  test("the second window's button opens one, as a friend who isn't here", async (t) => {
    const { enter } = await house(t, shared);
    const maja = await enter(MAJA);
    const name = await textOf(maja, "#second-who");
    const [second] = await Promise.all([
      maja.context().waitForEvent("page"),
      maja.click("#second"),
    ]);
    await connected(second);
    await soon(maja, "#answer", name);
    await soon(second, "#answer", "Maja");
    const devices = [maja, second].map((page) => page.evaluate(() => sessionStorage.device));
    assert.notEqual(await devices[0], await devices[1]);
  });

  test("a restart of the server is no news: both come back to each other", async (t) => {
    const { kith, enter } = await house(t, shared, { allow: /^(Failed to load|WebSocket connection)/ });
    const maja = await enter(MAJA);
    const tomas = await enter(TOMAS);
    await shows(maja, TOMAS, "online");
    const seen = await watchRow(maja, TOMAS);
    const polls = [];
    maja.on("request", (it) => it.url().includes("/socket/longpoll") && polls.push(it.url()));
    await kith.stop();
    await maja.waitForSelector("#connection[data-state=reconnecting]");
    await sleep(FALLBACK_MS); /* in which phoenix.js would fall back */
    await kith.launch();
    await Promise.all([connected(maja), connected(tomas)]);
    await tomas.check("[name=status][value=busy]", { force: true });
    await shows(maja, TOMAS, "busy");
    assert.deepEqual(await seen(), ["online", "busy"]);
    assert.deepEqual(polls, []);
  });
});

describe("the article's way", () => {
  test("shows the same by its own code", async (t) => {
    const { enter } = await house(t, shared);
    const maja = await enter(MAJA);
    await maja.click("#tab-article");
    assert.ok(await maja.isVisible("#article-list"));
    assert.ok(!(await maja.isVisible("#friends-list")));
    const tomas = await enter(TOMAS);
    await shows(maja, TOMAS, "online", "#article-list");
    await tomas.check("[name=status][value=away]", { force: true });
    await shows(maja, TOMAS, "away", "#article-list");
    await soon(maja, "#log-list", "user_presence:2");
    await soon(maja, "#article code", "socket.onMessage");
    await picture(maja, "article", { fullPage: true });
    await tomas.click("#leave");
    await shows(maja, TOMAS, "offline", "#article-list");
  });

  test("is still there after a reload", async (t) => {
    const { enter } = await house(t, shared);
    const maja = await enter(MAJA);
    await maja.click("#tab-article");
    await maja.reload();
    await connected(maja);
    assert.ok(await maja.isVisible("#article-list"));
  });
});
