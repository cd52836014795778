// demo.test.mjs -- the demo page in a real browser: friends light up, and never flicker.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  PHONE,
  connected,
  enter,
  open,
  picture,
  sharedBrowser,
  shows,
  watchRow,
} from "../lib/browser.mjs";
import { sharedKith } from "../lib/kith.mjs";

const GRACE_MS = 4000; /* a reload on a busy machine takes its time */
const MAJA = "1"; /* friends: 2, 3, 4, 5, 8, 13 */
const TOMAS = "2";
const AIKO = "3";
const HANA = "14"; /* no friend of Maja's */

const kith = sharedKith({ demo: true, settings: { "presence.grace_s": GRACE_MS / 1000 } });
const shared = sharedBrowser();
const as = (t, user, options) => enter(t, shared, kith, user, options);
const textOf = (page, selector) => page.textContent(selector).then((text) => text.trim());
const soon = (page, selector, text) =>
  page.waitForFunction(
    ([s, x]) => document.querySelector(s).textContent.includes(x),
    [selector, text],
  );

/* The windows of a test are closed after it: the next begins once nobody is here. */
async function alone(t, user, options) {
  const page = await as(t, user, options);
  await soon(page, "#answer", "Nobody");
  return page;
}

describe("the picker", () => {
  test("shows the people, and leads home with a click", async (t) => {
    const page = await open(t, shared, kith);
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
    const page = await open(t, shared, kith, "?user=99");
    assert.ok(await page.isVisible("#pick"));
    assert.ok(!(await page.isVisible("#home")));
  });
});

describe("two windows", () => {
  test("each lights up in the other; a third person sees nothing", async (t) => {
    const maja = await alone(t, MAJA);
    const hana = await as(t, HANA);
    const tomas = await as(t, TOMAS);
    await Promise.all([shows(maja, TOMAS, "online"), shows(tomas, MAJA, "online")]);
    await soon(maja, "#answer", "Tomás is here.");
    await soon(maja, "#spoken", "Tomás Rey is online");
    assert.match(await textOf(maja, `[data-user="${TOMAS}"] .when`), /^online since \d\d:\d\d$/);
    await soon(hana, "#answer", "Nobody");
    assert.equal(await hana.locator("#log-list li[data-event=presence_diff]").count(), 0);
  });

  test("a status and a few words arrive", async (t) => {
    const maja = await as(t, MAJA);
    const aiko = await as(t, AIKO);
    await shows(maja, AIKO, "online");
    await aiko.check("[name=status][value=away]", { force: true });
    await shows(maja, AIKO, "away");
    await aiko.fill("#text", "<b>Lunch</b> & coffee");
    await aiko.press("#text", "Enter");
    await soon(maja, `[data-user="${AIKO}"] .says`, "<b>Lunch</b> & coffee");
    await soon(aiko, ".said", "Shared");
    await soon(maja, "#spoken", "Aiko Mori is now away: <b>Lunch</b> & coffee");
    await aiko.check("[name=status][value=busy]", { force: true });
    await shows(maja, AIKO, "busy");
    await maja.waitForTimeout(1500); /* for the picture: transitions end */
    await picture(maja, "status");
  });

  test("a reload is no news: the row never leaves online, no frame comes", async (t) => {
    const maja = await alone(t, MAJA);
    const tomas = await as(t, TOMAS);
    await shows(maja, TOMAS, "online");
    const seen = await watchRow(maja, TOMAS);
    const frames = await maja.locator("#log-list li").count();
    for (let i = 0; i < 3; i++) {
      await tomas.reload();
      await connected(tomas);
      await shows(tomas, MAJA, "online");
    }
    await maja.waitForTimeout(GRACE_MS + 700);
    assert.deepEqual(await seen(), ["online"]);
    assert.equal(await maja.locator("#log-list li").count(), frames);
  });

  test("a reload keeps the status", async (t) => {
    const maja = await as(t, MAJA);
    const tomas = await as(t, TOMAS);
    await tomas.check("[name=status][value=busy]", { force: true });
    await shows(maja, TOMAS, "busy");
    const seen = await watchRow(maja, TOMAS);
    await tomas.reload();
    await connected(tomas);
    assert.ok(await tomas.isChecked("[value=busy]"));
    await maja.waitForTimeout(GRACE_MS + 700);
    assert.deepEqual(await seen(), ["busy"]);
  });

  test("a cut line is no news either", async (t) => {
    const maja = await as(t, MAJA);
    const tomas = await as(t, TOMAS);
    await shows(maja, TOMAS, "online");
    const seen = await watchRow(maja, TOMAS);
    await tomas.click("#cut");
    await tomas.waitForSelector("#connection[data-state=reconnecting]");
    await connected(tomas);
    await shows(tomas, MAJA, "online");
    await maja.waitForTimeout(GRACE_MS + 700);
    assert.deepEqual(await seen(), ["online"]);
  });

  test("a closed window goes dark after grace, not before", async (t) => {
    const maja = await as(t, MAJA);
    const tomas = await as(t, TOMAS);
    await shows(maja, TOMAS, "online");
    await tomas.close();
    const closed = Date.now();
    await shows(maja, TOMAS, "offline");
    assert.ok(Date.now() - closed >= GRACE_MS - 300, `${Date.now() - closed} ms`);
    await soon(maja, "#spoken", "Tomás Rey went offline");
  });

  test("to be somebody else is to leave at once", async (t) => {
    const maja = await as(t, MAJA);
    const tomas = await as(t, TOMAS);
    await shows(maja, TOMAS, "online");
    const left = Date.now();
    await tomas.click("#leave");
    await shows(maja, TOMAS, "offline");
    assert.ok(Date.now() - left < GRACE_MS - 500, `${Date.now() - left} ms`);
    assert.ok(await tomas.isVisible("#pick"));
  });

  test("two windows of one friend count as two, and as one friend", async (t) => {
    const maja = await as(t, MAJA);
    await as(t, TOMAS);
    await as(t, TOMAS);
    await soon(maja, `[data-user="${TOMAS}"] .devices`, "2 windows");
    await soon(maja, "#answer", "Tomás is here.");
  });

  test("the second window's button opens one, as a friend who isn't here", async (t) => {
    const maja = await as(t, MAJA);
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
});

describe("the article's way", () => {
  test("shows the same by its own code", async (t) => {
    const maja = await as(t, MAJA);
    await maja.click("#tab-article");
    assert.ok(await maja.isVisible("#article-list"));
    assert.ok(!(await maja.isVisible("#friends-list")));
    const tomas = await as(t, TOMAS);
    await shows(maja, TOMAS, "online", "#article-list");
    await tomas.check("[name=status][value=away]", { force: true });
    await shows(maja, TOMAS, "away", "#article-list");
    await soon(maja, "#log-list", "user_presence:2");
    await soon(maja, "#article code", "socket.onMessage");
    await maja.waitForTimeout(1500);
    await picture(maja, "article", { fullPage: true });
    await tomas.click("#leave");
    await shows(maja, TOMAS, "offline", "#article-list");
  });

  test("is still there after a reload", async (t) => {
    const maja = await as(t, MAJA);
    await maja.click("#tab-article");
    await maja.reload();
    await connected(maja);
    assert.ok(await maja.isVisible("#article-list"));
  });
});

describe("without a mouse", () => {
  test("from the picker to a status and to the other view", async (t) => {
    const page = await open(t, shared, kith);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.user), MAJA);
    await page.keyboard.press("Enter");
    await connected(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), "answer");

    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "tab-friends");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.id), "tab-article");
    assert.ok(await page.isVisible("#article-list"));
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.isVisible("#friends-list"));
    await page.keyboard.press("End");
    assert.ok(await page.isVisible("#article-list"));
    await page.keyboard.press("Home");
    assert.ok(await page.isVisible("#friends-list"));

    const focused = () => page.evaluate(() => document.activeElement.name ?? "");
    for (let i = 0; i < 30 && (await focused()) !== "status"; i++) await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.isChecked("[value=away]"));
    await page.keyboard.press("Tab");
    await page.keyboard.type("On the train");
    await page.keyboard.press("Enter");
    await soon(page, ".said", "Shared");
  });
});

