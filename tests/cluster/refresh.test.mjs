// refresh.test.mjs -- a back end that says friends over HTTP tells one node of two that they have
// changed: the other reads them again, and does nothing else to who is there.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { ownCluster } from "../lib/cluster.mjs";
import { userPath } from "../lib/rest.mjs";
import { Wire } from "../lib/wire.mjs";

/** {friends, url}: a back end, and what it says of each user. */
async function backend(t) {
  const friends = { ann: ["ben"], ben: ["ann"] };
  const server = createServer((request, response) => {
    const [, user] = /^\/users\/([^/]+)\/friends$/.exec(request.url) ?? [];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ friends: friends[user] ?? [] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.closeAllConnections() || server.close());
  return { friends, url: `http://127.0.0.1:${server.address().port}` };
}

test("a refresh has each node read the friends again, and sends nobody away", async (t) => {
  const { friends, url } = await backend(t);
  const settings = { "source.url": url, "source.cache_s": 600, "source.sweep_s": 600 };
  const cluster = await ownCluster(t, 2, { settings });
  const wires = [];
  for (const [node, user] of [[0, "ann"], [1, "ann"], [1, "ben"], [1, "cleo"]]) {
    const wire = await Wire.open(cluster.nodes[node], { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    wires.push(wire);
  }
  friends.ann = ["cleo"];
  friends.cleo = ["ann"];
  await cluster.nodes[0].rest.post(userPath("ann", "refresh"));
  for (const ann of wires.slice(0, 2)) await ann.sees("cleo");
  for (const wire of wires) {
    await wire.drain();
    assert.equal(wire.socket.readyState, wire.socket.OPEN);
  }
});
