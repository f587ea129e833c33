// The review page: keys and buttons post decisions one by one; the server writes each at once and says what is next.
// Nothing is kept here but whether single keys are wanted. Names and reasons only ever become text, never markup.
"use strict";

const byId = (id) => document.getElementById(id);
const page = byId("page") ? JSON.parse(byId("page").textContent) : null;
const token = document.querySelector('meta[name="review-token"]').content;
const KEYS_OFF = "curate-review-keys-off";
let busy = false;
let leaving = false;

function say(text) {
  const place = byId("said");
  if (place) place.textContent = text;
}

function complain(lines) {
  const place = byId("trouble");
  place.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  place.hidden = lines.length === 0;
}

// From here on the keys are meant for the page that is coming.
function go(address) {
  leaving = true;
  location.assign(address);
}

async function send(path, body) {
  if (busy || leaving) return null;
  busy = true;
  complain([]);
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Review-Token": token },
      body: JSON.stringify(body),
      keepalive: true, // a box that was moved is saved even by a page that is being closed
    });
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    const answer = isJson ? await response.json() : { problem: `the server answered ${response.status}` };
    if (response.ok) return answer;
    if (response.status === 409) await afterConflict(answer);
    else complain([`Not saved: ${answer.problem}.`, ...(answer.hint ? [`Next: ${answer.hint}.`] : [])]);
  } catch (error) {
    complain(["Not saved: the server does not answer. Is `curate review` still running? What was saved before is safe."]);
  } finally {
    busy = false;
  }
  return null;
}

async function afterConflict(answer) {
  const path = page ? `${location.pathname}${location.search}` : location.pathname;
  await refresh(path);
  complain([
    "Not saved: somebody decided about this in the meantime, perhaps you in another tab.",
    `What stands now: ${answer.stands}.`,
    "Look again; then decide, and your decision replaces it.",
  ]);
}

// Take over what the server says now, without leaving the page.
async function refresh(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of ["progress", "standing", "go", "history"]) {
    const [old, now] = [byId(id), fresh.getElementById(id)];
    if (old && now) old.replaceWith(document.importNode(now, true));
  }
  const data = fresh.getElementById("page");
  if (page && data) Object.assign(page, JSON.parse(data.textContent));
}

const reason = () => (byId("reason") ? byId("reason").value.trim() : "");

async function decide(action, more = {}) {
  if (action !== "place" && !(await flush())) return;
  const offer = page.offers[action];
  if (!offer) {
    say("That cannot be decided here.");
    return;
  }
  if (page.kind === "finding" && action === "accept" && !reason()) {
    complain(["A finding is accepted with a reason: choose or write one, then accept."]);
    byId("reason").focus();
    return;
  }
  const body = { item: page.item, action, seen: offer.seen, reason: reason(), filter: page.filter, ...more };
  const answer = await send("decisions", body);
  if (!answer) return;
  if (action === "place" || action.startsWith("twin ")) {
    await refresh(answer.here);
    history.replaceState(null, "", answer.here);
    say(answer.said);
  } else {
    go(answer.next || answer.here);
  }
}

async function undo(chosen) {
  if (!(await flush())) return;
  const what = page ? page.undo : chosen;
  if (!what) {
    say("There is nothing to undo here. The history shows every decision.");
    return;
  }
  const answer = await send("undo", { ...what, item: page ? page.item : "", filter: page ? page.filter : {} });
  if (!answer) return;
  if (page) go(answer.here);
  else location.reload();
}

function toggleZoom() {
  const [stage, picture, button] = [byId("stage"), byId("frame"), byId("zoom")];
  if (!stage) return;
  const zoomed = stage.classList.toggle("zoomed");
  button.setAttribute("aria-pressed", String(zoomed));
  if (zoomed) picture.src = picture.dataset.full;
  picture.style.width = zoomed ? `${picture.getAttribute("width")}px` : "";
  stage.tabIndex = zoomed ? 0 : -1;
  if (zoomed && box) {
    stage.scrollLeft = box.x + box.width / 2 - stage.clientWidth / 2;
    stage.scrollTop = box.y + box.height / 2 - stage.clientHeight / 2;
  }
  say(zoomed ? "Every pixel of the frame" : "The whole frame");
}

