// Builds elements. Text only ever becomes text nodes: there is no way here to make markup of it.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (a function is a listener) and children (text or elements). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const s = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

const STROKE = {
  fill: "none",
  stroke: "currentColor",
  "stroke-width": "1.8",
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
};

/** A drawing of 24 by 24 that screen readers pass over. */
function icon(...shapes) {
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, ...shapes);
}

const path = (d, more = {}) => s("path", { d, ...STROKE, ...more });

export const icons = {
  // The bell on a shop's counter.
  bell: () =>
    icon(
      path("M4.5 16.5a7.5 7.5 0 0 1 15 0Z", { fill: "currentColor", "stroke-width": "1.2" }),
      path("M3 19.5h18M12 8.6V6.4M10.2 6h3.6"),
      path("M8 14.6a4.4 4.4 0 0 1 3-3", { class: "shine" }),
    ),
  chat: () =>
    icon(
      path("M20 11.5c0 4-3.6 7-8 7-1 0-2-.2-2.9-.5L4.5 19.5l1.3-3.6A6.6 6.6 0 0 1 4 11.5c0-4 3.6-7 8-7s8 3 8 7Z"),
      path("M8.7 11.6h.01M12 11.6h.01M15.3 11.6h.01", { "stroke-width": "2.4" }),
    ),
  close: () => icon(path("m6.5 6.5 11 11m0-11-11 11")),
  send: () => icon(path("M12 19V5.5m0 0L6 11.5m6-6 6 6", { "stroke-width": "2.1" })),
  check: () => icon(path("m6 12.5 4 4 8-9", { "stroke-width": "2.6" })),
  away: () => icon(path("M8.5 16.5a5 5 0 0 1 7 0M5 13a10 10 0 0 1 5-2.8M19 13a10 10 0 0 0-3-2.1M12 20h.01M4 4l16 16")),
  out: () => icon(path("M9 6.5h8.5V15M17 7 7 17")),
};

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text with its web addresses made links; anything but http(s) stays text. */
export function linked(text, newTab) {
  const pieces = [];
  let from = 0;
  text = text.replace(/(\d) (?=[€$£])/g, "$1\u00a0"); // an amount and its sign stay on one line
  for (const found of text.matchAll(LINK)) {
    pieces.push(text.slice(from, found.index), link(found[0], found[0], newTab));
    from = found.index + found[0].length;
  }
  return [...pieces, text.slice(from)].filter((piece) => piece !== "" && piece !== null);
}

/** A link to another page, or null when the address is not a web address. */
export function link(address, label, newTab, attributes = {}) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return h(
    "a",
    { href: url.href, target: "_blank", rel: "noopener noreferrer", ...attributes },
    label,
    h("span", { class: "aside" }, ` ${newTab}`),
  );
}
