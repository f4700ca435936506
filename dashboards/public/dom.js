// Small helpers: elements, numbers, dates.

export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style" && typeof value === "object") Object.assign(node.style, value);
    else if (name in node && !name.startsWith("aria") && name !== "list" && name !== "role") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function replace(node, ...children) {
  const wanted = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
  const same = wanted.length === node.childNodes.length && wanted.every((child, i) => child === node.childNodes[i]);
  if (!same) node.replaceChildren(...wanted); // which would take the focus away
  return node;
}

export const monthName = (month) => `${2021 + Math.floor(month / 12)}-${String((month % 12 + 12) % 12 + 1).padStart(2, "0")}`;

// A month in words: "December 2026", "2026 年 12 月".
export function monthWords(month, language) {
  const date = new Date(Date.UTC(2021, month, 15));
  return language === "zh" ? `${date.getUTCFullYear()} 年 ${date.getUTCMonth() + 1} 月` : date.toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
}

export function short(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (document.documentElement.lang.startsWith("zh")) {
    if (size >= 1e8) return `${+(value / 1e8).toPrecision(digits)} 亿`;
    if (size >= 1e5) return `${+(value / 1e4).toPrecision(digits)} 万`;
  }
  if (size >= 1e9) return `${+(value / 1e9).toPrecision(digits)} bn`;
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(digits)} m`;
  if (size >= 1e4) return Math.round(value).toLocaleString("en");
  return String(+value.toPrecision(digits));
}

// Fills a list; one that says the same already is left alone, so that it stays open and keeps the focus.
export function options(select, entries, chosen) {
  const said = JSON.stringify(entries);
  if (select.dataset.said === said) {
    if (chosen !== undefined && select.value !== chosen) select.value = chosen;
    return select;
  }
  select.dataset.said = said;
  replace(select, entries.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
  return select;
}

export function save(name, data, type = "application/octet-stream") {
  const url = URL.createObjectURL(data instanceof Blob ? data : new Blob([data], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// A canvas that fits its box at the screen's resolution; returns its context and size in CSS pixels.
export function fitted(canvas, scale = 1) {
  const box = canvas.getBoundingClientRect();
  const ratio = (window.devicePixelRatio || 1) * scale;
  const [w, v] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
  if (canvas.width !== w || canvas.height !== v) [canvas.width, canvas.height] = [w, v];
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return [pen, box.width, box.height];
}

export const css = (name) => getComputedStyle(document.querySelector(".md-root")).getPropertyValue(name).trim();

const SHAPES = { play: "M3 1.5v13l11-6.5z", pause: "M3 2h4v12H3zM9 2h4v12H9z", step: "M2 2v12l8-6zM11 2h3v12h-3z", again: "M2 2h2.5v12H2zM14 2v12L5 8z" };

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

// Whether links to this page lead other machines nowhere.
export const localOnly = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
