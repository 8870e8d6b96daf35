// The button and the dialog: everything seen of the chat, inside a shadow root of its own.

import { h, icons } from "./elements.js";
import { bubble, choices, dayLine, pending } from "./messages.js";

const MAX = 4000;
const NEAR = 80;

export class Panel {
  #words;
  #clock;
  #on;
  #open = false;
  #online = true;
  #unread = 0;
  #day = "";
  #queue = [];
  #typing = false;
  #back = null;

  /** on: {open, close, send, pick, again} are told what the customer does. */
  constructor({ css, name, words, clock, on }) {
    this.#words = words;
    this.#clock = clock;
    this.#on = on;
    this.host = h("div", { id: "onecounter" });
    this.root = this.host.attachShadow({ mode: "open" });
    this.#build(css, name);
    document.body.append(this.host);
    const view = window.visualViewport;
    const fit = () => this.host.style.setProperty("--seen", `${view.height}px`);
    view?.addEventListener("resize", fit);
    if (view) fit();
  }

  #build(css, name) {
    const words = this.#words;
    const looks = h("link", { rel: "stylesheet", href: css, load: () => this.frame.removeAttribute("hidden") });
    this.badge = h("span", { class: "badge-count", hidden: true });
    this.launcher = h(
      "button",
      { type: "button", class: "launcher", "aria-label": words.launch, "aria-haspopup": "dialog", "aria-expanded": "false", click: () => this.#on.open() },
      icons.chat(),
      this.badge,
    );
    this.owner = h("p", { class: "owner" }, words.owner.bot);
    const header = h(
      "header",
      { class: "head" },
      h("span", { class: "mark" }, icons.bell()),
      h("div", { class: "who" }, h("h2", { id: "title" }, words.title(name)), this.owner),
      h("button", { type: "button", class: "close", "aria-label": words.close, click: () => this.#on.close() }, icons.close()),
    );
    this.lines = h("div", { class: "lines" });
    this.log = h("div", { role: "log", "aria-live": "polite", class: "said" }, this.lines);
    this.waiting = h("div", { class: "waiting" });
    this.offers = h("div", { class: "offers" });
    this.typing = h("div", { class: "typing", role: "status" });
    this.scroll = h("div", { class: "scroll", tabindex: "0", "aria-label": words.log, role: "group", scroll: () => this.#scrolled() },
      this.log, this.waiting, this.typing, this.offers);
    this.newer = h("button", { type: "button", class: "newer", hidden: true, click: () => this.#toEnd() }, words.newer);
    this.banner = h("div", { class: "banner", role: "status" });
    this.dialog = h(
      "section",
      { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", tabindex: "-1", hidden: true, keydown: (event) => this.#key(event) },
      header, this.banner, this.scroll, this.newer, this.#composer(),
    );
    this.frame = h("div", { class: "frame", hidden: true }, this.launcher, this.dialog);
    this.root.append(looks, this.frame);
    this.reset();
  }

  #composer() {
    const words = this.#words;
    this.text = h("textarea", {
      id: "text", rows: "1", maxlength: String(MAX), "aria-label": words.write, placeholder: words.placeholder,
      enterkeyhint: "send", autocomplete: "off", dir: "auto",
      input: () => this.#typed(),
      keydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.#submit();
        }
      },
    });
    this.left = h("p", { class: "left", "aria-live": "polite" });
    this.go = h("button", { type: "submit", class: "send", "aria-label": words.send, disabled: true }, icons.send());
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    return h("form", { class: "composer", submit }, this.left, h("div", { class: "field" }, this.text, this.go));
  }

  #typed() {
    const left = MAX - this.text.value.length;
    this.left.textContent = left < 300 ? this.#words.left(left) : "";
    this.go.disabled = !this.text.value.trim();
  }

  #submit() {
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    this.#typed();
    this.#on.send(text);
    this.#toEnd();
  }

  get isOpen() {
    return this.#open;
  }

  /** Show the dialog; the focus goes to the writing field unless the page only resumes. */
  open({ focus = true } = {}) {
    if (!this.#open) this.#back = document.activeElement;
    this.#open = true;
    this.dialog.hidden = false;
    this.frame.classList.add("is-open");
    this.launcher.setAttribute("aria-expanded", "true");
    this.#count(0);
    this.#toEnd(false);
    if (focus) this.text.focus();
  }

  close() {
    if (!this.#open) return;
    const inside = this.root.activeElement;
    this.#open = false;
    this.dialog.hidden = true;
    this.frame.classList.remove("is-open");
    this.launcher.setAttribute("aria-expanded", "false");
    const back = this.#back;
    const elsewhere = back && back !== document.body && back !== this.host && back.isConnected;
    if (inside) (elsewhere ? back : this.launcher).focus();
  }

  /** Escape closes; Tab goes round within the dialog. */
  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.#on.close();
    }
    if (event.key !== "Tab") return;
    const stops = [...this.dialog.querySelectorAll("button, a[href], textarea, [tabindex='0']")].filter(
      (one) => !one.disabled && one.offsetParent !== null,
    );
    const first = stops[0];
    const last = stops[stops.length - 1];
    const at = this.root.activeElement;
    if (event.shiftKey ? at === first : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  /** Add a line of the transcript; announced by the log because it is new. */
  add(message) {
    const follow = message.author === "customer" || this.#nearEnd();
    this.#welcome(false);
    const at = new Date(message.at);
    const day = this.#clock.key(at);
    if (day !== this.#day) this.lines.append(dayLine(at, this.#clock));
    this.#day = day;
    this.lines.append(bubble(message, this.#words, this.#clock));
    this.#offer(message.author === "customer" ? [] : (message.choices ?? []), (choice) => this.#on.pick(choice));
    if (message.author !== "customer" && !this.#open) this.#count(this.#unread + 1);
    if (follow) this.#toEnd();
    else this.newer.hidden = false;
  }

  setQueue(queue) {
    this.#queue = queue;
    if (queue.length) this.#welcome(false);
    const again = (cid) => this.#on.again(cid);
    this.waiting.replaceChildren(...queue.map((item) => pending(item, this.#words, this.#online, again)));
    if (queue.length) {
      this.#offer([]);
      this.#toEnd();
    }
    this.#showTyping();
  }

  setState({ owner, typing }) {
    this.owner.textContent = this.#words.owner[owner] ?? this.#words.owner.bot;
    this.frame.dataset.owner = owner;
    this.#typing = typing;
    this.#showTyping();
  }

  setOnline(online) {
    if (online === this.#online) return;
    this.#online = online;
    this.banner.replaceChildren(...(online ? [] : [icons.away(), h("span", {}, this.#words.offline)]));
    this.setQueue(this.#queue);
  }

  /** Forget what was said: another session begins. */
  reset() {
    this.#day = "";
    this.#typing = false;
    this.lines.replaceChildren();
    this.#count(0);
    this.setState({ owner: "bot", typing: false });
    this.#welcome(true);
  }

  #welcome(show) {
    if (!show && !this.greeting) return;
    this.greeting?.remove();
    this.greeting = null;
    this.#offer([]);
    if (!show) return;
    this.greeting = h("div", { class: "row theirs welcome" }, h("p", { class: "bubble" }, this.#words.welcome));
    this.scroll.prepend(this.greeting);
    this.#offer(this.#words.starters.map((title) => ({ title })), ({ title }) => this.#on.send(title));
  }

  #offer(offered, picked) {
    const held = this.offers.contains(this.root.activeElement);
    const take = (choice) => {
      this.offers.replaceChildren();
      picked(choice);
      this.text.focus({ preventScroll: true });
    };
    this.offers.replaceChildren(...(offered.length ? [choices(offered, this.#words, take)] : []));
    if (held) this.text.focus({ preventScroll: true });
  }

  #showTyping() {
    const show = this.#typing && this.#online;
    if (show === this.typing.hasChildNodes()) return;
    const follow = this.#nearEnd();
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.typing.replaceChildren(...(show ? [dots, h("span", { class: "aside" }, this.#words.typing)] : []));
    if (follow) this.#toEnd();
  }

  #count(unread) {
    this.#unread = unread;
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    this.launcher.setAttribute("aria-label", unread ? this.#words.launchUnread(unread) : this.#words.launch);
  }

  #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #scrolled() {
    if (this.#nearEnd()) this.newer.hidden = true;
  }

  #toEnd(smooth = true) {
    this.newer.hidden = true;
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    requestAnimationFrame(() =>
      this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: calm ? "instant" : "smooth" }),
    );
  }
}
