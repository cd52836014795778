/* explorer.js -- of two users: may each see the other, rule by rule. The verdict is the server's;
 * what stands beside the rules is what it comes of. */
import * as api from "./api.js";
import { badge, byId, foreign, linkTo, make, notice, show } from "./parts.js";

const PLAIN = {
  friends: "everybody who watches them",
  public: "everybody who watches them, and whoever asks",
  nobody: "nobody",
  only: "only those on their list",
  except: "all watchers but those on their list",
};

const admits = ({ visibility, lists }) =>
  visibility === "nobody" ? false : visibility === "only" ? lists : visibility === "except" ? !lists : true;

const reaches = (watcher, user, asked) => watcher.watches || (asked && user.visibility === "public");

/* Each rule in the order in which they count: {holds: true, false, or null: not asked}, and words. */
function rulesOf(viewer, user, { said, reciprocity }, asked) {
  const w = said.viewer;
  const t = said.user;
  const blocks = [w.blocks && [foreign(viewer), " blocks ", foreign(user)], t.blocks && [foreign(user), " blocks ", foreign(viewer)]].filter(Boolean);
  return [
    {
      title: "Neither blocks the other",
      holds: !blocks.length,
      why: blocks.length ? blocks.flatMap((it, i) => (i ? [", and ", ...it] : it)) : ["No block stands between them."],
    },
    {
      title: "There is an edge",
      holds: reaches(w, t, asked),
      why: w.watches
        ? [foreign(viewer), " watches ", foreign(user), "."]
        : [foreign(viewer), " does not watch ", foreign(user), t.visibility === "public" ? ", who is public: a client that asks sees them." : "."],
    },
    {
      title: "The user’s visibility admits the viewer",
      holds: admits(t),
      why: [foreign(user), " is visible to ", PLAIN[t.visibility], listed(t), "."],
    },
    {
      title: "It holds the other way round, too",
      holds: reciprocity === "off" ? null : (reciprocity === "given" ? w.watches : reaches(t, w, asked)) && admits(w),
      why:
        reciprocity === "off"
          ? ["Not asked for: presence.reciprocity is off."]
          : [foreign(user), t.watches ? " watches " : " does not watch ", foreign(viewer), `, who is visible to ${PLAIN[w.visibility]}`, listed(w), "."],
    },
    {
      title: "The edge is among those that a session reads",
      holds: w.beyond ? asked : true,
      why: [w.beyond ? "It is behind the first 5000 of the viewer’s: only a client that asks sees them." : "It is not beyond the first 5000."],
    },
  ];
}

const listed = ({ visibility, lists }) =>
  ["only", "except"].includes(visibility) ? (lists ? ", where the other stands" : ", where the other does not stand") : "";

function ruleItem({ title, holds, why }) {
  const word = holds === null ? "does not count" : holds ? "holds" : "does not hold";
  const item = make("li", "rule", make("i", "mark"), make("div", "", make("strong", "", title), make("span", "unseen", `: ${word}. `), make("p", "quiet", ...why)));
  item.dataset.holds = String(holds);
  return item;
}

function card(viewer, user, got) {
  const title = make("h2", "", foreign(viewer), got.sees ? " sees " : " does not see ", foreign(user));
  const asks = !got.sees && got.if_asked.sees;
  return make(
    "article",
    "card verdict",
    make("header", "", title, badge(got.sees ? "good" : "off", got.sees ? "sees" : got.rule)),
    asks ? make("p", "aside", "A client that asks by ", make("code", "", "watch"), " sees them.") : null,
    make("ol", "rules", ...rulesOf(viewer, user, got, false).map(ruleItem)),
    make("p", "quiet more", "User pages: ", linkTo(viewer), " and ", linkTo(user)),
  );
}

export function explorer() {
  let turn = 0;
  const address = (viewer, user) => `#/explorer?${new URLSearchParams({ viewer, user })}`;

  async function judge(viewer, user) {
    const mine = ++turn;
    const place = byId("verdicts");
    place.setAttribute("aria-busy", "true");
    try {
      const [there, back] = await Promise.all([api.verdict(user, viewer), api.verdict(viewer, user)]);
      if (mine !== turn) return;
      show(place, card(viewer, user, there), card(user, viewer, back), make("p", "quiet lead", "A session that is hidden is shown to nobody, whatever the rules say."));
    } catch (problem) {
      if (mine === turn) show(place, notice("bad", problem.message));
    }
    if (mine === turn) place.removeAttribute("aria-busy");
  }

  const go = (viewer, user) => {
    if (location.hash === address(viewer, user)) judge(viewer, user);
    else location.hash = address(viewer, user);
  };

  byId("pair").addEventListener("submit", (event) => {
    event.preventDefault();
    go(byId("viewer").value, byId("seen").value);
  });
  byId("swap").addEventListener("click", () => {
    const [viewer, user] = [byId("seen").value, byId("viewer").value];
    byId("viewer").value = viewer;
    byId("seen").value = user;
    if (viewer && user) go(viewer, user);
  });

  return {
    enter(_, params) {
      const viewer = params.get("viewer") ?? byId("viewer").value;
      const user = params.get("user") ?? byId("seen").value;
      byId("viewer").value = viewer;
      byId("seen").value = user;
      if (viewer && user) judge(viewer, user);
      else show(byId("verdicts"), make("p", "empty", "Name two users: whether each may see the other, and which rule decides, stands here."));
    },
    leave() {
      turn++;
    },
  };
}
