// receiver.mjs -- a back end that hears events: the samples of examples/hooks, in a process of their
// own that can be killed, and one within the test, which may also be slow, or refuse.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./port.mjs";
import { eventually } from "./wire.mjs";

export const HOOK_SECRET = "a secret of hooks, of the tests, longer than 32 bytes";
const SAMPLES = fileURLToPath(new URL("../../examples/hooks/", import.meta.url));
export const PYTHON = ["python3", join(SAMPLES, "receiver.py")];
export const NODE = [process.execPath, join(SAMPLES, "receiver.mjs")];

class Heard {
  events = [];

  /** How users stand by what was heard: user -> whether it is online. */
  get online() {
    const all = new Map();
    for (const { user, event } of this.events) all.set(user, event !== "offline");
    return all;
  }

  of(user) {
    return this.events.filter((event) => event.user === user).map(({ event }) => event);
  }

  hears(count) {
    return eventually(() => this.events.length >= count, `${count} events`);
  }

  /** All that the log has, in its order, each once. */
  assertWhole(logged) {
    assert.deepEqual(this.events.map(({ id }) => id), logged.map(({ id }) => id));
    assert.deepEqual(this.events, logged);
  }
}

/** A sample. What it has taken is told once, though it be killed and begun anew. */
export class Sample extends Heard {
  #child;

  static async begin(t, command, secret = HOOK_SECRET) {
    const sample = new Sample();
    sample.command = command;
    sample.folder = await mkdtemp(join(tmpdir(), "kith-hooks-"));
    sample.secret = join(sample.folder, "secret");
    await writeFile(sample.secret, `${secret}\n`, { mode: 0o600 });
    t.after(() => sample.end());
    sample.port = await freePort();
    await sample.start();
    return sample;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/events`;
  }

  settings(more = {}) {
    return { "hooks.url": this.url, "hooks.secret_file": this.secret, "hooks.retry_s": 0.5, ...more };
  }

  async start() {
    const [program, ...args] = this.command;
    const child = spawn(program, [...args, this.secret, String(this.port)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    let rest = "";
    const listens = new Promise((done) =>
      child.stdout.on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
          if (port) done();
          else this.#take(JSON.parse(line));
        }
      }),
    );
    await listens;
  }

  /* One that was killed may have printed what it had not answered. */
  #take(event) {
    const last = this.events.at(-1)?.id ?? 0;
    if (event.id > last) this.events.push(event);
    else assert.deepEqual(event, this.events.find(({ id }) => id === event.id));
  }

  /** SIGKILL. */
  async kill() {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    child.kill("SIGKILL");
    await once(child, "close");
  }

  async end() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One within the test. `answer` may be set: (events, request) => status, or a promise of it. */
export class Listener extends Heard {
  requests = []; /* {id, at_s, count} of each */
  answer = () => 204;

  static async begin(t) {
    const listener = new Listener();
    listener.folder = await mkdtemp(join(tmpdir(), "kith-hooks-"));
    listener.secret = join(listener.folder, "secret");
    await writeFile(listener.secret, HOOK_SECRET, { mode: 0o600 });
    listener.server = createServer((request, response) => listener.#hear(request, response));
    listener.server.listen(0, "127.0.0.1");
    await once(listener.server, "listening");
    t.after(async () => {
      listener.server.closeAllConnections();
      listener.server.close();
      await rm(listener.folder, { recursive: true, force: true });
    });
    return listener;
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}/events`;
  }

  settings(more = {}) {
    return { "hooks.url": this.url, "hooks.secret_file": this.secret, "hooks.retry_s": 0.5, ...more };
  }

  async #hear(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
    const mac = createHmac("sha256", HOOK_SECRET).update(`${id}.${at}.`).update(body).digest("base64");
    assert.equal(signature, `v1,${mac}`);
    assert.equal(request.method, "POST");
    assert.equal(request.headers["content-type"], "application/json");
    const { events } = JSON.parse(body);
    this.requests.push({ id, at_s: Number(at), count: events.length });
    const status = await this.answer(events, request);
    const last = this.events.at(-1)?.id ?? 0;
    if (status === 204) this.events.push(...events.filter((event) => event.id > last));
    response.writeHead(status).end();
  }
}

/** All that the log of a server has. */
export async function logged(rest) {
  const all = [];
  for (let page = { more: true, next: undefined }; page.more; ) {
    page = await rest.get(`/v1/events?limit=1000${page.next ? `&after=${page.next}` : ""}`);
    all.push(...page.events);
  }
  return all;
}
