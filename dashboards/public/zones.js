// Zones drawn on the map: a form beside it (by pointer, or by numbers), what acts in them, and who moved into them.

import { h, monthName, options, replace, short } from "./dom.js";

const SHAPES = {
  rent_subsidy: { most: 100, step: 5, first: 50, by: 0.01 }, park_services: { most: 60000, step: 1000, first: 10000 }, housing: { most: 60000, step: 1000, first: 5000 },
  public_studio: { most: 200000, step: 1000, first: 20000 }, state_space: { most: 200000, step: 1000, first: 20000 }, state_fund: { most: 2000, step: 10, first: 100 },
};

const sizeOf = (app, what, size) => (what === "rent_subsidy" ? `${Math.round(100 * size)} %` : `${short(size)} ${app.t(`unit_${what}`)}`);

export function zonePanel(app) {
  const { t, catalog } = app;
  const draft = (app.ui.draft ||= { east: "", north: "", radius: "" });
  const number = (name, label) => {
    const input = h("input", { id: `zone-${name}`, type: "number", step: 0.5, value: draft[name], "data-testid": `zone-${name}`, oninput: () => {
      draft[name] = input.value;
      draft.city = app.ui.focus;
      app.redraw();
    } });
    return { input, node: h("div", { className: "md-field" }, h("label", { htmlFor: input.id }, label), input) };
  };
  const [east, north, radius] = [number("east", t("zone_east")), number("north", t("zone_north")), number("radius", t("zone_radius"))];
  const what = h("select", { id: "zone-what", "data-testid": "zone-what", onchange: () => sized() }, Object.keys(catalog.zone_levers).map((name) => h("option", { value: name }, t(name))));
  const size = h("input", { id: "zone-size", type: "number", min: 0, "data-testid": "zone-size" });
  const sizeLabel = h("label", { htmlFor: "zone-size" });
  const budget = h("input", { id: "zone-budget", type: "number", min: 0, step: 1, placeholder: t("no_budget"), "data-testid": "zone-budget" });
  const note = h("p", { className: "md-small", role: "alert", "data-testid": "zone-note" });
  const draw = h("button", { className: "md-wide", "data-testid": "zone-draw", onclick: () => drawing(!app.ui.drawing) }, t("zone_draw"));
  const list = h("ul", { className: "md-list md-small", "data-testid": "zone-list", "aria-label": t("zone_box") });
  const sized = () => {
    const shape = SHAPES[what.value];
    Object.assign(size, { max: shape.most, step: shape.step, value: shape.first });
    sizeLabel.textContent = `${t("zone_size")}, ${shape.by ? "%" : t(`unit_${what.value}`)}`;
  };
  let told = 0;
  // The same words twice are said twice.
  const say = (text, wrong) => {
    told += 1;
    note.classList.toggle("md-wrong", !!wrong);
    replace(note, h("span", { "data-told": told }, text));
  };
  const drawing = (on) => {
    app.ui.drawing = on;
    draw.setAttribute("aria-pressed", String(on));
    if (on) say(t("zone_hint"));
    app.redraw();
  };
  const send = async (city, place, instrument, amount, millions) => {
    const answer = await app.ask("act", { what: instrument, city, zone: place, size: amount, world: app.ui.target || "last", budget_yuan_year: millions === "" ? null : Math.round(1e6 * +millions) });
    if (answer.error) {
      say(app.said(answer.error), true);
      return false;
    }
    say(t("zone_acts", { month: monthName(app.store.month) }));
    return true;
  };
  const act = async () => {
    const fields = [east, north, radius].map((field) => field.input.value);
    if (fields.includes("")) return say(t("zone_missing"), true);
    const city = app.store.place.slugs[app.ui.focus];
    const amount = size.value === "" ? NaN : +size.value * (SHAPES[what.value].by || 1);
    if (!Number.isFinite(amount)) return say(t("zone_no_size"), true);
    if (await send(city, fields.join(":"), what.value, +amount.toPrecision(6), budget.value)) {
      for (const field of [east, north, radius]) field.input.value = "";
      Object.assign(draft, { east: "", north: "", radius: "" });
      drawing(false);
      say(t("zone_acts", { month: monthName(app.store.month) }));
    }
  };
  const go = h("button", { className: "md-primary md-wide", onclick: act, "data-testid": "zone-act" }, t("zone_act"));
  const node = h("details", { className: "md-box", open: app.ui.openZone ?? false, "data-testid": "zone-box", ontoggle: (e) => ((app.ui.openZone = e.target.open), e.target.open || drawing(false)) },
    h("summary", {}, t("zone_box")), h("p", { className: "md-small" }, t("zone_about")), draw,
    h("div", { className: "md-triple" }, east.node, north.node, radius.node),
    h("div", { className: "md-field" }, h("label", { htmlFor: what.id }, t("zone_what")), what),
    h("div", { className: "md-pair" }, h("div", { className: "md-field" }, sizeLabel, size), h("div", { className: "md-field" }, h("label", { htmlFor: budget.id }, t("budget_year")), budget)),
    go, note, list);
  sized();
  // What the map tells while a zone is drawn on it.
  app.sketch = {
    on: () => !!app.ui.drawing,
    outside: () => say(t("zone_outside"), true),
    change(city, e, n, r) {
      if (city !== app.ui.focus) app.focus(city);
      Object.assign(draft, { city, east: String(e), north: String(n), radius: String(r) });
      for (const [field, value] of [[east, e], [north, n], [radius, r]]) field.input.value = value;
      say(t("zone_sketch", { city: app.names()[city], east: e, north: n, radius: r }));
      app.redraw();
    },
  };
  let shown = "";
  return {
    node,
    update() {
      const { store, state } = app;
      draw.setAttribute("aria-pressed", String(!!app.ui.drawing));
      for (const button of [draw, go]) button.disabled = state.over || state.failed || state.freed;
      const which = app.ui.target === "first" ? 0 : store.worlds.length - 1;
      const zones = (store.worlds[which]?.drawn || []).filter((zone) => zone.number);
      const key = JSON.stringify(zones.map((zone) => [zone.number, zone.does]));
      if (key === shown) return;
      shown = key;
      replace(list, zones.map((zone) => h("li", {}, h("b", {}, zoneName(app, zone)), ` ${does(app, zone)}. `, zone.does.filter((one) => one.claimed > 0).map((one) => `${t("zone_paid", { what: t(one.what), paid: short(one.paid), claimed: short(one.claimed) })}. `), zone.does.filter((one) => one.size > 0).map((one) => h("button", { className: "md-quiet", "data-testid": `zone-end-${zone.number}-${one.what}`, onclick: () => send(zone.city, zone.place, one.what, 0, "") }, t("zone_end", { what: t(one.what) }))))));
    },
  };
}

const zoneName = (app, zone) => app.t("zone_drawn", { n: zone.number, city: app.cityName(zone.city) });
const does = (app, zone) => zone.does.map((one) => `${app.t(one.what)} ${one.size > 0 ? sizeOf(app, one.what, one.size) : "✕"}`).join(app.t("comma"));

// The line below the map: a drawn zone, its studios, and where those of the last twelve months came from.
export function drawnLine(app, w, zone) {
  const { t, store } = app;
  const parts = [t("zone_studios", { n: zone.studios })];
  if (zone.came?.n) parts.push(t("zone_came", zone.came));
  else parts.push(t("promise_next", { month: monthName(Math.max(...zone.does.map((one) => one.from))) }));
  const other = store.worlds.length > 1 ? store.worlds[1 - w].drawn.find((one) => one.city === zone.city && one.place === zone.place) : null;
  if (other && !other.number) parts.push(t("zone_beside", { name: "AB"[1 - w], n: other.studios }));
  return h("li", { className: "md-drawn" }, h("b", {}, `${store.worlds.length > 1 ? `${"AB"[w]} ` : ""}${zoneName(app, zone)}`), ` (${does(app, zone)}): ${parts.join("; ")}`);
}
