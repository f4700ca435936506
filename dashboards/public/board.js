// The board of the game of mayors, and what its debrief says: shared by the instructor's page and those of teams.

import { h, monthName } from "./dom.js";

const signed = (text) => (/^[\d]/.test(text) && !/^0(\.0*)?$/.test(text) ? `+${text}` : text.replace("-", "−"));
const fixed = (value, digits) => (value === null || value === undefined ? "–" : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const plus = (value, digits) => signed(fixed(value, digits));
const millions = (yuan) => fixed(yuan === null || yuan === undefined ? null : yuan / 1e6, 0);
const thousands = (yuan) => fixed(yuan === null || yuan === undefined ? null : yuan / 1e3, 0);

// A row a team, those with most jobs added first; ``mine`` is the name of the team whose page this is.
export function boardTable(t, names, rows, mine) {
  const head = [["game_share", "%"], ["game_change", t("points")], ["game_jobs", t("unit:persons")], ["game_paid", t("game_m_yuan")], ["game_cost", t("game_k_yuan")]];
  const sorted = [...rows].sort((a, b) => (b.jobs ?? -Infinity) - (a.jobs ?? -Infinity));
  return h("table", { className: "md-table md-board", "data-testid": "board" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("game_team")), head.map(([key, unit]) => h("th", { scope: "col", className: "md-number" }, t(key), h("span", { className: "md-unit" }, unit))))),
    h("tbody", {}, sorted.map((row) => h("tr", { className: row.name === mine ? "md-mine" : "" },
      h("th", { scope: "row" }, h("b", {}, row.name), " ", h("span", { className: "md-small" }, names[row.city] ?? row.city)),
      [fixed(row.share, 1), plus(row.change, 1), plus(row.jobs, 0), millions(row.paid), thousands(row.cost)].map((text) => h("td", { className: "md-number" }, text))))));
}

// Sentences of the debrief, from its numbers.
export function debriefWords(t, names, d) {
  const who = (row) => ({ name: row.name, city: names[row.city] ?? row.city });
  const said = [];
  const best = (value) => d.teams.reduce((a, b) => (value(b) > value(a) ? b : a));
  const here = best((row) => row.here ?? -Infinity);
  if (here.here > 0) said.push(t("game_won_here", { ...who(here), jobs: plus(here.here, 0) }));
  const jobs = best((row) => row.jobs.mean ?? -Infinity);
  const span = (x, digits) => (x.low === null ? t("game_one_seed") : t(x.clear ? "game_clear" : "game_luck", { low: plus(x.low, digits), high: plus(x.high, digits) }));
  if (jobs.jobs.mean > 0) said.push(t("game_won_jobs", { ...who(jobs), n: d.runs, jobs: plus(jobs.jobs.mean, 0), span: span(jobs.jobs, 0) }));
  else said.push(t("game_won_none"));
  const share = best((row) => row.change.mean ?? -Infinity);
  if (share.change.mean > 0) said.push(t("game_won_share", { ...who(share), by: plus(share.change.mean, 1), span: span(share.change, 1) }));
  if (d.gained > 0) said.push(t("game_from", { gained: fixed(d.gained, 0), teams: fixed(d.from_teams, 0), part: fixed((100 * d.from_teams) / d.gained, 0), rest: fixed(d.from_rest, 0) }));
  const all = (name, key) => {
    const world = d.worlds[name];
    const more = { paid: millions(world.paid), jobs: fixed(Math.abs(world.jobs.mean), 0), span: span(world.jobs, 0), cost: thousands(world.cost), n: d.teams.length };
    return t(key, more) + t(world.jobs.mean > 0 ? "game_more_jobs" : "game_fewer_jobs", more) + (world.cost === null ? t("game_stop") : t("game_each", more));
  };
  said.push(all("played", "game_all_played"), all("race", "game_all_race"), all("capped", "game_all_capped"));
  return said;
}

// Progress, then sentences and two tables: the worlds, and the teams over all seeds.
export function debriefNode(t, names, d) {
  if (!d || d.done === undefined) return null;
  const until = monthName(d.until - 1);
  if (!d.runs) return h("p", { role: "status", "data-testid": "debrief-progress" }, d.done < d.of ? t("game_running", { done: d.done, of: d.of, month: until }) : t("game_run_failed"));
  const range = (x, digits) => (x.low === null ? "" : ` (${plus(x.low, digits)} … ${plus(x.high, digits)})`);
  const head = (cells) => h("thead", {}, h("tr", {}, cells.map((text, i) => h("th", { scope: "col", className: i ? "md-number" : "" }, text))));
  const line = (cells) => h("tr", {}, h("th", { scope: "row" }, cells[0]), cells.slice(1).map((text) => h("td", { className: "md-number" }, text)));
  return h("div", { className: "md-stack", "data-testid": "debrief" },
    h("h2", {}, t("game_debrief_of", { month: until })),
    h("ul", { className: "md-said" }, debriefWords(t, names, d).map((text) => h("li", {}, text))),
    h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("game_worlds") }, h("table", { className: "md-table" }, h("caption", {}, t("game_worlds")),
      head([t("game_world"), t("game_years"), t("game_paid_m"), t("game_cost_k"), t("game_share_all")]),
      h("tbody", {}, ["played", "nobody", "race", "capped"].map((name) => line([t(`game_world_${name}`), name === "nobody" ? "–" : `${plus(d.worlds[name].jobs.mean, 0)}${range(d.worlds[name].jobs, 0)}`, millions(d.worlds[name].paid), thousands(d.worlds[name].cost), fixed(d.worlds[name].share, 1)]))))),
    h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("game_teams_over") }, h("table", { className: "md-table" }, h("caption", {}, t("game_teams_over")),
      head([t("game_team"), t("game_years"), t("game_points"), t("game_share_race"), t("game_paid_m"), t("game_cost_k")]),
      h("tbody", {}, d.teams.map((row) => line([h("span", {}, h("b", {}, row.name), ` ${names[row.city] ?? row.city}`), `${plus(row.jobs.mean, 0)}${range(row.jobs, 0)}`, `${plus(row.change.mean, 1)}${range(row.change, 1)}`, fixed(row.race, 1), millions(row.paid), thousands(row.cost)]))))),
    h("p", { className: "md-small" }, t("game_seeds_note", { n: d.runs })));
}
