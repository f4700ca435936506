// Curves that people draw: a pad for the finger with a slider for each year, and all curves of a class in one chart.

import { css, fitted, h, monthName, replace, short } from "./dom.js";

const FONT = (weight, size) => `${weight} ${size}px system-ui, "Noto Sans SC", sans-serif`;

// spec: { from, until, top, past: values up to `from`, lines: [{values, colour, width, alpha, dashed}] } with values from month `from` on.
export function drawCurves(canvas, spec, large) {
  const [pen, width, height] = fitted(canvas);
  pen.clearRect(0, 0, width, height);
  if (width < 40 || height < 40) return null;
  const size = large ? 16 : 13;
  const first = Math.max(0, spec.from - 24);
  pen.font = FONT(400, size);
  const marks = [0, 1, 2, 3, 4].map((part) => (spec.top * part) / 4);
  const box = { left: Math.max(...marks.map((value) => pen.measureText(short(value)).width)) + 12, right: width - 10, top: 10, bottom: height - size - 10 };
  const X = (month) => box.left + ((month - first + 0.5) / (spec.until - first)) * (box.right - box.left);
  const Y = (value) => box.bottom - (value / spec.top) * (box.bottom - box.top);
  pen.fillStyle = css("--muted");
  pen.strokeStyle = css("--line");
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const value of marks) {
    pen.beginPath();
    pen.moveTo(box.left, Y(value));
    pen.lineTo(box.right, Y(value));
    pen.stroke();
    pen.fillText(short(value), box.left - 5, Y(value));
  }
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  const every = (12 * (box.right - box.left)) / (spec.until - first) < size * 2.8 ? 2 : 1;
  for (let month = 12 * Math.ceil(first / 12), n = 0; month < spec.until; month += 12, n++) if (n % every === 0) pen.fillText(2021 + month / 12, Math.min(Math.max(X(month), box.left + size), box.right - size), height - 4);
  pen.setLineDash([3, 3]);
  pen.strokeStyle = css("--muted");
  pen.beginPath();
  pen.moveTo(X(spec.from - 0.5), box.top);
  pen.lineTo(X(spec.from - 0.5), box.bottom);
  pen.stroke();
  pen.setLineDash([]);
  pen.lineJoin = "round";
  const line = (points, { colour, width: thick = 2, alpha = 1, dashed = false }) => {
    Object.assign(pen, { strokeStyle: colour, lineWidth: thick, globalAlpha: alpha });
    pen.setLineDash(dashed ? [7, 4] : []);
    pen.beginPath();
    points.forEach(([month, value]) => Number.isFinite(value) && pen.lineTo(X(month), Y(Math.min(value, spec.top))));
    pen.stroke();
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  };
  const last = spec.past[spec.from - 1];
  line(Array.from({ length: spec.from - first }, (_, i) => [first + i, spec.past[first + i]]), { colour: css("--ink"), width: 2.5 });
  for (const one of spec.lines) line([[spec.from - 1, last], ...Array.from(one.values, (value, i) => [spec.from + i, value])], one);
  return {
    month: (x) => Math.round(((x - box.left) / (box.right - box.left)) * (spec.until - first) + first - 0.5),
    value: (y) => Math.min(spec.top, Math.max(0, (spec.top * (box.bottom - y)) / (box.bottom - box.top))),
  };
}

const rounded = (value) => +value.toPrecision(4);

// Months with a slider: the Decembers, at most six of them, and the last.
export function knots(from, until) {
  const ends = [];
  for (let month = from; month < until; month++) if (month % 12 === 11 || month === until - 1) ends.push(month);
  const step = Math.ceil(ends.length / 6);
  return ends.filter((_, i) => (ends.length - 1 - i) % step === 0);
}

