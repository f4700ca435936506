// Votes: what those who watch are asked and answer, and what the instructor asks, counts and reveals.

import { curvesChart, drawingPad } from "./drawing.js";
import { h, monthName, options, replace, short } from "./dom.js";

const VOTER = "microdrama-voter";

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(VOTER) || "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

// Who voted here before gives the same name again, with the token by which the server knows the vote.
export function greet(app) {
  const { name, token } = kept();
  if (name) app.tell("join", { name, token });
}

function words(app, ballot) {
  const { t, ui } = app;
  if (ballot.kind === "own") return { question: ballot.question, options: ballot.options };
  if (ballot.kind === "lesson") return app.catalog.lesson[ballot.step][ui.language];
  const what = `${t(ballot.column)} ${ballot.share ? `(${t("as_share")}, %)` : ""}`.trim();
  return { question: t("vote_draw_question", { what, city: app.cityName(ballot.city), month: monthName(ballot.until - 1) }), options: [] };
}

const pastOf = (app, ballot) => app.store.path(app.store.worlds.length - 1, ballot.column, app.store.place.slugs.indexOf(ballot.city), ballot.share);
const spec = (ballot) => ({ ...ballot, from: ballot.month });

function bars(app, ballot, counts, answer, mine) {
  const said = words(app, ballot).options;
  const all = counts.reduce((sum, n) => sum + n, 0);
  return h("ul", { className: "md-bars", "data-testid": "vote-bars" }, ballot.keys.map((key, i) => h("li", { className: key === answer ? "md-true" : "" },
    h("span", {}, said[i], key === answer ? ` ✓ ${app.t("vote_right")}` : "", key === mine ? ` (${app.t("vote_mine")})` : ""), h("b", { className: "md-number" }, `${counts[i]}${all ? ` · ${Math.round((100 * counts[i]) / all)} %` : ""}`),
    h("span", { className: "md-meter" }, h("span", { style: { width: `${all ? (100 * counts[i]) / all : 0}%` } })))));
}

function outcome(app, ballot, revealed, by) {
  const { t } = app;
  const names = (list) => list.slice(0, 12).join(t("comma")) + (list.length > 12 ? ` … (${list.length})` : "");
  if (ballot.kind === "draw") {
    const best = revealed.best.length ? t("vote_best", { names: names(revealed.best), by: short(revealed.least, 2) }) : t("vote_nobody_drew");
    return h("p", { role: "status", "data-testid": "vote-outcome" }, h("b", {}, best), by === undefined || by === null ? "" : ` ${t("vote_own_distance", { by: short(by, 2) })}`);
  }
  const at = ballot.keys.indexOf(revealed.answer);
  if (at < 0) return h("p", { role: "status", "data-testid": "vote-outcome" }, t("vote_no_answer"));
  const right = revealed.right.length ? t("vote_were_right", { names: names(revealed.right) }) : t("vote_nobody_right");
  return h("p", { role: "status", "data-testid": "vote-outcome" }, h("b", {}, t("vote_came_out", { what: words(app, ballot).options[at] })), ` ${right}`);
}

