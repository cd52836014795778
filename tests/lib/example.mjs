// example.mjs -- a program of examples/ for a test, and people who talk to it by npm phoenix.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Presence, Socket } from "phoenix18";
import WebSocket from "ws";
import { Program } from "./program.mjs";

globalThis.WebSocket = WebSocket;

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILD = process.env.KITH_BUILD ?? join(HERE, "../../build-asan");
const READY = /^ready ws:\/\/([^/\s]+)\/socket\/websocket/m;

export const program = (name) => resolve(BUILD, "examples", name);

/** One server for one test; edges: lines "user friend". {host, stop()} */
export async function ownExample(t, name, edges) {
  const running = new Program(program(name));
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const graph = join(folder, "graph.txt");
  await writeFile(graph, ["# who watches whom", ...edges, ""].join("\n"));
  t.after(async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const args = name === "hello" ? ["127.0.0.1:0"] : ["--port", "0", "--graph", graph];
  const [, host] = await running.start(args, READY, folder);
  return { host, stop: () => running.stop() };
}

export const mutual = (a, b) => [`${a} ${b}`, `${b} ${a}`];

export const answerOf = (push) =>
  new Promise((done, fail) =>
    push
      .receive("ok", (response) => done({ status: "ok", response }))
      .receive("error", (response) => done({ status: "error", response }))
      .receive("timeout", () => fail(new Error("timeout"))),
  );

/** A user with a socket: what it was told, all of it, is in `heard`. */
export class Person {
  heard = [];
  friends = {}; /* as the article's client keeps them, see social() */

  constructor(t, example, user) {
    this.user = user;
    this.socket = new Socket(`ws://${example.host}/socket`, {
      params: { user_id: user },
      reconnectAfterMs: () => 1e9,
    });
    this.closed = new Promise((done) => this.socket.onClose(({ code }) => done(code)));
    this.socket.onMessage((message) => {
      const { topic, event, payload } = message;
      this.heard.push({ topic, event, payload: structuredClone(payload) });
      return message;
    });
    t.after(() => this.socket.disconnect());
    this.socket.connect();
  }

  /** Joins a topic as any page would, with a Presence: {channel, answer, ids()}. */
  async join(topic, params = {}) {
    const channel = this.socket.channel(topic, params);
    const presence = new Presence(channel);
    const answer = await answerOf(channel.join());
    if (answer.status === "error") channel.leave();
    return { channel, answer, ids: () => presence.list((id) => id).sort() };
  }

  /** The article's client: the state on its own channel, diffs by the hook on the socket. */
  async social() {
    const channel = this.socket.channel(`user:${this.user}`);
    this.channel = channel;
    channel.on("presence_state", (state) => {
      this.states = (this.states ?? 0) + 1;
      this.friends = Presence.syncState(this.friends, state);
    });
    this.socket.onMessage((message) => {
      const { topic, event, payload } = message;
      if (event === "presence_diff" && /^user_presence:.+$/.test(topic))
        this.friends = Presence.syncDiff(this.friends, payload);
      return message;
    });
    return answerOf(channel.join());
  }

  ids() {
    return Object.keys(this.friends).sort();
  }

  /** Once it has had all that the server told it before now. */
  settled() {
    const ref = this.socket.makeRef();
    this.socket.push({ topic: "phoenix", event: "heartbeat", payload: {}, ref });
    return new Promise((done) =>
      this.socket.onMessage((message) => {
        if (message.topic === "phoenix" && message.ref === ref) done();
        return message;
      }),
    );
  }

  /** Whether anything that it was told names this user. */
  wasToldOf(user) {
    return this.heard.some(({ topic, payload }) =>
      JSON.stringify([topic, payload]).includes(`"${user}"`) || topic.endsWith(`:${user}`),
    );
  }
}