// A curve to be drawn from `from` to `until`: with a pointer on the chart, or with the sliders below it.
export function drawingPad(app, ballot, past, drawn, changed) {
  const { t } = app;
  const { from, until, top } = ballot;
  const start = Math.min(Math.max(past[from - 1] || 0, 0), top);
  const values = drawn ? [...drawn] : Array.from({ length: until - from }, () => rounded(start));
  const canvas = h("canvas", { className: "md-pad", role: "img", "data-testid": "pad" });
  const ends = knots(from, until);
  const sliders = ends.map((month) => {
    const input = h("input", { type: "range", id: `pad-${month}`, min: 0, max: top, step: top / 200, "data-testid": `pad-${month}`, oninput: () => bend(month, +input.value) });
    const output = h("output", { htmlFor: input.id });
    return { month, input, output, node: h("div", { className: "md-lever" }, h("label", { htmlFor: input.id }, monthName(month)), output, input) };
  });
  let [at, previous] = [null, null];
  function show() {
    at = drawCurves(canvas, { from, until, top, past, lines: [{ values, colour: css("--accent"), width: 3.5 }] }, app.ui.large);
    for (const { month, input, output } of sliders) {
      if (document.activeElement !== input) input.value = values[month - from];
      output.textContent = short(values[month - from]);
    }
    canvas.setAttribute("aria-label", `${t(ballot.column)}: ${sliders.map(({ month }) => `${monthName(month)} ${short(values[month - from])}`).join(", ")}`);
  }
  function set(month, value) {
    if (month >= from && month < until) values[month - from] = rounded(value);
  }
  function join(a, va, b, vb) {
    const [low, high] = a < b ? [a, b] : [b, a];
    for (let month = low; month <= high; month++) set(month, a === b ? vb : va + ((vb - va) * (month - a)) / (b - a));
  }
  // From the slider before to this one, and on to the next, in straight lines.
  function bend(month, value) {
    const i = ends.indexOf(month);
    join(i ? ends[i - 1] : from - 1, i ? values[ends[i - 1] - from] : start, month, value);
    if (i + 1 < ends.length) join(month, value, ends[i + 1], values[ends[i + 1] - from]);
    show();
    changed();
  }
  function trace(event) {
    if (!at || !previous) return;
    const box = canvas.getBoundingClientRect();
    const month = Math.min(Math.max(at.month(event.clientX - box.left), from), until - 1);
    const value = at.value(event.clientY - box.top);
    join(previous.month ?? month, previous.value ?? value, month, value);
    previous = { month, value };
    show();
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    previous = {};
    trace(event);
  });
  canvas.addEventListener("pointermove", trace);
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => {
    if (previous) changed();
    previous = null;
  });
  const node = h("div", { className: "md-stack" }, canvas, h("div", { className: "md-knots" }, sliders.map((slider) => slider.node)));
  return { node, values, show };
}

// All curves of a class faintly, their median, and what came out; `told` as the server says it.
export function curvesChart(app, id) {
  const canvas = h("canvas", { className: "md-pad md-shown", role: "img", "data-testid": id });
  const key = h("ul", { className: "md-events" });
  const node = h("div", { className: "md-stack" }, canvas, key);
  return {
    node,
    show(ballot, past, { curves = [], median, truth, mine }) {
      const { t } = app;
      const middle = median ?? (curves.length ? curves[0].map((_, m) => middleOf(curves.map((curve) => curve[m]))) : []);
      const lines = [...curves.map((values) => ({ values, colour: css("--muted"), width: 1.5, alpha: 0.45 }))];
      const named = [[middle, "vote_median", css("--accent"), true], [mine, "vote_mine", css("--crisis"), true], [truth, "vote_truth", css("--ink"), false]].filter(([values]) => values?.length);
      lines.push(...named.map(([values, , colour, dashed]) => ({ values, colour, width: 3, dashed })));
      drawCurves(canvas, { ...ballot, past, lines }, app.ui.large);
      const end = (values) => short(values[values.length - 1]);
      const words = named.map(([values, name]) => `${t(name)} ${end(values)}`);
      canvas.setAttribute("aria-label", `${t(ballot.column)}, ${monthName(ballot.until - 1)}: ${words.join(", ")}`);
      replace(key, named.map(([values, name, colour, dashed]) => h("li", {}, h("i", { className: dashed ? "md-dash" : "md-dash md-solid", style: { borderColor: colour } }), ` ${t(name)} ${end(values)}`)));
    },
  };
}

function middleOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)] + sorted[Math.ceil(at)]) / 2;
}
