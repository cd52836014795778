// presence.js -- what the metas of a user come to, in the words of this page. Pure.

export const OFFLINE = { status: "offline", text: "", since: null, devices: 0 };
const KNOWN = ["online", "away", "busy"];

/** `entry` is a user's {metas: [...]}, one meta a device, or undefined for one who isn't here. */
export function presenceOf(entry) {
  const metas = entry?.metas ?? [];
  if (metas.length === 0) return OFFLINE;
  const latest = metas[metas.length - 1]; /* phoenix.js puts what changed last at the end */
  const known = KNOWN.includes(latest.status);
  return {
    status: known ? latest.status : "online",
    text: String(latest.text ?? (known ? "" : (latest.status ?? ""))),
    since: new Date(Math.min(...metas.map((meta) => Number(meta.online_at))) * 1000),
    devices: metas.length,
  };
}

export const clock = (date) =>
  date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** "online since 14:03". Away came later than that, so it says since when one is here. */
export function inWords({ status, since }) {
  if (status === "offline") return "offline";
  return `${status === "online" ? "online" : `${status}, here`} since ${clock(since)}`;
}

/** What a change is worth saying aloud, or "" for nothing. */
export function changeInWords(name, was, now) {
  const said = now.text ? `: ${now.text}` : "";
  if (was.status === now.status && was.text === now.text) return "";
  if (now.status === "offline") return `${name} went offline`;
  if (was.status === "offline") return `${name} is ${now.status}${said}`;
  return `${name} is now ${now.status}${said}`;
}

/** The answer to the question of the house, as one sentence. */
export function whoIsHere(names, total) {
  if (total === 0) return "No friends yet.";
  if (names.length === 0) return "Nobody is here yet.";
  if (names.length === 1) return `${names[0]} is here.`;
  if (names.length === total && total > 2) return "Everybody is here.";
  const last = names.length > 3 ? `${names.length - 2} more` : names[names.length - 1];
  const first = names.length > 3 ? names.slice(0, 2) : names.slice(0, -1);
  return `${first.join(", ")} and ${last} are here.`;
}
