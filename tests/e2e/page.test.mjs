// page.test.mjs -- the demo page for whoever comes: by keyboard, on a phone, in the dark, with any
// name; and what it allows itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PHONE, connected, house, picture, rowOf, sharedBrowser } from "../lib/browser.mjs";
import { shows, soon, textOf } from "../lib/browser.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { askDemo, demoToken } from "../lib/token.mjs";
import { Wire } from "../lib/wire.mjs";

const MAJA = "1";
const TOMAS = "2";
const shared = sharedBrowser();

test("by a name that the demo does not answer to it says which it does", async (t) => {
  const { open, kith } = await house(t, shared, { allow: /status of 403/ });
  const page = await open(`?user=${MAJA}`, { host: kith.host.replace(/^[^:]*/, "kith.test") });
  await page.waitForSelector("#connection[data-state=refused]");
  assert.match(await textOf(page, "#connection-text"), /open the demo page by localhost or 127\.0\.0\.1/);
});

describe("people with ids and names of any kind", () => {
  const MARKUP = '"><script>document.title="gone"</script>';
  const ids = [
    MARKUP,
    "'><img/src=x/onerror=alert(1)>",
    "👩‍👩‍👧",
    "user:1:2",
    "a/b?user=1&c=d#e%20f+g",
    "constructor",
  ];
  const graph = ids.map((id) => `${MAJA} ${id}\n${id} ${MAJA}\n`).join("");
  const people = [{ id: MAJA, name: "Maja Lind", color: "#a8482a" }].concat(
    ids.map((id) => ({ id, name: `<b>${id}</b> Ng`, color: "#2f6b5b" })),
  );
  const files = { "people.json": () => JSON.stringify(people), "graph.txt": () => graph };
  const nameOf = (id) => people.find((person) => person.id === id).name;
  const noMarkup = async (page) =>
    assert.equal(await page.locator("main :is(script, img, b)").count(), 0);

  test("are text: in the list, in words, in the frames and in addresses", async (t) => {
    const { enter, kith } = await house(t, shared, { graph });
    const maja = await enter(MAJA, { files });
    for (const id of ids) {
      const wire = await Wire.open(kith, { token: await demoToken(kith, id) });
      t.after(() => wire.cut());
      await wire.join("friends");
      await shows(maja, id, "online");
      assert.equal(await textOf(maja, `${rowOf(id)} .name`), nameOf(id));
      await soon(maja, "#spoken", `${nameOf(id)} is online`);
      assert.ok((await textOf(maja, "#log-list code")).includes(JSON.stringify(id)));
      const href = await maja.getAttribute(`${rowOf(id)} .open`, "href");
      assert.equal(new URL(href, maja.url()).searchParams.get("user"), id);
    }
    await soon(maja, "#answer", "Everybody");
    await noMarkup(maja);
    await picture(maja, "names");
  });

  test("are at home", async (t) => {
    const { enter } = await house(t, shared, { graph });
    const page = await enter(MARKUP, { files });
    assert.equal(await textOf(page, "#me-name"), nameOf(MARKUP));
    await noMarkup(page);
  });
});

describe("without a mouse", () => {
  test("from the picker to a status and to the other view", async (t) => {
    const { open } = await house(t, shared);
    const page = await open();
    const focused = (name) => page.evaluate((name) => document.activeElement[name], name);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.user), MAJA);
    await page.keyboard.press("Enter");
    await connected(page);
    assert.equal(await focused("id"), "answer");

    await page.keyboard.press("Tab");
    assert.equal(await focused("id"), "tab-friends");
    await page.keyboard.press("ArrowRight");
    assert.equal(await focused("id"), "tab-article");
    assert.ok(await page.isVisible("#article-list"));
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.isVisible("#friends-list"));
    await page.keyboard.press("End");
    assert.ok(await page.isVisible("#article-list"));
    await page.keyboard.press("Home");
    assert.ok(await page.isVisible("#friends-list"));

    for (let i = 0; i < 30 && (await focused("name")) !== "status"; i++)
      await page.keyboard.press("Tab");
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
    const { enter } = await house(t, shared);
    const light = await enter(MAJA);
    const dark = await enter(TOMAS, { colorScheme: "dark" });
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
    await picture(dark, "dark");
  });

  test("the picker's cards are even in each row, whatever the names", async (t) => {
    const { open } = await house(t, shared);
    const page = await open();
    const heights = await page.$$eval(".person", (cards) => {
      const rows = {};
      for (const { top, height } of cards.map((card) => card.getBoundingClientRect()))
        (rows[top] ??= new Set()).add(Math.round(height));
      return Object.values(rows).map((row) => [...row]);
    });
    assert.ok(heights.length > 1);
    for (const row of heights) assert.equal(row.length, 1, `heights of a row: ${row}`);
  });

  test("on a phone nothing runs off the side, and what one taps is large enough", async (t) => {
    const { enter } = await house(t, shared);
    const page = await enter(MAJA, PHONE);
    assert.ok(await noSideways(page));
    for (const selector of ["#second", "#cut", "#status button", ".choices label", ".open"])
      assert.ok((await page.locator(selector).first().boundingBox()).height >= 36, selector);
    await page.tap("#tab-article");
    assert.ok(await noSideways(page));
    await picture(page, "phone", { fullPage: true });
  });

  for (const [reducedMotion, duration] of [
    ["reduce", "0s"],
    ["no-preference", "0.5s"],
  ])
    test(`motion for who prefers ${reducedMotion}: ${duration}`, async (t) => {
      const { open } = await house(t, shared);
      const page = await open(`?user=${MAJA}`, { reducedMotion });
      const moves = await page.evaluate(
        () => getComputedStyle(document.querySelector("#status .dot")).transitionDuration,
      );
      assert.equal(moves, duration);
    });
});

describe("policy", () => {
  const kith = sharedKith({ demo: true });

  test("the page allows only its own origin", async () => {
    const answer = await fetch(`http://${kith.host}/demo/`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-security-policy"), /default-src 'self'/);
  });

  test("a token is for whom the demo knows, as JSON only", async () => {
    const good = await askDemo(kith, '{"user":"3"}');
    assert.equal(good.status, 200);
    assert.match((await good.json()).token, /\S/);
    for (const body of ["", "{}", '{"user":3}', '{"user":""}', "[]", "nope"])
      assert.equal(Math.floor((await askDemo(kith, body)).status / 100), 4, body);
    const text = await askDemo(kith, '{"user":"3"}', "text/plain");
    assert.equal(Math.floor(text.status / 100), 4);
  });
});