describe("looks", () => {
  const noSideways = (page) =>
    page.evaluate(
      () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    );

  test("dark where the system is", async (t) => {
    const light = await as(t, MAJA);
    const dark = await as(t, TOMAS, { colorScheme: "dark" });
    const paper = (page) =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const sum = (color) =>
      color
        .match(/\d+/g)
        .slice(0, 3)
        .reduce((a, b) => a + Number(b), 0);
    assert.ok(sum(await paper(light)) > 3 * 220);
    assert.ok(sum(await paper(dark)) < 3 * 50);
    await shows(dark, MAJA, "online");
    await dark.waitForTimeout(1500);
    await picture(dark, "dark");
  });

  test("on a phone nothing runs off the side, and what one taps is large enough", async (t) => {
    const page = await as(t, MAJA, PHONE);
    await as(t, TOMAS);
    await shows(page, TOMAS, "online");
    assert.ok(await noSideways(page));
    for (const selector of ["#second", "#cut", "#status button", ".choices label"])
      assert.ok((await page.locator(selector).first().boundingBox()).height >= 36, selector);
    await page.tap("#tab-article");
    assert.ok(await noSideways(page));
    await page.waitForTimeout(1500);
    await picture(page, "phone", { fullPage: true });
  });

  test("who asks for less motion gets none", async (t) => {
    const page = await as(t, MAJA, { reducedMotion: "reduce" });
    const moves = await page.evaluate(
      () => getComputedStyle(document.querySelector(".dot")).transitionDuration,
    );
    assert.equal(moves, "0s");
  });
});

describe("policy", () => {
  test("the page allows only its own origin", async () => {
    const answer = await fetch(`http://${kith.host}/demo/`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-security-policy"), /default-src 'self'/);
  });

  test("a token is for whom the demo knows, as JSON only", async () => {
    const ask = (body, type = "application/json") =>
      fetch(`http://${kith.host}/demo/token`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
    const good = await ask('{"user":"3"}');
    assert.equal(good.status, 200);
    assert.match((await good.json()).token, /\S/);
    for (const body of ["", "{}", '{"user":3}', '{"user":""}', "[]", "nope"])
      assert.equal(Math.floor((await ask(body)).status / 100), 4, body);
    assert.equal(Math.floor((await ask('{"user":"3"}', "text/plain")).status / 100), 4);
  });
});
