// Two versions beside each other: which way they are drawn, and two maps that scroll and grow in step.
import { byMouse, percent, STEPS, toNeighbour } from "./scheme_map.js";

const WIDE = "(min-width: 1101px)"; // as in scheme-panel.css: below it there is room for one picture
const SMALLEST_FIT = 0.6; // half a page each: a little smaller than a map alone, and still read

const pictures = (panes) => panes.map((pane) => pane.querySelector("svg.g-map"));

/** What one map was scrolled by, as a share of what there is, goes for the other: so both reach their ends together. */
const follow = (leader, other) => {
  const share = (at, all, seen) => (all > seen ? at / (all - seen) : 0);
  const down = share(leader.scrollTop, leader.scrollHeight, leader.clientHeight);
  const along = share(leader.scrollLeft, leader.scrollWidth, leader.clientWidth);
  other.scrollTo({
    top: Math.round(down * (other.scrollHeight - other.clientHeight)),
    left: Math.round(along * (other.scrollWidth - other.clientWidth)),
    behavior: "instant",
  });
};

const startTwins = (panes) => {
  let zoom = 1;
  let isFitted = true;
  const show = () => {
    for (const svg of pictures(panes)) {
      svg.setAttribute("width", Math.round(svg.dataset.width * zoom));
      svg.setAttribute("height", Math.round(svg.dataset.height * zoom));
    }
    document.querySelector("#zoom-twins [data-zoom-out]").textContent = percent(zoom);
  };
  const fit = () => {
    if (!panes[0].clientWidth) return; // not shown now
    const fits = pictures(panes).map((svg, n) => panes[n].clientWidth / svg.dataset.width);
    zoom = Math.max(Math.min(...fits, 1), SMALLEST_FIT);
    show();
  };
  const step = (by) => {
    const next = by > 0 ? STEPS.find((z) => z > zoom + 0.01) : STEPS.findLast((z) => z < zoom - 0.01);
    if (!next) return;
    zoom = next;
    isFitted = false;
    show();
  };
  // whoever is scrolled leads; the other's own scrolling, which follows, leads nobody
  const led = new Set();
  panes.forEach((pane, n) => {
    const other = panes[1 - n];
    pane.addEventListener("scroll", () => {
      if (led.delete(pane)) return;
      const [top, left] = [other.scrollTop, other.scrollLeft];
      follow(pane, other);
      if (other.scrollTop !== top || other.scrollLeft !== left) led.add(other);
    });
    pane.addEventListener("keydown", (event) => {
      if (toNeighbour(event)) return event.preventDefault();
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "+" || event.key === "=") step(1);
      else if (event.key === "-") step(-1);
      else return;
      event.preventDefault();
    });
    byMouse(pane, step);
    new ResizeObserver(() => isFitted && fit()).observe(pane);
  });
  const buttons = document.getElementById("zoom-twins");
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const by = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (by) step(Number(by));
  });
  fit();
};

export const startBoth = () => {
  const panes = ["left", "right"].map((id) => document.getElementById(id));
  if (!panes[0]) return;
  startTwins(panes);
  // the width decides, until somebody chooses
  const choice = document.getElementById("as");
  const wide = window.matchMedia(WIDE);
  const decide = () => {
    document.getElementById(wide.matches ? "as-two" : "as-one").checked = true;
  };
  if (!choice.querySelector(":checked")) {
    decide();
    wide.addEventListener("change", decide);
    choice.addEventListener("change", () => wide.removeEventListener("change", decide), { once: true });
  }
};
