// The instructor's side of the game of mayors: its form, the code to project, the clock, the board and the debrief.

import { boardTable, debriefNode } from "./board.js";
import { h, localOnly, monthName, replace, save } from "./dom.js";
import { transport } from "./controls.js";

const CRISES = ["observed", "none", "double"];

export function gameView(app) {
  const { t, tell, ui } = app;
  const owner = app.role === "owner";
  const bar = owner ? transport(app) : null;
  const place = h("div", { className: "md-game", "data-testid": "game" });
  const node = h("main", { className: "md-game-page" }, h("div", { className: "md-scroller", tabIndex: 0, role: "region", "aria-label": t("game") }, place), owner ? h("div", { className: "md-transport-row" }, bar.node) : null);
  const draft = (ui.gameDraft ||= { teams: 8, first: "2023-01", months: 60, budget: 100, crisis: "observed", cities: null, seed: "1", scale: "0.1" });
  let shown = "";

  // ------------------------------------------------------------------ before it begins
  function form() {
    const field = (name, label, props, choices) => {
      const id = `game-${name}`;
      const change = (e) => (draft[name] = e.target.value);
      const input = choices ? h("select", { id, "data-testid": id, onchange: change }, choices.map(([value, text]) => h("option", { value, selected: String(draft[name]) === value }, text))) : h("input", { id, "data-testid": id, value: draft[name], autocomplete: "off", oninput: change, ...props });
      return h("div", { className: "md-field" }, h("label", { htmlFor: id }, label), input);
    };
    const { slugs } = app.store.place;
    const chosen = new Set(draft.cities || slugs);
    const chips = h("div", { className: "md-chips", role: "group", "aria-label": t("game_cities") }, slugs.map((slug) => h("button", { "aria-pressed": String(chosen.has(slug)), "data-testid": `game-city-${slug}`, onclick: (e) => {
      chosen[chosen.has(slug) ? "delete" : "add"](slug);
      draft.cities = slugs.filter((each) => chosen.has(each));
      e.target.setAttribute("aria-pressed", String(chosen.has(slug)));
    } }, app.cityName(slug))));
    const wrong = h("p", { className: "md-small md-wrong", role: "alert", "data-testid": "game-wrong" });
    const start = async () => {
      const [year, month] = draft.first.split("-").map(Number);
      const last = monthName(12 * (year - 2021) + month - 2 + Math.round(+draft.months));
      const said = await app.ask("game_start", { teams: Math.round(+draft.teams), cities: draft.cities || slugs, seed: draft.seed, scale: draft.scale, first: draft.first, last, budget: 1e6 * +draft.budget, crisis: draft.crisis });
      wrong.textContent = said?.error ? app.said(said.error) : "";
    };
    return h("div", { className: "md-stack md-game-form md-panel" }, h("h2", {}, t("game_title")), h("p", {}, t("game_about")),
      h("div", { className: "md-fields" },
        field("teams", t("game_most"), { type: "number", min: 2, max: 8 }), field("budget", t("game_budget"), { type: "number", min: 1, step: 1 }),
        field("first", t("game_first"), { type: "text", placeholder: "2023-01" }), field("months", t("game_months"), { type: "number", min: 1, max: 108 }),
        field("seed", t("seed"), { type: "text", inputMode: "numeric" }), field("scale", t("scale"), {}, ["0.02", "0.05", "0.1", "0.2", "0.5", "1"].map((s) => [s, s])),
        field("crisis", t("game_crisis"), {}, CRISES.map((name) => [name, t(`game_crisis_${name}`)]))),
      h("b", {}, t("game_cities")), chips,
      h("button", { className: "md-primary md-wide", "data-testid": "game-start", onclick: start }, t("game_start")), wrong);
  }

  // ------------------------------------------------------------------ while it is on
  const board = h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("game_board") });
  const debrief = h("div", { className: "md-panel" });
  const teams = h("ul", { className: "md-list md-teams", "aria-label": t("game_teams"), "data-testid": "game-teams" });
  function running(game) {
    const link = `${location.origin}${location.pathname}?play=${game.code}`;
    const watch = `${location.origin}${location.pathname}?watch=${app.state.shared}`;
    const get = async () => {
      const found = await app.ask("game_study");
      if (found?.name) save(found.name, found.data);
    };
    return [
      h("div", { className: "md-join md-panel" },
        h("div", {}, h("span", { className: "md-small" }, t("game_go")), h("b", { className: "md-link", "data-testid": "game-link" }, link.replace(/^https?:\/\//, ""))),
        h("div", {}, h("span", { className: "md-small" }, t("game_code_is")), h("b", { className: "md-code", "data-testid": "game-code" }, game.code)),
        owner && localOnly() ? h("p", { className: "md-small" }, t("local_only")) : null),
      h("div", { className: "md-panel" }, h("h2", { className: "md-visually" }, t("game_board")), board, h("p", { className: "md-small" }, t("game_board_note", { month: monthName(game.first) }))),
      debrief,
      owner ? h("div", { className: "md-panel md-stack md-game-own" }, h("b", {}, t("game_teams")), teams,
        app.state.shared ? h("p", { className: "md-small" }, t("watch_link"), ": ", h("span", { "data-testid": "game-watch" }, watch)) : null,
        h("p", { className: "md-small" }, t("game_terms", { budget: game.budget / 1e6, first: monthName(game.first), last: monthName(game.last - 1), scale: game.scale })),
        h("div", { className: "md-buttons" },
          h("button", { "data-testid": "game-debrief", onclick: () => tell("game_debrief") }, t("game_debrief")),
          h("button", { "data-testid": "game-study", onclick: get }, t("game_study")),
          h("button", { "data-testid": "game-end", onclick: () => confirm() }, t("game_end")))) : null,
    ];
  }
  // Ending is asked twice: it cannot be taken back.
  function confirm() {
    const dialog = h("dialog", { "aria-label": t("game_end") }, h("p", {}, t("game_end_sure")), h("div", { className: "md-pair" },
      h("button", { className: "md-danger", "data-testid": "game-end-yes", onclick: () => (tell("game_end"), dialog.close()) }, t("game_end")), h("button", { onclick: () => dialog.close() }, t("back"))));
    dialog.addEventListener("close", () => dialog.remove());
    place.append(dialog);
    dialog.showModal();
  }

  function update() {
    const { state, store } = app;
    if (!state || !store.place) return;
    const { game } = state;
    const key = JSON.stringify([game?.code, state.shared, game && location.origin]);
    if (key !== shown) {
      shown = key;
      replace(place, game ? running(game) : owner ? form() : h("p", {}, t("game_none")));
    }
    bar?.update();
    bar?.tick(store.month);
    if (bar) bar.node.querySelector("[data-testid='again']").hidden = !!game; // a game goes one way
    if (!game) return;
    const names = Object.fromEntries(store.place.slugs.map((slug) => [slug, app.cityName(slug)]));
    const rows = app.board || game.rows;
    replace(board, rows.length ? boardTable(t, names, rows) : h("p", { "data-testid": "board-empty" }, t("game_nobody_yet")));
    const told = debriefNode(t, names, game.debrief);
    debrief.hidden = !told;
    replace(debrief, told);
    replace(teams, game.teams.map((team) => h("li", {}, h("b", {}, team.name), ` ${names[team.city]} · ${t("game_committed", { committed: team.committed / 1e6, budget: game.budget / 1e6 })}${team.here ? "" : ` · ${t("game_gone")}`}`)));
  }
  return { node, update };
}
