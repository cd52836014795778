// browser.mjs -- Debian's Chromium on the demo page: one window for each person, and nothing may
// complain in the console.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

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
];
const DESK = { viewport: { width: 1180, height: 900 } };
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

/**
 * A window of its own, as on another computer, at `path` below /demo/. Whatever it complains of
 * fails the test, save what `allow` matches.
 */
export async function open(t, { browser }, kith, path = "", { allow = /^$/, ...options } = {}) {
  const context = await browser.newContext({ ...DESK, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  t.after(async () => {
    await context.close();
    assert.deepEqual(
      complaints.filter((text) => !allow.test(text)),
      [],
    );
  });
  await page.goto(`http://${kith.host}/demo/${path}`);
  await page.waitForSelector("main > section:not([hidden])");
  return page;
}

/** A window at home as the user with this id, connected. */
export async function enter(t, shared, kith, user, options) {
  const page = await open(t, shared, kith, `?user=${user}`, options);
  await connected(page);
  return page;
}

export const connected = (page) => page.waitForSelector("#connection[data-state=connected]");

/** Waits until `page` shows the user's row with this presence, in the view with this list. */
export const shows = (page, user, presence, list = "#friends-list") =>
  page.waitForSelector(`${list} [data-user="${user}"][data-presence="${presence}"]`);

/** Writes down each presence that the user's row has from now on; returns how to read it. */
export async function watchRow(page, user, list = "#friends-list") {
  await page.evaluate(
    ([list, user]) => {
      const row = document.querySelector(`${list} [data-user="${user}"]`);
      window.seen = [row.dataset.presence];
      const observer = new MutationObserver(() => window.seen.push(row.dataset.presence));
      observer.observe(row, { attributes: true, attributeFilter: ["data-presence"] });
    },
    [list, user],
  );
  return () => page.evaluate(() => [...new Set(window.seen)]);
}

export async function picture(page, name, options) {
  await mkdir(OUT, { recursive: true });
  await page.screenshot({ path: join(OUT, `${name}.png`), ...options });
}
