// What the server found in a text, shown on the page: its problems, how many steps it changes, its map.
import { mark, replaceMap } from "./scheme_map.js";

/** Shows the answer of a check; the editor marks its lines by itself. */
export const showFound = (found) => {
  document.getElementById("problems").innerHTML = found.list;
  document.getElementById("counts").innerHTML = found.counts;
  const changes = document.querySelector("[data-changes]");
  if (changes) {
    changes.textContent = found.changes;
    if (found.changes) changes.parentElement.hidden = false;
  }
  const publish = document.getElementById("publish");
  publish.disabled = found.errors > 0;
  publish.title = found.errors > 0 ? publish.dataset.why : "";
  if (found.map) replaceMap(found.map);
  const stale = document.getElementById("stale");
  if (stale) stale.hidden = !!found.map || !document.querySelector("svg.g-map");
  mark(found.problems);
};

/** Says that the draft is kept. */
export const showSaved = (words) => {
  document.getElementById("saved").textContent = words;
  document.querySelector("[data-draft-badge]").hidden = false;
};
