// The map: larger and smaller, drawn along by the mouse, and the step that the text's cursor is in.

export const STEPS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.7, 2];
const SMALLEST_FIT = 0.75; // below it the words can't be read

// `fitted`: to the pane, until somebody chooses a size; `isWhole`:
// to its height too, on somebody's wish; at first only the width, so that the words can be read.
const view = { zoom: 1, fitted: true, isWhole: false };

const pane = () => document.getElementById("map");
const picture = () => pane()?.querySelector("svg.g-map");

/** A size as it is read. */
export const percent = (zoom) => `${Math.round(zoom * 100)}${document.documentElement.lang === "ru" ? "\u00a0" : ""}%`;

const show = () => {
  const svg = picture();
  if (!svg) return;
  svg.setAttribute("width", Math.round(svg.dataset.width * view.zoom));
  svg.setAttribute("height", Math.round(svg.dataset.height * view.zoom));
  const out = document.querySelector("#zoom [data-zoom-out]");
  if (out) out.textContent = percent(view.zoom);
};

const fit = () => {
  const svg = picture();
  if (!svg) return;
  const box = pane();
  const width = Math.min(box.clientWidth / svg.dataset.width, 1);
  view.zoom = view.isWhole ? Math.min(width, box.clientHeight / svg.dataset.height) : Math.max(width, SMALLEST_FIT);
  show();
};

const fitWhole = () => {
  view.fitted = view.isWhole = true;
  fit();
};

const step = (by) => {
  const next = by > 0 ? STEPS.find((z) => z > view.zoom + 0.01) : STEPS.findLast((z) => z < view.zoom - 0.01);
  if (!next) return;
  view.zoom = next;
  view.fitted = false;
  show();
};

const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** From a step that has the focus to the nearest in the arrow's direction; false where none is, or no step has the focus. */
export const toNeighbour = (event) => {
  const way = WAYS[event.key];
  const here = document.activeElement?.closest?.(".r-map-pane .g-node");
  if (!way || !here || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
  const middle = (node) => {
    const box = node.querySelector("rect.b").getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [x, y] = middle(here);
  let best = null;
  for (const node of here.closest(".r-map-pane").querySelectorAll(".g-node")) {
    const [dx, dy] = [middle(node)[0] - x, middle(node)[1] - y];
    const along = dx * way[0] + dy * way[1];
    const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    if (node !== here && along > 8 && (!best || along + 2 * across < best.far)) best = { node, far: along + 2 * across };
  }
  if (!best) return false;
  best.node.querySelector(".g-body").focus();
  best.node.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
};

/** Drawn along by the mouse; `step` makes it larger or smaller. */
export const byMouse = (box, step) => {
  let from = null;
  let moved = false;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.abs(dx) + Math.abs(dy) > 4) moved = true;
    box.scrollTo(from.left - dx, from.top - dy);
    box.classList.toggle("is-drawn", moved);
  });
  window.addEventListener("pointerup", () => {
    from = null;
    box.classList.remove("is-drawn");
  });
  box.addEventListener("dragstart", (event) => event.preventDefault());
  // what was a draw is no click
  box.addEventListener("click", (event) => moved && (event.preventDefault(), event.stopImmediatePropagation()), true);
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    step(event.deltaY < 0 ? 1 : -1);
  });
};

export const startMap = () => {
  const box = pane();
  if (!box) return;
  document.getElementById("zoom").hidden = !picture();
  document.getElementById("zoom").addEventListener("click", (event) => {
    const by = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (by === "0") fitWhole();
    else if (by) step(Number(by));
  });
  box.addEventListener("keydown", (event) => {
    if (toNeighbour(event)) return event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") step(1);
    else if (event.key === "-") step(-1);
    else if (event.key === "0") fitWhole();
    else return;
    event.preventDefault();
  });
  byMouse(box, step);
  fit();
  new ResizeObserver(() => view.fitted && fit()).observe(box);
};

// what was marked last, for a new picture
let chosen;
let wrong = [];

/** Puts a new picture in the place of the old one, at the same zoom and with the same marks. */
export const replaceMap = (markup) => {
  const box = pane();
  if (!box) return;
  box.innerHTML = markup;
  if (chosen) choose(chosen);
  if (wrong.length) mark(wrong);
  document.getElementById("zoom").hidden = !picture();
  if (view.fitted) fit();
  else show();
};

/** Marks the step that is being written and the lines that touch it. */
export const choose = (name) => {
  chosen = name;
  for (const node of document.querySelectorAll("#map .g-node")) node.classList.toggle("sel", node.dataset.step === name);
  for (const line of document.querySelectorAll("#map .g-e"))
    line.classList.toggle("hot", !!name && (line.dataset.tail === name || line.dataset.head === name));
};

/** Marks the steps that something is wrong with. */
export const mark = (problems) => {
  wrong = problems;
  const worst = {};
  for (const p of problems) if (p.step && worst[p.step] !== "bad") worst[p.step] = p.is_error ? "bad" : "warn";
  for (const node of document.querySelectorAll("#map .g-node")) {
    node.classList.toggle("bad", worst[node.dataset.step] === "bad");
    node.classList.toggle("warn", worst[node.dataset.step] === "warn");
  }
};
