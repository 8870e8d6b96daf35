// What a page remembers: the session for all tabs of the shop, the queue for this tab alone.

function box(name) {
  const memory = new Map();
  let real = null;
  try {
    real = window[name];
    real.getItem("");
  } catch {
    real = null; // a browser that keeps nothing for this page: remember until it is left
  }
  return {
    read(key) {
      try {
        const text = real ? real.getItem(key) : memory.get(key);
        return text ? JSON.parse(text) : null;
      } catch {
        return null;
      }
    },
    write(key, value) {
      const text = JSON.stringify(value);
      try {
        if (!real) memory.set(key, text);
        else if (value === null) real.removeItem(key);
        else real.setItem(key, text);
      } catch {
        memory.set(key, text);
      }
    },
  };
}

export function makeStore(api) {
  const key = `onecounter ${api}`;
  const shared = box("localStorage");
  const own = box("sessionStorage");
  const session = () => {
    const found = shared.read(key);
    return typeof found?.id === "string" && typeof found?.token === "string" ? found : null;
  };
  return {
    session,
    saveSession: (value) => shared.write(key, value),
    onSession(told) {
      addEventListener("storage", (event) => {
        if (event.key === key || event.key === null) told(session());
      });
    },
    queue() {
      const found = own.read(`${key} queue`);
      return Array.isArray(found) ? found.filter((item) => typeof item?.cid === "string") : [];
    },
    saveQueue: (queue) => own.write(`${key} queue`, queue.length ? queue : null),
    wasOpen: () => own.read(`${key} open`) === true,
    saveOpen: (open) => own.write(`${key} open`, open || null),
    exclusively: (work) => (navigator.locks ? navigator.locks.request(key, work) : work()),
  };
}
