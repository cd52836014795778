// errors.js -- what may go wrong, in words that say what to do.

/** All errors of this module. */
export class KithError extends Error {
  name = "KithError";
}

/** The app's own token function failed; `cause` says how. It is asked again. */
export class KithTokenError extends KithError {
  name = "KithTokenError";
}

/** The connection could not be made, or ended; `closeCode` is the WebSocket's. */
export class KithConnectionError extends KithError {
  name = "KithConnectionError";

  constructor(message, closeCode) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** The server said no to `event`, for this `reason` (docs/wire.md of Kith lists them). */
export class KithRefusedError extends KithError {
  name = "KithRefusedError";

  constructor(event, reason) {
    super(`the server refused "${event}": ${reason}`);
    this.event = event;
    this.reason = reason;
  }
}

/** This server does not know `event`. */
export class KithUnsupportedError extends KithError {
  name = "KithUnsupportedError";

  constructor(event) {
    super(`this server does not know "${event}": use a newer Kith, or do without`);
    this.event = event;
  }
}

/** No answer to `event`; whether the server acted on it is not known. */
export class KithTimeoutError extends KithError {
  name = "KithTimeoutError";

  constructor(event) {
    super(`the server did not answer "${event}" in time: try again`);
    this.event = event;
  }
}

/** close() was called: connect() anew. */
export class KithClosedError extends KithError {
  name = "KithClosedError";

  constructor() {
    super("this client was closed: connect() makes a new one");
  }
}

/** What an error reply means. */
export const refusal = (event, reason) =>
  reason === "unknown event"
    ? new KithUnsupportedError(event)
    : new KithRefusedError(event, reason);

const NEVER_OPEN =
  "the server could not be reached, or refused. It is tried again; if it goes on: is the address " +
  "right (ending in /socket, without /websocket), is the token good, and may this page connect " +
  "(origins.allow in kith.conf)?";
const LOST = "the connection was lost; this client comes back by itself";
const ENDS = {
  1009: "the server refused a message as too large: send less",
  1012: "the server stops or restarts; this client comes back by itself",
  4001: "the token has run out; this client comes back with a fresh one",
};

/** What the end of a WebSocket means. */
export const connectionError = (code, wasOpen) =>
  new KithConnectionError(
    wasOpen ? (ENDS[code] ?? `${LOST} (close code ${code})`) : NEVER_OPEN,
    code,
  );
