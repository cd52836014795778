/* app.js -- the console: which view is shown, and the key that it takes. */
import { isKey, key } from "./api.js";
import { explorer } from "./explorer.js";
import { Live } from "./live.js";
import { nodes } from "./nodes.js";
import { overview } from "./overview.js";
import { byId, notice, show } from "./parts.js";
import { user } from "./user.js";
import { span } from "./words.js";

const live = new Live();
const views = { overview: overview(live), explorer: explorer(), user: user(live), nodes: nodes(live) };
const TITLES = { overview: "Overview", explorer: "Who sees whom", user: "Users", nodes: "Nodes" };
let shown = null;
let lastSeen = 0;

/* "#/user/ann?x=y" -> ["user", "ann", params]; what is no address leads to the overview. */
function read(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  const params = new URLSearchParams(query ?? "");
  try {
    const id = decodeURIComponent(rest.join("/"));
    return [Object.hasOwn(views, name) ? name : "overview", id, params];
  } catch {
    return ["overview", "", params];
  }
}

function route() {
  const [name, id, params] = read(location.hash);
  const moved = shown !== null && shown !== name;
  for (const other of Object.keys(views)) byId(other).hidden = other !== name;
  for (const link of document.querySelectorAll("#nav a")) {
    const here = read(link.hash)[0] === name;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (shown !== name && shown) views[shown].leave?.();
  shown = name;
  document.title = `${TITLES[name]} · Kith console`;
  views[name].enter(id, params);
  if (moved) byId(`${name}-title`).focus();
}

function gate(problem) {
  live.stop();
  if (shown) views[shown].leave?.();
  shown = null;
  for (const name of Object.keys(views)) byId(name).hidden = true;
  byId("nav").hidden = true;
  byId("gate").hidden = false;
  byId("forget").hidden = true;
  show(byId("trouble"));
  pulse("locked", "Locked");
  document.title = "Kith console";
  byId("gate-problem").textContent = key.get() ? problem.message : "";
  key.forget();
  byId("key").focus();
}

function open() {
  byId("gate").hidden = true;
  byId("nav").hidden = false;
  byId("forget").hidden = key.get() === null;
  if (shown === null) route();
}

function pulse(state, text) {
  byId("pulse").dataset.state = state;
  byId("pulse-text").textContent = text;
}

function trouble({ own, problem, nodes }) {
  const all = [];
  if (problem) all.push(notice("bad", problem.message));
  else {
    const mine = nodes.find(({ self }) => self);
    if (own.store_lost_ms)
      all.push(notice("bad", `The database has been lost for ${span(own.store_lost_ms)}.`, "Who is online stays so; changes and new friend lists wait until it is back. See the server’s log."));
    if (own.source_lost_ms)
      all.push(notice("bad", `The application’s source of friends has been lost for ${span(own.source_lost_ms)}.`, "Friends are those that were read last."));
    if (mine?.state === "isolated")
      all.push(notice("bad", "This node is cut off from the others.", "It serves its own users; the others’ are as they were last known. See to NATS."));
    if (!own.ready) all.push(notice("fair", "This node takes no new clients just now.", "It is joining its cluster, or stopping."));
  }
  show(byId("trouble"), ...all);
}

live.listen((now) => {
  if (now.problem?.isOfKey) return gate(now.problem);
  open();
  trouble(now);
  if (now.problem) {
    pulse("gone", lastSeen ? `No answer for ${span(Date.now() - lastSeen)}` : "No answer");
    return;
  }
  lastSeen = Date.now();
  pulse("live", "Live");
  byId("version").textContent = `Kith ${now.own.version}.`;
});

byId("gate-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const secret = byId("key").value;
  byId("key").value = "";
  if (!isKey(secret)) {
    byId("gate-problem").textContent = "A secret is visible ASCII without blanks: copy it whole.";
    return;
  }
  key.set(secret);
  live.start();
});

byId("forget").addEventListener("click", () => {
  key.forget();
  location.reload();
});

/* A hidden tab asks nothing. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) live.stop();
  else if (byId("gate").hidden) live.start();
});

addEventListener("hashchange", () => byId("gate").hidden && location.hash !== "#main" && route());
live.start();
