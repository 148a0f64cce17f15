// A list by keys: up and down or J and K move between rows, X ticks, Enter opens. The bulk bar counts what is ticked.

const rows = () => [...document.querySelectorAll("table[data-list] > tbody > tr")];

const move = (by) => {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  (next?.querySelector("a[href]") || next)?.focus();
};

const count = () => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const ticks = [...document.querySelectorAll("input[data-tick]")];
  const ticked = ticks.filter((tick) => tick.checked);
  bar.hidden = ticked.length === 0;
  for (const out of bar.querySelectorAll("[data-count]")) out.textContent = ticked.length;
  for (const tick of ticks) tick.closest("tr")?.classList.toggle("sel", tick.checked);
  const all = document.querySelector("input[data-tick-all]");
  if (all) {
    all.checked = ticked.length > 0 && ticked.length === ticks.length;
    all.indeterminate = ticked.length > 0 && ticked.length < ticks.length;
  }
};

export const lists = () => {
  document.addEventListener("keydown", (event) => {
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
    if (event.ctrlKey || event.metaKey || event.altKey || !rows().length) return;
    if (event.code === "ArrowDown" || event.code === "KeyJ") move(1);
    else if (event.code === "ArrowUp" || event.code === "KeyK") move(-1);
    else if (event.code === "KeyX") document.activeElement.closest("tr")?.querySelector("input[data-tick]")?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]"))
      for (const tick of document.querySelectorAll("input[data-tick]")) tick.checked = event.target.checked;
    if (event.target.matches("[data-tick], [data-tick-all]")) count();
  });
  document.addEventListener("htmx:afterSettle", count);
  count();
};
