// replay.mjs -- plays a case of a vector against a server, over real sockets, and compares all
// that comes, one by one and to the end.
import assert from "node:assert/strict";
import { differOfBodies, differOfTexts, Names } from "./match.mjs";
import { parse } from "./exact.mjs";
import { Asking } from "./asking.mjs";
import { RawTalker, WsTalker } from "./talker.mjs";

const PATIENCE_MS = 20000; /* a sanitized build on a busy machine */
const EARLY_MS = 20; /* timers of two programs */
const LATE_MS = 8000; /* a busy machine: it is less than for ever that counts */
const SETTLE_MS = 60; /* what another thread still has to say comes within */

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const shown = (event) => JSON.stringify(event).slice(0, 400);

export class Replay {
  #names = new Names();
  #talkers = new Map();
  #askings = new Map();
  #mark = Date.now();
  #among = []; /* lines of a group whose order is free */
  #perhaps = []; /* lines that may be missing, before one that may not */

  /**
   * host: "address:port"; units: {idle, poll} in ms; patience: ms for which it waits; `beyond`: what
   * the server says and a Phoenix server does not, left out of what is compared; `follow`: is waited
   * for after each text that was heard, with it; `late`: ms by which time may be overstepped.
   */
  constructor(host, units = {}, { patience, beyond = /$^/, follow = () => {}, late = LATE_MS } = {}) {
    this.host = host;
    this.beyond = beyond;
    this.follow = follow;
    this.late = late;
    this.units = { ms: 1, ...units };
    this.patience = patience ?? PATIENCE_MS + 4 * Math.max(0, ...Object.values(units));
  }

  /** Plays it all; throws with the line of what differs. */
  async play({ steps }) {
    let line = 0;
    try {
      for (const step of steps) {
        line = step.line;
        if (step.kind !== "hearAmong") await this.#groupEnds();
        await this.#do(step);
      }
      await this.#groupEnds();
      line = "the end";
      await this.#silence();
    } catch (error) {
      error.message = `line ${line}: ${error.message}`;
      throw error;
    } finally {
      for (const it of [...this.#talkers.values(), ...this.#askings.values()]) it.cut();
    }
  }

  #do(step) {
    const deed = this[step.kind];
    assert.ok(deed, `nobody can ${step.kind}`);
    return deed.call(this, step);
  }

  #talker({ who }) {
    const talker = this.#talkers.get(who);
    assert.ok(talker, `${who} is not there`);
    return talker;
  }

