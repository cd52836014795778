// token.js -- asks the app for tokens: at each connection, and before one runs out.
import { KithTokenError } from "./errors.js";
import { retryMs } from "./backoff.js";

const PREFIX = "base64url.bearer.phx.";
const SHARE = 2 / 3; /* of a token's life is over when the next one is asked for */
const LEAST_MS = 5000; /* a wrong clock here must not become a storm there */
const MOST_MS = 2 ** 31 - 1; /* setTimeout knows no more */

const base64url = (text) =>
  btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/* How long a JWT lives on, in ms; other tokens keep it to themselves. A token that is fresh and
 * already over says that the clock here is wrong: then its whole life is ahead. */
function lifeOf(token) {
  try {
    const claims = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { exp = Infinity, iat } = JSON.parse(atob(claims));
    const left = exp * 1000 - Date.now();
    return left > 0 || iat === undefined ? left : (exp - iat) * 1000;
  } catch {
    return Infinity;
  }
}

export class Tokens {
  #ask;
  #renew;
  #report;
  #timer;
  #connection = 0; /* which one asks: what a slow answer sets up must not outlive it */

  /** `renew` gives a live connection its new token; `report` hears what failed meanwhile. */
  constructor(ask, { renew, report }) {
    this.#ask = ask;
    this.#renew = renew;
    this.#report = report;
  }

  /** The subprotocols that bring a fresh token: unlike an address, they are in no proxy's log. */
  async protocols() {
    return ["phoenix", PREFIX + base64url(await this.#fetch())];
  }

  /** There is no connection whose token would need to be renewed. */
  lost() {
    this.#connection++;
    clearTimeout(this.#timer);
  }

  async #fetch() {
    const connection = this.#connection;
    const given = await this.#asked();
    const { token, expiresAt } = typeof given === "string" ? { token: given } : (given ?? {});
    if (typeof token !== "string" || token === "")
      throw new KithTokenError("the token function gave no token: let it return a text");
    const left = expiresAt === undefined ? lifeOf(token) : Number(expiresAt) - Date.now();
    if (connection === this.#connection && left * SHARE < MOST_MS)
      this.#later(Math.max(left * SHARE, LEAST_MS), 1);
    return token;
  }

  async #asked() {
    try {
      return await this.#ask();
    } catch (cause) {
      throw new KithTokenError(`the token function failed: ${cause?.message ?? cause}`, { cause });
    }
  }

  #later(ms, attempt) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(attempt), ms);
  }

  async #refresh(attempt) {
    const connection = this.#connection;
    try {
      await this.#renew(await this.#fetch());
    } catch (error) {
      if (connection !== this.#connection) return;
      this.#later(retryMs(attempt), attempt + 1);
      this.#report(error);
    }
  }
}
