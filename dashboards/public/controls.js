// The left side: a new world, two worlds, levers, the crisis; and the bar that plays.

import { h, icon, monthName, options, replace, short } from "./dom.js";
import { actionWords, storyWords } from "./words.js";
import { zonePanel } from "./zones.js";

const SHAPES = {
  rent_subsidy: { max: 1, step: 0.05, percent: true }, rebate: { max: 0.5, step: 0.01, percent: true }, designation: { toggle: true },
  public_studio: { max: 200000, step: 1000 }, state_space: { max: 200000, step: 1000 }, free_scenes: { max: 1000, step: 10 }, state_fund: { max: 2000, step: 10 }, censorship: { max: 10, step: 0.5 },
};

export function sidebar(app) {
  const { t, tell, catalog } = app;
  const scenario = h("select", { id: "scenario", "data-testid": "scenario" });
  const second = h("select", { id: "second", "data-testid": "second" });
  const seed = h("input", { id: "seed", type: "text", inputMode: "numeric", "data-testid": "seed", autocomplete: "off" });
  const scale = h("select", { id: "scale", "data-testid": "scale" });
  const values = h("input", { id: "values", type: "text", placeholder: "crisis_strength=2", "data-testid": "values", autocomplete: "off", spellcheck: false });
  const pending = h("span", { className: "md-small md-pending", role: "status" });
  const about = h("p", { className: "md-small" });
  let shown = "";
  const entries = catalog.scenarios.map((s) => [s.name, app.scenarioTitle(s.name)]);
  options(scenario, entries);
  options(second, [["", t("none")], ...entries]);
  options(scale, ["0.02", "0.05", "0.1", "0.2", "0.5", "1"].map((s) => [s, s]));
  const describe = () => {
    about.textContent = t(`about_${scenario.value}`, catalog.scenarios.find((s) => s.name === scenario.value)?.description || "");
  };
  const form = () => ({ scenario: scenario.value, seed: seed.value, scale: scale.value, values: values.value, second: second.value });
  const changed = () => {
    describe();
    pending.textContent = JSON.stringify(form()) !== shown ? t("pending") : "";
  };
  for (const field of [scenario, second, seed, scale, values]) field.addEventListener("input", changed);
  const reset = () => tell("reset", { ...form(), second: second.value || null });
  for (const field of [seed, values]) field.addEventListener("keydown", (event) => event.key === "Enter" && reset());
  const field = (label, input) => h("div", { className: "md-field" }, h("label", { htmlFor: input.id }, label), input);
  const world = h("details", { className: "md-box", open: app.ui.openWorld ?? true, ontoggle: (e) => (app.ui.openWorld = e.target.open) },
    h("summary", {}, t("new_world")), field(t("scenario"), scenario), about, field(t("second"), second),
    h("div", { className: "md-pair" }, field(t("seed"), seed), field(t("scale"), scale)), field(t("parameters"), values),
    h("button", { className: "md-primary md-wide", onclick: reset, "data-testid": "reset" }, t("reset")), pending);

  const two = h("button", { className: "md-wide", "data-testid": "two", onclick: () => tell("two", { on: app.state.stories.length < 2 }) });
  const undo = h("button", { className: "md-wide", "data-testid": "undo", onclick: () => tell("undo") });
  const city = h("select", { id: "lever-city", "data-testid": "lever-city", onchange: () => app.focus(+city.value) });
  const target = h("select", { id: "target", "data-testid": "target", onchange: () => (app.ui.target = target.value) });
  const budget = (name) => h("input", { id: `lever-budget-${name}`, type: "number", min: 0, step: 1, placeholder: t("no_budget"), "data-testid": `lever-budget-${name}` });
  const year = budget("year"), total = budget("total");
  const add = h("input", { type: "checkbox", id: "lever-add", "data-testid": "lever-add" });
  const yuan = (box) => (box.value === "" ? null : Math.round(1e6 * +box.value));
  const act = (what, size) => tell("act", {
    what, size, city: what === "censorship" ? "all" : app.store.place.slugs[app.ui.focus], world: target.value || "last", mode: add.checked ? "add" : "replace",
    ...(catalog.levers[what].costly ? { budget_yuan_year: yuan(year), budget_yuan_total: yuan(total) } : {}),
  });
  const levers = {};
  const rows = Object.keys(catalog.levers).map((name) => {
    const shape = SHAPES[name];
    const id = `lever-${name}`;
    if (shape.toggle) {
      const box = h("input", { type: "checkbox", id, "data-testid": id, onchange: () => act(name, box.checked ? 1 : 0) });
      levers[name] = { input: box, set: (v) => (box.checked = v > 0) };
      return h("div", { className: "md-lever md-check" }, box, h("label", { htmlFor: id }, t(name)));
    }
    const unit = shape.percent ? "%" : t(`unit_${name}`);
    const label = h("output", { htmlFor: id });
    const write = (v) => (label.textContent = shape.percent ? `${Math.round(100 * v)} %` : short(+v));
    const slider = h("input", { type: "range", id, min: 0, max: shape.max, step: shape.step, "data-testid": id, oninput: () => write(slider.value), onchange: () => act(name, +slider.value) });
    levers[name] = { input: slider, label, set: (v) => { slider.value = v; write(+slider.value); } };
    const text = shape.percent ? t(name) : [t(name), h("span", { className: "md-small" }, ` ${unit}`)];
    const promise = h("span", { className: "md-small md-promise", "data-testid": `promise-${name}` });
    levers[name].promise = promise;
    levers[name].row = h("div", { className: "md-lever" }, h("label", { htmlFor: id }, text), label, slider, promise);
    return levers[name].row;
  });
  // How much of what a lever announces was claimed, and how much of that was paid.
  const promised = (name, which) => {
    const { state, store, ui } = app;
    const lever = levers[name];
    const slug = store.place.slugs[ui.focus];
    const size = state.levers[which]?.[name]?.[slug] ?? 0;
    const here = (list) => list.filter((a) => a.what === name && a.city === slug && !a.zone && a.month <= store.month);
    const done = here(state.stories[which].done);
    const own = done.length ? done : here(store.place.announced);
    const changed = Math.max(-1, ...own.map((a) => a.month));
    const from = Math.max(0, store.month - 12, changed < store.month ? changed : 0);
    let [text, part] = ["", 1];
    if (size > 0 && changed >= store.month) text = t("promise_next", { month: monthName(changed) });
    else if (size > 0 && store.month > 0) {
      const { claimed, paid } = store.promised(which, name, ui.focus, from);
      part = claimed > 0 ? Math.min(1, paid / claimed) : 1;
      const said = { size: lever.label.textContent, paid: short(paid), claimed: short(claimed), n: store.month - from };
      text = t(claimed <= 0 ? "promise_nobody" : part > 0.99 ? "promise_paid" : paid < 1 ? "promise_empty" : "promise_short", said);
    }
    lever.promise.textContent = text;
    lever.row.classList.toggle("md-unpaid", part < 0.99);
    lever.row.style.setProperty("--paid", `${Math.round(100 * part)}%`);
  };
  const budgetBar = h("span", { className: "md-meter" }, h("span"));
  const budgetText = h("span", { className: "md-small" });
  const filmBudget = h("div", { className: "md-budget", "data-testid": "film-budget" }, budgetText, budgetBar);
  const budgets = (which) => {
    const { store, ui, state } = app;
    const from = Math.max(0, store.month - 12);
    filmBudget.hidden = !store.month;
    if (!store.month) return;
    const spent = store.total(which, "film_spent_yuan", ui.focus, from);
    const left = store.value(which, store.month - 1, "film_budget_yuan", ui.focus);
    budgetBar.firstChild.style.width = `${spent + left > 0 ? (100 * spent) / (spent + left) : 0}%`;
    budgetText.textContent = t("budget_says", { city: app.names()[ui.focus], spent: short(spent), left: short(left), n: store.month - from, scale: state.stories[0].scale });
  };
  const panel = h("details", { className: "md-box", open: app.ui.openLevers ?? true, ontoggle: (e) => (app.ui.openLevers = e.target.open) },
    h("summary", {}, t("levers")), h("div", { className: "md-pair" }, field(t("city"), city), field(t("acts_on"), target)), filmBudget, rows,
    h("div", { className: "md-pair" }, field(t("budget_year"), year), field(t("budget_total"), total)),
    h("div", { className: "md-lever md-check" }, add, h("label", { htmlFor: "lever-add" }, t("add_to_announced"))),
    h("p", { className: "md-small" }, t("from_next")));

  const size = h("input", { type: "range", id: "crisis-size", min: 0, max: 3, step: 0.25, value: app.ui.crisis ?? 2, "data-testid": "crisis-size" });
  const sizeLabel = h("output", { htmlFor: "crisis-size" }, `× ${size.value}`);
  size.addEventListener("input", () => {
    app.ui.crisis = size.value;
    sizeLabel.textContent = `× ${size.value}`;
  });
  const where = h("select", { id: "crisis-where", "data-testid": "crisis-where", onchange: () => ((app.ui.crisisWhere = where.value), update()) });
  const chosen = new Set(app.ui.crisisIn || []);
  const chips = h("div", { className: "md-chips", role: "group", "aria-label": t("crisis_some") });
  const tells = h("p", { className: "md-small", role: "status", "data-testid": "crisis-tells" });
  const struck = () => {
    const { slugs } = app.store.place;
    return where.value === "one" ? [slugs[app.ui.focus]] : slugs.filter((slug) => chosen.has(slug));
  };
  const crisisCity = () => (["own", "all"].includes(where.value) ? where.value : struck().join("+"));
  const crisis = () => (crisisCity() ? tell("act", { what: "crisis", city: crisisCity(), size: +size.value, world: target.value || "last" }) : (tells.textContent = t("crisis_nowhere")));
  const crisisButton = h("button", { className: "md-danger md-wide", onclick: crisis, "data-testid": "crisis" });
  app.crisisNow = crisis;
  app.resetNow = reset;
  const danger = h("details", { className: "md-box", open: app.ui.openCrisis ?? true, ontoggle: (e) => (app.ui.openCrisis = e.target.open) },
    h("summary", {}, t("crisis")), h("div", { className: "md-lever" }, h("label", { htmlFor: "crisis-size" }, t("crisis_size")), sizeLabel, size),
    field(t("crisis_where"), where), chips, crisisButton, tells);

  const update = () => {
    const { state, store, ui } = app;
    if (!state || !store.place) return;
    const [first, other] = state.stories;
    const told = JSON.stringify([first, other?.scenario]);
    if (told !== update.told) {
      update.told = told;
      scenario.value = first.scenario;
      second.value = other && other.scenario !== first.scenario ? other.scenario : "";
      seed.value = first.seed;
      if (![...scale.options].some((o) => +o.value === first.scale)) scale.append(h("option", { value: String(first.scale) }, String(first.scale)));
      scale.value = [...scale.options].find((o) => +o.value === first.scale).value;
      values.value = first.values;
      shown = JSON.stringify(form());
      changed();
    }
    undo.hidden = !state.undo;
    if (state.undo) undo.textContent = t(`undo_${state.undo.kind}`, { what: state.undo.action ? actionWords(app, state.undo.action) : "" });
    two.textContent = state.stories.length > 1 ? t("one") : t("split");
    options(city, app.names().map((name, i) => [String(i), name]), String(ui.focus));
    options(target, state.stories.length > 1 ? [["last", "B"], ["first", "A"], ["both", t("both")]] : [["last", "A"]], ui.target || "last");
    const which = target.value === "first" ? 0 : state.levers.length - 1;
    const slug = store.place.slugs[ui.focus];
    const scope = [["own", t("crisis_own")], ["one", t("crisis_one", { city: app.names()[ui.focus] })], ["some", t("crisis_some")], ["all", t("crisis_every")]];
    options(where, scope, ui.crisisWhere || "own");
    chips.hidden = where.value !== "some";
    if (chips.childNodes.length !== store.place.slugs.length) {
      replace(chips, store.place.slugs.map((slug) => h("button", { "data-testid": `crisis-in-${slug}`, "aria-pressed": String(chosen.has(slug)), onclick: (e) => {
        chosen[chosen.has(slug) ? "delete" : "add"](slug);
        ui.crisisIn = [...chosen];
        e.target.setAttribute("aria-pressed", String(chosen.has(slug)));
        update();
      } }, app.cityName(slug))));
    }
    const cities = where.value === "own" ? t("crisis_own") : where.value === "all" ? t("crisis_every") : struck().map(app.cityName).join(t("comma")) || t("none");
    crisisButton.textContent = t("crisis_now", { where: cities });
    for (const [name, lever] of Object.entries(levers)) {
      if (document.activeElement !== lever.input) lever.set(state.levers[which]?.[name]?.[slug] ?? 0);
      lever.input.disabled = state.over || state.failed || state.freed;
    }
    follow();
    zones.update();
    runs.update();
    const crisisState = state.crisis[which];
    if (crisisState) {
      tells.textContent = t("crisis_tells", { city: app.names()[ui.focus], now: short(crisisState.now[ui.focus]), next: short(crisisState.next[ui.focus]), year: short(crisisState.year[ui.focus]) });
    }
  };
  const runs = keptRuns(app);
  const zones = zonePanel(app);
  const node = h("div", { className: "md-stack" }, panel, zones.node, danger, h("div", { className: "md-box md-plain" }, two, undo), runs.node, world);
  // What changes month by month.
  const follow = () => {
    const { state, store } = app;
    if (!state || !store.place || app.role !== "owner") return;
    const which = target.value === "first" ? 0 : state.levers.length - 1;
    if (store.worlds.length <= which || !state.levers.length) return;
    budgets(which);
    zones.update();
    for (const name of Object.keys(levers)) if (levers[name].promise && catalog.levers[name].costly) promised(name, which);
  };
  return { node, update, follow };
}

