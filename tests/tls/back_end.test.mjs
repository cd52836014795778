// back_end.test.mjs -- a back end at https://, whose certificate is from a CA of its own: asked for
// friends, and told of who comes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { CA_FILE, certificates, certify } from "../lib/tls.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

/** {heard, settings}: where ann and bea are friends, and what it is told of comings and goings. */
async function backEnd(t) {
  const folder = await certificates(t);
  await certify(folder, "back", "127.0.0.1");
  const secret = join(folder, "secret");
  await writeFile(secret, "x".repeat(40), { mode: 0o600 });
  const heard = [];
  const [key, cert] = await Promise.all(["key", "pem"].map((end) => readFile(join(folder, `back.${end}`))));
  const server = createServer({ key, cert }, async (request, response) => {
    const body = (await request.toArray()).join("");
    if (request.method === "POST") heard.push(...JSON.parse(body).events.map(({ event, user }) => `${user} ${event}`));
    const friends = request.url.includes("/ann/") ? ["bea"] : ["ann"];
    response.end(JSON.stringify({ friends }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close() && server.closeAllConnections());
  const url = `https://127.0.0.1:${server.address().port}`;
  return { heard, settings: { "source.url": url, "hooks.url": `${url}/events`, "hooks.secret_file": secret, "hooks.retry_s": 0.5 } };
}

test("is trusted by the CA that is named", async (t) => {
  const { heard, settings } = await backEnd(t);
  const kith = await ownKith(t, { settings: { ...settings, "source.ca_file": CA_FILE, "hooks.ca_file": CA_FILE } });
  const ann = await Wire.open(kith, { user: "ann" });
  await ann.join("friends");
  const bea = await Wire.open(kith, { user: "bea" });
  assert.deepEqual(Object.keys(await bea.join("friends")), ["ann"]);
  await eventually(() => heard.includes("ann online") && heard.includes("bea online"), "that both are told of");
  ann.cut();
  bea.cut();
});

test("is neither asked nor told anything without", async (t) => {
  const { heard, settings } = await backEnd(t);
  const kith = await ownKith(t, { settings });
  const ann = await Wire.open(kith, { user: "ann" });
  await assert.rejects(ann.join("friends"), /friends unavailable/);
  await eventually(() => /source.url.*certificate/.test(kith.errors), "that it is said of the one");
  ann.cut();
  const other = await ownKith(t, { settings: { ...settings, "source.url": undefined } });
  const bea = await Wire.open(other, { user: "bea" });
  await bea.join("friends");
  await eventually(() => /hooks: the back end does not take events .*certificate/.test(other.errors), "and of the other");
  assert.deepEqual(heard, []);
  bea.cut();
});
