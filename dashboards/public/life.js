// The life of a studio in words and a chart, and the last year of one of cast and crew.

import { css, fitted, h, short } from "./dom.js";
import { drawChart } from "./chart.js";

export function lifeStory(app) {
  const { t } = app;
  const canvas = h("canvas", { role: "img", className: "md-life", "data-testid": "life-chart" });
  const colours = () => (app.ui.theme === "dark" ? ["#6cb8f0", "#ff9d5c"] : ["#0b5cad", "#c24a00"]);
  const letter = (lives, w) => (lives.length > 1 ? `${"AB"[w]} ` : "");
  const words = (event) => t(event.key, { ...event, city: app.cityName(event.city), name: event.name?.[app.ui.language], yuan: short(event.yuan) });

  function studio(lives) {
    const parts = lives.map((life, w) => (!life.events ? null : h("div", {},
      h("ul", { className: "md-life-story", "aria-label": `${letter(lives, w)}${t("life")}` }, life.events.map((event) => h("li", {}, h("b", {}, `${letter(lives, w)}${event.date}`), ` ${words(event)}`))),
      h("p", {}, letter(lives, w), t("life_sum", life)))));
    const pad = (life, values) => [...Array(life.first).fill(NaN), ...values];
    const paint = colours();
    const lines = lives.flatMap((life, w) => (!life.events ? [] : [
      { label: `${letter(lives, w)}${t("life_revenue")}`, colour: paint[w], values: pad(life, life.revenue), bold: true, dashed: w === 1 },
      ...(lives.length > 1 ? [] : [{ label: t("life_cash"), colour: css("--muted"), values: pad(life, life.cash) }])]));
    const draw = () => drawChart(canvas, { months: app.store.place.months, lines, levels: [0] }, app.ui.large);
    canvas.setAttribute("aria-label", `${t("life_chart")}: ${lines.map((line) => `${line.label} ${short(line.values.at(-1))}`).join(", ")}`);
    return [parts, h("p", { className: "md-small" }, t("life_chart")), draw];
  }

  function worker(lives) {
    const parts = lives.map((life, w) => {
      const months = life.months || [];
      if (!months.length) return null;
      const sum = (name) => months.reduce((total, month) => total + month[name], 0);
      const away = months.filter((month) => month.away).length;
      const [from, to] = [months[0].city, months.at(-1).city];
      const said = [letter(lives, w) + t("life_year", { n: months.length, days: sum("days"), busy: months.filter((month) => month.days).length, yuan: short(sum("yuan")) })];
      if (from !== to) said.push(t("life_year_moved", { from: app.cityName(from), to: app.cityName(to) }));
      if (away) said.push(t("life_year_away", { n: away }));
      return h("p", {}, said.join(" "));
    });
    const paint = colours();
    const draw = () => {
      const [pen, width, height] = fitted(canvas);
      pen.clearRect(0, 0, width, height);
      const longest = lives.find((life) => life.months)?.months || [];
      const most = Math.max(1, ...lives.flatMap((life) => (life.months || []).map((month) => month.days)));
      const size = app.ui.large ? 15 : 12;
      pen.font = `500 ${size}px system-ui, "Noto Sans SC", sans-serif`;
      pen.textAlign = "center";
      const wide = (width - 8) / Math.max(longest.length, 1);
      lives.forEach((life, w) => (life.months || []).forEach((month, i) => {
        const tall = ((height - 2.6 * size) * month.days) / most;
        pen.fillStyle = month.away ? css("--crisis") : paint[w];
        pen.fillRect(4 + (i + 0.12 + (0.76 * w) / lives.length) * wide, height - 1.4 * size - tall, (0.72 / lives.length) * wide, Math.max(tall, 1));
        pen.fillStyle = css("--ink");
        if (month.days && lives.length === 1) pen.fillText(month.days, 4 + (i + 0.5) * wide, height - 1.7 * size - tall);
      }));
      pen.fillStyle = css("--muted");
      longest.forEach((month, i) => pen.fillText(month.date.slice(5), 4 + (i + 0.5) * wide, height - 3));
    };
    canvas.setAttribute("aria-label", `${t("life_bars")}: ${lives.map((life, w) => letter(lives, w) + (life.months || []).map((month) => `${month.date} ${month.days}`).join(", ")).join("; ")}`);
    return [parts, h("p", { className: "md-small" }, t("life_bars")), draw];
  }

  return {
    show(found) {
      const lives = found.lives || [];
      const known = lives.some((life) => life.events || life.months);
      if (!known) return null;
      const [parts, caption, draw] = found.kind === "studio" ? studio(lives) : worker(lives);
      requestAnimationFrame(() => canvas.isConnected && draw());
      return h("div", { "data-testid": "life" }, parts, caption, canvas);
    },
  };
}
