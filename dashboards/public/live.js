// The live view: maps in the middle, charts, people, money and tables on the right.

import { cityColour, colour, RegionMap } from "./map.js";
import { FLOWS, quantile, SHARED } from "./data.js";
import { cityTable, inspector } from "./inspect.js";
import { drawChart } from "./chart.js";
import { drawMoney, moneyTable } from "./money.js";
import { h, monthName, options, replace, short } from "./dom.js";
import { sidebar, transport } from "./controls.js";
import { headline, interval } from "./headline.js";
import { lessonPanel } from "./lesson.js";
import { missionPanel } from "./missions.js";
import { structurePanel } from "./structures.js";
import { drawnLine } from "./zones.js";
import { sized } from "./words.js";
import { ballotPanel, votesPanel } from "./votes.js";

export function liveView(app) {
  const { t, ui, store } = app;
  const owner = app.role === "owner";
  const side = sidebar(app);
  const bar = transport(app);
  const lesson = lessonPanel(app);
  const missions = missionPanel(app);
  const votes = (owner ? votesPanel : ballotPanel)(app);
  const people = inspector(app);
  const head = headline(app);
  const otherwise = structurePanel(app);
  const maps = [0, 1].map((i) => {
    const canvas = h("canvas", { role: "img", tabIndex: 0, "aria-label": t("legend_rent"), "data-testid": `map-${i}` });
    const map = new RegionMap(canvas, i, (cell, city) => {
      if (city >= 0) app.focus(city);
      if (cell >= 0) {
        panel("inspect");
        app.tell("inspect", { cell });
      } else if (city >= 0) {
        panel("inspect");
        app.tell("inspect", { table: "officials", key: String(city + 1) });
      }
    }, (...place) => hint(i, ...place), () => app.sketch);
    return { map, canvas, tip: h("div", { className: "md-tip", hidden: true, "data-testid": `tip-${i}` }), title: h("div", { className: "md-name" }), box: null };
  });
  maps.forEach((m) => (m.box = h("div", { className: "md-map" }, m.title, m.canvas, m.tip)));
  // Numbers of the place under the pointer.
  function hint(i, cell, city, venue, x, y) {
    const { tip, canvas } = maps[i];
    const world = store.worlds[i];
    tip.hidden = !world || (cell < 0 && city < 0 && venue < 0);
    if (tip.hidden) return;
    if (venue >= 0) [cell, city] = [-1, venue];
    const where = cell < 0 ? city : store.place.slugs.findIndex((_, c) => cell < store.place.first[c + 1]);
    const said = [h("b", {}, app.names()[where])];
    const last = store.month - 1;
    const crews = cell < 0 && last >= 0 ? store.value(i, last, "venue_crews", where) : 0;
    if (crews > 0) said.push(h("span", {}, t("tip_venues", { n: Math.max(1, Math.round(crews)), use: Math.round((100 * store.value(i, last, "venue_days", where)) / (30 * crews)) })));
    if (venue < 0 && cell < 0 && last >= 0) for (const name of ["shoot_days", "studios", "workers", "rent_yuan_m2_month"]) said.push(h("span", {}, `${t(name)}: ${short(name === "shoot_days" ? store.path(i, name, where, true)[last] : store.value(i, last, name, where))} ${unitOf(name, name === "shoot_days")}`));
    if (cell >= 0) {
      const [span, top] = store.place.spans;
      said.push(h("span", {}, t("tip_rent", { by: `${world.rent[cell] >= 127.5 ? "+" : ""}${Math.round(100 * (Math.exp((world.rent[cell] / 127.5 - 1) * span) - 1))}` })), h("span", {}, t("tip_vacancy", { share: Math.round((100 * world.vacancy[cell] * top) / 255) })));
      if (world.studios[cell]) said.push(h("span", {}, t("tip_studios", { n: world.studios[cell] })));
      if (world.bases[cell]) said.push(h("span", {}, t("tip_base", { n: world.bases[cell], use: Math.round((100 * (world.use[cell] - 1)) / 254) })));
      if (world.building[cell]) said.push(h("span", {}, t("tip_building", { n: world.building[cell] })));
      if (world.malls[cell]) said.push(h("span", {}, t("tip_malls", { n: world.malls[cell] })));
    }
    replace(tip, said);
    tip.style.left = `${Math.min(x + 14, Math.max(0, canvas.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > canvas.clientHeight ? Math.max(0, y - tip.offsetHeight - 10) : y + 16}px`;
  }
  const holder = h("div", { className: "md-maps" }, maps.map((m) => m.box));
  const modes = ["rent", "vacancy"].map((mode) => h("button", { "data-testid": `mode-${mode}`, onclick: () => app.set("mode", mode) }, t(`map_${mode}`)));
  const zoom = h("button", { "data-testid": "zoom", onclick: () => app.set("zoom", !ui.zoom) }, t("zoom"));
  const ramp = h("canvas", { className: "md-ramp", width: 160, height: 1, "aria-hidden": "true" });
  const rampText = [h("span"), h("span"), h("span", { className: "md-small" })];
  const legend = h("div", { className: "md-legend" }, modes, zoom, h("span", { className: "md-scale" }, rampText[0], ramp, rampText[1]), rampText[2], h("details", { className: "md-marks md-small", open: ui.openMarks ?? innerHeight > 800, ontoggle: (e) => (ui.openMarks = e.target.open) }, h("summary", {}, t("legend")), h("ul", { className: "md-key" }, t("legend_marks").split("|").map((words) => h("li", {}, words)))));

  const zones = h("ul", { className: "md-events", tabIndex: 0, "data-testid": "zones" });

  // ---------------------------------------------------------------- right
  const tabs = ["charts", "inspect", "money", "table"].map((name) => h("button", { role: "tab", id: `tab-${name}`, "data-testid": `panel-${name}`, "aria-controls": "md-panel", onclick: () => panel(name) }, t(name)));
  const chart = (id, low) => {
    const canvas = h("canvas", { role: "img", tabIndex: 0, "data-testid": `chart-${id}` });
    const entry = { canvas, head: h("div", { className: "md-head" }), hover: -1, spec: null, at: null };
    entry.node = h("div", { className: `md-chart md-panel${low ? " md-low" : ""}` }, entry.head, canvas);
    canvas.addEventListener("mousemove", (event) => {
      const month = entry.at ? entry.at(event.offsetX) : -1;
      if (month !== entry.hover) {
        entry.hover = month;
        redraw(entry);
      }
    });
    canvas.addEventListener("mouseleave", () => {
      entry.hover = -1;
      redraw(entry);
    });
    return entry;
  };
  const redraw = (entry) => {
    if (entry.spec) entry.at = drawChart(entry.canvas, { ...entry.spec, hover: entry.hover }, ui.large);
  };
  const first = chart("main");
  const secondChart = chart("second");
  const index = chart("index", true);
  const pickColumn = (id, key) => h("select", { "aria-label": t("column"), "data-testid": id, onchange: (e) => app.set(key, e.target.value) });
  const column = pickColumn("column", "column");
  const column2 = pickColumn("column2", "column2");
  const share = h("button", { "data-testid": "as-share", onclick: () => app.set("share", !ui.share) });
  const band = h("button", { "data-testid": "band", onclick: () => app.tell("band", { on: !app.state.band && !store.band.seeds.length ? true : (store.clearBand(), false) }) });
  const bandNote = h("p", { className: "md-small", role: "status", "data-testid": "band-note" });
  const events = h("ul", { className: "md-events", "aria-label": t("happened"), "data-testid": "events" });
  first.head.append(column, share);
  first.node.append(events);
  const secondTitle = h("b", {});
  secondChart.head.append(column2, secondTitle, owner ? band : "");
  secondChart.node.append(bandNote);
  const indexTitle = h("b", {});
  const verdict = h("span", { className: "md-small", "data-testid": "a-net", role: "status" });
  index.head.append(indexTitle, verdict);
  const money = h("canvas", { role: "img", "data-testid": "money", style: { width: "100%", height: "22em" } });
  const moneyRows = h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("money") });
  const moneyNote = h("p", { className: "md-small" });
  const table = h("div", {});
  const bodies = {
    charts: h("div", { className: "md-stack" }, first.node, secondChart.node, owner ? otherwise.node : null,
      h("details", { className: "md-box", open: ui.openExpert ?? false, "data-testid": "expert", ontoggle: (e) => ((ui.openExpert = e.target.open), redraw(index)) }, h("summary", {}, t("expert")), h("p", { className: "md-small" }, t("a_net_about")), index.node)),
    inspect: h("div", { className: "md-panel" }, people.node),
    money: h("div", { className: "md-panel md-stack" }, money, moneyNote, moneyRows),
    table: h("div", { className: "md-panel" }, table),
  };
  const body = h("div", { id: "md-panel", role: "tabpanel", tabIndex: -1 });
  const left = h("div", { className: "md-side", id: "md-side", "aria-label": t("levers"), role: "region" });
  const drawer = h("button", { className: "md-drawer", "data-testid": "drawer", "aria-controls": "md-side", onclick: () => {
    ui.drawer = !ui.drawer;
    opened();
  } }, t("levers"));
  const node = h("div", { className: owner ? "md-main" : "md-main md-watch" }, owner ? left : null,
    h("div", { className: "md-centre" }, head.node, owner ? missions.line : null, holder, zones, legend, owner ? h("div", { className: "md-transport-row" }, drawer, bar.node) : null),
    h("div", { className: "md-right" }, owner ? votes.stage : votes.node, h("div", { className: "md-tabs", role: "tablist" }, tabs), body));
  const opened = () => {
    node.classList.toggle("md-open", !!ui.drawer);
    drawer.setAttribute("aria-expanded", String(!!ui.drawer));
  };
  opened();

  function panel(name) {
    ui.panel = name;
    tabs.forEach((tab) => tab.setAttribute("aria-selected", String(tab.id === `tab-${name}`)));
    replace(body, bodies[name]);
    if (name === "inspect" && store.place && app.role === "owner") people.opened();
    refresh();
  }

  function happenings() {
    const slug = store.place.slugs[ui.focus];
    const found = store.place.announced.filter((e) => e.month >= 0 && (e.city === slug || e.city === "all")).map((e) => ({ ...e, text: `${t(e.what)} ${sized(app, e)}` }));
    const peak = store.place.peaks[ui.focus];
    const [year, month] = peak.split("-").map(Number);
    found.push({ month: 12 * (year - 2021) + month - 1, text: t("peak") });
    store.worlds.forEach((world, w) => world.done.filter((e) => e.what === "crisis" || e.city === slug || e.city === "all").forEach((e) => {
      const twin = store.worlds.length > 1 && w === 1 && store.worlds[0].done.some((o) => JSON.stringify(o) === JSON.stringify(e));
      if (!twin) found.push({ ...e, strong: true, text: `${store.worlds.length > 1 ? `${"AB"[w]}: ` : ""}${t(e.what)} ${sized(app, e)}` });
    }));
    found.sort((a, b) => a.month - b.month);
    return found.filter((e) => e.month < store.place.months).map((e, i) => ({ ...e, number: String(i + 1) }));
  }
  function paths(name, inShares) {
    const k = store.place.slugs.length;
    if (store.worlds.length > 1) {
      const dark = ui.theme === "dark";
      return [0, 1].map((w) => ({ label: "AB"[w], colour: w ? (dark ? "#ff9d5c" : "#c24a00") : dark ? "#6cb8f0" : "#0b5cad", values: store.path(w, name, ui.focus, inShares), bold: true, dashed: w === 1 }));
    }
    return Array.from({ length: k }, (_, c) => ({ label: app.names()[c], colour: cityColour(c, ui.theme), values: store.path(0, name, c, inShares), bold: c === ui.focus }));
  }
  function spread(name, inShares, minus) {
    const runs = store.band.seeds.map((run) => {
      const own = (w) => store.bandPath(run, w, name, ui.focus, inShares);
      if (!minus) return [own(0), run.shape[0] > 1 ? own(1) : null];
      const [a, b] = [own(0), own(1)];
      return a && b ? [a.map((v, m) => b[m] - v)] : [null];
    });
    if (!runs.length || !runs[0][0]) return [];
    return runs[0].map((one, w) => {
      if (!one) return null;
      const months = Array.from(one.keys());
      const at = (m) => runs.map((run) => run[w][m]);
      return { low: months.map((m) => quantile(at(m), 0.1)), high: months.map((m) => quantile(at(m), 0.9)), at };
    }).filter(Boolean);
  }
  const unitOf = (name, inShares) => (inShares ? "%" : `${t(`unit:${store.place.units[name]}`, store.place.units[name])}${FLOWS.includes(name) ? `, ${t("twelve")}` : ""}`);

  function zoneLines() {
    const here = store.place.zones.map((zone, z) => [zone, z]).filter(([zone]) => zone.city === ui.focus);
    const line = (w, z) => t("zone_line", { n: store.worlds[w].zones[z][0], share: short((100 * store.worlds[w].zones[z][0]) / Math.max(store.worlds[w].zones[z][1], 1), 2) });
    zones.setAttribute("aria-label", t("zones", { city: app.names()[ui.focus] }));
    const drawn = store.worlds.flatMap((world, w) => world.drawn.filter((zone) => zone.number && store.place.slugs.indexOf(zone.city) === ui.focus).map((zone) => drawnLine(app, w, zone)));
    replace(zones, drawn, here.map(([zone, z]) => h("li", {}, h("b", {}, app.zoneName(zone)), store.worlds.map((_, w) => ` ${store.worlds.length > 1 ? `${"AB"[w]} ` : ""}${line(w, z)}`))));
  }

  function refresh() {
    if (!store.place || !app.state || !store.worlds.length) return;
    zoneLines();
    side.follow();
    if (ui.panel === "table") cityTable(app, table);
    if (ui.panel === "money") {
      const world = store.worlds[store.worlds.length - 1];
      const edges = drawMoney(money, world, store.place, t, ui.large);
      money.setAttribute("aria-label", edges.slice(0, 8).map((e) => `${t(`sector_${e.from}`)} → ${t(`sector_${e.to.toUpperCase()}`)} ${short(e.yuan)}`).join("; ") || t("money"));
      moneyNote.textContent = `${store.worlds.length > 1 ? "B. " : ""}${t("money_note", { scale: app.state.stories[0].scale })}`;
      moneyTable(moneyRows, store.worlds, store.place, t);
    }
    head.update();
    votes.update();
    missions.update();
    if (ui.panel !== "charts") return;
    otherwise.update();
    const months = store.place.months;
    const two = store.worlds.length > 1;
    const inShares = ui.share && SHARED.includes(ui.column);
    const marks = happenings();
    const lines = paths(ui.column, inShares);
    const bandsOf = (list) => list.map((b, w) => ({ ...b, colour: two ? lines[w].colour : lines[ui.focus].colour }));
    first.spec = { months, lines, bands: bandsOf(spread(ui.column, inShares, false)), events: marks };
    redraw(first);
    const unit = unitOf(ui.column, inShares);
    const now = (line) => short(line.values[line.values.length - 1]);
    first.canvas.setAttribute("aria-label", `${t(ui.column)}, ${unit}, ${app.monthLabel(store.month)}${two ? `, ${app.names()[ui.focus]}` : ""}: ${lines.map((line) => `${line.label} ${now(line)}`).join(", ")}. ${marks.map((e) => `${monthName(e.month)} ${e.text}`).join("; ")}`);
    share.textContent = inShares ? t("as_share") : t("as_level");
    share.disabled = !SHARED.includes(ui.column);
    replace(events, h("li", {}, h("span", { className: "md-small" }, `${app.names()[ui.focus]}, ${unit}`)), marks.map((e) => h("li", { className: e.strong ? "md-strong" : "" }, h("b", {}, e.number), ` ${monthName(e.month)} ${e.text}`)));

    column2.hidden = two;
    if (two) {
      const gap = lines[0].values.map((v, m) => lines[1].values[m] - v);
      const bands = spread(ui.column, inShares, true);
      secondTitle.textContent = `${t("difference")}: ${app.names()[ui.focus]}, ${inShares ? t("points") : unit}`;
      secondChart.spec = { months, lines: [{ label: "B − A", colour: lines[1].colour, values: gap, bold: true }], bands: bands.map((b) => ({ ...b, colour: lines[1].colour })), levels: [0], events: marks.filter((e) => e.strong) };
      const last = gap.length - 1;
      bandNote.textContent = bands.length && last >= 0 ? said(bands[0].at(last), last) : t("one_draw");
      secondChart.canvas.setAttribute("aria-label", `${secondTitle.textContent}: ${short(gap[last])}. ${bandNote.textContent}`);
    } else {
      const shares2 = ui.share && SHARED.includes(ui.column2);
      const own = paths(ui.column2, shares2);
      secondTitle.textContent = unitOf(ui.column2, shares2);
      secondChart.spec = { months, lines: own, bands: spread(ui.column2, shares2, false).map((b) => ({ ...b, colour: own[ui.focus].colour })), events: marks };
      secondChart.canvas.setAttribute("aria-label", `${t(ui.column2)}: ${own.map((line) => `${line.label} ${now(line)}`).join(", ")}`);
      bandNote.textContent = store.band.seeds.length ? t("band_note", { n: store.band.seeds.length }) : t("one_draw");
    }
    if (app.state.band && store.band.seeds.length + store.band.failed < (store.band.of || 8)) bandNote.textContent += ` ${t("band_running", { n: store.band.seeds.length, of: store.band.of || 8 })}`;
    band.textContent = app.state.band || store.band.seeds.length ? t("band_off") : t("more_seeds");
    redraw(secondChart);

    index.spec = { months, lines: store.worlds.map((_, w) => ({ label: two ? "AB"[w] : "A_net", colour: two ? lines[w].colour : cityColour(7, ui.theme), values: store.index(w), bold: true, dashed: w === 1 })), levels: [1] };
    redraw(index);
    indexTitle.textContent = t("a_net");
    const indexes = store.worlds.map((world) => world.index[0]);
    verdict.textContent = indexes.map((v, w) => `${two ? "AB"[w] + " " : ""}${short(v)} ${v > 1 ? t("a_above") : t("a_below")}`).join(" · ");
    index.canvas.setAttribute("aria-label", `${t("a_net")}: ${verdict.textContent}. ${Object.entries(store.worlds[0].index[2]).map(([name, v]) => `${name} ${short(v)}`).join(", ")}`);
  }
  // What other seeds say of the difference, with the interval of their mean.
  function said(values, last) {
    const { n, mean, low, high, least, most } = interval(values);
    if (n < 2) return t("band_running", { n, of: store.band.of });
    return t("band_says", { n, month: monthName(last), low: short(least), high: short(most), mean: short(mean), from: short(low), to: short(high) });
  }

  function layout() {
    const n = Math.max(1, store.worlds.length);
    maps[1].box.style.display = n > 1 ? "" : "none";
    const box = holder.getBoundingClientRect();
    holder.classList.toggle("md-pair-of", n > 1);
    holder.classList.toggle("md-tall", n > 1 && box.width < 1.35 * box.height);
    maps.forEach((m, i) => {
      const story = app.state?.stories[i];
      const title = story ? app.scenarioTitle(story.scenario) : "";
      m.title.textContent = n > 1 ? `${"AB"[i]}  ${title}${story?.done.length ? " *" : ""}` : "";
    });
  }

  return {
    node, date: bar.date, drawer, refresh, layout, panel, people,
    chartData: () => first.spec,
    // What is on show with what it is, for a picture.
    canvases: () => {
      const charted = ui.panel === "charts" ? [[first, `${t(ui.column)}, ${unitOf(ui.column, ui.share && SHARED.includes(ui.column))}${store.worlds.length > 1 ? `, ${app.names()[ui.focus]}` : ""}`], [secondChart, store.worlds.length > 1 ? secondTitle.textContent : `${t(ui.column2)}, ${secondTitle.textContent}`]] : [];
      return [...maps.slice(0, store.worlds.length).map((m) => ({ canvas: m.canvas, said: `${m.title.textContent} ${rampText.map((part) => part.textContent).join(" … ")}. ${t("legend_marks").replaceAll("|", " · ")}` })), ...charted.map(([entry, said]) => ({ canvas: entry.canvas, said }))];
    },
    setPlace(place) {
      maps.forEach((m) => m.map.setPlace(place));
      const names = place.charted.map((name) => [name, t(name)]);
      options(column, names, ui.column);
      options(column2, names, ui.column2);
    },
    state() {
      side.update();
      bar.update();
      lesson.update();
      missions.update();
      const [playing, list] = [app.state?.mission.name, app.state?.lesson.step < 0];
      if (owner) replace(left, playing ? [missions.node, side.node, votes.node] : ui.tab === "lesson" ? [lesson.node, list ? missions.node : null, votes.node] : [votes.node, side.node]);
      modes.forEach((button, i) => button.setAttribute("aria-pressed", String(ui.mode === ["rent", "vacancy"][i])));
      zoom.setAttribute("aria-pressed", String(!!ui.zoom));
      column.value = ui.column;
      column2.value = ui.column2;
      const reach = store.place && store.worlds.length ? store.reach(ui.mode) : 0.6;
      const [rent, vacancy] = [reach, reach];
      rampText[0].textContent = ui.mode === "rent" ? `${Math.round(100 * (Math.exp(-rent) - 1))} %` : "0 %";
      rampText[1].textContent = ui.mode === "rent" ? `+${Math.round(100 * (Math.exp(rent) - 1))} %` : `${Math.round(100 * vacancy)} %`;
      rampText[2].textContent = t(`legend_${ui.mode}`);
      const pen = ramp.getContext("2d");
      for (let i = 0; i < 160; i++) {
        pen.fillStyle = `rgb(${colour(ui.theme, ui.mode, i / 159)})`;
        pen.fillRect(i, 0, 1, 1);
      }
      layout();
    },
    draw(share) {
      store.worlds.forEach((_, i) => {
        maps[i].map.draw(store, app.progress(), { ...ui, names: app.names(), rivers: { yellow: t("yellow_river"), yangtze: t("yangtze") }, zoneName: app.zoneName, drawnName: (n) => t("zone_drawn", { n, city: "" }).trim(), scale: app.state?.stories[0].scale, still: app.still }, share[i]);
        maps[i].moving = maps[i].map.moves.length > 0 || maps[i].map.settling;
      });
    },
    describe(share) {
      store.worlds.forEach((world, i) => {
        const text = app.names().map((name, c) => `${name} ${short(share[i][c])} %`).join(", ");
        const sum = (counts) => counts.reduce((a, b) => a + b, 0);
        maps[i].canvas.setAttribute("aria-label", `${store.worlds.length > 1 ? "AB"[i] + " " : ""}${t(`legend_${ui.mode}`)}, ${app.monthLabel(store.month)}. ${t("shoot_days")}: ${text}. ${t("studios")} ${sum(world.studios)}, ${t("base_crews")} ${sum(world.bases)}, ${t("derelict_malls")} ${sum(world.malls)}`);
      });
    },
    moving: () => maps.some((m) => m.moving),
    tick: bar.tick,
    structure: otherwise.take,
    votes: votes.update,
  };
}
