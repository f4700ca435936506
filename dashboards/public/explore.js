// Results of sweeps: effects with their intervals, heat maps, paths.

import { cityColour, colour } from "./map.js";
import { css, fitted, h, options, replace, short } from "./dom.js";
import { drawChart } from "./chart.js";

const SHARES = ["shoot_days", "studios", "value_yuan", "workers"]; // columns whose paths are shown as parts of all cities

export function explorer(app) {
  const { t } = app;
  const ui = (app.ui.explore ||= { view: "effects", where: {} });
  const pick = (id, change) => h("select", { id: `x-${id}`, "data-testid": `x-${id}`, onchange: (e) => change(e.target.value) });
  const field = (label, input) => h("div", { className: "md-field" }, h("label", { htmlFor: input.id }, label), input);
  const folder = pick("folder", (v) => open(v));
  const outcome = pick("outcome", (v) => ((ui.outcome = v), draw()));
  const view = pick("view", (v) => ((ui.view = v), fields(), draw()));
  const [x, y] = ["x", "y"].map((axis) => pick(axis, (v) => ((ui[axis] = v), draw())));
  const column = pick("column", (v) => ((ui.column = v), draw()));
  const city = pick("city", (v) => ((ui.city = v), draw()));
  const seed = pick("seed", (v) => (ui.seed = v));
  const wrong = h("p", { className: "md-small md-wrong", role: "alert", "data-testid": "x-wrong" });
  const filters = h("div", { className: "md-stack" });
  const extra = h("div", { className: "md-stack" });
  const varied = h("ul", { className: "md-list md-small", "aria-label": t("varied"), "data-testid": "x-varied" });
  const canvas = h("canvas", { className: "md-explore", role: "img", "aria-label": t("results"), "data-testid": "x-canvas" });
  const note = h("p", { className: "md-small" });
  const rows = h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("table") });
  let about = null;

  async function opened() {
    const found = await app.ask("explore", { what: "folders" });
    if (!found.length) {
      replace(node, h("div", { className: "md-box md-plain", style: { maxWidth: "60rem", margin: "2rem auto" } }, h("p", { "data-testid": "no-sweeps" }, t("no_sweeps"))));
      return;
    }
    options(folder, found.map((f) => [f.folder, `${f.title || f.folder} (${f.points} × ${f.seeds})`]), ui.folder);
    await open(folder.value);
  }
  async function open(name) {
    if (ui.folder !== name) Object.assign(ui, { folder: name, where: {}, outcome: null, x: null, y: null });
    about = await app.ask("explore", { what: "about", folder: name });
    const names = about.outcomes.map((o) => o.name);
    ui.outcome = names.includes(ui.outcome) ? ui.outcome : names.includes("city_share_shoot_days") ? "city_share_shoot_days" : names[0];
    options(outcome, about.outcomes.map((o) => [o.name, `${said(o.name)}${unit(o.name) ? ` (${unit(o.name)})` : ""}`]), ui.outcome);
    options(seed, about.seeds.map((s) => [String(s), String(s)]), (ui.seed = about.seeds.map(String).includes(ui.seed) ? ui.seed : String(about.seeds[0])));
    replace(varied, Object.entries(about.varied).map(([name, v]) => h("li", {}, h("b", {}, name), ` ${t(`factor_${name}`, v.meaning)}${v.unit && v.unit !== "1" ? ` (${t(`unit:${v.unit}`, v.unit)})` : ""}`)));
    options(view, [["effects", t("effects")], ["heat", t("heat")], ...(about.paths ? [["paths", t("paths")]] : [])], ui.view);
    const varying = Object.keys(about.factors).filter((f) => about.factors[f].length > 1);
    ui.x = varying.includes(ui.x) ? ui.x : varying[0];
    ui.y = varying.includes(ui.y) && ui.y !== ui.x ? ui.y : varying[1];
    options(x, varying.map((f) => [f, f]), ui.x);
    options(y, varying.map((f) => [f, f]), ui.y);
    options(column, Object.entries(about.columns).map(([name, [, meaning]]) => [name, t(name, meaning)]), (ui.column ||= "shoot_days"));
    options(city, app.store.place.slugs.map((slug) => [slug, app.cityName(slug)]), (ui.city ||= "zhengzhou"));
    replace(filters, varying.map((f) => {
      const chosen = h("select", { id: `f-${f}`, onchange: () => { if (chosen.value === "") delete ui.where[f]; else ui.where[f] = about.factors[f][+chosen.value]; draw(); } });
      options(chosen, [["", t("all")], ...about.factors[f].map((v, i) => [String(i), String(v)])], f in ui.where ? String(about.factors[f].indexOf(ui.where[f])) : "");
      return field(`${t("filter")} ${f}`, chosen);
    }));
    fields();
    await draw();
  }
  const fields = () => replace(extra, ui.view === "heat" ? [field(t("across"), x), field(t("up"), y)] : ui.view === "paths" ? [field(t("column"), column), field(t("city"), city)] : [field(t("x_seed"), seed)]);

  // An outcome in words, its unit, and numbers of it: shares as per cent, differences of them in points.
  const known = (name) => about.outcomes.find((o) => o.name === name) || {};
  function said(name) {
    const [, shares, city, observed] = name.match(/^share_(.+)_([a-z]+?)(_observed)?$/) || [];
    if (app.store.place.slugs.includes(city)) return t("share_of", { what: t(shares), city: app.cityName(city) }) + (observed ? t("outcome_observed") : "");
    const base = name.replace(/_observed$/, "");
    return t(`outcome_${base}`, "") ? t(`outcome_${base}`) + (base === name ? "" : t("outcome_observed")) : known(name).meaning || name;
  }
  const isShare = (name) => known(name).unit === "share";
  const unit = (name, difference) => (isShare(name) ? (difference ? t("points") : "%") : ["", "1"].includes(known(name).unit ?? "") ? "" : t(`unit:${known(name).unit}`, known(name).unit));
  const figure = (v, digits) => (v === null ? "–" : short(isShare(ui.outcome) ? 100 * v : v, digits));

  async function draw() {
    const common = { folder: ui.folder, where: ui.where };
    if (ui.view === "effects") effects((await app.ask("explore", { what: "effects", outcome: ui.outcome, ...common })).rows);
    else if (ui.view === "heat") {
      if (!ui.x || !ui.y) return replace(rows, t("too_few"));
      heat(await app.ask("explore", { what: "heat", outcome: ui.outcome, x: ui.x, y: ui.y, ...common }));
    } else paths(await app.ask("explore", { what: "paths", column: ui.column, city: ui.city, share: SHARES.includes(ui.column), ...common }));
  }
  const label = (labels) => Object.entries(labels).map(([name, v]) => `${name} = ${typeof v === "number" ? short(v) : v}`).join(", ") || "–";

  function effects(found) {
    note.textContent = `${said(ui.outcome)}. ${t("effect_note")}${unit(ui.outcome, true) ? `, ${unit(ui.outcome, true)}` : ""}`;
    canvas.style.height = `${Math.max(160, 34 * found.length + 40)}px`;
    const [pen, width, height] = fitted(canvas);
    const size = app.ui.large ? 17 : 14;
    pen.clearRect(0, 0, width, height);
    pen.font = `500 ${size}px system-ui, "Noto Sans SC", sans-serif`;
    const names = found.map((r) => label(r.labels));
    const left = Math.min(Math.max(...names.map((n) => pen.measureText(n).width), 60) + 16, width * 0.5);
    const all = found.flatMap((r) => [r.low, r.high, r.mean]).filter((v) => v !== null);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    const room = (high - low || 1) * 0.08;
    const X = (v) => left + ((v - low + room) / (high - low + 2 * room)) * (width - left - 10);
    pen.strokeStyle = css("--ink");
    pen.beginPath();
    pen.moveTo(X(0), 4);
    pen.lineTo(X(0), height - 26);
    pen.stroke();
    found.forEach((r, i) => {
      const at = 20 + 34 * i;
      pen.fillStyle = css("--ink");
      pen.textAlign = "right";
      pen.fillText(names[i], left - 8, at + 5, left - 12);
      if (r.mean === null) return;
      const clear = r.low > 0 || r.high < 0;
      pen.strokeStyle = pen.fillStyle = clear ? css("--accent") : css("--muted");
      pen.lineWidth = 3;
      if (r.low !== null) {
        pen.beginPath();
        pen.moveTo(X(r.low), at);
        pen.lineTo(X(r.high), at);
        pen.stroke();
      }
      pen.beginPath();
      pen.arc(X(r.mean), at, 6, 0, 7);
      if (clear || i === 0) pen.fill();
      else { pen.fillStyle = css("--panel"); pen.fill(); pen.stroke(); }
    });
    pen.fillStyle = css("--muted");
    pen.textAlign = "center";
    for (const v of [low, 0, high]) pen.fillText(figure(v), X(v), height - 6);
    canvas.setAttribute("aria-label", `${note.textContent}. ${found.map((r, i) => `${names[i]}: ${figure(r.mean)} (${figure(r.low)} – ${figure(r.high)})`).join("; ")}`);
    const [gap, level] = [unit(ui.outcome, true), unit(ui.outcome)].map((text) => (text ? `, ${text}` : ""));
    table(["", t("effects") + gap, "95 %", t("level_note") + level, t("seeds_counted"), t("x_live")], found.map((r, i) => [names[i], figure(r.mean), r.low === null ? "–" : `${figure(r.low)} … ${figure(r.high)}`, figure(r.level), r.seeds, h("button", { "data-testid": `x-live-${r.point}`, "aria-label": t("x_live_of", { row: names[i] }), onclick: () => live(r.point) }, t("x_live"))]));
  }
  // A run of a row, as a world on show.
  async function live(point) {
    const answer = await app.ask("live", { folder: ui.folder, point, seed: +seed.value });
    replace(wrong, answer.error ? h("span", {}, app.said(answer.error)) : "");
    if (!answer.error) app.tab("live");
  }
  function heat(found) {
    note.textContent = `${said(ui.outcome)}${unit(ui.outcome) ? `, ${unit(ui.outcome)}` : ""}: ${t("level_note")}`;
    canvas.style.height = `${Math.min(560, 60 * found.y.length + 70)}px`;
    const [pen, width, height] = fitted(canvas);
    pen.clearRect(0, 0, width, height);
    const size = app.ui.large ? 17 : 14;
    pen.font = `600 ${size}px system-ui, "Noto Sans SC", sans-serif`;
    const all = found.mean.flat().filter((v) => v !== null);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const left = 110;
    const [w, v] = [(width - left - 10) / found.x.length, (height - 60) / found.y.length];
    found.mean.forEach((row, j) => row.forEach((mean, i) => {
      const shade = mean === null ? null : colour("light", "vacancy", high > low ? (0.95 * (mean - low)) / (high - low) : 0.5);
      const [px, py] = [left + i * w, height - 60 - (j + 1) * v + 4];
      pen.fillStyle = shade ? `rgb(${shade})` : css("--line");
      pen.fillRect(px + 1, py + 1, w - 2, v - 2);
      pen.fillStyle = shade && shade[0] * 0.3 + shade[1] * 0.59 + shade[2] * 0.11 > 140 ? "#111" : "#fff";
      pen.textAlign = "center";
      pen.fillText(figure(mean, 4), px + w / 2, py + v / 2 + 5);
    }));
    pen.fillStyle = css("--ink");
    found.x.forEach((value, i) => pen.fillText(short(value), left + (i + 0.5) * w, height - 38, w - 4));
    pen.fillText(ui.x, left + (width - left) / 2, height - 12);
    pen.textAlign = "right";
    found.y.forEach((value, j) => pen.fillText(short(value), left - 8, height - 60 - (j + 0.5) * v + 8, left - 10));
    pen.textAlign = "left";
    pen.fillText(ui.y, 2, 14);
    canvas.setAttribute("aria-label", `${note.textContent}: ${ui.x} × ${ui.y}, ${figure(low)} – ${figure(high)}`);
    table([`${ui.y} \\ ${ui.x}`, ...found.x.map((v) => short(v))], found.y.map((value, j) => [short(value), ...found.mean[j].map((m) => figure(m, 4))]));
  }
  function paths(found) {
    const shares = SHARES.includes(ui.column);
    const times = shares ? 100 : 1;
    const [unitOf, meaning] = about.columns[ui.column];
    note.textContent = `${t(ui.column, meaning)}, ${shares ? `${t("as_share")}, %` : t(`unit:${unitOf}`, unitOf)}, ${app.cityName(ui.city)}`;
    canvas.style.height = "420px";
    const lines = found.paths.map((p, i) => ({ label: label(p.labels), colour: cityColour((i + 7) % 8, app.ui.theme), values: p.mean.map((v) => (v ?? NaN) * times), bold: i === 0, dashed: i > 7 }));
    const bands = found.paths.slice(0, 3).map((p, i) => ({ low: p.low.map((v) => (v ?? NaN) * times), high: p.high.map((v) => (v ?? NaN) * times), colour: lines[i].colour }));
    drawChart(canvas, { months: found.months.length, lines, bands }, app.ui.large);
    canvas.setAttribute("aria-label", lines.map((line) => `${line.label}: ${short(line.values.at(-1))}`).join("; "));
    table(["", found.months.at(-1)], lines.map((line) => [line.label, short(line.values.at(-1))]));
  }
  const table = (head, body) => replace(rows, h("table", { className: "md-table", "data-testid": "x-table" }, h("thead", {}, h("tr", {}, head.map((text, i) => (text ? h("th", { scope: "col", className: i ? "md-number" : "" }, text) : h("td", {}))))), h("tbody", {}, body.map((row) => h("tr", {}, row.map((cell, i) => h(i ? "td" : "th", i ? { className: "md-number" } : { scope: "row" }, cell instanceof Node ? cell : String(cell))))))));

  const node = h("div", { className: "md-results", "data-testid": "results" },
    h("div", { className: "md-side md-stack" }, h("div", { className: "md-box md-plain md-stack" }, field(t("folder"), folder), field(t("view"), view), field(t("outcome"), outcome), extra, filters, h("b", {}, t("varied")), varied)),
    h("div", { className: "md-panel md-stack" }, note, canvas, wrong, rows));
  return { node, opened, redraw: () => about && node.isConnected && draw() };
}
