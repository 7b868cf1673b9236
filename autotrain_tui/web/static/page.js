// The page's script. Everything works without it; it logs in by the address, reads curves under a finger, and keeps a
// session's page up to date. Text is only ever set as text.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const page = document.body.dataset;

// ---- log-in: the token stands behind #, which browsers do not send ------------------------------------------------
function logIn() {
  const token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", location.pathname);
    $("#token").value = token;
    $("form.login").submit();
  } else if (location.pathname !== "/login" && !sessionStorage.getItem("tried")) {
    // a link in another program: the cookie is only sent once this site itself asks
    sessionStorage.setItem("tried", "1");
    location.replace(location.href);
  }
}

// ---- times in the reader's own zone --------------------------------------------------------------------------------
function localTimes(root = document) {
  for (const time of $$("time[datetime]", root)) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    if (time.classList.contains("began")) time.title = at.toLocaleString();
    else time.textContent = at.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
  }
}

// ---- curves --------------------------------------------------------------------------------------------------------
const SVG = "http://www.w3.org/2000/svg", TOP = 7, HEIGHT = 81;

function svg(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// The same elements as pages/curve_svg.py.
function drawCurve(figure, drawing) {
  figure.drawing = drawing;
  const plot = $(".plot", figure);
  $(".facts", figure).textContent = drawing.facts;
  if (!drawing.lines.length) return;
  const chart = svg("svg", {class: "chart", "aria-hidden": "true"});
  for (const [share, text] of drawing.y_ticks) {
    const place = TOP + share * HEIGHT / 100, y = place + "%";
    chart.append(svg("line", {x1: 0, x2: "100%", y1: y, y2: y, class: "grid"}), svg("text", {x: 2, y, dy: place < 12 ? 11 : -3, class: "tick"}, text));
  }
  for (const [share, text] of drawing.x_ticks)
    if (share > 3 && share < 97) chart.append(svg("text", {x: share + "%", y: "98%", class: "tick middle"}, text));
  const ends = [...drawing.borders.slice(1).map(border => border[0]), 100], room = plot.clientWidth / 650;
  drawing.borders.forEach(([share, label], number) => {
    const most = Math.floor((ends[number] - share) * room);
    const text = label.length <= most ? label : most > 6 ? label.slice(0, most - 1) + "…" : label.split(" ")[0];
    const x = share + "%";
    if (share > 0) chart.append(svg("line", {x1: x, x2: x, y1: 0, y2: TOP + HEIGHT + "%", class: "border"}));
    if (ends[number] - share > 4) chart.append(svg("text", {x, dx: 4, y: "5%", class: "stage"}, text));
  });
  const inner = svg("svg", {class: "lines", y: TOP + "%", height: HEIGHT + "%", viewBox: "0 0 1000 1000", preserveAspectRatio: "none"});
  for (const line of drawing.lines) inner.append(svg("path", {d: line.d, class: `line ${line.colour}${line.quiet ? " quiet" : ""}`}));
  chart.append(inner, ...$$("text", chart));  // texts over the curves, to be read
  plot.replaceChildren(chart);
}

async function loadCurve(figure, more = {}) {
  if (!figure.dataset.curve) return null;
  const address = new URL(figure.dataset.curve, location);
  address.searchParams.set("width", Math.max(120, Math.round($(".plot", figure).clientWidth / 2)));
  for (const [key, value] of Object.entries(more)) address.searchParams.set(key, value);
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const drawing = await answer.json();
  drawCurve(figure, drawing);
  if (drawing.reading) setTimeout(() => loadCurve(figure, more), 100);
  return drawing;
}

const clock = seconds => {
  const whole = Math.max(0, Math.round(seconds)), two = number => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
};
const place = (x, axis) => axis === "time" ? clock(x) : `${axis} ${Number(x.toPrecision(6))}`;

function nearest(points, x) {
  let low = 0, high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= x) low = middle; else high = middle;
  }
  return Math.abs(points[high][0] - x) < Math.abs(x - points[low][0]) ? points[high] : points[low];
}

