// The scheme page: the map, and the text, which gets its editor when somebody turns to it: it is as heavy as all the rest of
// the page, and most come to look. The page works without either.
import { startBoth } from "./scheme_both.js";
import { showFound, showSaved } from "./scheme_found.js";
import { choose, replaceMap, startMap } from "./scheme_map.js";
import { startPanel } from "./scheme_panel.js";

const startText = (form) => {
  const box = document.getElementById("edit");
  const read = box.querySelector(".r-read");
  const field = box.querySelector("textarea");
  let editor;
  /** The editor, once it is there; nothing when it can't be fetched: then the plain field stays. */
  const edit = () => {
    editor ??= import(form.dataset.editor)
      .then(({ start }) => start(form, { showFound, showSaved, choose }))
      .catch((error) => {
        box.classList.add("is-plain");
        console.error(error);
      });
    return editor;
  };
  // fetched while the hand is on its way, put in when it presses
  box.addEventListener("pointerenter", () => import(form.dataset.editor).catch(() => {}), { once: true });
  read?.addEventListener("pointerdown", async ({ clientX: x, clientY: y }) => (await edit())?.focus({ x, y }));
  for (const one of [read, field]) one?.addEventListener("focus", async () => (await edit())?.focus());
  document.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = event.target.closest("#problems [data-line]");
    if (!row) return;
    event.preventDefault();
    (await edit())?.toProblem(row.dataset);
  });
  // Enter in the reason keeps it, rather than pressing the form's first button
  document.getElementById("problems").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    event.target.parentElement.querySelector("button").click();
  });
  const line = window.location.hash.match(/^#L(\d+)$/);
  if (line) edit().then((there) => there?.goTo(Number(line[1]), 2));
  else if ("problems" in form.dataset) edit(); // whoever left it with errors comes back to write
  return {
    isHere: () => window.matchMedia("(min-width: 1101px)").matches,
    toStep: async (name) => (await edit())?.toStep(name),
    async settle() {
      if ("unsaved" in form.dataset) {
        delete form.dataset.unsaved; // a ready one that is only looked at so far
        await fetch(form.dataset.draft, { method: "POST", body: new FormData(form) });
      }
      return (await editor)?.settle();
    },
    /** A text that was changed on the map. */
    async take(found) {
      if (editor) return (await editor)?.take(found);
      field.value = found.text;
      if (read) read.innerHTML = found.lines;
      showFound(found);
      showSaved(found.saved);
    },
  };
};

/** Markup as the browser itself writes it, to be compared. */
const asRead = (markup) => {
  const box = document.createElement("template");
  box.innerHTML = markup;
  return box.innerHTML.trim();
};
// the live version's map as the page came with it
let drawn = asRead(document.getElementById("map")?.innerHTML ?? "");

startMap();
startBoth();
document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
const form = document.getElementById("scheme-form");
if (form) startPanel(form, startText(form), { choose });

// numbers, the progress of a move: asked for while somebody looks, and put in only when they are others
const ASKS = 4_000;
const ASKS_OF_A_MOVE = 1_000; // a bar that stands still says that nothing goes on
const place = document.getElementById("live");
if (place) {
  let version = "";
  const isBusy = () => document.hidden || place.contains(document.activeElement) || document.activeElement?.closest("#map a");
  const put = (found) => {
    version = found.v;
    if (place.innerHTML.trim() !== found.state.trim()) place.innerHTML = found.state;
    const head = document.querySelector("[data-head]");
    if (head) head.innerHTML = found.head;
    // a draft's map is not that of the version which the numbers are of
    const isDraft = !document.querySelector("[data-draft-badge]")?.hidden;
    const map = asRead(found.map);
    if (!isDraft && map !== drawn && document.getElementById("map")) {
      drawn = map;
      replaceMap(found.map);
    }
  };
  const ask = async () => {
    if (!isBusy()) {
      try {
        const answer = await fetch(`${place.dataset.live}v=${version}`);
        if (answer.redirected) return;
        if (answer.status === 200 && !isBusy()) put(await answer.json());
      } catch {
        // the page keeps what it shows
      }
    }
    later();
  };
  const later = () => setTimeout(ask, place.querySelector("progress") ? ASKS_OF_A_MOVE : ASKS);
  later();
}
