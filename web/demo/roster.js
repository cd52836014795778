// roster.js -- the list of friends. Rows keep their places; they light up where they stand.
import { addressOf, avatar, firstName } from "./people.js";
import { OFFLINE, inWords, presenceOf } from "./presence.js";

const template = document.querySelector("#friend-row");

function row(person) {
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.user = person.id;
  item.querySelector(".portrait").prepend(avatar(person));
  item.querySelector(".name").textContent = person.name;
  const open = item.querySelector(".open");
  open.href = addressOf(person);
  open.setAttribute("aria-label", `Open a second window as ${person.name}`);
  open.querySelector(".who").textContent = firstName(person);
  return item;
}

function show(item, now) {
  item.dataset.presence = now.status;
  item.querySelector(".when").textContent = inWords(now);
  item.querySelector(".says").textContent = now.text;
  item.querySelector(".devices").textContent = now.devices > 1 ? `${now.devices} windows` : "";
}

export class Roster {
  #rows = new Map();

  constructor(list, friends) {
    for (const person of friends) {
      const item = row(person);
      this.#rows.set(person.id, { item, person, now: OFFLINE });
      show(item, OFFLINE);
    }
    list.replaceChildren(...[...this.#rows.values()].map(({ item }) => item));
  }

  /** Shows `state`, {id: {metas}}; returns who changed, as {person, was, now}. */
  update(state) {
    const changes = [];
    for (const entry of this.#rows.values()) {
      const was = entry.now;
      const now = presenceOf(state[entry.person.id]);
      entry.now = now;
      show(entry.item, now);
      entry.item.classList.toggle("lit", was.status === "offline" && now.status !== "offline");
      if (was.status !== now.status || was.text !== now.text)
        changes.push({ person: entry.person, was, now });
    }
    return changes;
  }

  /** Who is here, in the order of the list. */
  here() {
    const entries = [...this.#rows.values()];
    return entries.filter(({ now }) => now !== OFFLINE).map(({ person }) => person);
  }
}