// ------------------------------------------------------------------ who watches
export function ballotPanel(app) {
  const { t } = app;
  const node = h("section", { className: "md-box md-plain md-ballot", "aria-label": t("vote"), "data-testid": "ballot", hidden: true });
  const note = h("p", { className: "md-small md-wrong", role: "alert", "data-testid": "ballot-note" });
  const line = h("p", { className: "md-small", role: "status", "data-testid": "ballot-status" });
  let [shown, pad, chart, renaming, typed] = ["", null, null, false, kept().name || ""];

  function nameForm() {
    const input = h("input", { type: "text", id: "voter-name", maxLength: 24, autocomplete: "off", value: typed, "data-testid": "voter-name", oninput: () => (typed = input.value) });
    const join = () => {
      renaming = false;
      app.tell("join", { name: input.value, token: kept().token });
    };
    input.addEventListener("keydown", (event) => event.key === "Enter" && join());
    return h("div", { className: "md-field" }, h("label", { htmlFor: input.id }, t("vote_name")), h("div", { className: "md-row-of" }, input, h("button", { className: "md-primary", "data-testid": "voter-join", onclick: join }, t("vote_join"))));
  }
  const vote = (ballot, more) => app.tell("vote", { ballot: ballot.number, ...more });
  const choices = (told, ballot) => ballot.keys.map((key, i) => h("button", { className: "md-wide md-choice", "data-testid": `vote-${key}`, disabled: !ballot.open, "aria-pressed": String(told.mine === key), onclick: () => vote(ballot, { choice: key }) },
    h("span", {}, words(app, ballot).options[i]), told.mine === key ? h("span", { className: "md-small" }, ` ${t("vote_mine")}`) : null));
  function drawing(told, ballot) {
    if (!ballot.open && !told.mine) return null;
    const before = pad?.number === ballot.number && ballot.open ? pad.values : null;
    pad = { number: ballot.number, ...drawingPad(app, spec(ballot), pastOf(app, ballot), before ?? told.mine, say) };
    pad.node.inert = !ballot.open;
    return [h("p", { className: "md-small" }, t(ballot.open ? "vote_how_to_draw" : "vote_drawn")), pad.node, ballot.open ? h("button", { className: "md-wide md-primary", "data-testid": "vote-send", onclick: () => vote(ballot, { values: pad.values }) }, t("vote_send")) : null];
  }
  function body(told, ballot) {
    if (told.revealed && ballot.kind === "draw") {
      chart = curvesChart(app, "vote-curves");
      return [chart.node, outcome(app, ballot, told.revealed, told.by)];
    }
    if (told.revealed) return [bars(app, ballot, told.revealed.counts, told.revealed.answer, told.mine), outcome(app, ballot, told.revealed)];
    return ballot.kind === "draw" ? drawing(told, ballot) : choices(told, ballot);
  }
  function status({ ballot, mine, name, revealed }) {
    if (revealed || !name) return "";
    if (!ballot.open) return t(mine === undefined ? "vote_closed_without" : "vote_closed");
    if (ballot.kind !== "draw") return t(mine === undefined ? "vote_choose" : "vote_counts");
    return t(mine === undefined ? "vote_not_drawn" : String(mine) === String(pad?.values) ? "vote_counts" : "vote_unsent");
  }
  const say = () => (line.textContent = status(app.votes));
  function build(told) {
    const { ballot } = told;
    chart = null;
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.testid : "";
    const asks = !told.name || renaming;
    replace(node, h("h2", {}, words(app, ballot).question),
      asks ? nameForm() : h("p", { className: "md-small" }, t("vote_as", { name: told.name }), " ", h("button", { className: "md-quiet", "data-testid": "voter-rename", onclick: () => {
        renaming = true;
        update();
      } }, t("vote_rename"))),
      asks && !told.revealed ? null : body(told, ballot), note, line);
    if (focused) node.querySelector(`[data-testid='${CSS.escape(focused)}']`)?.focus();
  }
  function update() {
    const told = app.votes;
    if (told?.token) localStorage.setItem(VOTER, JSON.stringify({ name: told.name, token: told.token }));
    node.hidden = !told?.ballot || !app.store.worlds.length;
    note.textContent = told?.note ? app.said(told.note) : "";
    if (node.hidden) return;
    const { ballot, name, mine, revealed } = told;
    const key = JSON.stringify([ballot, name, ballot.kind === "draw" && ballot.open ? null : mine, revealed, renaming]);
    if (key !== shown) build(told);
    shown = key;
    say();
    draw();
  }
  function draw() {
    const told = app.votes;
    if (node.hidden || !told?.ballot) return;
    if (chart) chart.show(spec(told.ballot), pastOf(app, told.ballot), { ...told.revealed, mine: told.mine });
    else if (told.ballot.kind === "draw") pad?.show();
  }
  return { node, update, draw };
}

