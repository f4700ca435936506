// The page of a team in the game of mayors, for phones: join, govern a city, see what was paid and where one stands.

import { boardTable, debriefNode } from "./board.js";
import { h, monthWords, replace, short } from "./dom.js";
import { translator } from "./strings.js";

const SIZES = { rebate: { step: 0.01, percent: true }, rent_subsidy: { step: 0.05, percent: true }, park_services: { step: 1000 } };
const COLUMNS = ["name", "city", "share", "change", "jobs", "paid", "cost"]; // of the board, as Game.board has them
const KEPT = "microdrama-page";

const read = (from, name) => {
  try {
    return JSON.parse(from.getItem(name) || "{}");
  } catch {
    return {};
  }
};

export function playPage(root, tell, style) {
  for (const name of ["style.css", "game.css"]) document.head.append(h("link", { rel: "stylesheet", href: style.replace("style.css", name) }));
  const send = (message) => {
    try {
      tell(message);
    } catch (error) {
      if (!/Cannot send|dead/.test(error.message)) throw error; // the connection is away
    }
  };
  const kept = read(localStorage, KEPT);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const query = new URLSearchParams(location.search);
  const ui = { language: query.get("lang") || (navigator.language.startsWith("zh") ? "zh" : "en"), theme: dark ? "dark" : "light", large: false, ...kept };
  if (!["en", "zh"].includes(ui.language)) ui.language = "en";
  const code = () => (new URLSearchParams(location.search).get("play") || "").replace(/\D/g, "");
  const place = () => `microdrama-play-${code()}`;
  let t = translator(ui.language);
  let [about, me, game, wrong, ended, lost, last, asked, heard] = [undefined, null, null, null, false, false, -1, 0, performance.now()];
  let city = "";
  let body = null;
  const questions = new Map();
  const ask = (name, more) => new Promise((resolve) => {
    const number = ++asked;
    questions.set(number, resolve);
    send({ do: name, ask: number, ...more });
    const none = ["en", "zh"].map((language) => translator(language)("game_unanswered"));
    setTimeout(() => takes.answer({ ask: number, content: { error: { text: none[0], zh: none[1] } } }), 10000);
  });
  const said = (told) => (ui.language === "zh" ? told.zh : told.text);
  const names = () => Object.fromEntries(Object.entries(about.names).map(([slug, pair]) => [slug, pair[ui.language === "zh" ? 1 : 0]]));
  const hello = (token) => send({ do: "hello", search: location.search, token: token ?? read(sessionStorage, place()).token ?? null });

  function set(name, value) {
    ui[name] = value;
    localStorage.setItem(KEPT, JSON.stringify({ ...read(localStorage, KEPT), language: ui.language, theme: ui.theme, large: ui.large }));
    t = translator(ui.language);
    build();
  }

  // ------------------------------------------------------------------ the frame of the page
  function build() {
    const focused = document.activeElement?.dataset?.testid;
    const draft = root.querySelector("[data-testid='play-name']")?.value ?? "";
    document.documentElement.lang = ui.language === "zh" ? "zh-CN" : "en";
    root.className = ["md-root", "md-play-page", ui.theme === "dark" && "md-dark", ui.large && "md-large"].filter(Boolean).join(" ");
    body = ended ? closing() : about === undefined ? { node: h("p", {}, "…") } : !about ? codeForm() : me ? governing() : joining(draft);
    replace(root,
      h("header", { className: "md-top" }, h("h1", {}, t("game_title")), h("span", { className: "md-space" }),
        h("button", { onclick: () => set("language", ui.language === "zh" ? "en" : "zh"), "data-testid": "language", lang: ui.language === "zh" ? "en" : "zh" }, t("language")),
        h("button", { onclick: () => set("theme", ui.theme === "dark" ? "light" : "dark"), "data-testid": "theme", "aria-label": t("theme"), title: t("theme") }, "◐"),
        h("button", { onclick: () => set("large", !ui.large), "data-testid": "large", "aria-label": t("game_large"), title: t("game_large"), "aria-pressed": String(!!ui.large) }, "A+")),
      h("main", { className: "md-mayor" }, lost ? h("p", { className: "md-panel md-wrong", role: "alert", "data-testid": "play-lost" }, t("game_lost")) : null, body.node));
    body.update?.();
    if (focused) root.querySelector(`[data-testid='${CSS.escape(focused)}']`)?.focus();
  }

  const closing = () => ({ node: h("p", { className: "md-panel", "data-testid": "play-ended" }, t("game_ended")) });

  function codeForm() {
    const input = h("input", { id: "play-code", type: "text", inputMode: "numeric", autocomplete: "off", "data-testid": "play-code", value: code(), onkeydown: (e) => e.key === "Enter" && open() });
    const open = () => {
      const address = new URLSearchParams(location.search);
      address.set("play", input.value.replace(/\D/g, ""));
      history.replaceState(null, "", `${location.pathname}?${address}`);
      hello();
    };
    return { node: h("div", { className: "md-panel md-stack" }, h("label", { htmlFor: "play-code" }, t("game_code")), input, h("button", { className: "md-primary md-wide", "data-testid": "play-open", onclick: open }, t("game_open")), wrong ? h("p", { className: "md-wrong", role: "alert", "data-testid": "play-wrong" }, said(wrong)) : null) };
  }

  // ------------------------------------------------------------------ a name and a city
  function joining(draft) {
    const name = h("input", { id: "play-name", type: "text", maxLength: 20, autocomplete: "off", value: draft, "data-testid": "play-name" });
    const cities = h("div", { className: "md-cities", role: "group", "aria-label": t("game_your_city") });
    const note = h("p", { className: "md-wrong", role: "alert", "data-testid": "play-wrong" });
    const go = h("button", { className: "md-primary md-wide", "data-testid": "play-join", onclick: async () => {
      const answer = await ask("join", { name: name.value, city });
      note.textContent = answer.error ? said(answer.error) : "";
    } }, t("game_join"));
    const full = h("p", { "data-testid": "play-full" });
    const board = h("div", { className: "md-panel md-scroll", tabIndex: 0, role: "region", "aria-label": t("game_board") });
    const before = read(localStorage, place());
    const back = before.token ? h("button", { className: "md-wide", "data-testid": "play-back", onclick: () => hello(before.token) }, t("game_back_as", { name: before.name, city: names()[before.city] ?? "" })) : null;
    const form = h("div", { className: "md-stack" }, back, h("label", { htmlFor: "play-name" }, t("game_nickname")), name, h("b", {}, t("game_your_city")), cities, go, note);
    return {
      node: h("div", { className: "md-stack" }, h("div", { className: "md-panel md-stack" }, h("p", {}, t("game_rules", { budget: about.budget / 1e6 })), full, form), board),
      update() {
        if (!game) return;
        const free = new Set(game.free);
        if (!free.has(city)) city = "";
        const none = !free.size;
        form.hidden = none && !back;
        full.hidden = !none;
        replace(full, t("game_all_taken"), " ", game.watch ? h("a", { href: `${location.pathname}?watch=${game.watch}`, "data-testid": "play-watch" }, t("game_watch")) : "");
        go.disabled = none || !city;
        replace(cities, Object.entries(names()).map(([slug, text]) => h("button", { "data-testid": `play-city-${slug}`, disabled: !free.has(slug), "aria-pressed": String(slug === city), onclick: () => ((city = slug), this.update()) }, text)));
        board.hidden = !game.rows.length;
        replace(board, boardTable(t, names(), game.rows));
      },
    };
  }

  // ------------------------------------------------------------------ a city's policy
  function governing() {
    const date = h("b", { className: "md-date", "data-testid": "play-date", role: "timer" });
    const clock = h("span", { className: "md-small", role: "status", "data-testid": "play-clock" });
    const left = h("span", { "data-testid": "play-left" });
    const meter = h("span", { className: "md-meter" }, h("span"));
    const note = h("p", { className: "md-wrong", role: "alert", "data-testid": "play-note" });
    const board = h("div", { className: "md-scroll", tabIndex: 0, role: "region", "aria-label": t("game_board") });
    const debrief = h("div", { className: "md-panel" });
    const rows = Object.keys(about.levers).map(lever);
    function lever(what) {
      const costly = about.costly.includes(what);
      const own = () => game?.choices?.[what] ?? [0, 0];
      const promise = h("span", { className: "md-small md-promise", "data-testid": `play-promise-${what}` });
      const inputs = [];
      let pending = 0; // until it is answered what was chosen stands, whatever month is told meanwhile
      const act = async () => {
        const [chosen, yuan] = [size ? size.value() : 0, money ? money.value() : 0];
        pending += 1;
        const answer = await ask("act", { what, city: me.city, size: chosen, yuan });
        pending -= 1;
        note.textContent = answer.error ? said(answer.error) : "";
        if (!answer.error && game) game.choices = { ...game.choices, [what]: [chosen, yuan] };
        if (answer.error && !pending) inputs.forEach((input) => input.set(true));
      };
      const slider = (id, label, most, step, write, get) => {
        const out = h("output", { htmlFor: id });
        const input = h("input", { type: "range", id, min: 0, max: most, step, "data-testid": id, "aria-label": `${t(what)}: ${label}`, oninput: () => (out.textContent = write(+input.value)), onchange: act });
        const found = {
          node: h("div", { className: "md-lever" }, h("span", { "aria-hidden": "true" }, label), out, input),
          input, value: () => +input.value,
          set(force) {
            if (!force && (pending || document.activeElement === input)) return;
            input.value = get();
            out.textContent = write(+input.value);
          },
        };
        inputs.push(found);
        return found;
      };
      const shape = SIZES[what];
      const percent = (v) => `${Math.round(100 * v)} %`;
      let [size, money] = [null, null];
      if (shape) size = slider(`play-size-${what}`, shape.percent ? t("game_rate") : t(`unit_${what}`), about.levers[what], shape.step, shape.percent ? percent : (v) => short(v), () => own()[0]);
      if (costly) {
        money = slider(`play-money-${what}`, t("game_money"), about.budget / 1e6, Math.max(0.1, about.budget / 1e8), (v) => short(v), () => own()[1] / 1e6);
        const plain = money.value;
        // no more than what is left and this measure has already
        money.input.addEventListener("input", () => {
          const others = rows.reduce((sum, row) => sum + (row.what === what ? 0 : row.yuan()), 0);
          const most = (about.budget - others) / 1e6;
          if (+money.input.value > most) money.input.value = Math.floor(most * 10) / 10;
          money.node.querySelector("output").textContent = short(+money.input.value);
        });
        money.value = () => Math.round(plain() * 10) * 1e5;
      }
      const id = `play-on-${what}`;
      if (!shape && !costly) {
        const box = h("input", { type: "checkbox", id, "data-testid": id, onchange: act });
        size = { value: () => (box.checked ? 1 : 0), input: box, node: h("div", { className: "md-lever md-check" }, box, h("label", { htmlFor: id }, t("game_on"))), set: (force) => (force || !pending) && (box.checked = own()[0] > 0) };
        inputs.push(size);
      }
      const node = h("fieldset", { className: "md-panel md-measure" }, h("legend", {}, t(what)), h("p", { className: "md-small" }, t(`game_about_${what}`)), size?.node, money?.node, promise);
      return {
        node, what,
        yuan: () => (money ? money.value() : 0),
        update() {
          inputs.forEach((input) => {
            input.set(false);
            input.input.disabled = game.over;
          });
          const [, yuan] = own();
          const [n, claimed, paid] = game.promises?.[what] ?? [0, 0, 0];
          let text = "";
          if (costly && yuan > 0 && shape && !own()[0]) text = t("game_no_size");
          else if (costly && yuan > 0) {
            const words = { claimed: short(claimed), paid: short(paid), n };
            text = !n ? t("game_next") : claimed <= 0 ? t("game_unclaimed", words) : paid >= 0.99 * claimed ? t("game_all_paid", words) : t("game_part_paid", words);
          } else if (costly && shape && own()[0] > 0) text = t("game_no_money");
          promise.textContent = text;
          promise.classList.toggle("md-short", n > 0 && claimed > 0 && paid < 0.99 * claimed);
        },
      };
    }
    return {
      node: h("div", { className: "md-stack" },
        h("div", { className: "md-panel md-stand" }, h("div", { className: "md-head" }, h("b", { "data-testid": "play-me" }, `${me.name} · ${names()[me.city] ?? me.city}`), date), clock, left, meter),
        note, debrief, rows.map((row) => row.node),
        h("div", { className: "md-panel" }, h("h2", {}, t("game_board")), board)),
      update() {
        if (!game) return;
        date.textContent = game.month > 0 ? monthWords(game.month - 1, ui.language) : t("start");
        clock.textContent = t(game.over ? "game_clock_over" : game.away ? "game_clock_away" : game.hurrying ? "game_clock_hurry" : game.playing ? "game_clock_runs" : "game_clock_stands");
        const committed = game.committed ?? 0;
        left.textContent = t("game_left", { committed: short(committed / 1e6), budget: short(about.budget / 1e6), left: short((about.budget - committed) / 1e6) });
        meter.firstChild.style.width = `${(100 * committed) / about.budget}%`;
        rows.forEach((row) => row.update());
        replace(board, boardTable(t, names(), game.rows, me.name));
        const told = debriefNode(t, names(), game.debrief);
        debrief.hidden = !told;
        replace(debrief, told);
      },
    };
  }

  // ------------------------------------------------------------------ what the server tells
  const takes = {
    welcome(told) {
      [about, wrong, me, game] = [told.game, told.wrong, null, null];
      window.__ready = true;
      window.__frames = (window.__frames || 0) + 1;
      build();
    },
    joined(told) {
      me = { name: told.name, city: told.city };
      for (const store of [sessionStorage, localStorage]) store.setItem(place(), JSON.stringify({ ...me, token: told.token }));
      build();
    },
    game(told) {
      game = { ...told, rows: told.rows.map((row) => Object.fromEntries(row.map((value, i) => [COLUMNS[i], value]))) };
      last = told.n;
      body?.update?.();
      window.__frames = (window.__frames || 0) + 1;
      send({ do: "ack", n: told.n });
    },
    answer(told) {
      questions.get(told.ask)?.(told.content);
      questions.delete(told.ask);
    },
    refused(told) {
      [about, wrong] = [null, told];
      build();
    },
    ended() {
      ended = true;
      build();
    },
    pong() {},
  };
  // A server that was started anew does not know this page; a reload brings the team back, and after a lost connection
  // does so sooner than waiting for the connection to come back by itself.
  const again = () => fetch(`${window.solara?.rootPath || ""}/readyz`, { cache: "no-store" }).then((answer) => answer.ok && lost && location.reload(), () => {});
  const forgotten = () => [...document.querySelectorAll("#app, #app *")].find((node) => node.__vue__)?.__vue__?.$root?.$data?.needsRefresh;
  const beat = setInterval(() => {
    if (forgotten()) return location.reload();
    send({ do: "ping", n: last });
    const away = performance.now() - heard > 7000 && !document.hidden && about !== undefined;
    if (away !== lost) {
      lost = away;
      build();
    }
    if (lost) again();
  }, 1000);
  build();
  hello();
  return {
    receive(kind, content) {
      heard = performance.now();
      takes[kind]?.(content);
      if (lost) {
        lost = false;
        build();
      }
    },
    stop() {
      clearInterval(beat);
    },
  };
}
