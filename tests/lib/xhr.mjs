// xhr.mjs -- as much of a browser's XMLHttpRequest as phoenix.js 1.6 and 1.7 ask of it, on fetch.

export class Xhr {
  readyState = 0;
  responseText = "";
  timeout = 0;
  #controller = new AbortController();
  #headers = {};

  open(method, url) {
    this.method = method;
    this.url = url;
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  async send(body) {
    const timer = this.timeout && setTimeout(() => this.#giveUp(), this.timeout);
    try {
      const options = { method: this.method, headers: this.#headers, body: body ?? undefined };
      const answer = await fetch(this.url, { ...options, signal: this.#controller.signal });
      this.responseText = await answer.text();
      this.readyState = 4;
      this.onreadystatechange?.();
    } catch {
      if (!this.#controller.signal.aborted) this.onerror?.();
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp() {
    this.#controller.abort();
    this.ontimeout?.();
  }

  abort() {
    this.#controller.abort();
  }
}
