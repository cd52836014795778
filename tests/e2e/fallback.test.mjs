// fallback.test.mjs -- npm phoenix in a real browser behind a middlebox that lets no WebSocket
// through: it falls back to long-polls by itself, and friends light up.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedBrowser } from "../lib/browser.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { unsocketed } from "../lib/unsocketed.mjs";

const MODULES = join(dirname(fileURLToPath(import.meta.url)), "../node_modules");
const PATIENCE_MS = 60000;
const FALLBACK_MS = 1000;
const GRACE_S = 120; /* a reload on a busy machine takes its time */

/* What a web app would write. 1.6 cannot fall back: it is told to. */
const PAGE = (url, options) => `<!doctype html><link rel="icon" href="data:,"><ul></ul><script type="module">
import { LongPoll, Presence, Socket } from "./phoenix.mjs"
const params = Object.fromEntries(new URLSearchParams(location.search))
const socket = new Socket("${url}", { params, ${options} })
socket.connect()
const friends = socket.channel("friends")
const presence = new Presence(friends)
presence.onSync(() => {
  document.querySelector("ul").replaceChildren(
    ...presence.list((id, { metas }) => {
      const item = document.createElement("li")
      item.id = id
      item.textContent = metas[0].status
      return item
    }))
})
window.news = []
presence.onJoin((id) => window.news.push("join " + id))
presence.onLeave((id) => window.news.push("leave " + id))
friends.join()
window.say = (status) => friends.push("status", { status })
</script>`;

const shared = sharedBrowser();

async function boxed(t, kith, how) {
  const box = await unsocketed(kith, how);
  t.after(() => box.close());
  return box;
}

/* The app comes from a server of its own: what it asks Kith for is of another origin. */
async function appAt(t, box, { phoenix, options }) {
  const module = await readFile(join(MODULES, phoenix, "priv/static/phoenix.mjs"), "utf8");
  const server = createServer((request, answer) => {
    const script = request.url.endsWith(".mjs");
    answer.setHeader("content-type", script ? "text/javascript" : "text/html");
    answer.end(script ? module : PAGE(`ws://${box.host}/socket`, options));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close() && server.closeAllConnections());
  return `http://127.0.0.1:${server.address().port}/`;
}

/* A window of `user`, and the long-polls that it made. */
async function open(t, app, user) {
  const context = await shared.browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const polls = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("request", (it) => it.url().includes("/socket/longpoll") && polls.push(it.method()));
  await page.goto(`${app}?user_id=${user}&device=tab`);
  return { page, polls };
}

const shows = (page, user, status) =>
  page.waitForFunction(
    ([id, status]) => document.getElementById(id)?.textContent === status,
    [user, status],
  );

const FALL_BACK = `longPollFallbackMs: ${FALLBACK_MS}`;

for (const workers of [1, 4])
  describe(`with ${workers} workers`, () => {
    let next = 0;
    const names = Array.from({ length: 8 }, (_, i) => [`maja${i}`, `tomas${i}`]);
    const graph = names.map(([a, b]) => `${a} ${b}\n${b} ${a}\n`).join("");
    const settings = { "server.workers": workers, "presence.grace_s": GRACE_S };
    const kith = sharedKith({ graph, settings });

    for (const [name, phoenix, options, how] of [
      ["1.8, refused", "phoenix18", FALL_BACK, "refused"],
      ["1.8, swallowed", "phoenix18", FALL_BACK, "swallowed"],
      ["1.7, swallowed", "phoenix17", FALL_BACK, "swallowed"],
      ["1.6, that was told", "phoenix16", "transport: LongPoll", "refused"],
    ])
      test(`friends light up, and a reload is no news: phoenix ${name}`, async (t) => {
        const [maja, tomas] = names[next++];
        const box = await boxed(t, kith, how);
        const app = await appAt(t, box, { phoenix, options });
        const [one, other] = await Promise.all([maja, tomas].map((user) => open(t, app, user)));
        await Promise.all([
          shows(one.page, tomas, "online"),
          shows(other.page, maja, "online"),
        ]);
        for (const status of ["away", "busy", "online"]) {
          await one.page.evaluate((status) => window.say(status), status);
          await shows(other.page, maja, status);
        }
        const news = await other.page.evaluate(() => window.news);
        await one.page.reload();
        await shows(one.page, tomas, "online");
        await one.page.evaluate(() => window.say("away")); /* the next that is news */
        await shows(other.page, maja, "away");
        const update = [`join ${maja}`, `leave ${maja}`];
        assert.deepEqual(await other.page.evaluate(() => window.news), [...news, ...update]);
        assert.ok(one.polls.includes("GET") && one.polls.includes("POST"));
        assert.equal(box.handshakes > 0, options === FALL_BACK);
      });
  });
