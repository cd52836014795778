// top.test.mjs -- `kith top` at two real nodes: whom each sees, one that is killed, and one that is
// stopped and goes on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownCluster } from "../lib/cluster.mjs";
import { Screen } from "../lib/screen.mjs";
import { kithCommand } from "../lib/terminal.mjs";
import { Wire } from "../lib/wire.mjs";

const graph = circlesGraph(CIRCLES);

describe("kith top at two nodes", () => {
  test("shows who is where, whom each sees, and what becomes of one that is killed", async (t) => {
    const cluster = await ownCluster(t, 2, { graph, settings: { "server.workers": 1 } });
    const [first, second] = cluster.nodes;
    const who = circle();
    for (const [node, user] of [[first, who.ann], [second, who.ben]]) {
      const wire = await Wire.open(node, { user });
      t.after(() => wire.cut());
      await wire.join("friends");
    }
    const urls = cluster.nodes.map(({ api }) => api);
    const { code, out } = await kithCommand(["top", "--once", "-i", "0.3", ...urls]);
    assert.equal(code, 0, out);
    assert.match(out, new RegExp(`^kith top  cluster ${cluster.name}  2 of 2 nodes answer`));
    for (const [name, other] of [["n1", "n2"], ["n2", "n1"]]) {
      assert.match(out, new RegExp(`^${name} +up +\\d+ +1 `, "m"));
      assert.match(out, new RegExp(`^${name} +sees  ${other} up 0(\\.\\d)?s?$`, "m"));
    }
    const s = new Screen(["top", "-i", "0.2", ...urls], { columns: 150, lines: 40 });
    t.after(() => s.cut());
    for (const name of ["n1", "n2"]) /* neither cut off, nor behind; and no mismatch */
      await s.shows(new RegExp(`^${name} +up +0 +0 +\\d+ +\\d+ +\\d+ +0 `, "m"));
    process.kill(second.pid, "SIGSTOP");
    await s.shows(/n1 +sees  n2 suspect /);
    process.kill(second.pid, "SIGCONT");
    await s.shows(/n1 +sees  n2 up /);
    await second.kill();
    await s.shows(/no answer, for \d+ s: nobody listens there/);
    await s.shows(/^n1: takes n2 for dead, silent for \d+ s$/m);
    await s.shows(/n1 +sees  n2 down /);
    s.keys("q");
    assert.deepEqual(await s.end(), { code: 0, restored: true });
  });
});
