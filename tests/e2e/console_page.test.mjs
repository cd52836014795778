// console_page.test.mjs -- the console for whoever comes: with any id, on a phone, in the dark, by
// keyboard; and what it allows itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { picture, sharedBrowser } from "../lib/browser.mjs";
import { SMALL, isLive, operators, overflow, pairAddress, says, userAddress } from "../lib/console.mjs";
import { Rest } from "../lib/rest.mjs";
import { Wire } from "../lib/wire.mjs";

const shared = sharedBrowser();
const HOSTILE = [
  '"><script>document.title="gone"</script>',
  "'><img/src=x/onerror=alert(1)>",
  "javascript:alert(1)//",
  "👩‍👩‍👧".repeat(3),
  "x".repeat(128),
  "user:1:2 ",
  "a/b?user=1&c=d#e%20f+g",
  "constructor",
  "%E0%A4%A",
  "\u202Egnp.exe",
  "مرحبا",
  "line\nbreak\ttab",
];
const VIEWS = (id) => ["/", pairAddress(id, "star"), userAddress(id), "/nodes"];

/* Each hostile one watches the star, and is refused a join. */
async function crowd(t, kith) {
  const star = await Wire.open(kith, { user: "star" });
  t.after(() => star.cut());
  await star.join("friends", { status: "<u>here</u>" });
  for (const user of HOSTILE) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    wire.send("1", "1", "friends", "phx_join", { status: user.slice(0, 60), "<s>": user });
    wire.send("2", "2", `user:${user}!`, "phx_join", {});
  }
}

async function watched(kith) {
  const rest = new Rest(kith);
  for (const id of HOSTILE) await rest.put(`/v1/users/${encodeURIComponent(id)}/friends/star`);
}

/* What the page's own files bring, and no more. */
async function noMarkup(page) {
  assert.equal(await page.locator("main :is(script, img, iframe, object, style, b:not(.legend b), u, s, i:not(.dot, .mark, .key))").count(), 0);
  assert.match(await page.title(), /Kith console$/);
  assert.equal(await page.locator("[style*=url], [onerror]").count(), 0);
}

describe("ids of any kind", () => {
  test("are text in every view, and lead to their user", async (t) => {
    const { kith, open } = await operators(t, shared);
    await watched(kith);
    await crowd(t, kith);
    const page = await open("/");
    await says(page, ".list tbody", "unauthorized");
    await page.waitForFunction(() => document.querySelectorAll('.list tbody .user-link').length >= 10);
    await noMarkup(page);
    for (const id of HOSTILE) {
      await page.evaluate((hash) => (location.hash = hash), userAddress(id));
      await page.waitForFunction((id) => document.querySelector("#find-id").value === id.replace(/[\n\r]/g, ""), id);
      await says(page, "#user-page tbody", "shown");
      await says(page, "#user-page tbody", "star");
      await noMarkup(page);
      await page.evaluate((hash) => (location.hash = hash), pairAddress(id, "star"));
      // The pair before is shown until this one's answer is there.
      await page.waitForFunction((hash) => [...document.querySelectorAll(".verdict .user-link")].some((it) => it.hash === hash), `#${userAddress(id)}`);
      await says(page, ".verdict header .badge", "sees");
      await noMarkup(page);
      assert.equal(await overflow(page), 0);
    }
  });

  test("that turn the reading, or are not seen, are seen to be so", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open(userAddress("a\u202Egnp.\u200Bexe"));
    await says(page, "#user-page h2", "aU+202Egnp.U+200Bexe");
    assert.equal(await page.locator("#user-page h2 .sign").count(), 2);
  });

  test("that look like another's are told from it, and what joins letters and emoji is left alone", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open("/");
    const shows = async (id, text) => {
      await page.evaluate((hash) => (location.hash = hash), userAddress(id));
      await says(page, "#user-page h2", text);
    };
    await shows("ann\u200D", "annU+200D");
    await shows("an\uFE0Fn", "anU+FE0Fn");
    await shows("ann\u3164", "annU+3164");
    await shows("ann\u{E0041}", "annU+E0041");
    for (const seen of ["👩🏽‍👧", "❤️‍🔥", "می‌خواهم"]) {
      await shows(seen, seen);
      assert.equal(await page.locator("#user-page h2 .sign").count(), 0, seen);
    }
  });
});

describe("on a phone, and in the dark", () => {
  for (const colorScheme of ["light", "dark"])
    test(`every view fits and can be read: ${colorScheme}`, async (t) => {
      const { kith, open } = await operators(t, shared);
      await watched(kith);
      await crowd(t, kith);
      const page = await open("/", { ...SMALL, colorScheme });
      await says(page, ".list tbody", "unauthorized");
      for (const [i, view] of VIEWS(HOSTILE[4]).entries()) {
        await page.evaluate((hash) => (location.hash = hash), view);
        await page.waitForTimeout(1500); /* to be drawn twice */
        assert.equal(await overflow(page), 0, view);
        assert.deepEqual(await page.evaluate(faint), [], view);
        await picture(page, `console-phone-${colorScheme}-${i}`, { fullPage: true });
      }
    });
});

/* In the page: charts of which something stands at the right end of the times below, and so is cut off there. */
function cutOff() {
  const touches = (canvas) => {
    const below = 22 * devicePixelRatio;
    const { data } = canvas.getContext("2d").getImageData(canvas.width - 1, canvas.height - below, 1, below);
    return data.some((byte) => byte !== 0);
  };
  return [...document.querySelectorAll(".plot canvas")].filter(touches).length;
}

