// picture.mjs -- makes docs/images/demo.png: two friends' windows, side by side, as they are.
// node tests/e2e/picture.mjs, with KITH as for the tests; pngquant makes it small, if there.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { launch } from "../lib/browser.mjs";
import { Kith } from "../lib/kith.mjs";

const FILE = fileURLToPath(new URL("../../docs/images/demo.png", import.meta.url));
const SIZE = { width: 560, height: 872 };
const SHARP = 1.5; /* pixels of the picture for one of the page */
const FRAME = `
  <style>
    body { display: flex; gap: 32px; width: max-content; margin: 0; padding: 32px; background: #dccfbf }
    figure { margin: 0; border-radius: 12px; overflow: hidden; box-shadow: 0 14px 34px -12px #4a2f1a90 }
    figcaption { display: flex; gap: 8px; padding: 11px 13px; background: #efe5d8 }
    .dark figcaption { background: #332b25 }
    i { width: 11px; height: 11px; border-radius: 50%; background: #cbbcaa }
    .dark i { background: #5a4f45 }
    img { display: block; width: ${SIZE.width}px; height: ${SIZE.height}px }
  </style>`;

const kith = await new Kith({ demo: true }).start();
const browser = await launch();

async function enter(user, colorScheme = "light") {
  const options = { colorScheme, viewport: SIZE, deviceScaleFactor: SHARP };
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`http://${kith.host}/demo/?user=${user}`);
  await page.waitForSelector("#connection[data-state=connected]");
  return page;
}

async function say(page, status, text) {
  await page.check(`[name=status][value=${status}]`, { force: true });
  await page.fill("#text", text);
  await page.press("#text", "Enter");
  await page.evaluate(() => document.activeElement.blur());
}

async function framed(page, look) {
  const png = (await page.screenshot()).toString("base64");
  return `<figure class="${look}"><figcaption><i></i><i></i><i></i></figcaption>
    <img src="data:image/png;base64,${png}"></figure>`;
}

try {
  const maja = await enter(1);
  const tomas = await enter(2, "dark");
  await enter(3);
  await say(await enter(4), "online", "Anyone for a swim?");
  await say(tomas, "away", "Lunch, back at one");
  await maja.waitForSelector('[data-user="2"][data-presence="away"] .says:not(:empty)');
  await maja.waitForTimeout(2000); /* lights have gone on */
  const windows = [await framed(maja, "light"), await framed(tomas, "dark")];
  const viewport = { width: 2 * SIZE.width + 96, height: SIZE.height + 97 };
  const context = await browser.newContext({ viewport, deviceScaleFactor: SHARP });
  const desk = await context.newPage();
  await desk.setContent(FRAME + windows.join(""));
  await desk.screenshot({ path: FILE });
  spawnSync("pngquant", ["--force", "--strip", "--speed=1", "--output", FILE, FILE]);
} finally {
  await browser.close();
  await kith.end();
}
