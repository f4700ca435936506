// The month's money as bands from who pays to who is paid, and as a list.

import { css, fitted, h, replace, short } from "./dom.js";

const STAGES = [["RC", "RW"], ["PL", "CG", "SF", "PF", "IP"], ["ST"], ["HH", "FB", "LL", "ip", "rc", "rw", "cg"]];
const LEFT_OUT = new Set(["city_taxes", "land_sales", "city_spending", "loans", "interest", "consumption", "landlords_income"]);

// Pairs of sectors with the money between them; what cities, workers and landlords do outside the trade is left out.
export function pairs(world, place) {
  const sectors = Object.keys(place.sectors);
  const flows = Object.keys(place.flows);
  const found = new Map();
  for (const [flow, from, to, yuan] of world.flows) {
    if (LEFT_OUT.has(flows[flow])) continue;
    const key = `${sectors[from]}>${sectors[to]}`;
    found.set(key, (found.get(key) || 0) + yuan);
  }
  return found;
}

export function drawMoney(canvas, world, place, t, large) {
  const [pen, width, height] = fitted(canvas);
  pen.clearRect(0, 0, width, height);
  const size = large ? 16 : 13;
  const edges = [];
  for (const [key, yuan] of pairs(world, place)) {
    const [from, to] = key.split(">");
    const stage = (name) => STAGES.findIndex((names) => names.includes(name));
    const target = stage(to) <= stage(from) ? to.toLowerCase() : to;
    if (stage(target) > stage(from)) edges.push({ from, to: stage(from) === 0 && stage(target) === 3 ? to : target, yuan });
  }
  const nodes = new Map();
  for (const { from, to, yuan } of edges) {
    for (const [name, side] of [[from, "out"], [to, "in"]]) {
      if (!nodes.has(name)) nodes.set(name, { name, out: 0, in: 0 });
      nodes.get(name)[side] += yuan;
    }
  }
  const columns = STAGES.map((names) => names.map((name) => nodes.get(name)).filter(Boolean));
  const tall = Math.max(...columns.map((column) => column.reduce((sum, node) => sum + Math.max(node.in, node.out), 0)), 1);
  const gap = size + 9;
  const scale = (height - 8 - gap * 7) / tall;
  const bar = 12;
  columns.forEach((column, i) => {
    const total = column.reduce((sum, node) => sum + Math.max(node.in, node.out) * scale + gap, 0);
    let y = Math.max(size + 4, (height - total) / 2 + size / 2) + (i === 0 ? size : 0);
    for (const node of column) {
      Object.assign(node, { x: 4 + (i * (width - 8 - bar)) / (STAGES.length - 1), y, used: { in: 0, out: 0 }, v: Math.max(node.in, node.out) * scale });
      y += node.v + gap;
    }
  });
  const colours = { PL: "#0072b2", ST: "#d55e00", CG: "#882255", SF: "#cc79a7", PF: "#8a8a00", RC: "#777777", RW: "#009e73", IP: "#e69f00", FB: "#d81b60" };
  for (const edge of edges.sort((a, b) => b.yuan - a.yuan)) {
    const [a, b] = [nodes.get(edge.from), nodes.get(edge.to)];
    const v = Math.max(edge.yuan * scale, 0.7);
    const [ya, yb] = [a.y + a.used.out + v / 2, b.y + b.used.in + v / 2];
    a.used.out += v;
    b.used.in += v;
    const middle = (a.x + bar + b.x) / 2;
    pen.strokeStyle = colours[edge.from] || "#777777";
    pen.globalAlpha = 0.45;
    pen.lineWidth = v;
    pen.beginPath();
    pen.moveTo(a.x + bar, ya);
    pen.bezierCurveTo(middle, ya, middle, yb, b.x, yb);
    pen.stroke();
    pen.globalAlpha = 1;
  }
  pen.font = `600 ${size}px system-ui, "Noto Sans SC", sans-serif`;
  const shown = [...nodes.values()].filter((node) => node.x !== undefined);
  for (const node of shown) {
    pen.fillStyle = colours[node.name.toUpperCase()] || css("--muted");
    pen.fillRect(node.x, node.y, bar, Math.max(node.v, 2));
  }
  for (const node of shown) {
    const text = `${t(`sector_${node.name.toUpperCase()}`)} ${short(Math.max(node.in, node.out))}`;
    const w = pen.measureText(text).width;
    const beside = node.name === "ST"; // above it others have theirs
    const x = beside ? node.x - w - 4 : Math.min(Math.max(node.x - (node.x > width / 2 ? w - bar : 0), 2), width - w - 2);
    const y = beside ? node.y + (node.v + size) / 2 : node.y - 4;
    pen.strokeStyle = css("--panel");
    pen.lineWidth = 3;
    pen.strokeText(text, x, y);
    pen.fillStyle = css("--ink");
    pen.fillText(text, x, y);
  }
  return edges;
}

export function moneyTable(node, worlds, place, t) {
  const sectors = Object.keys(place.sectors);
  const flows = Object.keys(place.flows);
  const rows = new Map();
  worlds.forEach((world, i) => {
    for (const [flow, from, to, yuan] of world.flows) {
      const key = `${flow}|${from}|${to}`;
      if (!rows.has(key)) rows.set(key, worlds.map(() => 0));
      rows.get(key)[i] = yuan;
    }
  });
  const sorted = [...rows].sort((a, b) => Math.max(...b[1]) - Math.max(...a[1])).slice(0, 30);
  replace(
    node,
    h("table", { className: "md-table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("payment")), worlds.map((_, i) => h("th", { scope: "col", className: "md-number" }, worlds.length > 1 ? "AB"[i] : t("yuan_month"))))),
      h("tbody", {}, sorted.map(([key, values]) => {
        const [flow, from, to] = key.split("|");
        return h("tr", {}, h("td", {}, h("b", {}, `${t(`sector_${sectors[from]}`)} → ${t(`sector_${sectors[to]}`)}`), h("div", { className: "md-small" }, t(`flow_${flows[flow]}`, place.flows[flows[flow]]))), values.map((v) => h("td", { className: "md-number" }, short(v))));
      })),
    ),
  );
}
