// Who is who: lists of agents, and everything known of the one that is followed.

import { h, options, replace, short } from "./dom.js";
import { lifeStory } from "./life.js";

const KINDS = ["studio", "actor", "city", "platform", "fund", "base"];

export function inspector(app) {
  const { t, tell } = app;
  const kind = h("select", { id: "inspect-kind", "data-testid": "inspect-kind", onchange: () => list() });
  const city = h("select", { id: "inspect-city", "data-testid": "inspect-city", onchange: () => list() });
  const rows = h("ul", { className: "md-list", "data-testid": "inspect-list", "aria-label": t("kind") });
  const card = h("div", { "data-testid": "inspect-card" });
  options(kind, KINDS.map((name) => [name, t(name)]), app.ui.kind || "studio");
  const life = lifeStory(app);
  const nameOf = (entry) => (entry.title ? entry.title[app.ui.language] : ["city", "fund"].includes(entry.kind) && app.store.place.slugs.includes(entry.name) ? app.cityName(entry.name) : entry.kind === "platform" ? entry.name : `${t(entry.kind)} ${entry.name}`);
  const button = (entry) => h("li", {}, h("button", { className: "md-row", onclick: () => tell("inspect", { table: entry.table, key: entry.key }) }, h("span", {}, nameOf(entry)), h("span", { className: "md-number" }, short(entry.number))));
  async function list() {
    app.ui.kind = kind.value;
    app.ui.inspectCity = city.value;
    const found = await app.ask("list", { kind: kind.value, city: ["studio", "actor", "base"].includes(kind.value) ? city.value : "" });
    city.parentElement.style.visibility = ["studio", "actor", "base"].includes(kind.value) ? "visible" : "hidden";
    replace(rows, found.length ? found.map(button) : h("li", { className: "md-small" }, t("nobody")));
  }
  function value(v, unit) {
    if (v === null || v === undefined) return "–";
    if (typeof v === "boolean") return v ? "✓" : "–";
    if (typeof v === "string") return app.store.place.slugs.includes(v) ? app.cityName(v) : t(`value_${v}`, v);
    return unit === "share" ? `${short(100 * v)} %` : short(v);
  }
  function show(found) {
    app.ui.marked = found ? [...new Set(found.cells)] : [];
    if (!found) return replace(card, h("p", { className: "md-small" }, t("inspect_hint")));
    const slug = app.store.place.slugs.includes(found.name);
    const two = found.alive.length > 1;
    const title = found.kind === "cell" ? `${t("cell")} ${found.key}, ${app.cityName(found.name)}` : slug ? `${t(found.kind)}: ${app.cityName(found.name)}` : found.title ? found.title[app.ui.language] : `${t(found.kind)} ${found.name}`;
    replace(
      card,
      h("div", { className: "md-head" }, h("h3", {}, title), h("button", { className: "md-quiet", "aria-label": t("close"), onclick: () => tell("inspect") }, "✕")),
      found.alive.map((alive, i) => (alive ? null : h("p", { className: "md-small" }, `${two ? "AB"[i] + ": " : ""}${t("gone")}`))),
      found.title ? h("p", { className: "md-small" }, `${t(found.kind)} ${found.name}. ${t("life_invented")}`) : null,
      life.show(found),
      h("details", { open: app.ui.openFacts ?? true, ontoggle: (e) => (app.ui.openFacts = e.target.open) }, h("summary", {}, t("all_numbers")), h("table", { className: "md-table" }, two ? h("thead", {}, h("tr", {}, h("td", {}), h("th", { className: "md-number", scope: "col" }, "A"), h("th", { className: "md-number", scope: "col" }, "B"))) : null,
        h("tbody", {}, found.facts.map((fact) => h("tr", { title: fact.name }, h("th", { scope: "row" }, t(found.kind === "city" ? fact.name : `fact_${fact.name}`, fact.meaning), h("span", { className: "md-small" }, fact.unit && fact.unit !== "share" ? ` ${t(`unit:${fact.unit}`, fact.unit)}` : "")), fact.values.map((v) => h("td", { className: "md-number" }, value(v, fact.unit)))))))),
      found.members?.length ? [h("h4", {}, t("members")), h("ul", { className: "md-list" }, found.members.map(button))] : null,
      h("p", { className: "md-small" }, t("follow")),
    );
  }
  const node = app.role !== "owner" ? h("div", { className: "md-stack" }, card) : h("div", { className: "md-stack" },
    h("div", { className: "md-pair" }, h("div", { className: "md-field" }, h("label", { htmlFor: kind.id }, t("kind")), kind), h("div", { className: "md-field" }, h("label", { htmlFor: city.id }, t("city")), city)),
    card, rows);
  show(null);
  return {
    node, list, show,
    opened() {
      options(city, [["", t("whole_list")], ...app.store.place.slugs.map((slug) => [slug, app.cityName(slug)])], app.ui.inspectCity ?? app.store.place.slugs[app.ui.focus]);
      list();
    },
  };
}

export function cityTable(app, node) {
  const { t, store } = app;
  const columns = ["shoot_days", "studios", "workers", "rent_yuan_m2_month", "vacancy_rate", "house_index", "base_crews", "derelict_malls", "series_cost_yuan", "film_budget_yuan"];
  const months = store.history[0]?.length || 0;
  if (!months) return replace(node, h("p", { className: "md-small" }, t("start")));
  replace(node, h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("table") }, h("table", { className: "md-table", "data-testid": "city-table" },
    h("caption", {}, app.monthLabel(store.month)),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("city")), columns.map((name) => h("th", { scope: "col", className: "md-number" }, t(name), h("div", { className: "md-small" }, name === "shoot_days" ? `% (${t("twelve")})` : t(`unit:${store.place.units[name]}`, store.place.units[name])))))),
    h("tbody", {}, store.place.slugs.map((slug, c) => h("tr", {}, h("th", { scope: "row" }, app.cityName(slug)), columns.map((name) => h("td", { className: "md-number" }, store.worlds.map((_, w) => {
      const v = name === "shoot_days" ? store.path(w, name, c, true)[months - 1] : store.value(w, months - 1, name, c);
      return h("div", {}, `${store.worlds.length > 1 ? "AB"[w] + " " : ""}${short(v)}`);
    })))))))));
}
