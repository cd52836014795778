// browser.mjs -- Debian's Chromium on the demo page: one window for each person, and nothing may
// complain in the console.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { Kith } from "./kith.mjs";

const OUT = join(dirname(fileURLToPath(import.meta.url)), "../e2e/out");
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP *.test 127.0.0.1",
];
/* Transitions cost time that tests don't have. */
const DESK = { viewport: { width: 1180, height: 900 }, reducedMotion: "reduce" };
/* A reload, or a restart, on a busy machine takes its time. */
const LONG_GRACE = { "presence.grace_s": 120, "presence.restart_grace_s": 120 };
const PATIENCE_MS = 60000;
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS });
}

/** A browser for all tests of a file. */
export function sharedBrowser() {
  const shared = {};
  before(async () => {
    shared.browser = await launch();
  });
  after(() => shared.browser?.close());
  return shared;
}

function listen(page, complaints) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(dialog.message()) && dialog.dismiss());
}

/* In the page, before its own scripts: each state of its connection, one after the other. */
function writeDownStates() {
  window.states = [];
  const look = ([{ target }]) => {
    const { state } = target.dataset;
    if (state !== window.states.at(-1)) window.states.push(state);
  };
  const options = { subtree: true, attributeFilter: ["data-state"] };
  new MutationObserver(look).observe(document, options);
}

/**
 * A server with the demo page for one test, and windows on it: open(path below /demo/), and
 * enter(user) at home and connected. Each window is one of another computer; the first time it
 * asks for one of `files`, {"people.json": () => text}, it gets that in place of the server's; and
 * it runs `init` before all else; `host` is the server's by another name. Whatever a page complains of fails the test, save what `allow`
 * matches.
 */
export async function house(t, { browser }, { allow = /^$/, ...options } = {}) {
  const kith = new Kith({ demo: true, settings: LONG_GRACE, ...options });
  const complaints = [];
  const contexts = [];
  t.after(async () => {
    /* Not what Chromium says of a window that closes while it connects. */
    const unexpected = complaints.filter((text) => !allow.test(text));
    await Promise.all(contexts.map((context) => context.close()));
    await kith.end();
    assert.deepEqual(unexpected, []);
  });
  await kith.start();

  async function open(path = "", { files = {}, init = () => {}, host = kith.host, ...look } = {}) {
    const context = await browser.newContext({ ...DESK, ...look });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    listen(page, complaints);
    await page.addInitScript(writeDownStates);
    await page.addInitScript(init);
    for (const [name, body] of Object.entries(files))
      await page.route(`**/demo/${name}`, (route) => route.fulfill({ body: body() }), { times: 1 });
    await page.goto(`http://${host}/demo/${path}`);
    await page.waitForSelector("main > section:not([hidden])");
    return page;
  }

  async function enter(user, look) {
    const page = await open(`?user=${encodeURIComponent(user)}`, look);
    await connected(page);
    return page;
  }

  return { kith, open, enter };
}

export const connected = (page) => page.waitForSelector("#connection[data-state=connected]");

export const rowOf = (user, list = "#friends-list") =>
  `${list} [data-user=${JSON.stringify(user)}]`;

/** Waits until `page` shows the user's row with this presence, in the view with this list. */
export const shows = (page, user, presence, list) =>
  page.waitForSelector(`${rowOf(user, list)}[data-presence="${presence}"]`);

/** Writes down each presence that a friend's row shows from now on; returns how to read it. */
export async function watchRow(page, user) {
  await page.evaluate((selector) => {
    const row = document.querySelector(selector);
    window.seen = [row.dataset.presence];
    const look = () => window.seen.push(row.dataset.presence);
    new MutationObserver(look).observe(row, { attributeFilter: ["data-presence"] });
  }, rowOf(user));
  return () => page.evaluate(() => window.seen.filter((it, i, all) => it !== all[i - 1]));
}

export const textOf = (page, selector) => page.textContent(selector).then((text) => text.trim());

/** Waits until the text of `selector` has `text` in it. */
export const soon = (page, selector, text) =>
  page.waitForFunction(
    ([selector, text]) => document.querySelector(selector).textContent.includes(text),
    [selector, text],
  );

/** For whoever looks at it afterwards: tests/e2e/out/<name>.png. */
export async function picture(page, name, options) {
  await mkdir(OUT, { recursive: true });
  await page.screenshot({ path: join(OUT, `${name}.png`), ...options });
}
