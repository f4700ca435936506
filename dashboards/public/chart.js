// Lines over months with events, bands and a zero or a one to hold them against.

import { css, fitted, monthName, short } from "./dom.js";

function ticks(low, high, number) {
  const raw = (high - low) / number || 1;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((s) => s >= raw) || raw;
  const found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) found.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return found;
}

// spec: { months, lines: [{label, colour, values, bold, dashed}], bands: [{low, high, colour}], events: [{month, number}], levels: [y], unit, hover }
export function drawChart(canvas, spec, large) {
  const [pen, width, height] = fitted(canvas);
  const size = large ? 16 : 13;
  const font = (weight = 400) => `${weight} ${size}px system-ui, "Noto Sans SC", sans-serif`;
  const [ink, muted, grid] = [css("--ink"), css("--muted"), css("--line")];
  pen.clearRect(0, 0, width, height);
  if (width < 40 || height < 40) return null;
  let [low, high] = [Infinity, -Infinity];
  const heed = (v) => {
    if (Number.isFinite(v)) [low, high] = [Math.min(low, v), Math.max(high, v)];
  };
  spec.lines.forEach((line) => line.values.forEach(heed));
  (spec.bands || []).forEach((band) => [...band.low, ...band.high].forEach(heed));
  (spec.levels || []).forEach(heed);
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (low > 0 && low < high * 0.6) low = 0;
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  if (low !== 0) low -= room;
  high += room;
  pen.font = font(600);
  const labelled = spec.lines.filter((line) => line.label);
  const gutter = labelled.length ? Math.min(Math.max(...labelled.map((line) => pen.measureText(line.label).width)) + 10, width * 0.34) : 8;
  pen.font = font();
  const marks = ticks(low, high, Math.max(2, Math.floor(height / 45)));
  const left = Math.max(...marks.map((v) => pen.measureText(short(v)).width)) + 10;
  const box = { left, right: width - gutter, top: spec.events?.length ? size + 8 : 8, bottom: height - size - 8 };
  const X = (m) => box.left + ((m + 0.5) / spec.months) * (box.right - box.left);
  const Y = (v) => box.bottom - ((v - low) / (high - low)) * (box.bottom - box.top);

  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const v of marks) {
    pen.strokeStyle = grid;
    pen.beginPath();
    pen.moveTo(box.left, Y(v));
    pen.lineTo(box.right, Y(v));
    pen.stroke();
    pen.fillStyle = muted;
    pen.fillText(short(v), box.left - 5, Y(v));
  }
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  const every = (box.right - box.left) / (spec.months / 12) < size * 2.6 ? 2 : 1;
  for (let m = 0; m < spec.months; m += 12 * every) {
    pen.fillStyle = muted;
    pen.fillText(2021 + m / 12, X(m + 5.5), height - 4);
  }
  for (const v of spec.levels || []) {
    pen.strokeStyle = ink;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(box.left, Y(v));
    pen.lineTo(box.right, Y(v));
    pen.stroke();
    pen.setLineDash([]);
  }
  for (const band of spec.bands || []) {
    pen.fillStyle = band.colour;
    pen.globalAlpha = 0.22;
    pen.beginPath();
    const good = [...band.low.keys()].filter((m) => Number.isFinite(band.low[m]));
    good.forEach((m) => pen.lineTo(X(m), Y(band.low[m])));
    good.reverse().forEach((m) => pen.lineTo(X(m), Y(band.high[m])));
    pen.fill();
    pen.globalAlpha = 1;
  }
  let next = -Infinity;
  pen.font = font(700);
  for (const event of spec.events || []) {
    const x = X(event.month - 0.5);
    pen.strokeStyle = event.strong ? css("--crisis") : muted;
    pen.lineWidth = event.strong ? 2 : 1;
    pen.setLineDash(event.strong ? [] : [2, 3]);
    pen.beginPath();
    pen.moveTo(x, box.top);
    pen.lineTo(x, box.bottom);
    pen.stroke();
    pen.setLineDash([]);
    if (x > next) {
      pen.fillStyle = event.strong ? css("--crisis") : ink;
      pen.fillText(event.number, x, size);
      next = x + size * 1.1;
    }
  }
  const ends = [];
  pen.lineJoin = "round";
  for (const line of [...spec.lines].sort((a, b) => !!a.bold - !!b.bold)) {
    pen.strokeStyle = line.colour;
    pen.lineWidth = line.bold ? 3.2 : 1.6;
    pen.setLineDash(line.dashed ? [7, 4] : []);
    pen.beginPath();
    let pendown = false;
    let last = -1;
    line.values.forEach((v, m) => {
      if (!Number.isFinite(v)) {
        pendown = false;
        return;
      }
      if (pendown) pen.lineTo(X(m), Y(v));
      else pen.moveTo(X(m), Y(v));
      pendown = true;
      last = m;
    });
    pen.stroke();
    pen.setLineDash([]);
    if (last >= 0) {
      pen.fillStyle = line.colour;
      pen.beginPath();
      pen.arc(X(last), Y(line.values[last]), line.bold ? 4.5 : 2.5, 0, 7);
      pen.fill();
      if (line.label) ends.push({ y: Y(line.values[last]), text: line.label, colour: line.colour, bold: line.bold });
    }
  }
  ends.sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + size + 1);
  let over = ends.length ? ends[ends.length - 1].y - (box.bottom + size / 2) : 0;
  for (let i = ends.length - 1; i >= 0 && over > 0; i--) {
    ends[i].y -= over;
    over = i ? ends[i - 1].y + size + 1 - ends[i].y : 0;
  }
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  for (const end of ends) {
    pen.font = font(end.bold ? 700 : 500);
    pen.fillStyle = end.bold ? ink : muted;
    pen.fillRect(box.right + 1, end.y - 1.5, 4, 3);
    pen.fillStyle = end.colour;
    pen.fillRect(box.right + 1, end.y - 1.5, 4, 3);
    pen.fillStyle = end.bold ? ink : muted;
    pen.fillText(end.text, box.right + 7, end.y + 1, gutter - 6);
  }
  pen.textBaseline = "alphabetic";
  if (spec.hover >= 0 && spec.hover < spec.months) {
    const rows = spec.lines.filter((line) => Number.isFinite(line.values[spec.hover])).map((line) => ({ text: `${line.label || line.name || ""} ${short(line.values[spec.hover])}`, colour: line.colour, v: line.values[spec.hover] }));
    rows.sort((a, b) => b.v - a.v);
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(X(spec.hover), box.top);
    pen.lineTo(X(spec.hover), box.bottom);
    pen.stroke();
    pen.font = font(600);
    const texts = [monthName(spec.hover), ...rows.map((row) => row.text)];
    const w = Math.max(...texts.map((text) => pen.measureText(text).width)) + 24;
    const x = X(spec.hover) + 8 + w > width ? X(spec.hover) - w - 8 : X(spec.hover) + 8;
    pen.fillStyle = css("--panel");
    pen.strokeStyle = grid;
    pen.fillRect(x, box.top, w, texts.length * (size + 4) + 6);
    pen.strokeRect(x, box.top, w, texts.length * (size + 4) + 6);
    texts.forEach((text, i) => {
      if (i) {
        pen.fillStyle = rows[i - 1].colour;
        pen.fillRect(x + 5, box.top + 10 + i * (size + 4) - size / 2, 8, 3);
      }
      pen.fillStyle = ink;
      pen.fillText(text, x + 17, box.top + size + 1 + i * (size + 4));
    });
  }
  return (px) => Math.floor(((px - box.left) / (box.right - box.left)) * spec.months);
}
