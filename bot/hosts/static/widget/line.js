// The line to the server: a session, a queue of what was not echoed yet, and the stream of events.
// A message stays in the queue, under an id of its own, until the transcript shows it; so neither a
// reload nor a dropped line loses or doubles one.

import { listen } from "./stream.js";

const DELAYS = [1000, 2000, 4000, 8000, 15000, 30000];
const SOON = 1500;

export class Line {
  #api;
  #store;
  #on;
  #context;
  #session;
  #queue;
  #seq = -1;
  #tries = 0;
  #wanted = false;
  #stream = null;
  #sending = false;
  #timer = null;
  #token = null;
  #identifying = Promise.resolve(true);
  #opening = null;

  /** on: {message, state, queue, online, reset, refused} are told what happens. */
  constructor({ api, store, context, on }) {
    this.#api = api;
    this.#store = store;
    this.#context = context;
    this.#on = on;
    this.#session = store.session();
    this.#queue = store.queue().map((item) => ({ ...item, failed: item.failed || false }));
    addEventListener("online", () => this.#now());
    addEventListener("offline", () => this.#on.online(false));
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
    store.onSession((session) => this.#adopt(session));
  }

  get session() {
    return this.#session;
  }

  get queue() {
    return this.#queue;
  }

  /** Keep a stream open from now on, as soon as there is a session. */
  connect() {
    this.#wanted = true;
    this.#now();
  }

  /** Put a message (text, or a choice with its title) in the queue and send it. */
  send(message) {
    this.#queue.push({ cid: crypto.randomUUID?.() ?? randomId(), at: Date.now(), ...message });
    this.#saved();
    this.connect();
  }

  /** Send a message again that was refused. */
  again(cid) {
    for (const item of this.#queue) if (item.cid === cid) item.failed = item.acked = false;
    this.#saved();
    this.#now();
  }

  /** Say by a signed token who is there; resolves to whether it was believed. */
  identify(token) {
    if (!token || this.#session?.who === tail(token)) return Promise.resolve(Boolean(token));
    this.#token = token;
    return this.#session ? this.#identifyNow() : Promise.resolve(true);
  }

  /** End the session here and on the server, and forget everything. */
  async logout() {
    const old = this.#session;
    this.#token = null;
    this.#forget();
    if (old) await this.#post("logout", {}, old.token).catch(() => null);
  }

  #forget() {
    this.#session = null;
    this.#queue = [];
    this.#seq = -1;
    this.#store.saveSession(null);
    this.#stream?.abort();
    this.#saved();
    this.#on.reset();
  }

  /** Another tab has opened, changed or closed the session. */
  #adopt(session) {
    const other = session?.id !== this.#session?.id;
    this.#session = session;
    if (!other) return;
    this.#seq = -1;
    this.#queue = this.#queue.filter((item) => !item.acked);
    this.#stream?.abort();
    this.#on.reset();
    this.#saved();
    this.#now();
  }

  #saved() {
    this.#store.saveQueue(this.#queue);
    this.#on.queue(this.#queue);
  }

  #keep({ session, token, who }) {
    const other = session !== this.#session?.id;
    this.#session = { id: session, token, who: who ?? null };
    this.#store.saveSession(this.#session);
    if (other && this.#seq !== -1) {
      this.#seq = -1;
      this.#queue = this.#queue.filter((item) => !item.acked);
      this.#stream?.abort();
      this.#on.reset();
      this.#saved();
    }
  }

  #now() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
    this.#follow();
  }

