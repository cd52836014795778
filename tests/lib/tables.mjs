// tables.mjs -- an application's own table of friendships (examples/friendships.sql), in a database
// of its own on the server that the suite has started (tests/suites/tables.sh).
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const ctl = async (...args) => (await run(process.env.KITH_TEST_TABLES, args)).stdout.trim();

export const FRIENDS = "SELECT friend_id FROM friendships WHERE user_id = $1 AND accepted";

const databaseOf = (url) => new URL(url.replace("postgresql:", "http:").replace("@/", "@x/")).pathname.slice(1);

let last = 1000;

/** Users that no other test has, as the table writes them. */
export const people = (count) => Array.from({ length: count }, () => String(++last));

export class Tables {
  static async make() {
    const tables = new Tables();
    tables.url = await ctl("app");
    tables.database = databaseOf(tables.url);
    return tables;
  }

  sql(text) {
    return ctl("sql", this.database, text);
  }

  /** Without a word to Kith. */
  silently(text) {
    return this.sql(`SET session_replication_role = replica; ${text}`);
  }

  static befriending(one, other) {
    return `INSERT INTO friendships VALUES (${one}, ${other}), (${other}, ${one})`;
  }

  static unfriending(one, other) {
    return `DELETE FROM friendships WHERE (user_id, friend_id) IN ((${one}, ${other}), (${other}, ${one}))`;
  }

  befriend(one, other) {
    return this.sql(Tables.befriending(one, other));
  }

  unfriend(one, other) {
    return this.sql(Tables.unfriending(one, other));
  }

  /** Nobody of Kith is let in any more, or again. */
  shut() {
    return this.sql(`ALTER ROLE kith NOLOGIN; ALTER ROLE kith_reader NOLOGIN;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'kith%'`);
  }

  open() {
    return this.sql("ALTER ROLE kith LOGIN; ALTER ROLE kith_reader LOGIN");
  }

  /** The settings by which Kith reads them. */
  settings(more = {}) {
    return { "source.url": this.url, "source.friends": FRIENDS, "source.sweep_s": 3600, ...more };
  }
}

/** The whole server, as in a crash. */
export const down = () => ctl("down");
export const up = () => ctl("up");

/** It stands still, with all that it does for others, and goes on. */
export const still = () => ctl("still");
export const on = () => ctl("on");

/** A database for a store; and what only the server's owner may say. */
export const newStore = () => ctl("new");
export const inStore = (url, text) => ctl("sql", databaseOf(url), text);
export const asOwner = (text) => ctl("sql", "postgres", text);
