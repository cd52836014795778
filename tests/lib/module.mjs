// module.mjs -- clients/js as an app has it: in node_modules, beside the phoenix that it runs on.
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import WebSocket from "ws";

export const path = (name) => fileURLToPath(new URL(name, import.meta.url));
export const MODULE = path("../../clients/js");
export const PHOENIXES = ["16", "17", "18"];

/** A folder for the tests of a file, gone after them. */
export async function folderOf(name) {
  const folder = await mkdtemp(join(tmpdir(), `kith-${name}-`));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The module, on this version of phoenix, which is beside it as `Socket`. */
export async function moduleOn(version) {
  const modules = join(await folderOf(`phoenix${version}`), "node_modules");
  await mkdir(modules);
  await cp(MODULE, join(modules, "kith-client"), { recursive: true });
  await symlink(path(`../node_modules/phoenix${version}`), join(modules, "phoenix"));
  const load = (file) => import(pathToFileURL(join(modules, file)));
  const { Socket } = await load("phoenix/priv/static/phoenix.mjs");
  return { ...(await load("kith-client/src/index.js")), Socket };
}

/**
 * A client for the test, and all that it says: news of friends, states, errors. cut() ends its
 * connection as a tunnel does.
 */
export function client(t, { connect }, server, options) {
  const sockets = [];
  const Spied = class extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  };
  const kith = connect(`ws://${server.host}/socket`, { WebSocket: Spied, ...options });
  t.after(() => kith.close());
  const news = [];
  const states = [];
  const errors = [];
  for (const event of ["added", "changed", "removed"])
    kith.friends.on(event, ({ id, status }) => news.push([event, id, status]));
  kith.on("state", ({ state }) => states.push(state));
  kith.on("state", ({ error }) => error && errors.push(error));
  kith.on("error", (error) => errors.push(error));
  const cut = () => sockets.at(-1).terminate();
  return { kith, friends: kith.friends, news, states, errors, sockets, cut };
}
