// console.test.mjs -- the console of one node shows all of them, and what becomes of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, sharedBrowser } from "../lib/browser.mjs";
import { ownCluster } from "../lib/cluster.mjs";
import { says, windows } from "../lib/console.mjs";
import { Wire } from "../lib/wire.mjs";

const shared = sharedBrowser();

test("each node is there with its figures and its state", async (t) => {
  const open = windows(t, shared);
  const cluster = await ownCluster(t, 3, { graph: "ann ben\nben ann\n" });
  const [first, second, third] = cluster.nodes;
  for (const [node, user] of [[first, "ann"], [second, "ben"], [second, "cleo"]]) {
    const wire = await Wire.open(node, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
  }
  const page = await open(first, "/nodes");
  const fact = (node, name) => page.locator(`.node:has(bdi:text-is("${node}")) div:has(> dt:text-is("${name}")) dd`);
  await says(page, "#nodes-lead", `Cluster ${cluster.name}: 3 of 3 nodes up.`);
  await page.waitForFunction(() => document.querySelectorAll(".node dl").length === 3);
  assert.equal(await fact("n1", "Users").textContent(), "1");
  assert.equal(await fact("n2", "Users").textContent(), "2");
  assert.equal(await fact("n3", "Users").textContent(), "0");
  await third.kill();
  await page.waitForSelector('.node[data-state="down"] bdi:text-is("n3")');
  await says(page, '.node[data-state="down"]', "It says nothing of itself.");
  await says(page, "#nodes-lead", "2 of 3 nodes up.");
  await picture(page, "console-nodes");
  await page.evaluate(() => (location.hash = "/"));
  await says(page, ".chart .legend li", "n2");
  await picture(page, "console-overview-cluster", { fullPage: true });
});
