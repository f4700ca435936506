// The region as a moving map: cells by rent or vacancy, zones, studios, film bases, derelict malls, and moves as arcs.

import { fitted } from "./dom.js";

export const COLOURS = ["#0072b2", "#8a8a00", "#882255", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#d55e00"];
const SCALES = {
  light: { rent: [[33, 102, 172], [146, 197, 222], [238, 237, 230], [253, 184, 99], [179, 88, 6]], vacancy: [[255, 248, 220], [250, 180, 120], [190, 70, 110], [70, 20, 95]] },
  dark: { rent: [[110, 185, 255], [62, 116, 168], [58, 62, 70], [168, 98, 30], [255, 172, 84]], vacancy: [[44, 46, 66], [110, 50, 120], [220, 100, 100], [255, 235, 160]] },
};
const MOVE_MS = 900;

export function colour(theme, mode, share) {
  const stops = SCALES[theme][mode];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((value, i) => Math.round(value + (at - low) * (stops[low + 1][i] - value)));
}

export function cityColour(city, theme) {
  const found = COLOURS[city % COLOURS.length];
  if (theme !== "dark") return found;
  return { "#0072b2": "#4aa8e8", "#882255": "#d8719f", "#8a8a00": "#cfcf4a" }[found] || found;
}

// Sides of cells beyond which there is no other one of them.
function edgesOf(cells) {
  const inside = new Set(cells.map(String));
  return cells.flatMap(([x, y]) => [[1, 0], [-1, 0], [0, 1], [0, -1]].filter(([dx, dy]) => !inside.has(`${x + dx},${y + dy}`)).map(([dx, dy]) => [x + (dx > 0), y + (dy > 0), x + (dx ? dx > 0 : 1), y + (dy ? dy > 0 : 1)]));
}

export class RegionMap {
  constructor(canvas, number, pick) {
    this.canvas = canvas;
    this.number = number;
    this.tiles = document.createElement("canvas");
    this.moves = [];
    this.seen = -1;
    this.view = null;
    canvas.addEventListener("click", (event) => {
      const [x, y] = this.lattice(event.offsetX, event.offsetY);
      const cell = this.cellAt?.get(`${Math.floor(x)},${Math.floor(y)}`);
      pick(cell === undefined ? -1 : cell, this.cityAt(event.offsetX, event.offsetY));
    });
    canvas.addEventListener("mousemove", (event) => {
      const [x, y] = this.lattice(event.offsetX, event.offsetY);
      canvas.style.cursor = this.cellAt?.has(`${Math.floor(x)},${Math.floor(y)}`) || this.cityAt(event.offsetX, event.offsetY) >= 0 ? "pointer" : "default";
    });
  }

  setPlace(place) {
    this.place = place;
    [this.tiles.width, this.tiles.height] = [place.width, place.height];
    this.image = this.tiles.getContext("2d").createImageData(place.width, place.height);
    this.cellAt = new Map(place.x.map((x, i) => [`${x},${place.y[i]}`, i]));
    this.boxes = place.slugs.map((_, c) => {
      const xs = place.x.slice(place.first[c], place.first[c + 1]);
      const ys = place.y.slice(place.first[c], place.first[c + 1]);
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
    });
    this.whole = [Math.min(...this.boxes.map((b) => b[0])) - 2, Math.min(...this.boxes.map((b) => b[1])) - 1, Math.max(...this.boxes.map((b) => b[2])) + 2, Math.max(...this.boxes.map((b) => b[3])) + 6];
    this.edges = place.zones.map((zone) => edgesOf(zone.cells.map((i) => [place.x[i], place.y[i]])));
    this.view = null;
    this.moves = [];
    this.lut = {};
  }

  lattice(px, py) {
    if (!this.frame) return [-1, -1];
    const { left, bottom, s, view } = this.frame;
    return [view[0] + (px - left) / s, view[1] + (bottom - py) / s];
  }

  cityAt(px, py) {
    return (this.labels || []).findIndex(([x, y, w, v]) => px >= x && px <= x + w && py >= y && py <= y + v);
  }

  // t runs from 0 (last month) to 1 (this month).
  draw(store, t, ui, share) {
    const now = performance.now();
    const place = this.place;
    const [a, b] = [store.before[this.number], store.worlds[this.number]];
    const [pen, width, height] = fitted(this.canvas);
    pen.clearRect(0, 0, width, height);
    if (!a || !b || width < 10) return;
    const aim = ui.zoom && ui.focus >= 0 ? this.boxes[ui.focus].map((v, i) => v + [-2, -2, 2, 6][i]) : this.whole;
    this.view = !this.view || ui.still ? aim : this.view.map((v, i) => v + 0.18 * (aim[i] - v));
    const view = this.view;
    this.settling = view.some((v, i) => Math.abs(v - aim[i]) > 0.05);
    const s = Math.min(width / (view[2] - view[0]), height / (view[3] - view[1]));
    const left = (width - s * (view[2] - view[0])) / 2;
    const bottom = (height + s * (view[3] - view[1])) / 2;
    this.frame = { left, bottom, s, view };
    const X = (x) => left + (x - view[0]) * s;
    const Y = (y) => bottom - (y - view[1]) * s;

    const key = `${ui.theme}${ui.mode}`;
    const lut = (this.lut[key] ||= Array.from({ length: 256 }, (_, i) => colour(ui.theme, ui.mode, i / 255)));
    const [from, to, data] = [a[ui.mode], b[ui.mode], this.image.data];
    for (let i = 0; i < place.x.length; i++) {
      const shade = lut[Math.round(from[i] + t * (to[i] - from[i]))];
      const at = 4 * (place.x[i] + (place.height - 1 - place.y[i]) * place.width);
      data[at] = shade[0];
      data[at + 1] = shade[1];
      data[at + 2] = shade[2];
      data[at + 3] = 255;
    }
    this.tiles.getContext("2d").putImageData(this.image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.tiles, X(0), Y(place.height), s * place.width, s * place.height);

    this.zones(pen, place, X, Y, s, ui);
    this.marks(pen, place, a, b, t, X, Y, s, ui);
    this.arcs(pen, place, b, store.frame, now, X, Y, s, ui);
    this.names(pen, place, X, Y, s, ui, share);
  }

  // Outlines of all zones, and on a large map the names of those of the city in focus.
  zones(pen, place, X, Y, s, ui) {
    const size = Math.max(10, Math.min(ui.large ? 18 : 13, s * 1.6));
    const [ink, paper] = ui.theme === "dark" ? ["#ffffff", "#14161a"] : ["#111111", "#ffffff"];
    pen.font = `500 ${size}px system-ui, "Noto Sans SC", sans-serif`;
    pen.lineJoin = "round";
    place.zones.forEach((zone, z) => {
      pen.beginPath();
      for (const [x0, y0, x1, y1] of this.edges[z]) {
        pen.moveTo(X(x0), Y(y0));
        pen.lineTo(X(x1), Y(y1));
      }
      pen.strokeStyle = ink;
      pen.lineWidth = zone.city === ui.focus ? 1.8 : 0.8;
      pen.stroke();
      if (zone.city !== ui.focus || s < 9) return; // names need room
      const name = ui.zoneName(zone);
      const x = X(zone.cells.reduce((sum, i) => sum + place.x[i] + 0.5, 0) / zone.cells.length) - pen.measureText(name).width / 2;
      const y = Y(Math.max(...zone.cells.map((i) => place.y[i])) + 1) - 3;
      pen.lineWidth = 3;
      pen.strokeStyle = paper;
      pen.strokeText(name, x, y);
      pen.fillStyle = ink;
      pen.fillText(name, x, y);
    });
  }

  marks(pen, place, a, b, t, X, Y, s, ui) {
    const ink = ui.theme === "dark" ? "#ffffff" : "#111111";
    const middle = (i) => [X(place.x[i] + 0.5), Y(place.y[i] + 0.5)];
    const norm = 1 / Math.max(1, (ui.scale || 0.1) * 4);
    pen.lineWidth = Math.max(0.8, s * 0.12);
    pen.strokeStyle = ui.theme === "dark" ? "rgba(255,255,255,.65)" : "rgba(0,0,0,.6)";
    for (let i = 0; i < place.x.length; i++) {
      if (!b.malls[i]) continue;
      const [x, y] = middle(i);
      pen.strokeRect(x - s * 0.32, y - s * 0.32, s * 0.64, s * 0.64);
    }
    pen.fillStyle = ink;
    for (let i = 0; i < place.x.length; i++) {
      const count = a.studios[i] + t * (b.studios[i] - a.studios[i]);
      if (count < 0.05) continue;
      const [x, y] = middle(i);
      pen.beginPath();
      pen.arc(x, y, s * Math.min(0.2 + 0.17 * Math.sqrt(count * norm), 0.75), 0, 7);
      pen.fill();
    }
    for (const [name, filled] of [["building", false], ["bases", true]]) {
      for (let i = 0; i < place.x.length; i++) {
        const crews = a[name][i] + t * (b[name][i] - a[name][i]);
        if (crews < 0.05) continue;
        const [x, y] = middle(i);
        const r = s * Math.min(0.7 + 0.22 * Math.sqrt(crews * norm), 2.2);
        pen.beginPath();
        pen.moveTo(x, y - r);
        pen.lineTo(x + 0.87 * r, y + 0.5 * r);
        pen.lineTo(x - 0.87 * r, y + 0.5 * r);
        pen.closePath();
        pen.lineWidth = Math.max(1, s * 0.18);
        pen.fillStyle = "#d81b60";
        pen.strokeStyle = ui.theme === "dark" ? "#000" : "#fff";
        if (filled) pen.fill();
        else pen.strokeStyle = "#d81b60";
        pen.stroke();
      }
    }
    for (const cell of ui.marked) {
      if (cell < 0) continue;
      const [x, y] = middle(cell);
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x, y, Math.max(9, s * 1.4), 0, 7);
      pen.stroke();
    }
  }

  arcs(pen, place, b, frame, now, X, Y, s, ui) {
    if (frame !== this.seen) {
      this.seen = frame;
      if (!ui.still) for (let i = 0; i < Math.min(b.from.length, 80); i++) this.moves.push({ from: b.from[i], to: b.to[i], at: now });
    }
    this.moves = this.moves.filter((move) => now - move.at < MOVE_MS);
    for (const { from, to, at } of this.moves) {
      const u = (now - at) / MOVE_MS;
      const [x0, y0, x1, y1] = [X(place.x[from] + 0.5), Y(place.y[from] + 0.5), X(place.x[to] + 0.5), Y(place.y[to] + 0.5)];
      const lift = 0.22 * Math.hypot(x1 - x0, y1 - y0);
      const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2 - lift];
      const spot = (v) => [(1 - v) ** 2 * x0 + 2 * v * (1 - v) * cx + v * v * x1, (1 - v) ** 2 * y0 + 2 * v * (1 - v) * cy + v * v * y1];
      const city = place.first.findIndex((first) => first > to) - 1;
      pen.globalAlpha = 0.75 * (u > 0.6 ? 1 - (u - 0.6) / 0.4 : 1);
      pen.strokeStyle = pen.fillStyle = cityColour(city, ui.theme);
      pen.lineWidth = Math.max(1.2, s * 0.22);
      const head = Math.min(1, u / 0.6);
      pen.beginPath();
      pen.moveTo(x0, y0);
      for (let v = 0.05; v < head; v += 0.05) pen.lineTo(...spot(v));
      pen.lineTo(...spot(head));
      pen.stroke();
      pen.beginPath();
      pen.arc(...spot(head), Math.max(2.5, s * 0.5), 0, 7);
      pen.fill();
      pen.globalAlpha = 1;
    }
  }

  names(pen, place, X, Y, s, ui, share) {
    const size = Math.max(12, Math.min(ui.large ? 24 : 18, s * 2.6));
    this.labels = place.slugs.map((_, c) => {
      const [x0, , x1, y1] = this.boxes[c];
      const part = share[c];
      const text = `${ui.names[c]}${part === undefined || Number.isNaN(part) ? "" : ` ${part.toFixed(0)} %`}`;
      pen.font = `${c === ui.focus ? "700" : "600"} ${size}px system-ui, "Noto Sans SC", sans-serif`;
      const w = pen.measureText(text).width;
      const [x, y] = [X((x0 + x1) / 2) - w / 2, Y(y1) - size * 0.35];
      pen.lineWidth = 3.5;
      pen.lineJoin = "round";
      pen.strokeStyle = ui.theme === "dark" ? "#14161a" : "#ffffff";
      pen.strokeText(text, x, y);
      pen.fillStyle = c === ui.focus ? (ui.theme === "dark" ? "#ffb38a" : "#a83f00") : ui.theme === "dark" ? "#f0f0f0" : "#1b1b1b";
      pen.fillText(text, x, y);
      if (c === ui.focus) pen.fillRect(x, y + size * 0.16, w, 2);
      return [x - 4, y - size, w + 8, size * 1.4];
    });
  }
}
