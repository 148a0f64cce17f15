// A list by keys: up and down or J and K move between rows, X ticks, Enter opens. The bulk bar counts what is ticked;
// 'choose all' means all that the filter finds, not only this page's.

const rows = () => [...document.querySelectorAll("table[data-list] > tbody > tr")];
const ticks = () => [...document.querySelectorAll("input[data-tick]")];
const isTyping = (node) => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && node.type !== "checkbox";

const move = (by) => {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  const target = next?.querySelector("a[href]") || next;
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
};

const count = () => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const all = ticks();
  const ticked = all.filter((tick) => tick.checked);
  const every = document.querySelector("input[data-all]");
  if (every && ticked.length < all.length) every.value = "";
  const chosen = every?.value ? bar.querySelector("[data-choose-all]").dataset.chooseAll : ticked.length;
  bar.hidden = ticked.length === 0;
  for (const out of document.querySelectorAll("[data-count]")) out.textContent = chosen;
  for (const tick of all) tick.closest("tr")?.classList.toggle("sel", tick.checked);
  for (const box of document.querySelectorAll("input[data-tick-all]")) {
    box.checked = ticked.length > 0 && ticked.length === all.length;
    box.indeterminate = ticked.length > 0 && ticked.length < all.length;
  }
};

export const lists = () => {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || !rows().length) return;
    if (event.code === "ArrowDown" || event.code === "KeyJ") move(1);
    else if (event.code === "ArrowUp" || event.code === "KeyK") move(-1);
    else if (event.code === "KeyX") document.activeElement.closest("tr")?.querySelector("input[data-tick]")?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const tick of ticks()) tick.checked = event.target.checked;
    if (event.target.matches("[data-tick], [data-tick-all]")) count();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-choose-all]")) return;
    for (const tick of ticks()) tick.checked = true;
    document.querySelector("input[data-all]").value = "yes";
    count();
  });
  document.addEventListener("htmx:afterSettle", count);
  // the browser may have kept ticks of the page that it goes back to
  window.addEventListener("pageshow", count);
  count();
};