describe("charts", () => {
  test("cut off no time, wherever it comes to stand", async (t) => {
    const { open } = await operators(t, shared, { allow: /willReadFrequently/ });
    const page = await open("/", SMALL);
    await page.waitForFunction(() => document.querySelectorAll(".plot canvas").length >= 9);
    for (let look = 0; look < 8; look++) {
      assert.equal(await page.evaluate(cutOff), 0);
      await page.waitForTimeout(400);
    }
  });
});

/* In the page: texts whose contrast with what is behind them is under 4.5 (WCAG AA). */
function faint() {
  const channels = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((it) => (it / 255 <= 0.04045 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter(
    (it) => it.checkVisibility() && !it.closest(":disabled, [aria-hidden], .plot, noscript") && [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
  );
  return texts
    .map((it) => {
      const [a, b] = [light(channels(getComputedStyle(it).color)), light(behind(it))].sort((x, y) => y - x);
      return [((a + 0.05) / (b + 0.05)).toFixed(2), it.className, it.textContent.slice(0, 40)];
    })
    .filter(([ratio]) => ratio < 4.5);
}

describe("by keyboard, and for who does not see it", () => {
  test("the first press leads past the views; each view is reached, and says that it is", async (t) => {
    const { open } = await operators(t, shared);
    const page = await open();
    await isLive(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    for (const [name, title] of [["Who sees whom", "Who sees whom, and why"], ["Users", "Users"], ["Nodes", "Nodes"], ["Overview", "How it is just now"]]) {
      await page.focus(`#nav a:text-is("${name}")`);
      await page.keyboard.press("Enter");
      await page.waitForFunction((title) => {
        const { tagName, textContent } = document.activeElement; /* a link to it may be called the same */
        return tagName === "H1" && textContent === title;
      }, title);
      assert.equal(await page.getAttribute(`#nav a:text-is("${name}")`, "aria-current"), "page");
      assert.equal(await page.locator("#nav [aria-current]").count(), 1);
    }
  });

  test("everything that is typed into or pressed has a name, and charts say what they show", async (t) => {
    const { kith, open } = await operators(t, shared);
    await watched(kith);
    const page = await open();
    await isLive(page);
    for (const view of VIEWS("star")) {
      await page.evaluate((hash) => (location.hash = hash), view);
      await page.waitForTimeout(1200);
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("input, select, button, a[href], [role=img]")]
          .filter((it) => it.checkVisibility())
          .filter((it) => !(it.getAttribute("aria-label") || it.labels?.length || it.textContent.trim()))
          .map((it) => it.outerHTML),
      );
      assert.deepEqual(nameless, [], view);
      assert.equal(await page.locator("table:not(:has(caption))").count(), 0);
      assert.equal(await page.evaluate(() => document.querySelectorAll("h1:not([hidden] h1)").length), 1);
    }
    await page.evaluate(() => (location.hash = "/"));
    await says(page, ".figure", "0");
    assert.match(await page.getAttribute(".plot >> nth=0", "aria-label"), /^Connections: \d/);
  });

  test("a press goes on where it was while figures change", async (t) => {
    const { kith, open } = await operators(t, shared);
    const ann = await Wire.open(kith, { user: "ann" });
    t.after(() => ann.cut());
    for (let i = 0; i < 3; i++) ann.send(`${i}`, `${i}`, `user:other${i}`, "phx_join", {});
    const page = await open();
    await page.focus(".user-link");
    const at = () => page.evaluate(() => document.activeElement.hash);
    assert.equal(await at(), "#/user/ann");
    ann.send("9", "9", "user:more", "phx_join", {});
    await says(page, ".list tbody", "user:more");
    assert.equal(await at(), "#/user/ann");
  });
});

describe("addresses", () => {
  test("that are none lead to the overview", async (t) => {
    const { open } = await operators(t, shared);
    for (const address of ["nothing", "/nothing/at?all", "/user/%E0%A4%A", "%", "/constructor", "/toString/a"]) {
      const page = await open(address);
      await isLive(page);
      assert.ok(await page.isVisible("#overview"), address);
    }
  });

  test("of no file are refused, and of clients' port all are", async (t) => {
    const { kith } = await operators(t, shared);
    const status = async (base, path) => (await fetch(`${base}${path}`, { redirect: "manual" })).status;
    assert.equal(await status(kith.api, "/console"), 302);
    assert.equal(await status(kith.api, "/console/"), 200);
    assert.equal(await status(kith.api, "/console/uplot.js"), 200);
    assert.equal(await status(kith.api, "/console/app.js.map"), 404);
    assert.equal(await status(`http://${kith.host}`, "/console/"), 404);
  });

  test("of a page elsewhere are none to ask from", async (t) => {
    const { kith } = await operators(t, shared);
    const ask = (origin) =>
      fetch(`${kith.api}/v1/users/a/disconnect`, { method: "POST", body: "{}", headers: { origin, "content-type": "application/json" } });
    assert.equal((await ask("http://127.0.0.1:1")).status, 403);
    assert.equal((await ask("null")).status, 403);
    assert.equal((await ask(kith.api)).status, 200);
  });
});
