// Everything the widget itself says, by language. What the assistant says comes from the server.

const WORDS = {
  en: {
    launch: "Chat with us",
    launchUnread: (n) => `Chat with us, ${n} unread ${n === 1 ? "message" : "messages"}`,
    title: (name) => (name ? `${name} help` : "How can we help?"),
    owner: {
      bot: "Automated assistant",
      waiting: "A person will join you here",
      person: "You are talking with our team",
    },
    close: "Close chat",
    log: "Conversation",
    write: "Write a message",
    placeholder: "Write a message…",
    send: "Send message",
    left: (n) => `${n} characters left`,
    author: { customer: "You", bot: "Assistant", person: "Our team" },
    welcome: "Hello! Ask us anything about delivery, payment, our products or an order.",
    starters: ["Where is my order?", "What does delivery cost?", "How can I pay?", "Can I return something?"],
    choices: "Suggested answers",
    typing: "Writing an answer…",
    sending: "Sending…",
    waiting: "Waiting for the connection…",
    refused: "This could not be sent.",
    retry: "Try again",
    offline: "No connection. What you write is kept and sent as soon as it is back.",
    newer: "New messages",
    today: "Today",
    yesterday: "Yesterday",
    steps: "Progress",
    done: "done",
    open: "not yet",
    link: { order: "Track this parcel", shipment: "Track this parcel", other: "Show details" },
    newTab: "(opens in a new tab)",
  },
};

/** The strings for a page's language; English where we have no better. */
export function wordsFor(locale) {
  return WORDS[(locale || "en").toLowerCase().split(/[-_]/)[0]] || WORDS.en;
}

/** How times and days are written for a locale; an unknown one falls back to the browser's. */
export function clockFor(locale, words) {
  const known = locale ? locale.replace("_", "-") : undefined;
  const make = (options) => {
    try {
      return new Intl.DateTimeFormat(known, options);
    } catch {
      return new Intl.DateTimeFormat(undefined, options);
    }
  };
  const time = make({ hour: "numeric", minute: "2-digit" });
  const day = make({ weekday: "long", day: "numeric", month: "long" });
  const plain = make({ year: "numeric", month: "numeric", day: "numeric" });
  return {
    time: (at) => time.format(at),
    key: (at) => plain.format(at),
    day(at) {
      const ago = (days) => plain.format(new Date(Date.now() - days * 86400000));
      if (plain.format(at) === ago(0)) return words.today;
      return plain.format(at) === ago(1) ? words.yesterday : day.format(at);
    },
  };
}
