// people.js -- who there is, and who is whose friend: what an app knows by itself.
// Who is here, now, is what it asks Kith.

const get = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer;
};

/** Lines "<watcher> <watched>", or that begin with #, as a map from each watcher to whom they watch. */
export function parseGraph(text) {
  const watched = new Map();
  for (const line of text.split("\n")) {
    const [from, to] = line.trim().split(/[ \t]+/);
    if (to && !line.startsWith("#")) watched.set(from, [...(watched.get(from) ?? []), to]);
  }
  return watched;
}

export async function loadPeople() {
  const [list, graph] = await Promise.all([get("people.json"), get("graph.txt")]);
  const all = await list.json();
  const watched = parseGraph(await graph.text());
  const byId = new Map(all.map((person) => [person.id, person]));
  return {
    all,
    find: (id) => byId.get(id),
    friendsOf: (id) => (watched.get(id) ?? []).map((friend) => byId.get(friend)).filter(Boolean),
  };
}

/** Where this page is theirs: an id may be any text. */
export const addressOf = ({ id }) => `?user=${encodeURIComponent(id)}`;

export const firstName = (person) => person.name.split(" ")[0];

/** A round picture for someone without one: initials on their colour. */
export function avatar(person) {
  const picture = document.createElement("span");
  picture.className = "avatar";
  picture.setAttribute("aria-hidden", "true");
  picture.style.setProperty("--who", person.color);
  picture.textContent = person.name
    .split(" ")
    .map((word) => word[0])
    .join("");
  return picture;
}
