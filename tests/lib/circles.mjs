// circles.mjs -- friends for tests: circles that know nothing of each other, so that many tests
// can share a server.

const PEOPLE = ["ann", "ben", "cleo"];

const mutual = (a, b) => [`${a} ${b}`, `${b} ${a}`];

/** Edges of `count` circles: ann, ben and cleo are friends; self watches self and ann. */
export function circlesGraph(count) {
  const lines = ["# circles of friends"];
  for (let i = 0; i < count; i++) {
    const [ann, ben, cleo] = PEOPLE.map((name) => `${name}${i}`);
    lines.push(...mutual(ann, ben), ...mutual(ann, cleo), ...mutual(ben, cleo));
    lines.push(`self${i} self${i}`, `self${i} ann${i}`);
  }
  return lines.join("\n") + "\n";
}

let next = 0;

/** Names of a circle that no test of this file has had: {ann, ben, cleo, self, stranger}. */
export function circle() {
  const i = next++;
  return Object.fromEntries([...PEOPLE, "self", "stranger"].map((name) => [name, `${name}${i}`]));
}

export const CIRCLES = 120;
