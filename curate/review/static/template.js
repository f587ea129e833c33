// The page on which the template's box is drawn: drag over the frame, or type the numbers; the server cuts it.
"use strict";

const here = JSON.parse(document.getElementById("template-page").textContent);
const NAMES = ["x", "y", "width", "height"];
const field = Object.fromEntries(NAMES.map((name) => [name, document.getElementById(`box-${name}`)]));
const sheet = document.getElementById("sheet");
const shownFrame = document.getElementById("frame");
const size = { width: Number(shownFrame.getAttribute("width")), height: Number(shownFrame.getAttribute("height")) };
const clamp = (value, limit) => Math.min(Math.max(value, 0), limit);
let from = null;

function draw() {
  const [x, y, width, height] = NAMES.map((name) => Number(field[name].value));
  document.getElementById("drawn-box").setAttribute("d", width && height ? `M${x} ${y}h${width}v${height}h${-width}Z` : "");
}

// Where a pointer is, in whole pixels of the frame.
function at(event) {
  const shown = shownFrame.getBoundingClientRect();
  const [x, y] = [(event.clientX - shown.left) / shown.width, (event.clientY - shown.top) / shown.height];
  return { x: clamp(Math.round(x * size.width), size.width), y: clamp(Math.round(y * size.height), size.height) };
}

function stretch(event) {
  if (!from) return;
  const to = at(event);
  field.x.value = Math.min(from.x, to.x);
  field.y.value = Math.min(from.y, to.y);
  field.width.value = Math.abs(to.x - from.x);
  field.height.value = Math.abs(to.y - from.y);
  draw();
}

sheet.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  sheet.setPointerCapture(event.pointerId);
  from = at(event);
});
sheet.addEventListener("pointermove", stretch);
for (const name of ["pointerup", "pointercancel"]) {
  sheet.addEventListener(name, (event) => {
    stretch(event);
    from = null;
  });
}
for (const input of Object.values(field)) input.addEventListener("input", draw);

document.getElementById("cut").addEventListener("click", async () => {
  const numbers = Object.fromEntries(NAMES.map((name) => [name, Number.parseInt(field[name].value, 10)]));
  if (Object.values(numbers).some(Number.isNaN)) {
    complain(["Draw the box first: drag over the frame, or type its four numbers."]);
    return;
  }
  const replace = document.getElementById("replace");
  const answer = await send("template", { ...here, ...numbers, replace: Boolean(replace && replace.checked) });
  if (answer) say(answer.said);
});
