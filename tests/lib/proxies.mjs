// proxies.mjs -- real proxies in front of a server, with the configs that the project recommends: only ports,
// files and, where a test says so, time-outs are others.
import { execFileSync, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./port.mjs";
import { watch } from "./watchdog.mjs";
import { certificates, certify } from "./tls.mjs";
import { eventually } from "./wire.mjs";

const EXAMPLES = new URL("../../examples/proxies/", import.meta.url);
const PROGRAMS = process.env.KITH_PROXIES;

const answers = (url) =>
  fetch(url).then(
    () => true,
    () => false,
  );

async function nginx({ folder, port, kith, idle }) {
  await mkdir(join(folder, "logs"), { recursive: true });
  const text = await readFile(new URL("nginx.conf", EXAMPLES), "utf8");
  const config = text
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace("server 127.0.0.1:4000", `server ${kith.host}`)
    .replace("/etc/ssl/kith.example/fullchain.pem", `${folder}/main.pem`)
    .replace("/etc/ssl/kith.example/privkey.pem", `${folder}/main.key`)
    .replace("/var/log/nginx/access.log", `${folder}/access.log`)
    .replaceAll(/timeout 90s/g, `timeout ${idle}`);
  const own = `pid ${folder}/pid;\nerror_log stderr;\ndaemon off;\n`;
  const http = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((it) => `${it}_temp_path ${folder}/${it};\n`);
  const file = join(folder, "nginx.conf");
  await writeFile(file, own + config.replace("http {\n", `http {\n${http.join("")}`));
  return [`${PROGRAMS}/nginx`, "-p", folder, "-c", file];
}

async function haproxy({ folder, port, kith, idle }) {
  const pem = join(folder, "both.pem");
  const parts = [await readFile(`${folder}/main.pem`), await readFile(`${folder}/main.key`)];
  await writeFile(pem, parts.join(""), { mode: 0o600 });
  const text = await readFile(new URL("haproxy.cfg", EXAMPLES), "utf8");
  const config = text
    .replace("maxconn 20000", "maxconn 200") /* whatever this machine lets it have */
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace("/etc/ssl/kith.example.pem", pem)
    .replaceAll("127.0.0.1:4000 check port 4001", `${kith.host} check inter 100ms port ${new URL(kith.api).port}`)
    .replace(/timeout tunnel 90s/, `timeout tunnel ${idle}`);
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, config);
  execFileSync(`${PROGRAMS}/haproxy`, ["-c", "-q", "-f", file]);
  return [`${PROGRAMS}/haproxy`, "-db", "-f", file];
}

export const PROXIES = { nginx, haproxy };

/** A proxy of this kind in front of `kith`; what clients are given in its place. `idle`: its time-out. */
export async function behind(t, kind, kith, { idle = "90s" } = {}) {
  const folder = await certificates(t);
  const port = await freePort();
  await certify(folder, "main", "127.0.0.1");
  const [program, ...args] = await PROXIES[kind]({ folder, port, kith, idle });
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const callOff = watch(-child.pid, folder);
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const ended = new Promise((done) => child.on("close", done));
  t.after(async () => {
    process.kill(-child.pid, "SIGTERM");
    await ended;
    callOff();
  });
  const host = `127.0.0.1:${port}`;
  await eventually(() => answers(`https://${host}/`), "an answer").catch((error) => {
    throw new Error(`${kind}: ${errors}`, { cause: error });
  });
  return { host, folder, api: kith.api, websocket: `wss://${host}/socket/websocket` };
}
