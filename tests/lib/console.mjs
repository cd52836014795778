// console.mjs -- the console in Debian's Chromium: windows that may complain of nothing.
import assert from "node:assert/strict";
import { ownKith } from "./kith.mjs";

const PATIENCE_MS = 60000;
const DESK = { viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" };
export const SMALL = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/* In the page, before its own scripts: what its policy forbids is a complaint, too. */
function watchPolicy() {
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    console.error(`policy: ${violatedDirective} ${blockedURI}`),
  );
}

function listen(page, complaints) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(dialog.message()) && dialog.dismiss());
}

/**
 * How to open windows: open(kith, address behind #, look). They are closed when the test ends, before
 * whatever is begun after this call; what one complains of fails the test, save what `allow` matches.
 */
export function windows(t, { browser }, allow = /^$/) {
  const complaints = [];
  const contexts = [];
  t.after(async () => {
    const unexpected = complaints.filter((text) => !allow.test(text));
    await Promise.all(contexts.map((context) => context.close()));
    assert.deepEqual(unexpected, []);
  });
  return async (kith, address = "/", look = {}) => {
    const context = await browser.newContext({ ...DESK, ...look });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    listen(page, complaints);
    await page.addInitScript(watchPolicy);
    await page.goto(`${kith.api}/console/#${address}`);
    await page.waitForSelector("main > section:not([hidden])");
    return page;
  };
}

/** {kith, open}: a server of its own, with options as Kith has them, and windows on it. */
export async function operators(t, shared, { allow, ...options } = {}) {
  const openOn = windows(t, shared, allow);
  const kith = await ownKith(t, options);
  return { kith, open: (address, look) => openOn(kith, address, look) };
}

export const isLive = (page) => page.waitForSelector("#pulse[data-state=live]");

/** Waits until some element of `selector` has `text` in it. */
export const says = (page, selector, text) =>
  page.waitForFunction(
    ([selector, text]) =>
      [...document.querySelectorAll(selector)].some((it) => it.textContent.includes(text)),
    [selector, text],
  );

/** How many pixels the page is wider than its window. */
export const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export const userAddress = (id) => `/user/${encodeURIComponent(id)}`;
export const pairAddress = (viewer, user) => `/explorer?${new URLSearchParams({ viewer, user })}`;
