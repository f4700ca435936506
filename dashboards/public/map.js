// The cities as a moving map, each where it lies as far as there is room: cells, zones, studios, film bases, idle malls,
// venues, moves.

import { fitted } from "./dom.js";
import { drawGround, packed, projection } from "./ground.js";

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
  constructor(canvas, number, pick, tip, sketch) {
    this.canvas = canvas;
    this.number = number;
    this.moves = [];
    this.trails = [];
    this.seen = -1;
    this.now = null;
    this.venueMarks = [];
    const at = (event) => [this.cell(event.offsetX, event.offsetY), this.cityAt(event.offsetX, event.offsetY), this.venueAt(event.offsetX, event.offsetY)];
    this.sketching(canvas, sketch);
    canvas.addEventListener("click", (event) => {
      if (sketch()?.on()) return;
      const [cell, city, venue] = at(event);
      if (venue < 0) pick(cell, city);
      tip(cell, city, venue, event.offsetX, event.offsetY);
    });
    canvas.addEventListener("mousemove", (event) => {
      if (sketch()?.on()) return (canvas.style.cursor = "crosshair");
      const [cell, city, venue] = at(event);
      canvas.style.cursor = cell >= 0 || city >= 0 ? "pointer" : "default";
      tip(cell, city, venue, event.offsetX, event.offsetY);
    });
    canvas.addEventListener("mouseleave", () => tip(-1, -1, -1, 0, 0));
  }

  // A zone is drawn: its middle where the pointer goes down, its radius as far as it is dragged, inside the city.
  sketching(canvas, sketch) {
    let held = null;
    const half = (v) => Math.round(2 * v) / 2;
    canvas.addEventListener("pointerdown", (event) => {
      if (!sketch()?.on() || !this.now) return;
      const at = this.km(event.offsetX, event.offsetY);
      if (!at) return sketch().outside();
      held = { city: at.city, east: half(at.east), north: half(at.north) };
      held.most = this.room(held.city, held.east, held.north);
      canvas.setPointerCapture(event.pointerId);
      sketch().change(held.city, held.east, held.north, Math.min(Math.max(2, this.place.cell_km), Math.max(held.most, 0.5)));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const at = this.km(event.offsetX, event.offsetY, held.city);
      const far = half(Math.hypot(at.east - held.east, at.north - held.north));
      sketch().change(held.city, held.east, held.north, Math.min(Math.max(far, 1), Math.max(held.most, 0.5)));
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (held = null));
  }

  // Where a point of the picture lies: the city, and km east and north of the middle of its centre's cell.
  km(px, py, city) {
    const cell = city === undefined ? this.cell(px, py) : 0;
    if (cell < 0) return null;
    const c = city ?? this.city[cell];
    const [[x0, y0, x1, y1], { x, y, s }, [cx, cy]] = [this.boxes[c], this.now[c], this.place.centres[c]];
    const wide = this.place.cell_km;
    return { city: c, east: wide * ((px - x) / s + (x0 + x1) / 2 - cx - 0.5), north: wide * ((y0 + y1) / 2 - (py - y) / s - cy - 0.5) };
  }

  // The largest radius, in steps of half a kilometre, with which a zone holds cells of its city only.
  room(c, east, north) {
    const { place } = this;
    const [x0, y0, x1, y1] = this.boxes[c];
    const [cx, cy] = place.centres[c];
    let most = Infinity;
    for (let x = x0 - 1; x <= x1; x++) {
      for (let y = y0 - 1; y <= y1; y++) {
        const at = this.cellAt.get(`${x},${y}`);
        if (at !== undefined && this.city[at] === c) continue;
        most = Math.min(most, Math.hypot(place.cell_km * (x - cx) - east, place.cell_km * (y - cy) - north));
      }
    }
    return Math.ceil(2 * most) / 2 - 0.5;
  }

  setPlace(place) {
    this.place = place;
    this.outlines = new Map();
    this.cellAt = new Map(place.x.map((x, i) => [`${x},${place.y[i]}`, i]));
    this.boxes = place.slugs.map((_, c) => {
      const xs = place.x.slice(place.first[c], place.first[c + 1]);
      const ys = place.y.slice(place.first[c], place.first[c + 1]);
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
    });
    this.tiles = this.boxes.map(([x0, y0, x1, y1]) => {
      const tile = document.createElement("canvas");
      [tile.width, tile.height] = [x1 - x0, y1 - y0];
      return { tile, image: tile.getContext("2d").createImageData(tile.width, tile.height) };
    });
    this.edges = place.zones.map((zone) => edgesOf(zone.cells.map((i) => [place.x[i], place.y[i]])));
    this.rims = place.slugs.map((_, c) => edgesOf(Array.from({ length: place.first[c + 1] - place.first[c] }, (_, i) => [place.x[place.first[c] + i], place.y[place.first[c] + i]])));
    this.tall = place.centres.map(([cx, cy], c) => { // cells from the centre to the northern rim
      let most = 0;
      for (let i = place.first[c]; i < place.first[c + 1]; i++) if (place.x[i] === cx) most = Math.max(most, place.y[i] - cy);
      return most + 0.5;
    });
    this.city = place.x.map((_, i) => place.first.findIndex((first) => first > i) - 1);
    this.now = null;
    this.moves = [];
    this.trails = [];
    this.lut = {};
  }

  cell(px, py) {
    if (!this.now) return -1;
    for (let c = 0; c < this.boxes.length; c++) {
      const [x0, y0, x1, y1] = this.boxes[c];
      const { x, y, s } = this.now[c];
      const [gx, gy] = [(px - x) / s + (x0 + x1) / 2, (y0 + y1) / 2 - (py - y) / s];
      const found = gx >= x0 && gx < x1 && gy >= y0 && gy < y1 ? this.cellAt.get(`${Math.floor(gx)},${Math.floor(gy)}`) : undefined;
      if (found !== undefined && this.city[found] === c) return found;
    }
    return -1;
  }

  venueAt(px, py) {
    return this.venueMarks.findIndex((mark) => mark && Math.hypot(px - mark[0], py - mark[1]) <= mark[2] + 4);
  }

  cityAt(px, py) {
    return (this.labels || []).findIndex(([x, y, w, v]) => px >= x && px <= x + w && py >= y && py <= y + v);
  }

  // Where every city is drawn: its centre and the size of a cell.
  aims(pen, width, height, ui, size) {
    const half = this.boxes.map(([x0, y0, x1, y1]) => ({ w: (x1 - x0) / 2, h: (y1 - y0) / 2 }));
    if (ui.zoom && ui.focus >= 0) {
      const s = Math.min((width - 12) / (2 * half[ui.focus].w), (height - size * 2.2) / (2 * half[ui.focus].h));
      return half.map((_, c) => (c === ui.focus ? { x: width / 2, y: height / 2 + size * 0.7, s } : { x: -9999, y: -9999, s: 1 }));
    }
    pen.font = this.font(size, true);
    const names = ui.names.map((name) => pen.measureText(`${name} 88 %`).width);
    const key = JSON.stringify([width, height, size, ui.names]);
    if (this.key !== key) {
      this.key = key;
      const put = projection(width, height);
      const wanted = this.place.slugs.map((_, c) => put(this.place.longitude[c], this.place.latitude[c]));
      this.packing = packed(width, height, wanted, half.map((each, c) => ({ ...each, name: names[c] })), size * 1.35);
    }
    return this.packing.centres.map(([x, y]) => ({ x, y, s: this.packing.s }));
  }

  font = (size, bold) => `${bold ? 700 : 600} ${size}px system-ui, "Noto Sans SC", sans-serif`;

  // t runs from 0 (last month) to 1 (this month).
  draw(store, t, ui, share) {
    const now = performance.now();
    const place = this.place;
    const [a, b] = [store.before[this.number], store.worlds[this.number]];
    const [pen, width, height] = fitted(this.canvas);
    if (!a || !b || width < 10) return;
    const size = Math.max(12, Math.min(ui.present ? 24 : ui.large ? 19 : 15, width / 26, height / 15));
    const aims = this.aims(pen, width, height, ui, size);
    const near = (v, w) => v + 0.18 * (w - v);
    this.now = !this.now || ui.still || this.was !== this.key ? aims : aims.map((aim, c) => (aim.x < -999 || this.now[c].x < -999 ? aim : { x: near(this.now[c].x, aim.x), y: near(this.now[c].y, aim.y), s: near(this.now[c].s, aim.s) }));
    this.was = this.key;
    this.settling = this.now.some((v, c) => Math.abs(v.x - aims[c].x) + Math.abs(v.y - aims[c].y) + Math.abs(v.s - aims[c].s) > 0.3);
    const middle = this.boxes.map(([x0, y0, x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2]);
    this.X = (c, x) => this.now[c].x + (x - middle[c][0]) * this.now[c].s;
    this.Y = (c, y) => this.now[c].y - (y - middle[c][1]) * this.now[c].s;
    const s = this.now[Math.max(ui.focus, 0)].s;

    pen.clearRect(0, 0, width, height);
    drawGround(pen, width, height, ui.theme, ui.rivers, Math.max(11, size * 0.8));
    if (!ui.zoom) this.leaders(pen, width, height, ui);
    this.cells(pen, a, b, t, ui, store);
    this.zones(pen, place, s, ui);
    this.trail(pen, place, b, store, now, s, ui);
    this.marks(pen, place, a, b, t, s, ui);
    this.drawn(pen, place, b, s, ui);
    this.zoneNames(pen, place, s, ui);
    this.venues(pen, store, ui, s);
    this.names(pen, place, ui, share, size);
  }

  // Room in venues that are no film base, a square on the rim of each city, as full as it is used: the model knows their
  // city only.
  venues(pen, store, ui, s) {
    const [paper, paint] = ui.theme === "dark" ? ["#14161a", "#5fd0b8"] : ["#ffffff", "#00695c"];
    const norm = 1 / Math.max(1, (ui.scale || 0.1) * 4);
    this.venueMarks = this.boxes.map((_, c) => {
      const crews = store.month > 0 ? store.value(this.number, store.month - 1, "venue_crews", c) : 0;
      if (!(crews > 0) || this.now[c].x < -999) return null;
      const use = Math.min(1, store.value(this.number, store.month - 1, "venue_days", c) / (30 * crews));
      const r = Math.max(3.2, s * Math.min(0.5 + 0.16 * Math.sqrt(crews * norm), 1.4));
      const [cx, cy] = this.place.centres[c];
      const away = this.tall[c] * 0.73;
      const [x, y] = [this.X(c, cx + 0.5 + away), this.Y(c, cy + 0.5 + away)];
      pen.fillStyle = paper;
      pen.fillRect(x - r - 2, y - r - 2, 2 * r + 4, 2 * r + 4);
      pen.fillStyle = pen.strokeStyle = paint;
      pen.fillRect(x - r, y + r - 2 * r * use, 2 * r, 2 * r * use);
      pen.lineWidth = 1.5;
      pen.strokeRect(x - r, y - r, 2 * r, 2 * r);
      return [x, y, r];
    });
    this.canvas.venues = this.venueMarks; // where they are, for tests
  }

  // A thread from each disc that had to make room to where its city lies.
  leaders(pen, width, height, ui) {
    const put = projection(width, height);
    pen.strokeStyle = pen.fillStyle = ui.theme === "dark" ? "#7d8ea1" : "#7a8791";
    pen.lineWidth = 1;
    this.now.forEach(({ x, y }, c) => {
      const [px, py] = put(this.place.longitude[c], this.place.latitude[c]);
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(px, py);
      pen.stroke();
      pen.beginPath();
      pen.arc(px, py, 2.5, 0, 7);
      pen.fill();
    });
  }

  cells(pen, a, b, t, ui, store) {
    const place = this.place;
    const reach = store.reach(ui.mode);
    const key = `${ui.theme}${ui.mode}${reach}`;
    const lut = (this.lut[key] ||= Array.from({ length: 256 }, (_, i) => colour(ui.theme, ui.mode, store.shade(ui.mode, i, reach))));
    const [from, to] = [a[ui.mode], b[ui.mode]];
    pen.imageSmoothingEnabled = false;
    this.boxes.forEach(([x0, y0, x1, y1], c) => {
      const { tile, image } = this.tiles[c];
      for (let i = place.first[c]; i < place.first[c + 1]; i++) {
        const shade = lut[Math.round(from[i] + t * (to[i] - from[i]))];
        const at = 4 * (place.x[i] - x0 + (y1 - 1 - place.y[i]) * tile.width);
        image.data[at] = shade[0];
        image.data[at + 1] = shade[1];
        image.data[at + 2] = shade[2];
        image.data[at + 3] = 255;
      }
      tile.getContext("2d").putImageData(image, 0, 0);
      const rim = () => {
        pen.beginPath();
        for (const [rx0, ry0, rx1, ry1] of this.rims[c]) {
          pen.moveTo(this.X(c, rx0), this.Y(c, ry0));
          pen.lineTo(this.X(c, rx1), this.Y(c, ry1));
        }
        pen.stroke();
      };
      pen.lineWidth = 7;
      pen.lineCap = "round";
      pen.strokeStyle = ui.theme === "dark" ? "rgba(27,31,38,.85)" : "rgba(255,255,255,.85)";
      rim();
      pen.drawImage(tile, this.X(c, x0), this.Y(c, y1), tile.width * this.now[c].s, tile.height * this.now[c].s);
      pen.lineWidth = c === ui.focus ? 2 : 0.8;
      pen.strokeStyle = c === ui.focus ? (ui.theme === "dark" ? "#ffb38a" : "#a83f00") : ui.theme === "dark" ? "#6c7682" : "#8d8d86";
      rim();
    });
  }

  // Outlines of all zones.
  zones(pen, place, s, ui) {
    const [ink, paper] = ui.theme === "dark" ? ["#ffffff", "#14161a"] : ["#111111", "#ffffff"];
    pen.lineJoin = pen.lineCap = "round";
    place.zones.forEach((zone, z) => {
      const c = zone.city;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of this.edges[z]) {
        pen.moveTo(this.X(c, x0), this.Y(c, y0));
        pen.lineTo(this.X(c, x1), this.Y(c, y1));
      }
      for (const [style, width] of [[paper, c === ui.focus ? 3.6 : 2.2], [ink, c === ui.focus ? 1.6 : 0.8]]) {
        pen.strokeStyle = style;
        pen.lineWidth = width;
        pen.stroke();
      }
    });
  }

  // Names of zones of the city in focus, if the map is large.
  zoneNames(pen, place, s, ui) {
    if (s < 9) return; // they need room
    const size = Math.max(11, Math.min(ui.large || ui.present ? 18 : 13, s * 1.6));
    const [ink, paper] = ui.theme === "dark" ? ["#ffffff", "#14161a"] : ["#111111", "#ffffff"];
    pen.font = `600 ${size}px system-ui, "Noto Sans SC", sans-serif`;
    pen.lineJoin = "round";
    const taken = [];
    place.zones.forEach((zone) => {
      const c = zone.city;
      if (c !== ui.focus) return;
      const name = ui.zoneName(zone);
      const w = pen.measureText(name).width;
      const x = this.X(c, zone.cells.reduce((sum, i) => sum + place.x[i] + 0.5, 0) / zone.cells.length) - w / 2;
      const [above, below] = [this.Y(c, Math.max(...zone.cells.map((i) => place.y[i])) + 1) - 3, this.Y(c, Math.min(...zone.cells.map((i) => place.y[i]))) + size + 1];
      const free = (y) => taken.every(([u, v, wide]) => Math.abs(y - v) > size || x > u + wide || u > x + w);
      const y = [above, below].find(free);
      if (y === undefined) return;
      taken.push([x, y, w]);
      pen.lineWidth = 4;
      pen.strokeStyle = paper;
      pen.strokeText(name, x, y);
      pen.fillStyle = ink;
      pen.fillText(name, x, y);
    });
  }

  // Zones that were drawn (dashed before they act), and the one that is being drawn.
  drawn(pen, place, b, s, ui) {
    const [paint, paper] = ui.theme === "dark" ? ["#e3b0ff", "#14161a"] : ["#7b1fa2", "#ffffff"];
    const size = Math.max(12, Math.min(ui.large || ui.present ? 18 : 14, s * 1.8));
    const outline = (c, edges, dashed) => {
      pen.beginPath();
      for (const [x0, y0, x1, y1] of edges) {
        pen.moveTo(this.X(c, x0), this.Y(c, y0));
        pen.lineTo(this.X(c, x1), this.Y(c, y1));
      }
      for (const [style, width] of [[paper, 5], [paint, 2.6]]) {
        pen.strokeStyle = style;
        pen.lineWidth = width;
        pen.setLineDash(dashed && style === paint ? [6, 4] : []);
        pen.stroke();
      }
      pen.setLineDash([]);
    };
    const visible = (c) => this.now[c].x > -999;
    for (const zone of b.drawn || []) {
      if (!zone.number) continue;
      const c = place.slugs.indexOf(zone.city);
      if (!visible(c)) continue;
      const key = `${zone.city}:${zone.place}`;
      if (!this.outlines.has(key)) this.outlines.set(key, edgesOf(zone.cells.map((i) => [place.x[i], place.y[i]])));
      outline(c, this.outlines.get(key), !zone.came);
      pen.font = this.font(size, true);
      const text = String(zone.number);
      const [x, y] = [this.X(c, Math.max(...zone.cells.map((i) => place.x[i])) + 1) + 2, this.Y(c, Math.max(...zone.cells.map((i) => place.y[i])) + 1) + size * 0.3];
      pen.lineWidth = 4;
      pen.strokeStyle = paper;
      pen.strokeText(text, x, y);
      pen.fillStyle = paint;
      pen.fillText(text, x, y);
    }
    const draft = ui.draft;
    if (!ui.openZone || !draft || [draft.east, draft.north, draft.radius].includes("") || !(draft.radius > 0)) return;
    const c = ui.focus;
    if (!visible(c)) return;
    const [cx, cy] = place.centres[c];
    const [e, n, r] = [+draft.east, +draft.north, +draft.radius];
    const cells = [];
    for (let i = place.first[c]; i < place.first[c + 1]; i++) if (Math.hypot(place.cell_km * (place.x[i] - cx) - e, place.cell_km * (place.y[i] - cy) - n) <= r) cells.push([place.x[i], place.y[i]]);
    outline(c, edgesOf(cells), true);
    pen.beginPath();
    pen.arc(this.X(c, cx + 0.5 + e / place.cell_km), this.Y(c, cy + 0.5 + n / place.cell_km), (r / place.cell_km) * this.now[c].s, 0, 7);
    pen.lineWidth = 1.5;
    pen.strokeStyle = paint;
    pen.stroke();
  }

  marks(pen, place, a, b, t, s, ui) {
    const [ink, paper] = ui.theme === "dark" ? ["#ffffff", "#14161a"] : ["#111111", "#ffffff"];
    const red = ui.theme === "dark" ? "#ff6fa0" : "#c2185b";
    const middle = (i) => [this.X(this.city[i], place.x[i] + 0.5), this.Y(this.city[i], place.y[i] + 0.5)];
    const norm = 1 / Math.max(1, (ui.scale || 0.1) * 4);
    const here = (i) => !ui.zoom || this.city[i] === ui.focus;
    for (let i = 0; i < place.x.length; i++) {
      if (!b.malls[i] || !here(i)) continue;
      const [x, y] = middle(i);
      const r = Math.max(1.6, s * 0.33);
      for (const [style, width] of [[paper, r * 0.9], [ui.theme === "dark" ? "#c9c9c9" : "#4d4d4d", Math.max(0.9, r * 0.36)]]) {
        pen.strokeStyle = style;
        pen.lineWidth = width;
        pen.beginPath();
        pen.moveTo(x - r, y - r);
        pen.lineTo(x + r, y + r);
        pen.moveTo(x + r, y - r);
        pen.lineTo(x - r, y + r);
        pen.stroke();
      }
    }
    for (let i = 0; i < place.x.length; i++) {
      const count = a.studios[i] + t * (b.studios[i] - a.studios[i]);
      if (count < 0.05 || !here(i)) continue;
      const [x, y] = middle(i);
      pen.beginPath();
      pen.arc(x, y, Math.max(1.8, s * Math.min(0.2 + 0.17 * Math.sqrt(count * norm), 0.75)), 0, 7);
      pen.lineWidth = Math.max(1, s * 0.14);
      pen.strokeStyle = paper;
      pen.stroke();
      pen.fillStyle = ink;
      pen.fill();
    }
    for (const [name, filled] of [["building", false], ["bases", true]]) {
      for (let i = 0; i < place.x.length; i++) {
        const crews = a[name][i] + t * (b[name][i] - a[name][i]);
        if (crews < 0.05 || !here(i)) continue;
        const [x, y] = middle(i);
        const r = Math.max(3.2, s * Math.min(0.7 + 0.22 * Math.sqrt(crews * norm), 2.2));
        const shape = () => {
          pen.beginPath();
          pen.moveTo(x, y - r);
          pen.lineTo(x + 0.87 * r, y + 0.5 * r);
          pen.lineTo(x - 0.87 * r, y + 0.5 * r);
          pen.closePath();
        };
        shape();
        pen.lineWidth = Math.max(2.4, s * 0.4);
        pen.strokeStyle = pen.fillStyle = paper;
        pen.stroke();
        pen.fill();
        if (filled) { // as full as it is used
          pen.save();
          shape();
          pen.clip();
          pen.fillStyle = red;
          const tall = 1.5 * r * (b.use[i] ? (b.use[i] - 1) / 254 : 0);
          pen.fillRect(x - r, y + 0.5 * r - tall, 2 * r, tall);
          pen.restore();
          shape();
        }
        pen.setLineDash(filled ? [] : [2, 2]);
        pen.lineWidth = Math.max(1, s * 0.16);
        pen.strokeStyle = red;
        pen.stroke();
        pen.setLineDash([]);
      }
    }
    for (const cell of ui.marked) {
      if (cell < 0 || !here(cell)) continue;
      const [x, y] = middle(cell);
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x, y, Math.max(9, s * 1.4), 0, 7);
      pen.stroke();
    }
  }

  // Moves of the month as arcs; those of the last year stay as lines that fade.
  trail(pen, place, b, store, now, s, ui) {
    if (store.frame !== this.seen) {
      this.seen = store.frame;
      for (let i = 0; i < Math.min(b.from.length, 80); i++) {
        this.trails.push({ from: b.from[i], to: b.to[i], month: store.month });
        if (!ui.still) this.moves.push({ from: b.from[i], to: b.to[i], at: now });
      }
      this.trails = this.trails.filter((move) => move.month <= store.month && move.month > store.month - 12).slice(-500);
    }
    this.moves = this.moves.filter((move) => now - move.at < MOVE_MS);
    if (ui.zoom) return;
    const bow = ({ from, to }) => {
      const at = (i) => [this.X(this.city[i], place.x[i] + 0.5), this.Y(this.city[i], place.y[i] + 0.5)];
      const [[x0, y0], [x1, y1]] = [at(from), at(to)];
      const lift = 0.22 * Math.hypot(x1 - x0, y1 - y0);
      const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2 - lift];
      return (v) => [(1 - v) ** 2 * x0 + 2 * v * (1 - v) * cx + v * v * x1, (1 - v) ** 2 * y0 + 2 * v * (1 - v) * cy + v * v * y1];
    };
    const line = (spot, head) => {
      pen.beginPath();
      pen.moveTo(...spot(0));
      for (let v = 0.05; v < head; v += 0.05) pen.lineTo(...spot(v));
      pen.lineTo(...spot(head));
      pen.stroke();
    };
    pen.lineCap = "round";
    for (const move of this.trails) {
      if (this.city[move.from] === this.city[move.to]) continue;
      pen.globalAlpha = 0.4 * (1 - (store.month - move.month) / 12);
      pen.strokeStyle = cityColour(this.city[move.to], ui.theme);
      pen.lineWidth = Math.max(1.2, s * 0.2);
      line(bow(move), 1);
    }
    for (const move of this.moves) {
      const u = (now - move.at) / MOVE_MS;
      const spot = bow(move);
      pen.globalAlpha = 0.85 * (u > 0.6 ? 1 - (u - 0.6) / 0.4 : 1);
      pen.strokeStyle = pen.fillStyle = cityColour(this.city[move.to], ui.theme);
      pen.lineWidth = Math.max(1.6, s * 0.26);
      const head = Math.min(1, u / 0.6);
      line(spot, head);
      pen.beginPath();
      pen.arc(...spot(head), Math.max(2.5, s * 0.5), 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  names(pen, place, ui, share, size) {
    this.labels = place.slugs.map((_, c) => {
      if (this.now[c].x < -999) return [0, 0, -1, -1];
      const [, y0, , y1] = this.boxes[c];
      const part = share[c];
      const text = `${ui.names[c]}${part === undefined || Number.isNaN(part) ? "" : ` ${part.toFixed(0)} %`}`;
      pen.font = this.font(size, c === ui.focus);
      const w = pen.measureText(text).width;
      const [x, y] = [this.now[c].x - w / 2, this.now[c].y - ((y1 - y0) / 2) * this.now[c].s - size * 0.35];
      pen.lineWidth = 4;
      pen.lineJoin = "round";
      pen.strokeStyle = ui.theme === "dark" ? "#14161a" : "#ffffff";
      pen.strokeText(text, x, y);
      pen.fillStyle = c === ui.focus ? (ui.theme === "dark" ? "#ffb38a" : "#a83f00") : ui.theme === "dark" ? "#f0f0f0" : "#1b1b1b";
      pen.fillText(text, x, y);
      if (c === ui.focus) pen.fillRect(x, y + size * 0.16, w, 2);
      return [x - 4, y - size, w + 8, size * 1.4];
    });
    this.canvas.labels = this.labels; // where the names are, for tests
  }
}
