// The lesson: a stage, a prediction, and then what came out.

import { h, replace } from "./dom.js";

export function lessonPanel(app) {
  const { t, tell, catalog } = app;
  const node = h("div", { className: "md-stack md-lesson", "data-testid": "lesson" });
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = facts[name];
    return value === undefined ? whole : app.store.place.slugs.includes(value) ? app.cityName(value) : typeof value === "number" ? value.toLocaleString("en") : value;
  });
  let told = "";
  function update() {
    const lesson = app.state?.lesson;
    if (!lesson) return;
    const key = JSON.stringify(lesson) + app.ui.language;
    if (key === told) return;
    told = key;
    if (lesson.step < 0) {
      replace(node, h("p", {}, t("begin_lesson")), h("ol", { className: "md-steps" }, catalog.lesson.map((step, i) => h("li", {}, h("button", { className: "md-row", "data-testid": `lesson-${i}`, onclick: () => tell("lesson", { step: i }) }, step[app.ui.language].title)))));
      return;
    }
    const step = catalog.lesson[lesson.step];
    const words = step[app.ui.language];
    const { answer, facts, seeds } = lesson.outcome;
    const many = seeds?.runs ? `${fill(words.many, seeds)} ${"clear" in seeds ? t(seeds.clear ? "seeds_clear" : "seeds_unclear") : ""}` : seeds?.of ? t("seeds_wait", seeds) : "";
    if (app.ui.lessonStep !== lesson.step) {
      app.ui.lessonStep = lesson.step;
      app.chartColumn(step.chart);
    }
    replace(
      node,
      h("p", { className: "md-small" }, `${lesson.step + 1} / ${lesson.of}`),
      h("h2", {}, words.title),
      h("p", {}, words.text),
      h("fieldset", { className: "md-question" }, h("legend", {}, words.question),
        step.options.map((option, i) => h("button", { className: `md-wide md-choice${answer === option ? " md-true" : answer && lesson.choice === option ? " md-false" : ""}`, "data-testid": `predict-${option}`, disabled: !!lesson.choice, "aria-pressed": String(lesson.choice === option), onclick: () => tell("predict", { choice: option }) },
          h("span", {}, words.options[i]), lesson.choice === option ? h("span", { className: "md-small" }, ` ${t("you_said")}`) : null, answer === option ? h("span", { className: "md-small" }, ` ✓ ${t(seeds?.runs ? "came_out_seeds" : "came_out")}`) : null))),
      !lesson.choice ? h("p", { className: "md-small" }, t("predict")) : null,
      facts ? h("div", { className: "md-reveal", role: "status", "data-testid": "reveal" }, h("p", {}, answer ? h("b", {}, answer === lesson.choice ? t("right") : t("wrong")) : null, " ", fill(words.reveal, facts)), many ? h("p", { "data-testid": "reveal-seeds" }, many) : null, answer ? h("p", {}, h("b", {}, `${t("notice")}: `), words.notice) : null) : null,
      h("div", { className: "md-pair" },
        h("button", { onclick: () => tell("lesson", { step: lesson.step - 1 }), "data-testid": "lesson-back" }, t("back")),
        h("button", { className: answer ? "md-primary" : "", disabled: lesson.step + 1 >= lesson.of, onclick: () => tell("lesson", { step: lesson.step + 1 }), "data-testid": "lesson-next" }, t("next"))),
      h("button", { className: "md-quiet md-wide", onclick: () => app.tab("live"), "data-testid": "lesson-leave" }, t("leave_lesson")),
    );
  }
  return { node, update };
}
