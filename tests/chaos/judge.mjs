// judge.mjs -- what scenes ask of what viewers were told, and the times they go by.
export const SLACK_MS = 2500; /* a busy machine; and leaves are paced over two seconds */

export const at = (oracle, node) => oracle.people.filter((it) => it.joined && it.node === node);
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** The longest that the users of a dead node may be shown. */
export const dead_ms = ({ times: t }) => (7 * t.heartbeat_s + t.node_grace_s + 2) * 1000;

/** Two nodes of which `apart` is true cannot hear each other; by default, none. */
export function excuse(oracle, apart = () => false) {
  oracle.excused = (viewer, person) => apart(viewer.node, person.node);
  oracle.whole = false;
}

/** All nodes hear each other again. */
export function heard(oracle) {
  excuse(oracle);
  oracle.whole = true;
}

/* What each viewer was told of the user since `from`, of those who were there all along. */
function toldOf(oracle, user, from) {
  const viewers = oracle.people.filter(
    (it) => it.wanted && it.joined && it.since < from && oracle.maySee(it, user.id),
  );
  return viewers.map((viewer) => ({
    viewer,
    news: oracle.mentions.filter((it) => it.viewer === viewer && it.user === user.id && it.at >= from),
  }));
}

const brief = (news, from) =>
  news.map((it) => `${it.at - from} ms ${it.join ? "join " : ""}${it.leave ? "leave" : ""}`);

/** Each was told of one who moved, and once: an update. */
export function oneUpdate(oracle, user, from) {
  for (const { viewer, news } of toldOf(oracle, user, from))
    if (!(news.length === 1 && news[0].join && news[0].leave))
      throw new Error(
        `${viewer.id} at ${viewer.node.name} of ${user.id}, who moved, not one update: ${brief(news, from)}`,
      );
}

/** Each was told once that one is gone, within the limit; the ms until the last was. */
export function oneLeave(oracle, user, from, limit_ms) {
  let last = 0;
  for (const { viewer, news } of toldOf(oracle, user, from)) {
    if (!(news.length === 1 && news[0].leave && !news[0].join))
      throw new Error(`${viewer.id} of ${user.id}, who is dead, not one leave: ${brief(news, from)}`);
    last = Math.max(last, news[0].at - from);
  }
  if (last > limit_ms) throw new Error(`${user.id} left only after ${last} ms`);
  return last;
}

/** Fails if the limit is passed, by more than a busy machine has to do with it. */
export function within(what, ms, limit_ms, slack_ms = SLACK_MS) {
  if (ms > limit_ms + slack_ms) throw new Error(`${what} only after ${ms} ms, not ${limit_ms}`);
  return seconds(ms);
}
