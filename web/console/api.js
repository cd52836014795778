/* api.js -- the server's REST API. The key stays in this tab alone, and goes out in a header: no
 * other page can make a browser send it. */

const KEY = "kith-console-key";
const PATIENCE_MS = 12000;

/** What was asked could not be had; `code` as in the server's problems, or "gone", "late". */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** Whether another key is what it takes. */
  get isOfKey() {
    return this.code === "no_key" || this.code === "role";
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (text) => sessionStorage.setItem(KEY, text),
  forget: () => sessionStorage.removeItem(KEY),
};

/** A header carries visible ASCII alone. */
export const isKey = (text) => /^[!-~]+$/.test(text);

const GONE =
  "The server does not answer. Is it running, and is the way to it open? This page goes on asking.";

async function problemOf(answer) {
  try {
    const { code, detail } = await answer.json();
    return new Problem(answer.status, code, detail);
  } catch {
    return new Problem(answer.status, "unknown", `The server answered ${answer.status}.`);
  }
}

async function send(method, path, body, signal) {
  const headers = {};
  if (key.get()) headers.authorization = `Bearer ${key.get()}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const options = { method, headers, cache: "no-store", credentials: "omit", redirect: "error" };
  if (body !== undefined) options.body = JSON.stringify(body);
  try {
    return await fetch(path, { ...options, signal });
  } catch (error) {
    if (signal.aborted) throw new Problem(0, "late", "The server took too long to answer. Try again.");
    throw new Problem(0, "gone", GONE);
  }
}

async function ask(method, path, body) {
  const answer = await send(method, path, body, AbortSignal.timeout(PATIENCE_MS));
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch {
    throw new Problem(0, "gone", GONE);
  }
}

const user = (id, what) => `/v1/users/${encodeSegment(id)}/${what}`;

/* Browsers take "." and ".." out of a path, however they are written. */
function encodeSegment(id) {
  if (id === "." || id === "..")
    throw new Problem(0, "dots", "A browser cannot ask for the users “.” and “..”: use kith who.");
  return encodeURIComponent(id);
}

export const live = () => ask("GET", "/v1/live");
export const nodes = () => ask("GET", "/v1/nodes");
export const presence = (id) => ask("GET", user(id, "presence"));
export const visibility = (id) => ask("GET", user(id, "visibility"));
export const audience = (id, after) =>
  ask("GET", user(id, `audience${after ? `?after=${encodeURIComponent(after)}` : ""}`));
export const verdict = (id, viewer) =>
  ask("GET", user(id, `audience?viewer=${encodeURIComponent(viewer)}`));
export const push = (id, event, payload) => ask("POST", user(id, "push"), { event, payload });
export const disconnect = (id, until) =>
  ask("POST", user(id, "disconnect"), until === undefined ? {} : { until });
