// What was done to a world, in words.

import { short } from "./dom.js";

export function sized(app, e) {
  const { t } = app;
  if (e.what === "crisis") return `× ${e.size}, ${{ all: t("crisis_every"), own: t("crisis_own") }[e.city] ?? e.city.split("+").map(app.cityName).join(t("comma"))}`;
  const share = ["rent_subsidy", "rebate"].includes(e.what);
  const size = share ? `${Math.round(100 * e.size)} %` : e.what === "designation" ? (e.size > 0 ? "" : "✕") : short(e.size);
  if (!e.zone) return size;
  const unit = share ? "" : ` ${t(`unit_${e.what}`)}`;
  return `${e.size > 0 ? `${size}${unit}` : "✕"} ${t("in_zone", { n: e.number })}`;
}

export const actionWords = (app, e) => [app.t(e.what), sized(app, e), e.what === "crisis" || e.city === "all" ? "" : `(${app.cityName(e.city)})`].filter(Boolean).join(" ");

export const storyWords = (app, story) => [app.scenarioTitle(story.scenario), `${app.t("seed_short")} ${story.seed}`, ...(story.values ? [story.values] : []), ...story.done.map((a) => `${a.date} ${actionWords(app, a)}`)].join(app.t("comma"));