  #later(seconds, reached = false) {
    if (!reached) this.#on.online(false);
    if (this.#timer) return;
    const base = seconds ? seconds * 1000 : DELAYS[Math.min(this.#tries, DELAYS.length - 1)];
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#now(), base * (0.8 + Math.random() * 0.5));
  }

  #reached() {
    this.#tries = 0;
    this.#on.online(true);
  }

  async #post(path, body, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const init = { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" };
    const answer = await fetch(this.#api + path, { ...init, cache: "no-store", keepalive: true });
    const json = await answer.json().catch(() => ({}));
    return { status: answer.status, json, wait: Number(answer.headers.get("Retry-After")) || 0 };
  }

  /** The session, opened when there is none; two tabs at once agree on one. */
  #ensure() {
    this.#opening ??= this.#store
      .exclusively(async () => {
        this.#session ??= this.#store.session();
        if (this.#session) return null;
        const answer = await this.#post("session", { context: this.#context() });
        if (answer.status !== 201) return answer;
        this.#keep(answer.json);
        return null;
      })
      .finally(() => (this.#opening = null));
    return this.#opening;
  }

  #identifyNow() {
    const token = this.#token;
    this.#token = null;
    const work = async () => {
      const answer = await this.#post("identify", { token }, this.#session.token).catch(() => null);
      if (!answer || answer.status === 429 || answer.status >= 500) {
        this.#token ??= token;
        this.#later(answer?.wait, answer?.status === 429);
        return false;
      }
      if (answer.json.token) {
        const believed = answer.status === 200;
        this.#keep({ ...answer.json, who: believed ? tail(token) : null });
      }
      if (answer.status !== 200) this.#on.refused();
      return answer.status === 200;
    };
    this.#identifying = this.#identifying.then(work, work);
    return this.#identifying;
  }

  /** Send what is not on the server yet, one after the other, in order. */
  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const item = this.#queue.find((one) => !one.acked && !one.failed);
        if (!item) return;
        const refused = await this.#ensure();
        if (refused) return this.#stop(item, refused);
        if (this.#token) await this.#identifyNow();
        await this.#identifying;
        if (this.#token) return;
        const { cid, text, choice } = item;
        const body = { cid, text, choice, context: this.#context() };
        const answer = await this.#post("message", body, this.#session.token);
        if (answer.status === 202) {
          item.acked = true;
          this.#reached();
          this.#saved();
          this.#follow();
        } else if (answer.status === 401) {
          this.#gone();
        } else {
          return this.#stop(item, answer);
        }
      }
    } catch {
      this.#later();
    } finally {
      this.#sending = false;
    }
  }

  #stop(item, answer) {
    if ([400, 403, 413].includes(answer.status)) {
      item.failed = true;
      this.#saved();
      setTimeout(() => this.#flush(), 0);
    } else {
      this.#later(answer.wait, answer.status === 429);
    }
  }

  /** The server knows no such session any more: begin anew with what it never took. */
  #gone() {
    const stored = this.#store.session();
    if (stored && stored.id !== this.#session?.id) return this.#adopt(stored);
    const waiting = this.#queue.filter((item) => !item.acked);
    this.#forget();
    this.#queue = waiting;
    this.#saved();
  }

  async #follow() {
    if (!this.#wanted || !this.#session || this.#stream) return;
    const stream = (this.#stream = new AbortController());
    const mine = this.#session.id;
    let again = 0;
    try {
      const after = this.#seq >= 0 ? `?after=${this.#seq}` : "";
      const end = await listen(this.#api + "events" + after, this.#session.token, stream, {
        open: () => this.#reached(),
        event: (name, data) => mine === this.#session?.id && this.#event(name, data),
      });
      if (end === 401) this.#gone();
      else if (end !== 200) again = -1;
    } catch {
      again = stream.signal.aborted ? 0 : -1;
    }
    this.#stream = null;
    if (again < 0) this.#later();
    else if (this.#session) setTimeout(() => this.#follow(), this.#tries ? SOON : 100);
  }

  #event(name, data) {
    if (name === "message" && data.seq > this.#seq) {
      this.#seq = data.seq;
      const left = this.#queue.filter((item) => !data.cid || item.cid !== data.cid);
      this.#on.message(data);
      if (left.length !== this.#queue.length) {
        this.#queue = left;
        this.#saved();
      }
    } else if (name === "state") {
      this.#on.state(data);
    } else if (name === "closed") {
      this.#gone();
    }
  }
}

const tail = (token) => token.slice(-16);

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
