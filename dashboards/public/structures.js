// "What if the model were built otherwise?": switches of structure, and what B minus A is under each of them.

import { css, h, replace, short } from "./dom.js";
import { interval } from "./headline.js";

export function structurePanel(app) {
  const { t, tell, catalog } = app;
  const name = (key, value) => t(`structure_${key}_${value}`);
  const selects = Object.entries(catalog.structures).map(([key, values]) => {
    const select = h("select", { id: `structure-${key}`, "data-testid": `structure-${key}`, onchange: () => tell("structure", { name: key, value: values[select.selectedIndex] }) }, values.map((value) => h("option", { value: String(value) }, name(key, value))));
    return { key, values, select, node: h("div", { className: "md-field" }, h("label", { htmlFor: select.id }, t(`structure_${key}`)), select) };
  });
  const run = h("button", { className: "md-wide", "data-testid": "structures-run", onclick: () => tell("structures") }, t("structures_run"));
  const note = h("p", { className: "md-small", role: "status", "data-testid": "structures-note" });
  const rows = h("div", { "data-testid": "structures" });
  const node = h("details", { className: "md-box", open: app.ui.openStructures ?? false, "data-testid": "otherwise", ontoggle: (e) => (app.ui.openStructures = e.target.open) },
    h("summary", {}, t("otherwise")), h("p", { className: "md-small" }, t("otherwise_about")), h("div", { className: "md-pair" }, selects.map((s) => s.node)), run, note, rows);

  function update() {
    const { state, store, ui } = app;
    const set = Object.fromEntries((state.stories[0].values || "").split(" ").filter(Boolean).map((pair) => pair.split("=")));
    for (const { key, values, select } of selects) {
      const at = values.findIndex((value) => String(value).toLowerCase() === String(set[key]).toLowerCase() || (typeof value === "number" && key in set && +set[key] === value));
      select.selectedIndex = Math.max(at, 0);
    }
    run.disabled = state.stories.length < 2;
    if (!state.structures) app.structures = [];
    const told = app.structures || [];
    note.textContent = state.stories.length < 2 ? t("structures_two") : told.length && told.at(-1).done < told.at(-1).of ? t("band_running", { n: told.at(-1).done, of: told.at(-1).of }) : "";
    const last = store.month - 1;
    const found = new Map();
    for (const one of told) {
      const label = one.name ? `${t(`structure_${one.name}`)}: ${name(one.name, one.value)}` : t("structure_usual");
      if (one.shares && last >= 0) found.set(label, [...(found.get(label) || []), one.shares[1][last][ui.focus] - one.shares[0][last][ui.focus]]);
    }
    const list = [...found].map(([label, values]) => ({ label, ...interval(values) }));
    const reach = Math.max(1, ...list.flatMap((row) => [Math.abs(row.least), Math.abs(row.most)]));
    const at = (v) => `${50 + (48 * v) / reach}%`;
    replace(rows, list.length ? h("table", { className: "md-table" }, h("caption", {}, t("structures_caption", { city: app.names()[ui.focus], month: app.monthLabel(store.month) })),
      h("tbody", {}, list.map((row) => h("tr", {}, h("th", { scope: "row" }, row.label), h("td", { className: "md-number" }, `${row.mean > 0 ? "+" : ""}${short(row.mean, 2)}`),
        h("td", { className: "md-reach", "aria-hidden": "true" }, h("i", { style: { left: at(row.least), width: `${(48 * (row.most - row.least)) / reach}%` } }), h("b", { style: { left: at(row.mean), background: css(row.mean < 0 ? "--crisis" : "--accent") } })))))) : null);
  }
  return { node, update, take: (one) => (app.structures = [...(app.structures || []), one]) };
}
