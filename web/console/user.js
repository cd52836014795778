/* user.js -- one user: sessions, who may see it, and what may be done. */
import * as api from "./api.js";
import { actions } from "./actions.js";
import { badge, byId, empty, foreign, linkTo, make, notice, show, table } from "./parts.js";
import { several, span } from "./words.js";

const EVERY_MS = 2000;
const RULES = {
  sees: "good",
  blocked: "bad",
};

/* The server's own fields have places of their own. */
function fieldsOf(meta) {
  const { online_at, status, phx_ref, phx_ref_prev, ...custom } = meta;
  const text = JSON.stringify(custom);
  return text === "{}" ? make("span", "quiet", "none") : make("code", "", foreign(text));
}

const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function sessionRow(meta, hidden) {
  const since = Number(meta.online_at) * 1000;
  return [
    badge(hidden ? "off" : "good", foreign(textOf(meta.status) ?? "online")),
    hidden ? "hidden: shown to nobody" : "shown",
    Number.isFinite(since) ? span(Date.now() - since) : "–",
    fieldsOf(meta),
  ];
}

function sessions({ metas, hidden }) {
  const rows = [...metas.map((it) => sessionRow(it, false)), ...hidden.map((it) => sessionRow(it, true))];
  const heads = [{ text: "Status" }, { text: "To others" }, { text: "For", number: true }, { text: "Fields of its own" }];
  return make(
    "article",
    "card list",
    make("h2", "", "Sessions"),
    rows.length ? table("Sessions", heads, rows) : empty("Not online: no session on any node."),
  );
}

function rules({ mode, ids, last_seen }) {
  const words = { friends: "friends (whoever watches)", public: "public", nobody: "nobody: invisible", only: "only those on a list", except: "all watchers but a list" };
  return make(
    "p",
    "facts",
    make("span", "", "Visible to ", make("strong", "", words[mode] ?? mode), ids ? ` of ${several(ids.length, "id")}` : ""),
    make("span", "", "Last seen ", make("strong", "", last_seen)),
  );
}

function watchers(id, page) {
  const rows = page.watchers.map(({ id: viewer, sees, rule }) => {
    const why = make("a", "", "why");
    why.href = `#/explorer?${new URLSearchParams({ viewer, user: id })}`;
    why.setAttribute("aria-label", `why ${sees ? "it sees" : "it does not see"} the user: ${viewer}`);
    return [linkTo(viewer), badge(RULES[rule] ?? "off", rule), why];
  });
  return table("Audience", [{ text: "Viewer" }, { text: "Rule" }, { text: "Rules" }], rows);
}

/** Pages of who may see a user, one after the other. */
class Audience {
  constructor(id) {
    this.id = id;
    this.list = make("div", "");
    this.more = make("button", "button soft", "Show more");
    this.more.type = "button";
    this.more.addEventListener("click", () => this.next());
    this.element = make("article", "card list", make("h2", "", "Audience"), make("p", "quiet", "Who watches this user, and whether they may see it."), this.list, this.more);
    this.more.hidden = true;
    this.after = undefined;
    this.any = false;
  }

  async next() {
    this.more.disabled = true;
    try {
      const page = await api.audience(this.id, this.after);
      if (page.watchers.length) this.list.append(watchers(this.id, page));
      else if (!this.any) this.list.append(empty("Nobody watches this user."));
      this.any ||= page.watchers.length > 0;
      this.after = page.next;
      this.more.hidden = page.next === null;
    } catch (problem) {
      this.list.replaceChildren(notice(problem.code === "not_kept_here" ? "fair" : "bad", problem.message));
    }
    this.more.disabled = false;
    return this.any;
  }
}

export function user(live) {
  let turn = 0;
  let timer = 0;

  async function follow(mine, id, parts) {
    try {
      const [who, said] = await Promise.all([api.presence(id), api.visibility(id)]);
      if (mine !== turn) return;
      show(parts.state, badge(who.online ? "good" : "off", who.online ? "online" : who.hidden.length ? "hidden" : "offline"), rules(said));
      show(parts.sessions, sessions(who));
      show(parts.problem);
    } catch (problem) {
      if (mine !== turn) return;
      show(parts.problem, notice("bad", problem.message));
    }
    timer = setTimeout(() => follow(mine, id, parts), EVERY_MS);
  }

  async function open(id) {
    const mine = turn;
    const audience = new Audience(id);
    const parts = { state: make("div", "state"), sessions: make("div", ""), problem: make("div", ""), unknown: make("div", "") };
    const head = make("header", "user-head", make("h2", "", foreign(id)), parts.state);
    byId("user-page").replaceChildren(head, parts.problem, parts.unknown, parts.sessions, actions(id, live), audience.element);
    follow(mine, id, parts);
    const watched = await audience.next();
    if (mine !== turn || watched) return;
    show(parts.unknown, make("p", "quiet lead", "An id of which nothing is known looks like this, too: ids are compared byte for byte, so check how it is spelt."));
  }

  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#/user/${encodeURIComponent(byId("find-id").value)}`;
  });

  return {
    enter(id) {
      clearTimeout(timer);
      turn++;
      byId("find-id").value = id;
      if (id) open(id);
      else show(byId("user-page"), empty("Whose sessions, audience and rules? Ids are those of your tokens."));
    },
    leave() {
      clearTimeout(timer);
      turn++;
    },
  };
}