// All runs: the one on show and those that others have taken the place of. Bring one back, or two side by side.
function keptRuns(app) {
  const { t, tell } = app;
  const list = h("ul", { className: "md-kept" });
  const marked = new Set();
  const compare = h("button", { className: "md-wide", "data-testid": "kept-compare", onclick: () => {
    tell("bring", { runs: [...marked] });
    marked.clear();
    shown = "";
  } }, t("kept_compare"));
  const back = h("button", { className: "md-wide", "data-testid": "kept-undo", onclick: () => tell("bring", { runs: [app.state.kept[0].number] }) }, t("kept_undo"));
  const node = h("details", { className: "md-box", open: app.ui.openKept ?? true, ontoggle: (e) => (app.ui.openKept = e.target.open), "data-testid": "kept" }, h("summary", {}, t("kept")), back, list, compare);
  let shown = "";
  const update = () => {
    const { kept, stories, link } = app.state;
    node.hidden = !kept.length;
    const runs = [{ number: "now", stories, link }, ...kept];
    for (const number of marked) if (!runs.some((run) => run.number === number)) marked.delete(number);
    compare.disabled = marked.size !== 2;
    const pictures = runs.map((run) => app.thumbnails.get(app.pictureOf(run.link)));
    const said = JSON.stringify([runs.map((run) => [run.number, run.month, run.stories]), pictures.map(Boolean), pictures[0]]);
    if (said === shown || node.hidden) return;
    shown = said;
    replace(list, runs.map((run, i) => {
      const now = run.number === "now";
      const text = `${now ? t("kept_now") : app.monthLabel(run.month)}: ${run.stories.map((story) => storyWords(app, story)).join(" | ")}`;
      const box = h("input", { type: "checkbox", checked: marked.has(run.number), "aria-label": t("kept_mark", { run: text }), "data-testid": `kept-mark-${run.number}`, onchange: () => {
        marked[box.checked ? "add" : "delete"](run.number);
        compare.disabled = marked.size !== 2;
      } });
      const inside = [pictures[i] ? h("img", { src: pictures[i], alt: "" }) : null, h("span", {}, text)];
      return h("li", {}, box, now ? h("div", { className: "md-row", "data-testid": "kept-now" }, inside) : h("button", { className: "md-row", "data-testid": `kept-${run.number}`, title: t("kept_bring"), onclick: () => tell("bring", { runs: [run.number] }) }, inside));
    }));
  };
  return { node, update };
}

