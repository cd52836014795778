// status.js -- my own status: three choices and a few words. Kept for this tab and this user, so
// that a reload, and a return after the grace period too, say the same as before.

const key = (user) => `status:${user}`;
const keep = (user, status) => sessionStorage.setItem(key(user), JSON.stringify(status));

export function keptStatus(user) {
  try {
    return JSON.parse(sessionStorage.getItem(key(user))) ?? { status: "online" };
  } catch {
    return { status: "online" };
  }
}

export class StatusForm {
  #form;
  #user;
  #push;

  /** push(status) sends it and resolves once the server said ok. */
  constructor(form, user, push) {
    this.#form = form;
    this.#user = user;
    this.#push = push;
    const kept = keptStatus(user);
    form.elements.status.value = kept.status;
    form.elements.text.value = kept.text ?? "";
    this.#say("Your friends see it at once.");
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    form.onchange = () => this.#send();
  }

  get value() {
    const { status, text } = this.#form.elements;
    const said = text.value.trim();
    return said ? { status: status.value, text: said } : { status: status.value };
  }

  async #send() {
    const value = this.value;
    const before = keptStatus(this.#user);
    if (JSON.stringify(value) === JSON.stringify(before)) return;
    keep(this.#user, value); /* first, since a rejoin says it too */
    try {
      await this.#push(value);
      this.#say("Shared: your friends see it now.");
    } catch (error) {
      keep(this.#user, before);
      this.#say(`Not shared: ${error.message}`);
    }
  }

  #say(text) {
    this.#form.querySelector(".said").textContent = text;
  }
}
