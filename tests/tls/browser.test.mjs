// browser.test.mjs -- a real browser: a page that came by https speaks wss to the server it came from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "../lib/browser.mjs";
import { secureKith } from "../lib/tls.mjs";

test("Chromium joins over wss, by TLS 1.3", async (t) => {
  const { kith } = await secureKith(t, {});
  const browser = await launch();
  t.after(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true }); /* it does not know the tests' CA */
  const page = await context.newPage();
  const answer = await page.goto(`https://${kith.host}/`);
  assert.equal((await answer.securityDetails()).protocol, "TLS 1.3");
  const reply = await page.evaluate(
    (host) =>
      new Promise((done, fail) => {
        const socket = new WebSocket(`wss://${host}/socket/websocket?vsn=2.0.0&user_id=ann`);
        socket.onopen = () => socket.send('["1","1","friends","phx_join",{}]');
        socket.onmessage = ({ data }) => done(JSON.parse(data));
        socket.onclose = () => fail(new Error("closed"));
      }),
    kith.host,
  );
  assert.equal(reply[3], "phx_reply");
  assert.equal(reply[4].status, "ok");
});
