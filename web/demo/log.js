// log.js -- the last frames about presence, as they came, newest first.
import { firstName } from "./people.js";

const KEPT = 40;
const template = document.querySelector("#log-row");

const isWorthIt = ({ event, payload }) =>
  /^presence_(state|diff)$/.test(event) || (event === "phx_reply" && payload.status === "error");

/** A diff, a state or a refusal in a few words. */
function gist({ event, payload }, nameOf) {
  if (event === "phx_reply") return `Refused: ${payload.response.reason}`;
  if (event === "presence_state") {
    const count = Object.keys(payload).length;
    if (count === 0) return "nobody is here";
    return count === 1 ? "1 friend is here" : `${count} friends are here`;
  }
  const joins = Object.keys(payload.joins);
  const leaves = Object.keys(payload.leaves).filter((id) => !payload.joins[id]);
  const news = (id) => {
    const { status, text } = payload.joins[id].metas[0];
    return text ? `${status}, “${text}”` : `now ${status}`;
  };
  return [
    ...joins.map((id) => `${nameOf(id)}: ${payload.leaves[id] ? news(id) : "joined"}`),
    ...leaves.map((id) => `${nameOf(id)}: left`),
  ].join(", ");
}

export class Log {
  #list;
  #empty;
  #nameOf;

  constructor(list, empty, people) {
    this.#list = list;
    this.#empty = empty;
    this.#nameOf = (id) => (people.find(id) ? firstName(people.find(id)) : id);
  }

  clear() {
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }

  /** `raw` is the frame's text, `message` what phoenix.js made of it. */
  add(raw, message) {
    if (!isWorthIt(message)) return;
    const item = template.content.firstElementChild.cloneNode(true);
    item.dataset.event = message.event;
    item.querySelector("time").textContent = new Date().toLocaleTimeString([], {
      hourCycle: "h23",
    });
    item.querySelector(".gist").textContent = gist(message, this.#nameOf);
    item.querySelector(".topic").textContent = message.topic;
    item.querySelector("code").textContent = raw;
    this.#openOnly(item);
    this.#list.prepend(item);
    this.#list.children[KEPT]?.remove();
    this.#empty.hidden = true;
  }

  /* The newest shows its frame; what the reader opened stays open. */
  #openOnly(item) {
    this.#list.querySelector("[data-newest] details")?.removeAttribute("open");
    this.#list.querySelector("[data-newest]")?.removeAttribute("data-newest");
    item.dataset.newest = "";
    item.querySelector("details").open = true;
    item.querySelector("summary").addEventListener("click", () => delete item.dataset.newest);
  }
}