// Many cards at once, on the queue's page.
function startMany() {
  const boxes = [...document.querySelectorAll(".choose")];
  if (!boxes.length) return;
  const buttons = [...document.querySelectorAll(".apply")];
  const chosen = () => boxes.filter((each) => each.checked);
  const count = () => {
    byId("chosen").textContent = `${chosen().length} chosen`;
    for (const button of buttons) button.disabled = chosen().length === 0;
  };
  for (const each of boxes) each.addEventListener("change", count);
  byId("choose-all").addEventListener("click", () => {
    const all = boxes.every((each) => each.checked);
    for (const each of boxes) each.checked = !all;
    count();
  });
  for (const button of buttons) {
    button.addEventListener("click", async () => {
      const items = chosen().map((each) => ({
        item: each.dataset.item,
        seen: each.dataset.seen ? Number(each.dataset.seen) : null,
      }));
      const body = { items, action: button.dataset.action, reason: byId("reason-many").value.trim() };
      const answer = await send("decisions-many", body);
      if (!answer) return;
      if (answer.problems.length) {
        say(answer.said);
        complain([...answer.problems.slice(0, 10), "Load the page again to see what stands now."]);
      } else {
        sessionStorage.setItem("curate-review-said", answer.said);
        location.reload();
      }
    });
  }
  count();
  const said = sessionStorage.getItem("curate-review-said");
  if (said) say(said);
  sessionStorage.removeItem("curate-review-said");
}

function startOutlines() {
  const button = byId("show-outlines");
  if (!button) return;
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    byId("outlines").classList.toggle("off", !shown);
  });
}

// The box of a window on its frame.
let box = null;

function startBox() {
  const element = byId("box");
  const picture = byId("frame");
  if (!element || !picture) return;
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(element.dataset[name]));
  const frame = { width: Number(picture.getAttribute("width")), height: Number(picture.getAttribute("height")) };
  box = { element, picture, frame, x, y, width, height, saved: { x, y }, timer: 0 };
  drawBox();
  if (!byId("window")) {
    if (picture.complete) preview();
    else picture.addEventListener("load", preview, { once: true });
  }
  if (element.tagName !== "BUTTON") return;
  element.addEventListener("pointerdown", grab);
  element.addEventListener("keydown", moveByKey);
  element.addEventListener("focus", () => element.classList.add("holding"));
  element.addEventListener("blur", () => {
    element.classList.remove("holding");
    saveBox();
  });
  byId("move").addEventListener("click", holdBox);
}

function drawBox() {
  const { element, frame } = box;
  element.style.left = `${(100 * box.x) / frame.width}%`;
  element.style.top = `${(100 * box.y) / frame.height}%`;
  element.style.width = `${(100 * box.width) / frame.width}%`;
  element.style.height = `${(100 * box.height) / frame.height}%`;
  element.classList.toggle("moved", isMoved());
  const at = byId("box-at");
  if (at) at.textContent = `Centre ${centre().join(", ")} px.`;
}

const centre = () => [box.x + box.width / 2, box.y + box.height / 2];
const isMoved = () => box.x !== box.saved.x || box.y !== box.saved.y;

function moveTo(x, y) {
  // The centre stays inside the frame; whole pixels of the frame, as crop cuts.
  const keep = (value, half, size) => Math.min(Math.max(Math.round(value), Math.ceil(-half)), Math.floor(size - half));
  box.x = keep(x, box.width / 2, box.frame.width);
  box.y = keep(y, box.height / 2, box.frame.height);
  drawBox();
  preview();
}

