// asking.mjs -- one HTTP request over a socket of its own, and its answer.
import net from "node:net";
import { UPGRADE, getHead } from "./raw.mjs";

const DATE_SLACK_MS = 600000;

function headOf({ method, path, upgrade, headers = [], body }, host) {
  const all = { Host: host, ...(upgrade ? UPGRADE : { Connection: "close" }) };
  if (body !== undefined) all["Content-Length"] = Buffer.byteLength(body);
  for (const [name, value] of headers) all[name] = value;
  for (const name of Object.keys(all)) if (all[name] === "none") delete all[name];
  return getHead(path, all, method);
}

/* All of an answer is there: its head, and as much more as that says. */
function whole(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(bytes.subarray(0, end).toString("latin1"));
  return length ? bytes.length >= end + 4 + Number(length[1]) : bytes.includes("HTTP/1.1 101 ");
}

function parsed(bytes, method) {
  const end = bytes.indexOf("\r\n\r\n");
  const [first, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map();
  for (const line of lines) {
    const [, name, value] = /^([\w-]+): *(.*?) *$/.exec(line);
    if (headers.has(name.toLowerCase())) throw new Error(`two headers ${name}`);
    headers.set(name.toLowerCase(), value);
  }
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)[1]);
  const body = bytes.subarray(end + 4);
  const late = Math.abs(Date.parse(headers.get("date")) - Date.now());
  if (!(late < DATE_SLACK_MS)) throw new Error(`date: ${headers.get("date")}`);
  const bodiless = method === "HEAD" || status === 101 || status === 204;
  if (!bodiless && Number(headers.get("content-length")) !== body.length)
    throw new Error(`content-length: ${headers.get("content-length")}, came ${body.length}`);
  return { status, headers, body: body.toString() };
}

export class Asking {
  #bytes = Buffer.alloc(0);
  #ended;

  static send(host, request) {
    const [address, port] = host.split(":");
    return new Promise((done, fail) => {
      const socket = net.connect(Number(port), address, () => {
        socket.write(headOf(request, host) + (request.body ?? ""));
        done(new Asking(socket, request.method));
      });
      socket.on("error", fail);
    });
  }

  constructor(socket, method) {
    this.socket = socket;
    this.method = method;
    this.#ended = new Promise((done) => {
      socket.on("data", (more) => {
        this.#bytes = Buffer.concat([this.#bytes, more]);
        if (whole(this.#bytes)) done();
      });
      socket.on("close", done);
    });
  }

  /** {status, headers (a Map, in small letters), body}, once all is there. */
  async answer(ms) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`no answer in ${ms} ms`)), ms);
    });
    await Promise.race([this.#ended, late]).finally(() => clearTimeout(timer));
    this.cut();
    if (this.#bytes.length === 0) throw new Error("closed without an answer");
    return parsed(this.#bytes, this.method);
  }

  /** Ends it, without waiting for what comes. */
  cut() {
    this.socket.destroy();
  }
}