export function transport(app) {
  const { t, tell, catalog } = app;
  const play = h("button", { className: "md-primary md-play", "data-testid": "play", onclick: () => app.toggle() });
  const step = h("button", { "data-testid": "step", onclick: () => tell("step"), title: t("step"), "aria-label": t("step") }, icon("step"));
  const again = h("button", { "data-testid": "again", onclick: () => tell("again"), title: t("again"), "aria-label": t("again") }, icon("again"));
  const speeds = catalog.speeds.map((speed) => h("button", { "data-testid": `speed-${speed}`, "aria-label": `${speed} ${t("speed")}`, onclick: () => tell("speed", { value: speed }) }, String(speed)));
  const slider = h("input", { type: "range", min: 0, max: 120, "aria-label": t("month"), "data-testid": "month", className: "md-time", oninput: () => (date.textContent = app.monthLabel(+slider.value)), onchange: () => tell("goto", { month: +slider.value }) });
  const date = h("span", { className: "md-date", "data-testid": "date", role: "timer" });
  const note = h("span", { className: "md-small", role: "status", "data-testid": "note" });
  const node = h("div", { className: "md-transport" }, play, step, again, h("span", { className: "md-speeds", role: "group", "aria-label": t("speed") }, speeds), slider, note);
  let held = false;
  slider.addEventListener("pointerdown", () => (held = true));
  slider.addEventListener("pointerup", () => (held = false));
  return {
    node,
    date,
    update() {
      const { state } = app;
      if (!state) return;
      replace(play, icon(state.playing ? "pause" : "play"), ` ${t(state.playing ? "pause" : "play")}`);
      play.disabled = (state.over || state.failed || state.freed) && !state.playing;
      step.disabled = state.over || state.failed || state.freed;
      catalog.speeds.forEach((speed, i) => speeds[i].setAttribute("aria-pressed", String(speed === state.speed)));
      note.textContent = state.target >= 0 ? t("hurrying", { month: monthName(Math.max(state.target - 1, 0)) }) : state.over && !state.failed && !state.freed ? t("last_month") : "";
    },
    tick(month) {
      if (app.store.place) slider.max = app.store.place.months;
      if (!held) {
        slider.value = month;
        date.textContent = app.monthLabel(month);
      }
    },
  };
}
