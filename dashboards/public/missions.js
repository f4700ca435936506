// Missions: a list to choose from; and of the one that is played its goals so far, hints one at a time, and the verdict.

import { h, monthName, replace, short } from "./dom.js";

export function missionPanel(app) {
  const { t, ui, tell, catalog } = app;
  const node = h("div", { className: "md-stack md-lesson", "data-testid": "missions" });
  const hints = (ui.hints ||= {});
  // The same in a line above the map, where it stays in view.
  const line = h("p", { className: "md-small", hidden: true, "data-testid": "mission-line" });
  let told = "";

  const bound = (goal) => [goal.clear ? t("goal_clear") : goal.least === undefined ? "" : t("goal_least", { n: short(goal.least) }), goal.most === undefined ? "" : t("goal_most", { n: short(goal.most) })].filter(Boolean).join(t("comma"));
  const kept = (goal, value) => value !== null && value !== undefined && (goal.clear ? value > goal.least : value >= (goal.least ?? -Infinity)) && value <= (goal.most ?? Infinity);
  const signed = (goal, value) => (value === null || value === undefined ? "–" : `${goal.measure === "gain" && value > 0 ? "+" : ""}${short(value)}`);

  function goals(mission, values, result) {
    return h("table", { className: "md-table", "data-testid": "mission-goals" },
      h("caption", {}, t(result.goals ? "mission_at_end" : "mission_so_far", { month: monthName(mission.until - 1) })),
      h("tbody", {}, mission.goal.map((goal, i) => {
        const value = result.goals ? result.goals[i].value : values?.[i];
        return h("tr", {}, h("th", { scope: "row" }, t(`goal_${goal.measure}`), h("span", { className: "md-small" }, ` ${bound(goal)}`)), h("td", { className: "md-number" }, h("b", {}, signed(goal, value)), ` ${kept(goal, value) ? "✓" : "✕"}`));
      })));
  }
  function verdict(mission, result) {
    if (!result.goals) return null;
    const interval = mission.goal.map((goal, i) => (goal.clear && result.goals[i].low !== null ? t("mission_interval", { mean: short(result.goals[i].mean, 2), low: short(result.goals[i].low, 2), high: short(result.goals[i].high, 2) }) : "")).join(" ");
    const here = t(result.here ? "mission_here" : "mission_not_here");
    if (!result.complete) return h("div", { className: "md-reveal", role: "status", "data-testid": "mission-result" }, h("p", {}, `${here} ${t("seeds_wait", result.waiting)}`));
    return h("div", { className: "md-reveal", role: "status", "data-testid": "mission-result" },
      h("p", {}, h("b", { "data-testid": result.met ? "mission-met" : "mission-missed" }, t(result.met ? "mission_met" : "mission_missed")), ` ${here} ${t("mission_seeds", result.seeds)} ${interval}`),
      h("p", { className: "md-small" }, t("mission_rule")));
  }
  function played(mission, state) {
    const words = mission[ui.language];
    const seen = hints[mission.name] || 0;
    const more = () => {
      hints[mission.name] = seen + 1;
      update();
      (node.querySelector("[data-testid='mission-hint']") || node.querySelector("[data-testid='mission-again']")).focus();
    };
    return [
      h("h2", {}, words.title), h("p", {}, words.task),
      state.problem ? h("p", { className: "md-small md-wrong", role: "alert", "data-testid": "mission-problem" }, app.said(state.problem)) : goals(mission, app.progressOf, state.result),
      state.problem ? null : verdict(mission, state.result),
      state.result.complete ? [h("p", {}, h("b", {}, `${t("mission_teaches")}: `), words.teaches, h("span", { className: "md-small" }, ` ${t("mission_page", { page: mission.page })}`)), h("p", { className: "md-small" }, t("mission_hand_in"))] : null,
      seen ? h("ol", { className: "md-steps", "data-testid": "mission-hints" }, words.hints.slice(0, seen).map((hint) => h("li", {}, hint))) : null,
      seen < words.hints.length ? h("button", { className: "md-wide", "data-testid": "mission-hint", onclick: more }, t("mission_hint", { n: seen + 1, of: words.hints.length })) : null,
      h("div", { className: "md-pair" }, h("button", { "data-testid": "mission-again", onclick: () => tell("mission", { name: mission.name }) }, t("mission_again")), h("button", { className: "md-quiet", "data-testid": "mission-leave", onclick: () => tell("mission", { name: "" }) }, t("mission_leave"))),
    ];
  }
  const list = () => [h("h2", {}, t("missions")), h("p", {}, t("missions_about")), h("ol", { className: "md-steps" }, catalog.missions.map((mission) => h("li", {}, h("button", { className: "md-row", "data-testid": `mission-${mission.name}`, onclick: () => tell("mission", { name: mission.name }) }, mission[ui.language].title))))];
  function update() {
    const state = app.state?.mission;
    if (!state) return;
    const key = JSON.stringify([state, app.progressOf, ui.language, hints]);
    if (key === told) return;
    told = key;
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.testid : "";
    const mission = catalog.missions.find((each) => each.name === state.name);
    line.hidden = !mission || !!state.problem;
    if (!line.hidden) line.textContent = `${mission[ui.language].title}: ${mission.goal.map((goal, i) => `${t(`goal_${goal.measure}`)}: ${signed(goal, app.progressOf?.[i])} (${bound(goal)}) ${kept(goal, app.progressOf?.[i]) ? "✓" : "✕"}`).join(" · ")}`;
    replace(node, mission ? played(mission, state) : list());
    if (focused) node.querySelector(`[data-testid='${CSS.escape(focused)}']`)?.focus();
  }
  return { node, line, update };
}