function readOut(figure, share) {
  const drawing = figure.drawing, chart = $(".chart", figure);
  if (!drawing || !chart) return;
  clearReadOut(figure);
  const [low, high] = drawing.x, x = low + share * (high - low), texts = [];
  let at = null;
  for (const line of drawing.lines) {
    const points = line.points;
    if (!points.length || x < points[0][0] || x > points[points.length - 1][0]) continue;
    const point = nearest(points, x);
    at = at ?? point[0];
    texts.push(`${line.label ? line.label + " " : ""}${Number(point[1].toPrecision(5))}`);
  }
  if (at === null) return;
  const percent = 100 * (at - low) / (high - low);
  chart.append(svg("line", {x1: percent + "%", x2: percent + "%", y1: 0, y2: TOP + HEIGHT + "%", class: "cursor"}));
  const box = document.createElement("div");
  box.className = "readout";
  box.setAttribute("role", "status");
  box.textContent = `${place(at, drawing.axis)}  ${texts.join("\n")}`;
  $(".plot", figure).append(box);
  const room = $(".plot", figure).clientWidth - box.offsetWidth;
  box.style.left = Math.max(0, Math.min(room, percent / 100 * $(".plot", figure).clientWidth + (percent > 60 ? -box.offsetWidth - 8 : 8))) + "px";
  figure.share = share;
}

function clearReadOut(figure) {
  for (const old of $$(".cursor, .readout", figure)) old.remove();
}

function watchCurve(figure) {
  const plot = $(".plot", figure), large = figure.classList.contains("large");
  const share = event => {
    const box = plot.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  let begun = null;
  const fingers = new Map();  // pointer → where it began and where it is
  plot.addEventListener("pointermove", event => {
    if (fingers.has(event.pointerId)) fingers.get(event.pointerId)[1] = share(event);
    if (fingers.size < 2) readOut(figure, share(event));
  });
  plot.addEventListener("pointerdown", event => {
    begun = share(event);
    if (large && event.pointerType === "touch") fingers.set(event.pointerId, [begun, begun]);
    if (fingers.size < 2) readOut(figure, begun); else clearReadOut(figure);
  });
  plot.addEventListener("pointerleave", () => clearReadOut(figure));
  plot.addEventListener("pointercancel", () => fingers.clear());
  const zoom = (from, to) => {
    const [low, high] = figure.drawing.x, width = high - low;
    loadCurve(figure, {x0: low + from * width, x1: low + to * width});
  };
  // what was under two fingers stays under them
  const pinch = ([[from1, to1], [from2, to2]]) => {
    if (Math.abs(from1 - from2) < 0.02 || Math.abs(to1 - to2) < 0.02) return;
    const width = (from2 - from1) / (to2 - to1), begin = from1 - to1 * width;
    if (width > 0) zoom(Math.max(-1, begin), Math.min(2, begin + width));
  };
  plot.addEventListener("pointerup", event => {
    const end = share(event);
    if (fingers.size === 2) pinch([...fingers.values()]);
    fingers.delete(event.pointerId);
    if (large && begun !== null && Math.abs(end - begun) > 0.03 && event.pointerType === "mouse") zoom(Math.min(begun, end), Math.max(begun, end));
    begun = null;
  });
  if (large) plot.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const at = share(event), width = event.deltaY > 0 ? 1.4 : 0.7;
    zoom(at - at * width, at + (1 - at) * width);
  }, {passive: false});
  if (large) plot.addEventListener("dblclick", () => loadCurve(figure, {x0: figure.drawing.whole[0], x1: figure.drawing.whole[1]}));
  plot.addEventListener("keydown", event => {
    const at = figure.share ?? 1;
    if (event.key === "ArrowLeft") readOut(figure, Math.max(0, at - 0.01));
    else if (event.key === "ArrowRight") readOut(figure, Math.min(1, at + 0.01));
    else if (large && event.key === "+") zoom(at - at * 0.5, at + (1 - at) * 0.5);
    else if (large && event.key === "-") zoom(at - at * 2, at + (1 - at) * 2);
    else if (large && event.key === "0") loadCurve(figure, {x0: figure.drawing.whole[0], x1: figure.drawing.whole[1]});
    else if (event.key === "Escape") clearReadOut(figure);
    else return;
    event.preventDefault();
  });
  loadCurve(figure);
}

// ---- a session's page follows its events ---------------------------------------------------------------------------
let stream = null, lastId = page.cursor || "", state = {};

function merge(target, patch) {
  for (const [key, value] of Object.entries(patch)) {
    if (value && typeof value === "object" && !Array.isArray(value)) {
      if (!target[key] || typeof target[key] !== "object") target[key] = {};
      merge(target[key], value);
    } else if (value === null) delete target[key];
    else target[key] = value;
  }
}

