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
    const y = TOP + share * HEIGHT / 100 + "%";
    chart.append(svg("line", {x1: 0, x2: "100%", y1: y, y2: y, class: "grid"}), svg("text", {x: 2, y, dy: -3, class: "tick"}, text));
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
  chart.append(inner);
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
  plot.addEventListener("pointermove", event => readOut(figure, share(event)));
  plot.addEventListener("pointerdown", event => { begun = share(event); readOut(figure, begun); });
  plot.addEventListener("pointerleave", () => clearReadOut(figure));
  const zoom = (from, to) => {
    const [low, high] = figure.drawing.x, width = high - low;
    loadCurve(figure, {x0: low + from * width, x1: low + to * width});
  };
  plot.addEventListener("pointerup", event => {
    const end = share(event);
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

// ---- start ---------------------------------------------------------------------------------------------------------
if (page.page === "login") logIn(); else sessionStorage.removeItem("tried");
localTimes();
$$("figure.curve").forEach(watchCurve);
const log = $("#log");
if (log && page.page === "session") log.scrollTop = log.scrollHeight;
