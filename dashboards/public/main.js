// The page: what the server tells, what is shown, and what is told back.

import { explorer } from "./explore.js";
import { h, localOnly, monthName, replace, save } from "./dom.js";
import { gameView } from "./game.js";
import { headlineText } from "./headline.js";
import { help, translator } from "./strings.js";
import { liveView } from "./live.js";
import { playPage } from "./play.js";
import { Store } from "./data.js";
import { greet } from "./votes.js";

const KEEP = ["language", "theme", "large", "mode"];
const RUN = "microdrama-run";
const PICTURES = "microdrama-pictures";

function stored(name, from = sessionStorage) {
  try {
    return JSON.parse(from.getItem(name) || "{}");
  } catch {
    return {};
  }
}

export function start(root, tell, style) {
  if (new URLSearchParams(location.search).has("play")) return playPage(root, tell, style);
  // While the connection is away nothing can be sent; what the page lacks it asks for once it is back.
  const send = (message) => {
    try {
      tell(message);
    } catch (error) {
      if (!/Cannot send|dead/.test(error.message)) throw error;
    }
  };
  for (const name of ["style.css", "game.css"]) document.head.append(h("link", { rel: "stylesheet", href: style.replace("style.css", name) }));
  const query = new URLSearchParams(location.search);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const kept = stored("microdrama-page", localStorage);
  const ui = { language: query.get("lang") || (navigator.language.startsWith("zh") ? "zh" : "en"), theme: dark ? "dark" : "light", large: false, mode: "rent", tab: query.get("tab") || "live", panel: "charts", column: "shoot_days", column2: "rent_yuan_m2_month", share: true, focus: 0, marked: [], zoom: false, ...kept };
  if (!["en", "zh"].includes(ui.language)) ui.language = "en";
  const store = new Store();
  const questions = new Map();
  let [asked, heard, drawn, lostShown, alive, leaving, view, results, game] = [0, performance.now(), true, false, true, false, null, null, null];
  let shares = [];

  const app = {
    store, ui, thumbnails: new Map(Array.isArray(stored(PICTURES)) ? stored(PICTURES) : []), structures: [], catalog: null, state: null, inspected: null, role: "", still: calm.matches,
    t: translator(ui.language),
    tell: (name, more = {}) => send({ do: name, ...more }),
    ask: (name, more = {}) => new Promise((resolve) => {
      questions.set(++asked, resolve);
      send({ do: name, ask: asked, ...more });
    }),
    names: () => (ui.language === "zh" ? store.place.names_zh : store.place.names),
    cityName: (slug) => app.names()[store.place.slugs.indexOf(slug)] ?? slug,
    zoneName: (zone) => app.t(`zone:${store.place.slugs[zone.city]}/${zone.slug}`, zone.name),
    scenarioTitle: (name) => app.t(`scenario_${name}`, app.catalog.scenarios.find((s) => s.name === name)?.title ?? name),
    monthLabel: (month) => (month > 0 ? monthName(month - 1) : app.t("start")),
    progress: () => (app.still ? 1 : Math.min(1, (performance.now() - store.arrived) / (app.state?.playing ? Math.min(store.interval, 1000 / app.state.speed) : 350))),
    pictureOf: (link) => link.replace(/&month=\d+(&mission=\w+)?$/, ""),
    redraw: () => (drawn = false),
    said: (told) => said(told),
    toggle: () => app.tell(app.state.playing || app.state.target >= 0 ? "pause" : "play"),
    focus(city) {
      ui.focus = city;
      refresh();
    },
    set(name, value) {
      ui[name] = value;
      localStorage.setItem("microdrama-page", JSON.stringify(Object.fromEntries(KEEP.map((key) => [key, ui[key]]))));
      if (name === "language") build();
      else dress();
    },
    chartColumn(name) {
      ui.column = name;
      ui.panel = name === "value_yuan" && app.state?.lesson.step >= 0 ? "money" : "charts";
      view.panel(ui.panel);
    },
    tab(name) {
      ui.tab = name;
      leaving = name !== "lesson" && app.state?.lesson.step >= 0;
      if (leaving) app.tell("lesson", { step: -1 });
      build();
    },
  };

  function refresh() {
    view?.state();
    view?.refresh();
    view?.tick(store.month);
    game?.update();
    drawn = false;
  }

  // Colours and sizes, which need no new page.
  function dress() {
    const drawers = ui.present || (ui.large && innerWidth < 1500);
    const classes = { "md-dark": ui.theme === "dark", "md-large": ui.large, "md-present": ui.present, "md-drawers": drawers };
    root.className = ["md-root", ...Object.keys(classes).filter((name) => classes[name])].join(" ");
    for (const name of ["large", "present"]) root.querySelector(`[data-testid='${name}']`)?.setAttribute("aria-pressed", String(!!ui[name]));
    refresh();
    results?.redraw();
  }
  function present(on) {
    ui.present = on;
    if (on) view.panel("charts");
    dress();
  }

  // ------------------------------------------------------------------ the frame of the page
  function build() {
    app.t = translator(ui.language);
    const { t } = app;
    const focused = document.activeElement?.dataset?.testid;
    document.documentElement.lang = ui.language === "zh" ? "zh-CN" : "en";
    if (!app.catalog) return dress();
    view = liveView(app);
    results = explorer(app);
    game = gameView(app);
    const owner = app.role === "owner";
    const tabs = owner || app.state?.game ? (owner ? ["live", "lesson", "game", "results"] : ["live", "game"]).map((name) => h("button", { "aria-pressed": String(ui.tab === name), "data-testid": `tab-${name}`, onclick: () => app.tab(name) }, t(name))) : [];
    replace(
      root,
      h("div", { className: "md-top", role: "banner" },
        h("h1", { lang: ui.language === "zh" ? "zh-CN" : "en" }, t("title")), h("nav", { className: "md-tabs", "aria-label": t("title") }, tabs), h("span", { className: "md-space" }), ui.tab === "results" ? null : view.date, h("span", { className: "md-space" }),
        owner ? [menu("share", shareMenu), menu("data", dataMenu)] : h("span", {}, t("watching"), " ", h("a", { href: location.pathname, style: { color: "var(--accent)", textDecoration: "underline" } }, t("own_world"))),
        h("button", { onclick: () => app.set("language", ui.language === "zh" ? "en" : "zh"), "data-testid": "language", lang: ui.language === "zh" ? "en" : "zh" }, t("language")),
        h("button", { onclick: () => app.set("theme", ui.theme === "dark" ? "light" : "dark"), "data-testid": "theme", "aria-label": t("theme"), title: t("theme") }, "◐"),
        h("button", { onclick: () => app.set("large", !ui.large), "data-testid": "large", "aria-label": t("large"), title: t("large"), "aria-pressed": String(!!ui.large) }, "A+"),
        owner ? h("button", { onclick: () => present(!ui.present), "data-testid": "present", "aria-pressed": String(!!ui.present) }, t("present")) : null,
        h("button", { onclick: showHelp, "data-testid": "help", "aria-label": t("help"), title: t("help") }, "?")),
      ui.tab === "results" && owner ? results.node : ui.tab === "game" && tabs.length ? game.node : h("main", { style: { display: "contents" } }, view.node),
    );
    if (store.place) {
      view.setPlace(store.place);
      view.people.show(app.inspected);
      view.panel(ui.panel);
      if (ui.tab === "results") results.opened();
    }
    dress();
    card();
    if (focused) root.querySelector(`[data-testid='${CSS.escape(focused)}']`)?.focus();
  }

  function menu(name, fill) {
    const box = h("div", { hidden: true, "data-testid": `menu-${name}-box` });
    const button = h("button", { "aria-expanded": "false", "data-testid": `menu-${name}`, onclick: () => {
      box.hidden = !box.hidden;
      button.setAttribute("aria-expanded", String(!box.hidden));
      if (!box.hidden) fill(box);
    } }, app.t(name));
    const node = h("div", { className: "md-menu", onkeydown: (event) => event.key === "Escape" && !box.hidden && (button.click(), button.focus()) }, button, box);
    node.addEventListener("focusout", (event) => event.relatedTarget && !node.contains(event.relatedTarget) && !box.hidden && button.click());
    return node;
  }
  async function copy(text, button, input) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      input.select();
      document.execCommand("copy");
    }
    button.textContent = app.t("copied");
  }
  const linkRow = (label, text, id) => {
    const input = h("input", { type: "text", readOnly: true, value: text, "aria-label": label, "data-testid": id });
    const button = h("button", { onclick: () => copy(text, button, input) }, app.t("copy_link"));
    return [h("b", {}, label), input, button];
  };
  async function shareMenu(box) {
    const { t } = app;
    const here = `${location.origin}${location.pathname}`;
    const story = await app.ask("link");
    const shared = app.state.shared;
    replace(box, linkRow(t("story_link"), `${here}?${story}`, "story-link"),
      shared ? linkRow(t("watch_link"), `${here}?watch=${shared}`, "watch-link") : null,
      shared ? h("span", { className: "md-small" }, t("sharing", { n: app.state.watchers }), localOnly() ? ` ${t("local_only")}` : "") : null,
      h("button", { "data-testid": "share-toggle", className: shared ? "" : "md-primary", onclick: async () => {
        app.tell("share", { on: !shared });
        app.onState = () => shareMenu(box);
      } }, shared ? t("stop_sharing") : t("watch_link")));
  }
  function dataMenu(box) {
    const { t } = app;
    const get = async (table, form) => {
      const found = await app.ask("download", { table, form });
      if (found?.name) save(found.name, found.data);
    };
    replace(box,
      Object.keys(app.catalog.tables).map((table) => h("div", { className: "md-forms" }, h("span", {}, t(`table_${table}`)), app.catalog.forms.map((form) => h("button", { "data-testid": `get-${table}-${form}`, "aria-label": `${t(`table_${table}`)} ${form}`, onclick: () => get(table, form) }, form === "dta" ? "Stata" : form === "csv" ? "CSV" : "Parquet")))),
      h("button", { onclick: chartCsv, "data-testid": "get-chart" }, t("chart_data")),
      h("button", { onclick: picture, "data-testid": "get-picture" }, t("picture")),
      h("button", { onclick: () => get("scenario", ""), "data-testid": "get-scenario" }, t("scenario_file")),
      h("button", { onclick: () => get("script", ""), "data-testid": "get-script" }, t("script")));
  }
  function chartCsv() {
    const spec = view.chartData();
    if (!spec) return;
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const rows = [["month", ...spec.lines.map((line) => quote(line.label))]];
    for (let m = 0; m < store.month; m++) rows.push([monthName(m), ...spec.lines.map((line) => (Number.isFinite(line.values[m]) ? +line.values[m].toPrecision(7) : ""))]);
    save(`${ui.column}.csv`, rows.map((row) => row.join(",")).join("\n") + "\n", "text/csv");
  }
  // The maps and charts on show, as one picture with its date and seed.
  function picture() {
    const parts = view.canvases().filter(({ canvas }) => canvas.width > 10);
    const width = Math.max(...parts.map(({ canvas }) => canvas.width));
    const height = parts.reduce((sum, { canvas }) => sum + canvas.height + 46, 150);
    const sheet = h("canvas", { width: width + 40, height });
    const pen = sheet.getContext("2d");
    pen.fillStyle = getComputedStyle(root).getPropertyValue("--panel");
    pen.fillRect(0, 0, width + 40, height);
    pen.fillStyle = getComputedStyle(root).getPropertyValue("--ink");
    pen.font = "600 26px system-ui, sans-serif";
    const [first] = app.state.stories;
    pen.fillText(`${app.monthLabel(store.month)}   ${app.state.stories.map((s) => s.scenario).join(" / ")}, seed ${first.seed}, scale ${first.scale}`, 20, 42);
    pen.font = "400 20px system-ui, sans-serif";
    pen.fillText(headlineText(app), 20, 76, width);
    app.state.stories.forEach((story, i) => pen.fillText(`${"AB"[i]}: ${app.scenarioTitle(story.scenario)} ${story.done.map((a) => `${a.date} ${app.t(a.what)} ${a.city} ${a.size}`).join("; ")}`, 20, 104 + 26 * i, width));
    let y = 140;
    for (const { canvas, said } of parts) {
      pen.fillText(said, 20, y + 24, width);
      pen.drawImage(canvas, 20, y + 34);
      y += canvas.height + 46;
    }
    sheet.toBlob((blob) => save(`microdrama-${app.monthLabel(store.month)}.png`, blob));
  }
  function showHelp() {
    const dialog = h("dialog", { "data-testid": "help-box", "aria-label": app.t("help") }, help(ui.language).map(([title, text]) => [h("h3", {}, title), h("p", {}, text)]), h("button", { className: "md-primary", onclick: () => dialog.close() }, app.t("close")));
    dialog.addEventListener("close", () => dialog.remove());
    root.append(dialog);
    dialog.showModal();
  }

  // ------------------------------------------------------------------ cards
  let refused = null;
  const said = (told) => (ui.language === "zh" ? told.zh : told.text); // as the server says it
  let hiddenMessage = "";
  function card() {
    root.querySelector(".md-card")?.remove();
    const { t, state } = app;
    const button = (label, act, id, first) => h("button", { onclick: act, "data-testid": id, className: first ? "md-primary" : "" }, label);
    let [text, buttons, kind] = ["", [], ""];
    if (refused) {
      text = said(refused);
      buttons = [button(t("retry"), () => { refused = null; card(); hello(); }, "retry", true), query.has("watch") ? button(t("own_world"), () => location.assign(location.pathname), "own", false) : null];
    } else if (lostShown) {
      [text, kind] = [t("lost"), "md-note"];
    } else if (state?.freed) {
      [text, kind] = [t("freed"), "md-note"];
      buttons = app.role === "owner" ? [button(t("continue"), () => app.tell("again"), "continue", true)] : [];
    } else if (state?.away && app.role === "watcher") {
      [text, kind] = [t("owner_away"), "md-note"];
    } else if (state?.message?.text && state.message.number !== hiddenMessage && app.role === "owner") {
      text = said(state.message);
      kind = state.message.kind === "note" ? "md-note" : "";
      const close = button(t("close"), () => { hiddenMessage = state.message.number; card(); }, "card-close", false);
      buttons = state.failed ? [button(t("again"), () => app.tell("again"), "card-again", false), button(t("reset"), () => app.resetNow(), "card-reset", true), close] : [close];
    }
    if (text) root.append(h("div", { className: `md-card ${kind}`, role: "alert", "data-testid": "card" }, h("div", {}, text), buttons.length ? h("div", { className: "md-pair" }, buttons) : null));
  }

  // ------------------------------------------------------------------ what the server tells
  const takes = {
    welcome(told) {
      [app.role, app.catalog] = [told.role, told.catalog];
      if (told.token) sessionStorage.setItem(RUN, JSON.stringify({ ...stored(RUN), token: told.token, search: location.search, here: true }));
      build();
      if (told.role === "watcher") greet(app);
    },
    refused(text) {
      refused = text;
      card();
    },
    ended() {
      refused = { text: translator("en")("ended"), zh: translator("zh")("ended") };
      card();
    },
    place(place) {
      thumbnail();
      store.setPlace(place);
      if (!ui.focused) ui.focus = Math.max(0, place.slugs.indexOf("zhengzhou"));
      ui.focused = true;
      app.inspected = null;
      view.setPlace(place);
      view.people.show(null);
      view.panel(ui.panel);
      if (ui.tab === "results") results.opened();
    },
    frame(header, buffers) {
      if (!store.place) return;
      store.take(header, buffers);
      app.board = header.game;
      shares = store.worlds.map((_, w) => store.place.slugs.map((_, c) => store.path(w, "shoot_days", c, true)[store.month - 1]));
      app.progressOf = header.mission;
      if (header.inspected) takes.inspected(header.inspected);
      window.__frames = (window.__frames || 0) + 1;
      window.__bytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, JSON.stringify(header).length);
      drawn = false;
      requestAnimationFrame(() => {
        view.layout();
        view.refresh();
        view.tick(store.month);
        game.update();
        describeSoon();
        send({ do: "ack", frame: header.frame });
      });
    },
    state(state) {
      if (app.state?.band && !state.band) store.clearBand();
      const begun = !app.state?.game !== !state.game;
      app.state = state;
      app.board = state.game?.rows;
      if (begun && state.game && app.role === "owner") ui.tab = "game";
      if (begun) build();
      const run = stored(RUN);
      if (run.token) sessionStorage.setItem(RUN, JSON.stringify({ ...run, links: [state.link, ...state.kept.map((each) => each.link)] }));
      window.__ready = true;
      leaving &&= state.lesson.step >= 0; // what the server told before it heard
      if (state.lesson.step >= 0 && ui.tab === "live" && !leaving) ui.tab = "lesson";
      refresh();
      view.tick(state.month);
      card();
      const then = app.onState;
      app.onState = null;
      then?.();
    },
    inspected(found) {
      app.inspected = found;
      view.people.show(found);
      drawn = false;
    },
    band(told, buffers) {
      store.takeBand(told, buffers);
      view.refresh();
    },
    answer(told, buffers) {
      const resolve = questions.get(told.ask);
      questions.delete(told.ask);
      const data = buffers?.length ? { data: buffers[0].buffer.slice(buffers[0].byteOffset, buffers[0].byteOffset + buffers[0].byteLength) } : {};
      resolve?.(Array.isArray(told.content) || typeof told.content !== "object" ? told.content : { ...told.content, ...data });
    },
    votes(told) {
      app.votes = told;
      view.votes();
    },
    structure(told) {
      view.structure(told);
      view.refresh();
    },
    pong() {},
  };

  let describing = 0;
  function describeSoon() {
    clearTimeout(describing);
    describing = setTimeout(() => {
      view.describe(shares);
      if (app.state?.kept.length && !app.state.playing && app.state.target < 0) {
        thumbnail();
        view.state();
      }
    }, app.state?.playing ? 900 : 50);
  }

  // ------------------------------------------------------------------ time and keys
  function loop() {
    if (!alive) return;
    requestAnimationFrame(loop);
    if (!view || !store.worlds.length || ["results", "game"].includes(ui.tab)) return;
    const progress = app.progress();
    if (drawn && progress >= 1 && !view.moving()) return;
    view.draw(shares);
    window.__redraws = (window.__redraws || 0) + 1;
    drawn = progress >= 1;
  }
  // A tab that is copied takes along what it stored, with the mark that its page is open; one that is reloaded does not.
  function hello() {
    const run = stored(RUN);
    const mine = run.search === location.search;
    send({ do: "hello", search: location.search, token: mine ? run.token : null, copied: !!run.here && !greeted, links: mine ? run.links || [] : [] });
    greeted = true;
  }
  let greeted = false;
  const here = (on) => () => {
    const run = stored(RUN);
    if (run.token) sessionStorage.setItem(RUN, JSON.stringify({ ...run, here: on }));
  };
  const [left, back] = [here(false), here(true)];
  window.addEventListener("pagehide", left);
  window.addEventListener("pageshow", back);
  // The map as it was, small, for the list of earlier runs.
  function thumbnail() {
    const canvas = store.worlds.length ? view?.canvases()[0]?.canvas : null;
    if (!app.state?.link || !canvas || canvas.width < 20 || !store.month) return;
    const small = h("canvas", { width: 96, height: Math.round((96 * canvas.height) / canvas.width) });
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    app.thumbnails.set(app.pictureOf(app.state.link), small.toDataURL("image/webp", 0.8));
    const known = new Set([app.state, ...app.state.kept].map((run) => app.pictureOf(run.link)));
    for (const link of app.thumbnails.keys()) if (!known.has(link) && app.thumbnails.size > 16) app.thumbnails.delete(link);
    try {
      sessionStorage.setItem(PICTURES, JSON.stringify([...app.thumbnails]));
    } catch { /* full: they are made anew */ }
  }
  // A server that was started anew does not know this page; a reload brings its worlds back, from their links.
  const forgotten = () => {
    const shell = [...document.querySelectorAll("#app, #app *")].find((node) => node.__vue__)?.__vue__?.$root;
    return !!shell?.$data?.needsRefresh;
  };
  const beat = setInterval(() => {
    if (forgotten()) return location.reload();
    send({ do: "ping", frame: store.frame });
    const lost = performance.now() - heard > 7000 && !document.hidden && !!app.catalog;
    if (lost !== lostShown) {
      lostShown = lost;
      card();
    }
  }, 2000);
  const keys = {
    " ": () => app.toggle(), ArrowRight: () => app.tell("step"), s: () => app.tell("step"), r: () => app.resetNow(), u: () => app.tell("undo"), c: () => app.crisisNow(),
    b: () => app.tell("two", { on: app.state.stories.length < 2 }), m: () => app.set("mode", ui.mode === "rent" ? "vacancy" : "rent"), z: () => app.set("zoom", !ui.zoom),
    l: () => app.set("language", ui.language === "zh" ? "en" : "zh"), t: () => app.set("theme", ui.theme === "dark" ? "light" : "dark"), p: () => app.set("large", !ui.large), "?": showHelp,
    PageDown: () => app.toggle(), PageUp: () => app.tell("goto", { month: Math.max(0, store.month - 12) }), f: () => present(!ui.present), ".": () => app.set("mode", ui.mode === "rent" ? "vacancy" : "rent"), Escape: () => ui.present && present(false),
    "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1),
  };
  function faster(by) {
    const speeds = app.catalog.speeds;
    const at = Math.min(Math.max(speeds.indexOf(app.state.speed) + by, 0), speeds.length - 1);
    app.tell("speed", { value: speeds[at] });
  }
  function pressed(event) {
    const field = event.target.closest?.("input, select, textarea, dialog, summary") || (event.key === " " && event.target.closest?.("button"));
    if (field || event.ctrlKey || event.metaKey || event.altKey || !app.state || app.role !== "owner") return;
    const digit = +event.key;
    if (digit >= 1 && digit <= store.place.slugs.length) app.focus(digit - 1);
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  }
  const resized = () => dress();
  const calmer = () => (app.still = calm.matches);
  document.addEventListener("keydown", pressed);
  window.addEventListener("resize", resized);
  calm.addEventListener("change", calmer);
  build();
  hello();
  requestAnimationFrame(loop);

  return {
    receive(kind, content, buffers) {
      heard = performance.now();
      takes[kind]?.(content, buffers || []);
      if (lostShown) {
        lostShown = false;
        card();
      }
    },
    stop() {
      alive = false;
      clearInterval(beat);
      document.removeEventListener("keydown", pressed);
      window.removeEventListener("resize", resized);
      window.removeEventListener("pagehide", left);
      window.removeEventListener("pageshow", back);
      calm.removeEventListener("change", calmer);
    },
  };
}
