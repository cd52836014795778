// rest.mjs -- a back end that asks a server's REST API. Every answer is held to docs/openapi.json.
import assert from "node:assert/strict";
import { assertAnswer } from "./openapi.mjs";

const secret = (role) => `the-secret-of-a-key-whose-role-is-${role}`;

/** Settings of a server that knows a key of each role, and the header that shows one. */
export const KEYS = Object.fromEntries(
  ["read", "write", "admin"].flatMap((role) => [
    [`key ${role}.role`, role],
    [`key ${role}.secret`, secret(role)],
  ]),
);
export const bearer = (role) => ({ authorization: `Bearer ${secret(role)}` });

export class Rest {
  /** `role`: with the key of KEYS that has it. `kith` may be started later. */
  constructor(kith, role) {
    this.kith = kith;
    this.headers = role ? bearer(role) : {};
  }

  /** {status, headers, text, json}. A body that is no string is sent as JSON, and all that has no
   * other content-type is said to be. */
  async ask(method, path, given, { "content-type": type = "application/json", ...more } = {}) {
    const body = given === undefined || typeof given === "string" ? given : JSON.stringify(given);
    const headers = { ...more, ...(body === undefined ? {} : { "content-type": type }) };
    const answer = await fetch(`${this.kith.api}${path}`, {
      method,
      body,
      headers: { ...this.headers, ...headers },
    });
    const text = await answer.text();
    const got = { status: answer.status, headers: answer.headers, text };
    assertAnswer({ method, path: path.replace(/\?.*/, ""), body, type }, got);
    const isJson = /\/(problem\+)?json$/.test(answer.headers.get("content-type"));
    return { ...got, json: isJson ? JSON.parse(text) : undefined };
  }

  async #done(method, path, body) {
    const { status, text } = await this.ask(method, path, body);
    assert.ok(status === 200 || status === 204, `${method} ${path}: ${status} ${text}`);
    return text && JSON.parse(text);
  }

  get(path) {
    return this.#done("GET", path);
  }

  put(path, body) {
    return this.#done("PUT", path, body);
  }

  delete(path) {
    return this.#done("DELETE", path);
  }

  post(path, body) {
    return this.#done("POST", path, body);
  }

  /** The problem that this is answered with: [status, code]. */
  async refusal(method, path, body, headers) {
    const { status, json } = await this.ask(method, path, body, headers);
    assert.ok(status >= 400, `${method} ${path}: ${status}`);
    assert.equal(json.status, status);
    return [status, json.code];
  }
}

const part = encodeURIComponent;

/** Paths of a user, whatever is in its id. */
export const userPath = (id, what) => `/v1/users/${part(id)}/${what}`;
export const pairPath = (id, what, other) => `${userPath(id, what)}/${part(other)}`;
