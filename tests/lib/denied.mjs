// denied.mjs -- people whom a viewer may not see, each for another reason, and who are not there.
import { mutual } from "./example.mjs";
import { pairPath, userPath } from "./rest.mjs";
import { Wire } from "./wire.mjs";

const EACH = 32; /* their homes, and places in tables, are not those of one class */

/* The name says nothing: ids of all classes are of one length, and mixed. */
const idOf = (i, k) => `u${String((i * EACH + k) * 7919).padStart(6, "0").slice(-6)}`;

/** What has been said between the viewer and one of each class. Only `offline` is no denial. Who
 * blocks knows that it does: by time it is compared with itself. */
export const CLASSES = {
  offline: { edges: true, here: false },
  stranger: { here: true },
  "no edge back": { here: true, edgeBack: true },
  blocked: { edges: true, here: true, say: (rest, me, id) => rest.put(pairPath(me, "blocks", id)) },
  "blocked, not here": {
    edges: true,
    here: false,
    say: (rest, me, id) => rest.put(pairPath(me, "blocks", id)),
  },
  blocks: { edges: true, here: true, say: (rest, me, id) => rest.put(pairPath(id, "blocks", me)) },
  "former friend": {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.delete(pairPath(me, "friends", id)),
  },
  invisible: {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "nobody" }),
  },
  "left out": {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "except", ids: [me] }),
  },
  "for others only": {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "only", ids: ["other"] }),
  },
  "public, not asked for": {
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "public" }),
  },
  "hidden session": { edges: true, here: true, query: { session: "hidden" } },
  unknown: { here: false },
};

export const VIEWER = "viewer";
export const people = Object.entries(CLASSES).map(([name, rest], i) => ({
  name,
  ...rest,
  ids: Array.from({ length: EACH }, (_, k) => idOf(i, k)),
}));

/** The graph with which it begins: the viewer has a friend whom it sees, too. */
export const graph = [
  ...mutual(VIEWER, "friend"),
  ...people.flatMap(({ ids, edges, edgeBack }) =>
    ids.flatMap((id) => (edges ? mutual(VIEWER, id) : edgeBack ? [`${id} ${VIEWER}`] : [])),
  ),
  "",
].join("\n");

/** All come who are here, and all is said. Returns their wires. */
export async function come(kith, rest) {
  const wires = [];
  for (const { ids, here, say, query } of people)
    for (const id of ids) {
      if (here) {
        const wire = await Wire.open(kith, { user: id, query });
        await wire.join("friends", { status: "here", text: "x".repeat(200) });
        wires.push(wire);
      }
      await say?.(rest, VIEWER, id);
    }
  return wires;
}

let cast = 0;

/** One of a class, a viewer, of its own if none is given, and, unless it is alone, a friend whom the
 * viewer sees: {me, id, friend}, all made ids of one length. What is said between them is said. */
export async function meet(rest, { edges, edgeOnly, edgeBack, say }, { viewer, alone } = {}) {
  const n = String(cast++).padStart(6, "0");
  const [me, id, friend] = [viewer ?? `m${n}`, `i${n}`, `f${n}`];
  if (!alone) await rest.put(pairPath(me, "friends", friend));
  if (edges) await rest.put(pairPath(me, "friends", id));
  if (edgeOnly) await rest.put(pairPath(me, "watches", id));
  if (edgeBack) await rest.put(pairPath(id, "watches", me));
  await say?.(rest, me, id);
  return { me, id, friend };
}
