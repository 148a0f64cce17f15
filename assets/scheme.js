// The scheme page: the map, and the text, which gets its editor when somebody turns to it: it is as heavy as all the rest of
// the page, and most come to look. The page works without either.
import { choose, mark, replaceMap, startMap } from "./scheme_map.js";

const startText = (form) => {
  const box = document.getElementById("edit");
  const read = box.querySelector(".r-read");
  const field = box.querySelector("textarea");
  let editor;
  /** The editor, once it is there; nothing when it can't be fetched: then the plain field stays. */
  const edit = () => {
    editor ??= import(form.dataset.editor)
      .then(({ start }) => start(form, { choose, mark, replace: replaceMap }))
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
    const node = event.target.closest("#map .g-body");
    const row = event.target.closest("#problems [data-line]");
    if (!row && !(node && form.checkVisibility())) return;
    event.preventDefault();
    const there = await edit();
    if (row) there?.toProblem(row.dataset);
    else there?.toStep(node.closest("[data-step]").dataset.step);
  });
  const line = window.location.hash.match(/^#L(\d+)$/);
  if (line) edit().then((there) => there?.goTo(Number(line[1]), 2));
  else if ("problems" in form.dataset) edit(); // whoever left it with errors comes back to write
};

startMap();
const form = document.getElementById("scheme-form");
if (form) startText(form);
