/* actions.js -- what an operator may do to a user: push a test event, disconnect. */
import * as api from "./api.js";
import { make } from "./parts.js";
import { clock, several } from "./words.js";

const RANK = { none: 0, read: 1, write: 2, admin: 3 };
const BARS = [
  ["0", "and let it come back"],
  ["300", "and bar it for 5 minutes"],
  ["3600", "and bar it for an hour"],
  ["86400", "and bar it for a day"],
  ["lift", "and lift a bar that stands"],
];
let made = 0;

function field(label, input) {
  input.id = `action-${++made}`;
  const name = make("label", "", label);
  name.htmlFor = input.id;
  return make("p", "field", name, input);
}

const text = (value) => Object.assign(make("input", ""), { value, autocomplete: "off", spellcheck: false });

function said() {
  const element = make("p", "said");
  element.setAttribute("role", "status");
  return element;
}

/* Runs `work`, and writes what came of it, or why nothing did. */
async function run(button, place, work) {
  button.disabled = true;
  place.dataset.kind = "";
  place.textContent = "…";
  try {
    place.textContent = await work();
    place.dataset.kind = "good";
  } catch (problem) {
    place.textContent = problem.message;
    place.dataset.kind = "bad";
  }
  button.disabled = false;
}

/* A key may be too low for it, which is told before it is tried. */
function guard(form, live, role) {
  const has = live.own?.role ?? "none";
  if (RANK[has] >= RANK[role]) return form;
  form.querySelectorAll("input, select, button").forEach((it) => (it.disabled = true));
  form.append(make("p", "quiet", `This takes a key with the role ${role}; yours is ${has}.`));
  return form;
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error("The payload is not JSON: write it as {\"text\": \"hello\"}.");
  }
}

function pushForm(id) {
  const event = text("notice");
  const payload = text('{"text": "hello from the console"}');
  const button = make("button", "button", "Push");
  const place = said();
  const form = make("form", "action", make("h3", "", "Push a test event"), field("Event", event), field("Payload, JSON", payload), button, place);
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    run(button, place, async () => {
      const { sessions } = await api.push(id, event.value, parsed(payload.value));
      return sessions ? `Given to ${several(sessions, "session")}.` : "Nobody there: no session of this user has joined a topic.";
    });
  });
  return form;
}

function untilOf(choice) {
  if (choice === "0") return undefined;
  return choice === "lift" ? 0 : Math.floor(Date.now() / 1000) + Number(choice);
}

/* It is asked twice, in place: the first press arms the button. */
function disconnectForm(id) {
  const choice = make("select", "", ...BARS.map(([value, words]) => Object.assign(make("option", "", words), { value })));
  const button = make("button", "button danger", "Disconnect");
  const place = said();
  const form = make("form", "action", make("h3", "", "Disconnect"), field("End all its connections", choice), button, place);
  let armed = 0;
  const disarm = () => {
    clearTimeout(armed);
    armed = 0;
    button.textContent = "Disconnect";
  };
  choice.addEventListener("change", disarm);
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    if (!armed) {
      button.textContent = "Really disconnect?";
      armed = setTimeout(disarm, 6000);
      return;
    }
    disarm();
    run(button, place, async () => {
      const until = untilOf(choice.value);
      const { sessions } = await api.disconnect(id, until);
      const ended = sessions ? `Ended ${several(sessions, "connection")}.` : "There was no connection to end.";
      return until === undefined ? ended : until ? `${ended} Barred until ${clock(until * 1000)}.` : `${ended} No bar stands.`;
    });
  });
  return form;
}

export function actions(id, live) {
  return make("article", "card actions", guard(pushForm(id), live, "write"), guard(disconnectForm(id), live, "admin"));
}