function preview() {
  const canvas = byId("preview");
  if (!canvas) return;
  const scale = box.picture.naturalWidth / box.frame.width;
  canvas.width = Math.round(box.width);
  canvas.height = Math.round(box.height);
  const from = [box.x * scale, box.y * scale, box.width * scale, box.height * scale];
  canvas.getContext("2d").drawImage(box.picture, ...from, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
  if (byId("window")) byId("window").hidden = true;
}

function holdBox() {
  if (!box || box.element.tagName !== "BUTTON") return;
  box.element.classList.add("holding");
  box.element.focus();
  box.element.scrollIntoView({ block: "nearest" });
  say("The arrow keys move the box now; Enter saves, Escape puts it back.");
}

function grab(event) {
  // A finger that only wants to scroll must not move the box: it has to be taken hold of first.
  if (event.button !== 0 || (event.pointerType === "touch" && !box.element.classList.contains("holding"))) return;
  event.preventDefault();
  box.element.focus();
  const scale = box.frame.width / box.picture.clientWidth;
  const start = { x: box.x, y: box.y, left: event.clientX, top: event.clientY };
  const move = (now) => {
    moveTo(start.x + (now.clientX - start.left) * scale, start.y + (now.clientY - start.top) * scale);
  };
  const drop = (now) => {
    box.element.removeEventListener("pointermove", move);
    if (now.type === "pointercancel") moveTo(start.x, start.y);
    else saveBox();
  };
  box.element.setPointerCapture(event.pointerId);
  box.element.addEventListener("pointermove", move);
  box.element.addEventListener("pointerup", drop, { once: true });
  box.element.addEventListener("pointercancel", drop, { once: true });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveByKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = ARROWS[event.key];
  if (step) {
    const by = event.shiftKey ? 10 : 1;
    moveTo(box.x + step[0] * by, box.y + step[1] * by);
    clearTimeout(box.timer);
    box.timer = setTimeout(saveBox, 800);
  } else if (event.key === "Enter") {
    saveBox();
  } else if (event.key === "Escape") {
    clearTimeout(box.timer);
    moveTo(box.saved.x, box.saved.y);
    say("The box is back where it was.");
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

// Save where the box is before anything else happens; false when that failed.
async function flush() {
  if (!box || !isMoved()) return true;
  await saveBox();
  return byId("trouble").hidden;
}

async function saveBox() {
  clearTimeout(box.timer);
  if (!isMoved()) return;
  if (busy) {
    box.timer = setTimeout(saveBox, 200);
    return;
  }
  const wanted = { x: box.x, y: box.y };
  const [x, y] = centre();
  const before = box.saved;
  box.saved = wanted;
  await decide("place", { x_px: x, y_px: y });
  if (!byId("trouble").hidden) box.saved = before;
  drawBox();
}

function openDefects() {
  const dialog = byId("defects");
  if (!dialog) {
    say("curate.toml names no defects of this category.");
    return;
  }
  dialog.showModal();
  dialog.querySelector(".act").focus();
}

function openHelp() {
  byId("help").showModal();
  byId("help").querySelector("form button").focus();
}

const follow = async (id) => {
  if (!(await flush())) return;
  const link = byId(id);
  if (link) go(link.href);
  else say(id === "behind" ? "This is the last one." : "This is the first one.");
};

const ON_KEY = {
  a: () => decide("accept"),
  r: () => decide("reject"),
  g: () => decide("good"),
  d: openDefects,
  u: () => undo(),
  j: () => follow("behind"),
  ArrowRight: () => follow("behind"),
  k: () => follow("before"),
  ArrowLeft: () => follow("before"),
  t: () => byId("reason").focus(),
  z: toggleZoom,
  b: holdBox,
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (busy || leaving) return;
  const target = event.target;
  const open = document.querySelector("dialog[open]");
  if (open) {
    const chosen = open.id === "defects" && open.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (chosen && keysOn()) chosen.click();
    return;
  }
  if (target.matches("input, textarea, select")) {
    if (target.id === "reason" && (event.key === "Enter" || event.key === "Escape")) {
      event.preventDefault();
      byId("title").focus();
    }
    return;
  }
  if (!keysOn()) return;
  if (event.key === "?") openHelp();
  else if (page && Object.hasOwn(ON_KEY, event.key)) ON_KEY[event.key]();
  else return;
  event.preventDefault();
}

function keysOn() {
  try {
    return localStorage.getItem(KEYS_OFF) === null;
  } catch {
    return true;
  }
}

function onClick(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".act")) {
    button.closest("dialog")?.close();
    decide(button.dataset.action);
  } else if (button.matches(".chip")) {
    byId("reason").value = button.dataset.reason;
    say(`Reason: ${button.dataset.reason}`);
  } else if (button.matches(".undo")) {
    const { category, undoes, seen } = button.dataset;
    undo({ category, undoes: Number(undoes), seen: Number(seen) });
  } else if (button.id === "undo") undo();
  else if (button.id === "defect") openDefects();
  else if (button.id === "zoom") toggleZoom();
  else if (button.id === "help-open") openHelp();
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
byId("keys-on").checked = keysOn();
byId("keys-on").addEventListener("change", (event) => {
  try {
    if (event.target.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  } catch {
    // Without storage the wish holds for no longer than this page.
  }
});
startBox();
startMany();
startOutlines();
const said = byId("said");
// Said a moment after loading: screen readers read what changes, not what was there from the start.
if (said && said.dataset.said) setTimeout(() => say(said.dataset.said), 150);
if (page) byId("title").focus({ preventScroll: true });
if (page && page.warm) new Image().src = page.warm;
addEventListener("pagehide", () => box && saveBox());
// A page out of the browser's memory is out of date.
addEventListener("pageshow", (event) => event.persisted && location.reload());
