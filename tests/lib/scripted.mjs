// scripted.mjs -- the other end of a Phoenix wire, for what a server does seldom or may do one day:
// it says what the test tells it to say.
import { once } from "node:events";
import { WebSocketServer } from "ws";
import { eventually } from "./wire.mjs";

export class Scripted {
  sessions = []; /* one for each connection: {socket, query, join, heard, at} */

  silent = false; /* answers nothing, heartbeats neither */

  /** `answers`: {event: (payload, session) => reply}; a join without an answer gets {}. */
  constructor(answers = {}) {
    this.answers = { phx_join: () => ({}), phx_leave: () => ({}), ...answers };
  }

  async start(t) {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    this.host = `127.0.0.1:${server.address().port}`;
    server.on("connection", (socket, { url }) => {
      const { searchParams: query } = new URL(url, "ws://here");
      this.#serve({ socket, query, heard: [], at: Date.now() });
    });
    t.after(() => {
      for (const { socket } of this.sessions) socket.terminate();
      server.close();
    });
    return this;
  }

  #serve(session) {
    this.sessions.push(session);
    session.socket.on("message", (text) => {
      const [join, ref, topic, event, payload] = JSON.parse(text);
      if (event === "phx_join") session.join = join;
      if (topic === "friends") session.heard.push([event, payload]);
      if (this.silent) return;
      const answer = topic === "phoenix" ? () => ({}) : this.answers[event];
      const [status, response] = answer
        ? ["ok", answer(payload, session)]
        : ["error", { reason: "unknown event" }];
      session.socket.send(JSON.stringify([join, ref, topic, "phx_reply", { status, response }]));
      if (event === "phx_join" && !response.resumed) this.say("presence_state", this.state ?? {});
    });
  }

  get last() {
    return this.sessions.at(-1);
  }

  /** On the latest connection. */
  say(event, payload) {
    this.last.socket.send(JSON.stringify([null, null, "friends", event, payload]));
  }

  /** Waits until the n-th connection has heard this event; returns its payload. */
  async heard(n, event) {
    const found = () => this.sessions[n - 1]?.heard.find(([name]) => name === event);
    return (await eventually(found, `${event} on connection ${n}`))[1];
  }
}
