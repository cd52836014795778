// friends.js -- who is here: a map that lives, and one event for each change in it.
import { Emitter } from "./emitter.js";

/* A map, since ids are any text: "__proto__" too. */
const metasOf = (presences) =>
  new Map(Object.entries(presences).map(([id, { metas }]) => [id, metas]));

/* `metas` after a diff, oldest first as before: an update keeps its place. */
function merged(metas, joins, leaves) {
  const next = [...metas];
  for (const meta of joins) {
    const refs = [meta.phx_ref, meta.phx_ref_prev];
    const at = next.findIndex(({ phx_ref }) => refs.includes(phx_ref));
    if (at < 0) next.push(meta);
    else next[at] = meta;
  }
  const gone = new Set(leaves.map(({ phx_ref }) => phx_ref));
  return next.filter(({ phx_ref }) => !gone.has(phx_ref));
}

/* What can be seen of them: refs are the wire's. */
const visible = (metas) => JSON.stringify(metas.map(({ phx_ref, phx_ref_prev, ...seen }) => seen));

function friendOf(id, metas) {
  const meta = metas[metas.length - 1];
  const since = new Date(Number(metas[0].online_at) * 1000);
  return Object.freeze({ id, status: meta.status, since, meta, metas });
}

export class Friends {
  #here = new Map();
  #doubted = new Set(); /* here by an old state; whether they still are is being asked */
  #events = new Emitter("added", "changed", "removed");

  get size() {
    return this.#here.size;
  }

  get(id) {
    return this.#here.get(id);
  }

  has(id) {
    return this.#here.has(id);
  }

  keys() {
    return this.#here.keys();
  }

  values() {
    return this.#here.values();
  }

  entries() {
    return this.#here.entries();
  }

  forEach(callback) {
    this.#here.forEach((friend, id) => callback(friend, id, this));
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  on(event, listener) {
    return this.#events.on(event, listener);
  }

  /** @internal A full state. Of those whom it lacks, whoever is `kept` stays till settle(). */
  replace(state, kept) {
    const next = metasOf(state);
    const missing = [...this.#here.keys()].filter((id) => !next.has(id));
    this.#doubted = new Set(missing.filter(kept));
    for (const id of missing) if (!kept(id)) next.set(id, []);
    this.#update(next);
  }

  /** @internal Whoever was kept and has not been heard of since is gone. */
  settle() {
    this.#update(new Map([...this.#doubted].map((id) => [id, []])));
  }

  /** @internal */
  apply({ joins, leaves }) {
    const come = metasOf(joins);
    const go = metasOf(leaves);
    const next = new Map();
    for (const id of [...come.keys(), ...go.keys()])
      next.set(id, merged(this.#known(id), come.get(id) ?? [], go.get(id) ?? []));
    this.#update(next);
  }

  #known(id) {
    return this.#doubted.has(id) ? [] : (this.#here.get(id)?.metas ?? []);
  }

  /* All is in place before anybody hears of it. */
  #update(next) {
    const news = [...next].map(([id, metas]) => this.#put(id, metas)).filter(Boolean);
    for (const event of news) this.#events.emit(...event);
  }

  #put(id, metas) {
    const before = this.#here.get(id);
    this.#doubted.delete(id);
    if (metas.length === 0) return this.#here.delete(id) && ["removed", before];
    const friend = friendOf(id, metas);
    this.#here.set(id, friend);
    if (!before) return ["added", friend];
    return visible(before.metas) !== visible(metas) && ["changed", friend, before];
  }
}
