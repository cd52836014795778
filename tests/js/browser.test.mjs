// browser.test.mjs -- clients/js in Chromium, unbuilt: reloads, hidden pages, networks that go.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sharedApp } from "../lib/app.mjs";
import { sharedBrowser } from "../lib/browser.mjs";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { Kith } from "../lib/kith.mjs";
import { PHOENIXES } from "../lib/module.mjs";

const PATIENCE_MS = 60000;
/* With one worker the end of a page's connection is seen before the next one begins. */
const settings = {
  "presence.grace_s": 20,
  "presence.restart_grace_s": 60,
  "server.workers": 1,
};

/* What a browser does when somebody looks at another tab, in a page of its own. */
const show = (visibility) => {
  Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
};

describe("in Chromium", () => {
  const shared = sharedBrowser();
  const app = sharedApp(() => kith.host);
  let kith;
  before(async () => {
    const origins = { "origins.allow": app.origin };
    kith = new Kith({ graph: circlesGraph(CIRCLES), settings: { ...settings, ...origins } });
    await kith.start();
  });
  after(() => kith.end());

  /* A page of another computer, online as `user`. */
  async function enter(t, user, phoenix = "18") {
    const context = await shared.browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => assert.fail(error));
    await page.goto(`${app.origin}/app${phoenix}?user=${user}`);
    await online(page);
    return page;
  }

  /* By a timer: a page that is not painted, as behind others, has no frames to look in. */
  const online = (page) =>
    page.waitForFunction(() => window.kith?.state === "online", undefined, { polling: 50 });
  const newsOf = (page, count) =>
    page
      .waitForFunction((count) => window.news.length >= count, count, { polling: 50 })
      .then(() => page.evaluate(() => window.news));
  const say = (page, status) => page.evaluate((status) => window.kith.setStatus(status), status);

  for (const phoenix of PHOENIXES)
    test(`a reload is no news to a friend, on phoenix 1.${phoenix[1]}`, async (t) => {
      const who = circle();
      const ben = await enter(t, who.ben, phoenix);
      const ann = await enter(t, who.ann, phoenix);
      await newsOf(ben, 1);
      const device = await ann.evaluate(() => window.kith.device);
      for (let i = 0; i < 3; i++) {
        await ann.reload();
        await online(ann);
      }
      assert.equal(await ann.evaluate(() => window.kith.device), device);
      await say(ann, "busy");
      assert.deepEqual(await newsOf(ben, 2), [
        ["added", who.ann, "online"],
        ["changed", who.ann, "busy"],
      ]);
    });

  test("another tab is another device", async (t) => {
    const { ann } = circle();
    const first = await enter(t, ann);
    const second = await first.context().newPage();
    await second.goto(first.url());
    await online(second);
    const [one, other] = await Promise.all(
      [first, second].map((page) => page.evaluate(() => window.kith.device)),
    );
    assert.notEqual(one, other);
  });

  for (const phoenix of PHOENIXES)
    test(`a page that goes and comes back connects once, on phoenix 1.${phoenix[1]}`, async (t) => {
      const { ann } = circle();
      const page = await enter(t, ann, phoenix);
      await page.evaluate(() => {
        window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
        window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
      });
      await page.waitForFunction(() => window.states.length === 3);
      await page.waitForTimeout(2500);
      const found = await page.evaluate(() => [window.states, window.dials]);
      assert.deepEqual(found, [["online", "reconnecting", "online"], 2]);
    });

  test("a hidden page comes back from a restart, and one that is shown does so at once", async (t) => {
    const who = circle();
    const pages = [];
    for (const [i, user] of [who.ann, who.ben, who.cleo].entries())
      pages.push(await enter(t, user, PHOENIXES[i]));
    for (const page of pages) await page.evaluate(show, "hidden");
    await kith.stop();
    for (const page of pages) await page.waitForFunction(() => window.kith.state !== "online", undefined, { polling: 50 });
    const dials = pages.map((page) =>
      page.evaluate(async (source) => {
        await new Promise((done) => (window.onTold = ({ retryInMs }) => retryInMs && done()));
        const before = window.dials;
        new Function("visibility", `(${source})(visibility)`)("visible");
        await new Promise((done) => setTimeout(done, 100));
        return window.dials - before;
      }, `${show}`),
    );
    assert.deepEqual(await Promise.all(dials), [1, 1, 1]);
    for (const page of pages) await page.evaluate(show, "hidden");
    await kith.launch();
    await Promise.all(pages.map(online));
    for (const page of pages) {
      const news = await page.evaluate(() => window.news.map(([event]) => event));
      assert.ok(!news.includes("removed"), `${news}`);
    }
  });

  test("a network that goes is noticed in seconds, and one that comes back is used", async (t) => {
    const { ann } = circle();
    const page = await enter(t, ann);
    process.kill(kith.pid, "SIGSTOP"); /* nobody answers, as behind a cable that is out */
    try {
      await page.context().setOffline(true);
      await page.waitForFunction(() => window.kith.state === "offline", null, { timeout: PATIENCE_MS });
    } finally {
      process.kill(kith.pid, "SIGCONT");
    }
    await page.context().setOffline(false);
    await online(page);
    assert.equal(await page.evaluate(() => window.states.at(-1)), "online");
  });

  test("an event that the browser sends for nothing changes nothing", async (t) => {
    const { ann } = circle();
    const page = await enter(t, ann);
    await page.evaluate(() => ["offline", "online"].map((name) => dispatchEvent(new Event(name))));
    await page.waitForTimeout(6500); /* longer than a silent server would be given */
    assert.deepEqual(await page.evaluate(() => [window.states, window.dials]), [["online"], 1]);
  });
});