  #next(step) {
    return this.#talker(step).next(this.patience);
  }

  #came(kind, value, event) {
    const same = event.kind === kind && event.value === value;
    assert.ok(same, `wanted ${kind} ${value}, came ${shown(event)}`);
  }

  /* What is done. */

  async open({ who, path }) {
    this.#talkers.set(who, await WsTalker.open(this.host, this.#names.fill(path)));
  }

  async raw({ who, path }) {
    this.#talkers.set(who, await RawTalker.open(this.host, this.#names.fill(path)));
  }

  text({ who, text }) {
    this.#talker({ who }).send(text ?? "");
  }

  part({ who, text }) {
    this.#talker({ who }).send(text, { fin: false });
  }

  utf8({ who, hex }) {
    this.#talker({ who }).send(Buffer.from(hex, "hex"), { binary: false });
  }

  bytes({ who, hex }) {
    this.#talker({ who }).send(Buffer.from(hex, "hex"), { binary: true });
  }

  ping({ who, text }) {
    this.#talker({ who }).ping(text);
  }

  close({ who, code }) {
    this.#talker({ who }).close(code && Number(code));
  }

  cut({ who }) {
    this.#talker({ who }).cut();
    this.#talkers.delete(who);
  }

  mark() {
    this.#mark = Date.now();
  }

  wait({ count, unit }) {
    return sleep(count * this.units[unit]);
  }

  async ask({ who, method, path, ...rest }) {
    assert.ok(!this.#askings.has(who), `${who} waits for an answer`);
    const request = { method, path: this.#names.fill(path), ...rest };
    this.#askings.set(who, await this.#send(request));
  }

  async #send(request) {
    const asking = await Asking.send(this.host, request);
    return { request, cut: () => asking.cut(), answer: () => asking.answer(this.patience) };
  }

  /* What comes over another thread may miss a poll that is answered by then: the next one has it. */
  async #polledOn(wanted, request, body) {
    const least = JSON.parse(wanted).messages?.length;
    for (let all = body; ; all = JSON.stringify(all)) {
      const { status, messages } = least ? JSON.parse(all) : {};
      if (status !== 200 || !(messages?.length < least)) return all;
      const more = JSON.parse((await (await this.#send(request)).answer()).body);
      if (more.status !== 200) return all;
      all = { ...JSON.parse(all), messages: [...messages, ...more.messages] };
    }
  }

  /* What must be heard. */

  elapsed({ least, most, unit }) {
    const ms = Date.now() - this.#mark;
    const [from, to] = [least * this.units[unit] - EARLY_MS, most * this.units[unit] + this.late];
    assert.ok(from <= ms && ms <= to, `${ms} ms passed, not ${from} to ${to}`);
  }

  async hear(step) {
    const perhaps = this.#perhaps.splice(0);
    for (;;) {
      const event = await this.#next(step);
      const why = this.#differ(step, event);
      if (!why) return this.follow(event.value);
      while (perhaps.length > 0 && this.#differ(perhaps[0], event)) perhaps.shift();
      const came = `\n  wanted ${step.json}\n  came   ${event.value ?? shown(event)}`;
      assert.ok(perhaps.shift(), why + came);
    }
  }

  #differ({ json }, event) {
    return event.kind === "text" ? differOfTexts(json, event.value.replace(this.beyond, ""), this.#names) : "no text";
  }

  mayHear(step) {
    this.#perhaps.push(step);
  }

  async hearBytes(step) {
    this.#came("bytes", step.hex, await this.#next(step));
  }

  async pong(step) {
    this.#came("pong", step.text ?? "", await this.#next(step));
  }

  async closed(step) {
    this.#came("closed", Number(step.code), await this.#next(step));
    this.#talkers.delete(step.who);
  }

  hearAmong(step) {
    this.#among.push(step);
  }

  /*
   * The group is over: its frames come on each socket in any order, save that those of one topic
   * keep theirs, as those of one channel's process do.
   */
  async #groupEnds() {
    const left = this.#among.splice(0);
    while (left.length > 0) {
      const event = await this.#next(left[0]);
      const { at, why } = this.#find(left, event);
      assert.ok(at >= 0, `${why}\n  came   ${event.value ?? shown(event)}`);
      left.splice(at, 1);
    }
  }

  #find(left, event) {
    const tried = new Set();
    const reasons = [];
    for (const [at, step] of left.entries()) {
      const topic = topicOf(step.json);
      if (step.who !== left[0].who || tried.has(topic)) continue;
      tried.add(topic);
      const why = this.#differ(step, event);
      if (!why) return { at };
      reasons.push(`${why}\n  wanted ${step.json}`);
    }
    return { at: -1, why: reasons.slice(0, 3).join("\n  or ") };
  }

  async answer({ who, status, headers = [], absent = [], body, begins, json }) {
    const asking = this.#askings.get(who);
    this.#askings.delete(who);
    assert.ok(asking, `${who} has asked nothing`);
    const got = await asking.answer();
    const whole = `\n  came ${got.status} ${shown(Object.fromEntries(got.headers))} ${got.body}`;
    assert.equal(got.status, Number(status), `status${whole}`);
    for (const [name, value] of headers)
      assert.equal(got.headers.get(name.toLowerCase()), value, `header ${name}${whole}`);
    for (const name of absent) assert.ok(!got.headers.has(name), `header ${name}${whole}`);
    const all = json && (await this.#polledOn(json, asking.request, got.body));
    const why = json && differOfBodies(json, all.replace(this.beyond, ""), this.#names);
    assert.ok(!why, `${why}\n  wanted ${json}${whole}`);
    if (begins) assert.ok(got.body.startsWith(begins), `body${whole}`);
    else if (!json) assert.equal(got.body, body ?? "", `body${whole}`);
  }

  /* Whoever is still there hears nothing but the answer to a heartbeat. */
  async #silence() {
    assert.equal(this.#askings.size, 0, "a request that nobody waits for");
    await sleep(SETTLE_MS);
    for (const [who, talker] of this.#talkers) {
      const { sent, wanted } = talker.heartbeat("silence");
      talker.send(sent);
      const event = await talker.next(this.patience);
      const why = differOfTexts(wanted, event.value ?? "", this.#names);
      assert.ok(!why, `${who} heard more: ${shown(event)}`);
    }
  }
}

function topicOf(json) {
  const frame = parse(json);
  return JSON.stringify(Array.isArray(frame) ? frame[2] : frame.get("topic")?.[0]);
}
