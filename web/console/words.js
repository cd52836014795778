/* words.js -- numbers and times as people read them. */

const SCALES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

const digits = (value) => (value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(2));

/** 1234567 -> "1.2 M"; NaN, not known: "–". */
export function count(value) {
  if (!Number.isFinite(value)) return "–";
  if (value < 10000) return value < 10 ? digits(value) : Math.round(value).toLocaleString("en");
  const [scale, letter] = SCALES.find(([least]) => value >= least);
  return `${(value / scale).toPrecision(3)} ${letter}`;
}

export function bytes(value) {
  if (!Number.isFinite(value)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${at === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[at]}`;
}

export function micros(us) {
  if (us === null || !Number.isFinite(us)) return "–";
  if (us < 1000) return `${us.toFixed(0)} µs`;
  if (us < 1e6) return `${(us / 1000).toPrecision(us < 1e5 ? 2 : 3)} ms`;
  return `${(us / 1e6).toPrecision(2)} s`;
}

export const percent = (value) => (Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} %` : "–");

/** How long ago, or for how long: "4 s", "12 min", "3 h", "2 d". */
export function span(ms) {
  if (!Number.isFinite(ms)) return "–";
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

export const several = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
