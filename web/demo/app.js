// app.js -- the page: who are you, who of your people is here, and how it came over the wire.
import { watchTheArticlesWay } from "./article.js";
import { watchFriends } from "./friends.js";
import { Log } from "./log.js";
import { addressOf, avatar, firstName, loadPeople } from "./people.js";
import { changeInWords, whoIsHere } from "./presence.js";
import { Roster } from "./roster.js";
import { Session } from "./session.js";
import { StatusForm, keptStatus } from "./status.js";
import { setUpTabs } from "./tabs.js";

const CUT_MS = 2000; /* well inside the server's grace */
const $ = (selector) => document.querySelector(selector);
const STATES = { connecting: "Connecting", connected: "Connected", reconnecting: "Reconnecting" };

let people;
let log;
let session = null;

const say = (text) => {
  if (text) $("#spoken").textContent = text;
};

function showConnection(state, said) {
  $("#connection").dataset.state = state;
  $("#home").dataset.connection = state;
  $("#connection-text").textContent = STATES[state] ?? said;
  $("#cut").disabled = state !== "connected";
}

/* The picker */

function pickerCard(person) {
  const card = document.createElement("a");
  card.href = addressOf(person);
  card.className = "person";
  card.dataset.user = person.id;
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = person.name;
  const count = document.createElement("span");
  count.className = "quiet";
  count.textContent = `${people.friendsOf(person.id).length} friends`;
  card.append(avatar(person), name, count);
  const item = document.createElement("li");
  item.append(card);
  return item;
}

function showPicker() {
  document.title = "Kith: who of my people is here?";
  $("#pick").hidden = false;
  $("#home").hidden = true;
  $("#connection").hidden = true;
}

/* At home */

function showMe(me, friends) {
  document.title = `${me.name} · Kith`;
  $("#pick").hidden = true;
  $("#home").hidden = false;
  $("#connection").hidden = false;
  $("#me-name").textContent = me.name;
  $("#me-picture").replaceChildren(avatar(me));
  $("#answer").textContent = whoIsHere([], friends.length);
  suggestSecondWindow(friends, []);
}

/* One who isn't here yet is the friend to open a second window as. */
function suggestSecondWindow(friends, here) {
  const friend = friends.find((one) => !here.includes(one)) ?? friends[0];
  $("#second").href = addressOf(friend);
  $("#second-who").textContent = firstName(friend);
}

function showFriends(roster, friends, state) {
  const changes = roster.update(state);
  const here = roster.here();
  $("#answer").textContent = whoIsHere(here.map(firstName), friends.length);
  suggestSecondWindow(friends, here);
  say(changes.map(({ person, was, now }) => changeInWords(person.name, was, now)).join(". "));
}

const pushed = (channel, event, payload) =>
  new Promise((resolve, reject) =>
    channel
      .push(event, payload)
      .receive("ok", resolve)
      .receive("error", ({ reason }) => reject(new Error(reason)))
      .receive("timeout", () => reject(new Error("no answer yet"))),
  );

/* The very file that runs, without its head. */
async function showCode(details, path) {
  const code = details.querySelector("code");
  if (code.textContent) return;
  const text = await (await fetch(path)).text();
  code.textContent = text.slice(text.indexOf("\nimport") + 1).trim();
  details.open = matchMedia("(min-width: 52rem)").matches;
}

function enter(me) {
  const friends = people.friendsOf(me.id);
  showMe(me, friends);
  log.clear();
  const mine = new Session(me.id, {
    onState: showConnection,
    onFrame: (raw, message) => log.add(raw, message),
  });
  session = mine;
  const roster = new Roster($("#friends-list"), friends);
  const channel = watchFriends(
    mine.socket,
    () => keptStatus(me.id),
    (state) => showFriends(roster, friends, state),
  );
  new StatusForm($("#status"), me.id, (value) => pushed(channel, "status", value));

  const articleRoster = new Roster($("#article-list"), friends);
  let articleChannel = null;
  setUpTabs($("#views"), location.hash.slice(1), (panel) => {
    history.replaceState(null, "", panel === "article" ? "#article" : location.search);
    if (panel === "article")
      articleChannel ??= watchTheArticlesWay(mine.socket, me.id, (state) =>
        articleRoster.update(state),
      );
    showCode($(`#${panel} details`), panel === "article" ? "article.js" : "friends.js");
  });
  mine.open();
}

/* Whoever the address names is at home; nobody named is at the picker. */
function route() {
  session?.close();
  session = null;
  const me = people.find(new URLSearchParams(location.search).get("user"));
  if (me) enter(me);
  else showPicker();
}

function setUp() {
  log = new Log($("#log-list"), $("#log-empty"), people);
  $("#people").replaceChildren(...people.all.map(pickerCard));
  $("#people").onclick = (event) => {
    const card = event.target.closest("a.person");
    if (!card || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", card.href);
    route();
    $("#answer").focus();
  };
  $("#leave").onclick = (event) => {
    event.preventDefault();
    history.pushState(null, "", location.pathname);
    route();
    $("#pick h1").focus();
  };
  $("#cut").onclick = () => session?.cutLine(CUT_MS);
  addEventListener("popstate", route);
  route();
}

try {
  people = await loadPeople();
  setUp();
} catch (error) {
  $("#trouble").hidden = false;
  $("#trouble").textContent = `The page could not load: ${error.message}. Reload to try again.`;
}
