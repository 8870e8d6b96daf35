// Puts the chat together: what the page says of the visit, the line to the server, the panel.

import { Line } from "./line.js";
import { Panel } from "./panel.js";
import { makeStore } from "./store.js";
import { clockFor, wordsFor } from "./words.js";

const KNOWN = ["locale", "country", "postcode", "product", "basket"];

/** Start the chat on this page; resolves to what window.Onecounter offers. */
export async function start({ api, css, data }) {
  if (document.readyState === "loading") {
    await new Promise((go) => addEventListener("DOMContentLoaded", go, { once: true }));
  }
  const locale = data.locale || document.documentElement.lang || "en";
  const context = { product: null, basket: [], ...readContext({ ...data, locale }) };
  const words = wordsFor(locale);
  const store = makeStore(api);
  const panel = new Panel({
    css,
    name: data.name,
    words,
    clock: clockFor(locale, words),
    on: {
      open: () => chat.open(),
      close: () => chat.close(),
      send: (text) => line.send({ text }),
      pick: (choice) => line.send({ choice: choice.id, title: choice.title }),
      again: (cid) => line.again(cid),
    },
  });
  const line = new Line({
    api,
    store,
    context: () => context,
    on: {
      message: (message) => panel.add(message),
      state: (state) => panel.setState(state),
      queue: (queue) => panel.setQueue(queue),
      online: (online) => panel.setOnline(online),
      reset: () => panel.reset(),
      refused: () => dispatchEvent(new CustomEvent("onecounter:identity-refused")),
    },
  });
  const chat = {
    open(options) {
      panel.open(options);
      store.saveOpen(true);
      line.connect();
    },
    close() {
      panel.close();
      store.saveOpen(false);
    },
    identify: (token) => line.identify(String(token ?? "")),
    setContext: (given) => Object.assign(context, readContext(given)),
    logout: () => line.logout(),
  };
  panel.setQueue(line.queue);
  // An empty token says that nobody is signed in any more: the chat of who was must not stay here.
  if (data.token === "" && line.session?.who) await line.logout();
  else if (data.token) line.identify(data.token);
  if (store.wasOpen()) chat.open({ focus: false });
  else if (line.queue.length) line.connect();
  return Object.freeze(chat);
}

/** The known entries of what a page gave; a basket may be JSON text or a list. */
function readContext(given) {
  const context = {};
  for (const name of KNOWN) if (given?.[name] !== undefined) context[name] = given[name] || null;
  if (typeof context.basket === "string") {
    try {
      context.basket = JSON.parse(context.basket);
    } catch {
      context.basket = [];
    }
  }
  return context;
}