// ------------------------------------------------------------------ the instructor
export function votesPanel(app) {
  const { t, ui } = app;
  const tell = (what, more = {}) => app.tell("votes", { what, ...more });
  const asking = (ui.asking ||= { question: "", options: "", column: "shoot_days", until: 0 });
  const question = h("input", { type: "text", id: "ask-question", maxLength: 200, autocomplete: "off", value: asking.question, "data-testid": "ask-question", oninput: () => (asking.question = question.value) });
  const answers = h("textarea", { id: "ask-options", rows: 3, "data-testid": "ask-options", oninput: () => (asking.options = answers.value) }, asking.options);
  const column = h("select", { id: "draw-column", "data-testid": "draw-column", onchange: () => (asking.column = column.value) });
  const until = h("select", { id: "draw-until", "data-testid": "draw-until", onchange: () => (asking.until = +until.value) });
  const field = (label, input) => h("div", { className: "md-field" }, h("label", { htmlFor: input.id }, label), input);
  const lines = () => answers.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const forms = h("div", { className: "md-stack" },
    field(t("ask_question"), question), field(t("ask_options"), answers), h("button", { className: "md-wide", "data-testid": "ask", onclick: () => tell("ask", { question: question.value, options: lines() }) }, t("ask")),
    h("p", {}, h("b", {}, t("draw_title"))), h("div", { className: "md-pair" }, field(t("draw_what"), column), field(t("draw_until"), until)),
    h("button", { className: "md-wide", "data-testid": "ask-draw", onclick: () => tell("draw", { column: column.value, city: app.store.place.slugs[ui.focus], until: +until.value }) }, t("draw_ask")));
  const hint = h("p", { className: "md-small", "data-testid": "votes-hint" });
  const count = h("p", { role: "status", "data-testid": "vote-count" });
  const title = h("p", {}, h("b", {}));
  const [show, open, end] = [["vote-show", () => tell("show", { on: !app.votes.shown })], ["vote-open", () => tell("open", { on: !app.votes.ballot.open })], ["vote-end", () => tell("end")]].map(([id, act]) => h("button", { "data-testid": id, onclick: act }));
  const right = h("select", { id: "vote-right", "data-testid": "vote-right" });
  const rightField = field(t("vote_right_option"), right);
  const reveal = h("button", { className: "md-primary md-wide", "data-testid": "vote-reveal", onclick: () => tell("reveal", app.votes.ballot.kind === "own" ? { right: right.value || null } : {}) }, t("vote_reveal"));
  const hands = h("div", { className: "md-stack" });
  const byHand = h("details", { "data-testid": "by-hand" }, h("summary", {}, t("vote_by_hand")), hands);
  const running = h("div", { className: "md-stack" }, title, count, h("div", { className: "md-pair" }, show, open), rightField, reveal, byHand, end);
  end.className = "md-quiet md-wide";
  const box = h("details", { className: "md-box", "data-testid": "votes-box", open: ui.openVotes ?? false, ontoggle: () => (ui.openVotes = box.open) }, h("summary", {}, t("vote")), hint, running, forms);
  const stage = h("section", { className: "md-panel md-stack md-stage", "aria-label": t("vote"), "data-testid": "vote-stage", hidden: true });
  let [numbered, opened, staged, chart] = [0, "", "", null];

  function counters(ballot) {
    const inputs = ballot.keys.map((key, i) => h("input", { type: "number", id: `hand-${i}`, min: 0, max: 999, step: 1, value: app.votes.by_hand[i], "data-testid": `hand-${i}`, onchange: () => tell("hand", { counts: inputs.map((input) => Math.round(+input.value)) }) }));
    replace(hands, h("p", { className: "md-small" }, t("vote_by_hand_about")), inputs.map((input, i) => h("div", { className: "md-hand" }, h("label", { htmlFor: input.id }, words(app, ballot).options[i]), input)));
  }
  function onStage(told) {
    const { ballot, revealed } = told;
    stage.hidden = !ballot || !(told.shown || revealed);
    const key = JSON.stringify([ballot, told.counts, told.curves, revealed]);
    if (!stage.hidden && key !== staged) {
      chart = ballot.kind === "draw" ? curvesChart(app, "vote-curves") : null;
      replace(stage, h("h2", {}, words(app, ballot).question), chart ? chart.node : bars(app, ballot, told.counts || revealed.counts, revealed?.answer), revealed ? outcome(app, ballot, revealed) : null);
    }
    staged = key;
    draw();
  }
  function draw() {
    const told = app.votes;
    if (!stage.hidden && chart && told?.ballot?.kind === "draw") chart.show(spec(told.ballot), pastOf(app, told.ballot), { curves: told.curves, ...told.revealed });
  }
  function update() {
    const { store, state } = app;
    const told = app.votes || { ballot: null };
    if (!store.place || !state) return;
    options(column, Object.keys(app.catalog.drawn).map((name) => [name, t(name)]), asking.column);
    const ends = [];
    for (let month = store.month + 1; month <= store.place.months; month++) if (month % 12 === 0 || month === store.place.months) ends.push([String(month), monthName(month - 1)]);
    const wanted = ends.some(([value]) => +value === asking.until) ? asking.until : +(ends.find(([value]) => +value >= store.month + 24) ?? ends.at(-1) ?? [0])[0];
    options(until, ends, String(wanted));
    const { ballot } = told;
    hint.textContent = state.shared ? t("vote_shared", { n: state.watchers }) : t("vote_not_shared");
    running.hidden = !ballot;
    forms.hidden = !!ballot;
    if (ballot) {
      if (state.shared && opened !== `${ballot.number} ${state.shared}`) {
        opened = `${ballot.number} ${state.shared}`;
        box.open = true;
      }
      if (ballot.number !== numbered) {
        replace(right, [["", t("vote_no_right")], ...ballot.keys.map((key, i) => [key, words(app, ballot).options[i]])].map(([value, label]) => h("option", { value }, label)));
        counters(ballot);
      }
      title.firstChild.textContent = words(app, ballot).question;
      const hand = told.by_hand.reduce((sum, n) => sum + n, 0);
      count.textContent = t(ballot.open ? "vote_voted" : "vote_voted_closed", { n: told.voted, of: Math.max(state.watchers, told.voted) }) + (hand ? ` ${t("vote_hands", { n: hand })}` : "");
      show.textContent = t(told.shown ? "vote_hide" : "vote_show");
      show.disabled = !!told.revealed;
      open.textContent = ballot.open ? t("vote_close") : t("vote_reopen");
      open.disabled = !!told.revealed || (!ballot.open && ballot.kind !== "own" && store.month > ballot.month);
      rightField.hidden = ballot.kind !== "own" || !!told.revealed;
      reveal.disabled = ballot.kind !== "own" && !told.ready;
      reveal.hidden = !!told.revealed;
      byHand.hidden = ballot.kind === "draw" || !!told.revealed;
      end.textContent = t("vote_end");
    }
    numbered = ballot?.number ?? 0;
    onStage(told);
  }
  return { node: box, stage, update, draw };
}
