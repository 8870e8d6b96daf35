// One line of the conversation as elements: text, cards with progress, suggested answers.

import { h, icons, link, linked } from "./elements.js";

/** A bubble; mine is the customer's own. */
export function bubble(message, words, clock) {
  const mine = message.author === "customer";
  const at = new Date(message.at);
  return h(
    "div",
    { class: `row ${mine ? "mine" : "theirs"}`, "data-author": message.author, "data-seq": message.seq },
    h("span", { class: "aside" }, `${words.author[message.author] ?? ""}: `),
    message.text
      ? h("p", { class: "bubble", dir: "auto", title: clock.time(at) }, linked(message.text, words.newTab))
      : null,
    ...(message.cards ?? []).map((one) => card(one, words)),
  );
}

/** The line between two days. */
export function dayLine(at, clock) {
  return h("div", { class: "day" }, h("span", {}, clock.day(at)));
}

/** A message on its way, with what holds it up. */
export function pending(item, words, online, again) {
  const note = item.failed
    ? [`${words.refused} `, h("button", { type: "button", class: "again", click: () => again(item.cid) }, words.retry)]
    : item.acked
      ? null
      : online
        ? words.sending
        : words.waiting;
  return h(
    "div",
    { class: `row mine pending${item.failed ? " failed" : ""}`, "data-cid": item.cid },
    h("span", { class: "aside" }, `${words.author.customer}: `),
    h("p", { class: "bubble", dir: "auto" }, item.title ?? item.text),
    note ? h("p", { class: "note" }, note) : null,
  );
}

/** Buttons for the suggested answers; picked is told which. */
export function choices(offered, words, picked) {
  return h(
    "div",
    { class: "choices", role: "group", "aria-label": words.choices },
    offered.map((choice) =>
      h("button", { type: "button", class: "choice", dir: "auto", click: () => picked(choice) }, choice.title),
    ),
  );
}

function card(data, words) {
  const steps = Array.isArray(data.steps) ? data.steps : [];
  const rows = Array.isArray(data.rows) ? data.rows : [];
  const label = words.link[data.kind] ?? words.link.other;
  const details = data.link ? link(data.link, label, words.newTab, { class: "follow" }) : null;
  details?.append(icons.out());
  return h(
    "article",
    { class: "card", "data-kind": data.kind, "aria-label": data.title },
    h(
      "header",
      {},
      h("h3", { dir: "auto" }, data.title),
      data.subtitle ? h("p", { class: "about", dir: "auto" }, data.subtitle) : null,
    ),
    steps.length ? progress(steps, words) : null,
    rows.length
      ? h("dl", {}, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, value))))
      : null,
    details,
  );
}

function progress(steps, words) {
  const last = steps.map(([, done]) => done).lastIndexOf(true);
  return h(
    "ol",
    { class: "steps", "aria-label": words.steps },
    steps.map(([name, done], index) =>
      h(
        "li",
        { class: done ? "done" : "open", "aria-current": index === last ? "step" : null },
        h("span", { class: "dot" }, done ? icons.check() : null),
        h("span", { class: "name" }, name, h("span", { class: "aside" }, ` ${done ? words.done : words.open}`)),
      ),
    ),
  );
}