function put(root, values) {
  for (const [name, text] of Object.entries(values)) {
    const element = $(`[data-is=${name}]`, root);
    if (element && element.textContent !== text) element.textContent = text ?? "";
  }
}

function showState() {
  const shown = state.shown, rows = $$("#stages li[data-stage]"), stages = Object.values(shown.stages);
  // the commands belong to the states as they were drawn, which may be older than the first event
  const drawn = [$("#state [data-is=word]"), ...rows.map(row => $(".word", row))].map(word => word.textContent).join();
  const moved = drawn !== [shown.word, ...stages.map(stage => stage.word)].join();
  document.title = `${shown.sign} ${shown.title} · autotrain-tui`;
  $("#state").className = `state ${shown.colour}`;
  put($("#state"), {sign: shown.sign, word: shown.word});
  put($("#glance"), {percent: shown.progress === undefined ? "" : shown.progress + " %", left: shown.left, stages_done: shown.stages_done,
    elapsed: shown.elapsed, headline: shown.headline, reason: shown.reason, warning: shown.warning});
  $("#glance progress").value = shown.progress || 0;
  const until = $("#glance time");
  until.parentElement.hidden = !shown.until;
  if (shown.until) { until.dateTime = shown.until; localTimes($("#glance")); }
  const error = $("#error");
  error.hidden = !shown.error;
  if (shown.error) {
    put(error, {title: shown.error.title, text: shown.error.text, lines: shown.error.lines.join("\n")});
    $("pre", error).hidden = !shown.error.lines.length;
  }
  const parts = JSON.stringify([Object.keys(shown.stages), state.alerts, shown.word, stages.map(stage => stage.trials && stage.trials.open)]);
  if (moved || (showState.parts !== undefined && showState.parts !== parts)) redrawParts();
  showState.parts = parts;
  stages.forEach((stage, number) => {
    const row = rows[number];
    if (!row) return;
    row.className = stage.colour;
    put(row, {sign: stage.sign, word: stage.word, time: stage.time, metric: stage.metric, warnings: stage.warnings, usage: stage.usage,
      facts: [stage.facts, stage.reason].filter(Boolean).join(" · ")});
    if (stage.trials) showTrials($(".trials", row), stage.trials);
    const bar = $("progress", row);
    bar.hidden = stage.percent === undefined;
    bar.value = stage.percent || 0;
  });
}

// The same rows as pages/trials_table.py.
function showTrials(box, trials) {
  const text = JSON.stringify(trials);
  if (!box || box.shown === text) return;
  box.shown = text;
  box.hidden = !trials.rows.length;
  put(box, {more: trials.more});
  $("tbody", box).replaceChildren(...trials.rows.map(row => {
    const line = html("tr", "", row.colour), setting = html("td", ""), sign = html("b", row.sign);
    sign.title = row.word;
    setting.append(sign, html("span", `${row.number} · ${row.params}`, "setting"), html("small", row.facts));
    line.append(setting, html("td", row.last), html("td", row.best));
    return line;
  }));
}

document.addEventListener("click", event => {
  const box = event.target.closest("summary") && event.target.closest("details.trials");
  if (box) box.opened = !box.open;
});

function html(name, text, kind = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

// What a question's form would send.
const order = form => $$("[name=verb], [name=stage]", form).map(field => field.value).join();

// What was not drawn anew for an open question is once that is closed.
document.addEventListener("toggle", event => {
  if (event.target.open || !redrawParts.left || event.target.matches(".trials")) return;
  redrawParts.left = false;
  redrawParts();
}, true);

// New stages, alerts and commands: the server draws these parts anew.
async function redrawParts() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["commands", "stages", "gauges", "alerts"]) {
    const old = $("#" + id), part = $("#" + id, fresh);
    const asked = old && $("details[open]:not(.trials) form", old);
    if (asked && part && $$("form", part).some(form => order(form) === order(asked))) {
      redrawParts.left = true;  // a question that is being answered, and that can be: another screen may have acted
      continue;
    }
    if (old && part) $$("details.trials", part).forEach((box, number) => {
      const before = $$("details.trials", old)[number];
      if (before && before.opened !== undefined) box.open = box.opened = before.opened;  // as a person has left it
    });
    if (old && part) old.replaceWith(part); else if (old) old.remove(); else if (part) $(".side").append(part);
  }
  localTimes($(".side"));
}

