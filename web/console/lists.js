/* lists.js -- whom an operator may want to look at, as this node has noted them. */
import { badge, empty, foreign, linkTo, make, table } from "./parts.js";
import { bytes, clock, count, several, span } from "./words.js";

const SHOWN = 10;

function card(title, hint, content) {
  return make("article", "card list", make("h2", "", title), make("p", "quiet", hint), content);
}

/* Each thread of the server tells of those whom its own clients watch. What may have been counted
 * too much is not shown as theirs. */
function together(busiest) {
  const all = new Map();
  for (const { user, told, over, watchers, changes, for_ms } of busiest) {
    const sum = all.get(user) ?? { user, told: 0, watchers: 0, changes: 0, for_ms: 0 };
    sum.told += told - over;
    sum.watchers += watchers;
    sum.changes = Math.max(sum.changes, changes);
    sum.for_ms = Math.max(sum.for_ms, for_ms);
    all.set(user, sum);
  }
  return [...all.values()];
}

export function busiest({ busiest }) {
  const all = together(busiest)
    .sort((a, b) => b.told - a.told)
    .slice(0, SHOWN);
  const rows = all.map(({ user, told, changes, watchers, for_ms }) => [
    linkTo(user),
    count(watchers),
    count(changes),
    count((told * 1000) / Math.max(for_ms, 1000)),
  ]);
  const heads = [
    { text: "User" },
    { text: "Watchers", number: true },
    { text: "Flips", number: true },
    { text: "Told/s", number: true },
  ];
  return card(
    "Hot users",
    "Whose changes cost most deliveries in the last minute. Watchers are those who are on this node.",
    rows.length ? table("Hot users", heads, rows) : empty("Nobody whom others watch has changed in the last minute."),
  );
}

export function slow({ slow, now, figures }) {
  const rows = slow
    .sort((a, b) => b.since - a.since)
    .slice(0, SHOWN)
    .map(({ user, since, behind, waiting_bytes }) => [
      linkTo(user),
      badge(behind ? "bad" : "good", behind ? "behind" : "caught up"),
      bytes(waiting_bytes),
      span(now - since),
    ]);
  const heads = [
    { text: "User" },
    { text: "State" },
    { text: "Waiting", number: true },
    { text: "Since", number: true },
  ];
  return card(
    "Slow clients",
    "Sockets that did not take what they were told. They get one full state when they can.",
    rows.length
      ? table("Slow clients", heads, rows)
      : empty(
          figures.clients_fallen_behind
            ? `None connected now. ${several(figures.clients_fallen_behind, "time")} since the start a socket fell behind.`
            : "Every client keeps up.",
        ),
  );
}

export function refused({ refused, figures }) {
  const rows = refused
    .sort((a, b) => b.at - a.at)
    .slice(0, SHOWN)
    .map(({ at, user, topic, reason }) => [
      make("span", "tight", clock(at)),
      user === null ? make("span", "quiet", "unknown") : linkTo(user),
      topic === null ? make("span", "quiet", "connection") : foreign(topic),
      foreign(reason ?? "–"),
    ]);
  const heads = [{ text: "At" }, { text: "User" }, { text: "Joining" }, { text: "Reason" }];
  const list = () => {
    const all = table("Refused joins and connections", heads, rows);
    all.classList.add("stack");
    return all;
  };
  const total = figures.joins_refused + figures.handshakes_refused;
  return card(
    "Refused",
    "Joins and connections that were turned away in the last ten minutes.",
    rows.length
      ? list()
      : empty(total ? `None lately. ${count(total)} since the start.` : "Nobody has been refused."),
  );
}
