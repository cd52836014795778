// net.mjs -- three hosts on one wire: network namespaces on a bridge of their own, and what can
// break between them. The host's own network gets the bridge, and nothing else.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const PREFIX = "kithchaos";
const HOSTS = 3;

const sh = (file, ...args) => execFileSync(file, args, { encoding: "utf8", stdio: "pipe" });
const tried = (...command) => {
  try {
    return sh(...command);
  } catch {
    return "";
  }
};

/* "kithchaos<pid>-<number>-<host>", "kcb<pid>-<number>": of which run it is. */
const owner = (name) => Number(/(\d+)/.exec(name)?.[1]);
const isDead = (name) => !existsSync(`/proc/${owner(name)}`);
const isOurs = (name) => owner(name) === process.pid;

/** Why there can be no such hosts here; nothing: there can. */
export function lacking() {
  if (process.getuid() !== 0) return "network namespaces need root";
  for (const tool of ["ip", "nft", "nsenter"])
    if (!tried("sh", "-c", `command -v ${tool}`)) return `there is no ${tool}`;
  const probe = `${PREFIX}${process.pid}-probe`;
  const made = tried("sh", "-c", `ip netns add ${probe} && echo made`);
  tried("ip", "netns", "del", probe);
  return made ? "" : "the kernel makes no network namespaces here";
}

/** Takes away what runs that were killed have left: their hosts, with all that runs in them. */
export function sweep(mine = (it) => isDead(it) || isOurs(it)) {
  const folder = "/run/netns";
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((it) => it.startsWith(PREFIX) && mine(it))) {
    for (const pid of tried("ip", "netns", "pids", name).split("\n").filter(Boolean))
      tried("kill", "-KILL", pid);
    tried("ip", "netns", "del", name);
  }
  const links = [...tried("ip", "-o", "link").matchAll(/^\d+: (kcb[\d-]+):/gm)].map(([, it]) => it);
  for (const name of links.filter((it) => mine(it))) tried("ip", "link", "del", name);
}

let made = 0;

export class Net {
  constructor() {
    this.number = `${process.pid}-${++made}`; /* no name is used again: what ends takes its time */
    this.bridge = `kcb${this.number}`;
    this.hosts = Array.from({ length: HOSTS }, (_, i) => `${PREFIX}${this.number}-${i}`);
  }

  #freeBase() {
    const routes = tried("ip", "-4", "route");
    for (let i = 0; i < 250; i++) {
      const base = `10.231.${(process.pid + made + i) % 250}`;
      if (!routes.includes(`${base}.`)) return base;
    }
    throw new Error("10.231.0.0/16 is all taken");
  }

  /** Of host i; the bridge, where the clients are, has .1. */
  address(i) {
    return `${this.base}.${11 + i}`;
  }

  get outside() {
    return `${this.base}.1`;
  }

  /** Another address of the bridge: of clients that something happens to. */
  get elsewhere() {
    return `${this.base}.2`;
  }

  begin() {
    this.base = this.#freeBase();
    sh("ip", "link", "add", this.bridge, "type", "bridge");
    for (const address of [this.outside, this.elsewhere])
      sh("ip", "addr", "add", `${address}/24`, "dev", this.bridge);
    sh("ip", "link", "set", this.bridge, "up");
    for (const i of this.hosts.keys()) this.#plug(i);
  }

  #plug(i) {
    const [host, end] = [this.hosts[i], `kcv${this.number}${i}`];
    sh("ip", "netns", "add", host);
    sh("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", host);
    sh("ip", "link", "set", end, "master", this.bridge, "up");
    this.in(i, "ip", "link", "set", "lo", "up");
    this.in(i, "ip", "addr", "add", `${this.address(i)}/24`, "dev", "eth0");
    this.in(i, "ip", "link", "set", "eth0", "up");
    this.in(i, "nft", "add table ip k; add chain ip k in { type filter hook input priority 0; }");
  }

  end() {
    sweep((name) => this.hosts.includes(name) || name === this.bridge);
  }

  /** How a program is started in host i: what stands before it. */
  enter(i) {
    return ["nsenter", `--net=/run/netns/${this.hosts[i]}`];
  }

  in(i, ...command) {
    const [file, ...rest] = [...this.enter(i), ...command];
    return sh(file, ...rest);
  }

  /** How often hosts send again what is not acknowledged; then the connection has ended. */
  giveUpAfter(retries) {
    for (const i of this.hosts.keys())
      this.in(i, "sh", "-c", `echo ${retries} >/proc/sys/net/ipv4/tcp_retries2`);
  }

  /** Nothing that comes from the address arrives at host i. */
  drop(i, address) {
    this.in(i, "nft", `add rule ip k in ip saddr ${address} drop`);
  }

  /** Nothing of host `from` arrives at host `to`; the other way is as it was. */
  cutOneWay(from, to) {
    this.drop(to, this.address(from));
  }

  /** Host i and the others do not hear each other; clients reach all. */
  isolate(i) {
    for (const other of this.hosts.keys())
      if (other !== i) {
        this.cutOneWay(i, other);
        this.cutOneWay(other, i);
      }
  }

  /** So many of a hundred packets between hosts are lost. */
  lose(percent) {
    for (const to of this.hosts.keys())
      for (const from of this.hosts.keys())
        if (from !== to)
          this.in(to, "nft", `add rule ip k in ip saddr ${this.address(from)} numgen random mod 100 < ${percent} drop`);
  }

  /** Host i has no wire: neither others nor clients reach it. */
  unplug(i, up = false) {
    sh("ip", "link", "set", `kcv${this.number}${i}`, up ? "up" : "down");
  }

  heal() {
    for (const i of this.hosts.keys()) {
      this.in(i, "nft", "flush chain ip k in");
      this.unplug(i, true);
    }
  }
}
