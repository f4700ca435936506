// The sentence above the map: what the worlds on show have come to, and how much of it may be luck.

import { h, monthWords, replace, short } from "./dom.js";

const T = [0, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18]; // Student's t, 97.5 %, by degrees of freedom

export function interval(values) {
  const good = values.filter(Number.isFinite);
  const n = good.length;
  const mean = good.reduce((sum, v) => sum + v, 0) / n;
  const deviation = n > 1 ? Math.sqrt(good.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1)) : NaN;
  const half = (T[n - 1] || 2.1) * (deviation / Math.sqrt(n));
  return { n, mean, deviation, low: mean - half, high: mean + half, least: Math.min(...good), most: Math.max(...good) };
}

const key = (action) => JSON.stringify(action);

// What B has that A has not, in words: "with the rebate" and "without it", or the names of the scenarios, or A and B.
export function namesOf(app) {
  const { t, state, store } = app;
  const [a, b] = state.stories.map((story) => ({ ...story, done: story.done.filter((x) => x.month < store.month) }));
  const rest = ({ scenario, done, ...more }) => JSON.stringify(more);
  if (rest(a) === rest(b)) {
    const only = (one, other) => one.done.filter((x) => !other.done.some((y) => key(x) === key(y)));
    const [mine, yours] = [only(b, a), only(a, b)];
    const words = (list) => [...new Set(list.map((x) => t(x.zone ? "the_zone" : `the_${x.what}`)))].slice(0, 3).join(t("and"));
    if (a.scenario === b.scenario && mine.length && !yours.length) return [t("without"), t("with", { what: words(mine) })];
    if (a.scenario === b.scenario && yours.length && !mine.length) return [t("with", { what: words(yours) }), t("without")];
    if (a.scenario !== b.scenario && !mine.length && !yours.length) return [a, b].map((s) => t("under", { what: app.scenarioTitle(s.scenario) }));
  }
  return ["A", "B"].map((name) => t("in_world", { name }));
}

// Of a city at the month on show: shares by world, those of other seeds, and whether the worlds differ.
export function standing(app) {
  const { store, ui } = app;
  const last = store.month - 1;
  const path = (w) => store.path(w, "shoot_days", ui.focus, true);
  const paths = store.worlds.map((_, w) => path(w));
  const seeds = store.band.seeds.map((run) => store.worlds.map((_, w) => (w < run.shape[0] ? store.bandPath(run, w, "shoot_days", ui.focus, true)[last] : NaN)));
  const differ = paths.length > 1 && paths[1].some((v, m) => v !== paths[0][m] && Number.isFinite(v));
  return { last, shares: paths.map((values) => values[last]), seeds, differ };
}

const percent = (v) => short(v, Math.abs(v) < 1 ? 1 : 2);
const points = (v) => v.toFixed(1);

export function headlineText(app) {
  const { t, store, ui, state } = app;
  const city = app.names()[ui.focus];
  const month = store.month > 0 ? monthWords(store.month - 1, ui.language) : "";
  if (!month) return t("headline_start", { city });
  const { last, shares, seeds, differ } = standing(app);
  if (!shares.every(Number.isFinite)) return t("headline_nothing", { month });
  const good = seeds.filter((run) => run.every(Number.isFinite));
  const enough = good.length >= Math.min(4, store.band.of || 4); // two seeds say next to nothing
  const luck = enough && good.length > 1 ? t("luck_alone", { by: points(interval(good.map((run) => run[0])).deviation), n: good.length }) : "";
  if (shares.length > 1) {
    if (!differ) return t("headline_same", { month, city, share: percent(shares[0]) });
    const [a, b] = namesOf(app);
    const said = t("headline_two", { month, city, first: b, b: percent(shares[1]), second: a, a: percent(shares[0]), luck });
    if (!enough || good.length < 2) return said + (state.band ? t("headline_running", { n: store.band.seeds.length, of: state.band }) : "");
    const gap = interval(good.map((run) => run[1] - run[0]));
    const verdict = gap.low > 0 || gap.high < 0 ? "headline_clear" : "headline_unclear";
    return said + t(verdict, { n: gap.n, mean: points(gap.mean), low: points(gap.low), high: points(gap.high) });
  }
  const all = store.place.slugs.map((_, c) => store.path(0, "shoot_days", c, true)[last]);
  const first = all.indexOf(Math.max(...all));
  const rank = 1 + all.filter((v) => v > shares[0]).length;
  const behind = first === ui.focus ? "" : t("headline_behind", { leader: app.names()[first], top: percent(all[first]) });
  return t(first === ui.focus ? "headline_first" : "headline_one", { month, city, share: percent(shares[0]), rank, of: all.length, behind, luck });
}

export function headline(app) {
  const node = h("p", { className: "md-headline", "data-testid": "headline" });
  let said = "";
  return {
    node,
    update() {
      if (!app.store.place || !app.state || !app.store.worlds.length) return;
      const text = headlineText(app);
      if (text !== said) replace(node, (said = text));
    },
  };
}