function showLog(data) {
  const log = $("#log");
  if (!log) { location.reload(); return; }
  const title = `Log · ${data.stage}${data.attempt > 1 ? ` · attempt ${data.attempt}` : ""}`;
  const following = log.scrollTop + log.clientHeight >= log.scrollHeight - 24, heading = $("#log-title");
  if (heading.textContent !== title || data.skipped) { log.replaceChildren(); heading.textContent = title; }
  if (!showLog.begun) { log.replaceChildren(); showLog.begun = true; }
  for (const line of data.lines.slice(-500)) {
    const element = document.createElement("span");
    element.className = line.kind;
    element.textContent = line.text + "\n";
    log.append(element);
  }
  while (log.childElementCount > 500) log.firstElementChild.remove();
  if (following) log.scrollTop = log.scrollHeight;
}

function showGauges(data) {
  const cards = $$("#gauges li");
  if (cards.length !== data.cards.length) { redrawParts(); return; }
  data.cards.forEach((card, number) => {
    $(".text", cards[number]).textContent = card.text;
    const paths = $$("path", cards[number]), step = 1000 / (card.curve.length - 1);
    if (paths.length !== 2 || card.curve.length < 2) return;
    const d = card.curve.map((value, place) => `${place ? "L" : "M"}${Math.round(place * step)} ${100 - value}`).join("");
    paths[0].setAttribute("d", d + "L1000 100L0 100Z");
    paths[1].setAttribute("d", d);
  });
}

let redraw = 0;
function showPoints() {
  const figure = $("figure.curve");
  if (!figure) { location.reload(); return; }
  if (redraw || $(".readout", figure)) return;
  redraw = setTimeout(() => { redraw = 0; if (stream) loadCurve(figure); }, 2000);
}

function trouble(text) {
  let note = $("#trouble");
  if (!text) { if (note) note.remove(); return; }
  if (!note) { note = document.createElement("p"); note.id = "trouble"; note.setAttribute("role", "status"); document.body.append(note); }
  note.textContent = text;
}

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(`/api/sessions/${encodeURIComponent(page.session)}/events?after=${encodeURIComponent(lastId)}`);
  const on = (name, act) => stream.addEventListener(name, event => {
    act(event.data ? event.data : "");
    if (event.lastEventId) lastId = event.lastEventId;
  });
  on("begin", () => { state = {}; });
  on("state", data => { merge(state, JSON.parse(data)); showState(); });
  on("points", data => { if (JSON.parse(data).rows.length) showPoints(); });
  on("log", data => showLog(JSON.parse(data)));
  on("gauges", data => showGauges(JSON.parse(data)));
  on("trouble", text => trouble(text.trim()));
  stream.onopen = () => trouble("");
  stream.onerror = () => {
    trouble("The server does not answer; trying again …");
    if (stream && stream.readyState === EventSource.CLOSED) { silence(); refused(); }
  };
}

// A browser gives a stream up that was answered with an error: find out which, and begin again if it may pass.
async function refused() {
  const answer = await fetch(`/api/sessions/${encodeURIComponent(page.session)}`).catch(() => null);
  if (answer && answer.status === 401) trouble("The server was started anew: open the address that it has printed.");
  else if (answer && answer.status === 404) trouble("This session is gone: its folder or its journal was moved or deleted.");
  else setTimeout(listen, 5000);
}

// a hidden page closes its stream: browsers keep at most six open to one server
function silence() {
  if (stream) { stream.close(); stream = null; }
}

// ---- start ---------------------------------------------------------------------------------------------------------
if (page.page === "login") logIn(); else sessionStorage.removeItem("tried");
localTimes();
$$("figure.curve").forEach(watchCurve);
const log = $("#log");
if (log && page.page === "session") log.scrollTop = log.scrollHeight;
if (log && page.page === "log" && !/[?&](offset|q|errors)=/.test(location.search)) log.scrollIntoView({block: "end"});  // the last lines
if (page.page === "session") {
  document.addEventListener("visibilitychange", () => document.hidden ? silence() : listen());
  addEventListener("pagehide", silence);
  addEventListener("pageshow", listen);
  listen();
}
