// app.mjs -- a web app of one page that uses clients/js unbuilt, by an import map, served from a
// port of its own as a development server would.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before } from "node:test";
import { MODULE, path } from "./module.mjs";

/* Written down: window.news of friends, window.states, and how often a WebSocket was made. */
const page = (phoenix, host) => `<!doctype html>
<meta charset="utf-8" />
<script type="importmap">
  { "imports": { "phoenix": "/phoenix${phoenix}.mjs", "kith-client": "/kith/index.js" } }
</script>
<script type="module">
  import { connect } from "kith-client";
  window.dials = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      window.dials++;
    }
  };
  const userId = new URLSearchParams(location.search).get("user");
  const kith = (window.kith = connect("ws://${host}/socket", { userId }));
  window.news = [];
  window.states = [];
  for (const event of ["added", "changed", "removed"])
    kith.friends.on(event, ({ id, status }) => news.push([event, id, status]));
  kith.on("state", (told) => states.push(told.state));
  kith.on("state", (told) => window.onTold?.(told));
</script>`;

const bodyOf = (url, host) => {
  const [, phoenix] = /^\/phoenix(\d+)\.mjs$/.exec(url) ?? [];
  if (phoenix) return readFile(path(`../node_modules/phoenix${phoenix}/priv/static/phoenix.mjs`));
  const [, module] = /^\/kith\/(\w+\.js)$/.exec(url) ?? [];
  if (module) return readFile(`${MODULE}/src/${module}`);
  const [, wanted] = /^\/app(\d+)\?/.exec(url) ?? [];
  return page(wanted, host());
};

/** `host` tells the Kith server's. {origin} once it runs, before the tests of the file. */
export function sharedApp(host) {
  const app = {};
  const server = createServer(async (request, response) => {
    const script = /js$/.test(request.url);
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(await bodyOf(request.url, host));
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    app.origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return app;
}
