// Quarantine and letterbox: the next and the one before of a list, copying a text, the caret at the line that is wrong.

const walk = (by) => {
  const all = [...document.querySelectorAll("[data-walked] a[data-item]")];
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next && next !== all[at]) next.click();
};

const choose = (item) => {
  for (const other of document.querySelectorAll("[data-walked] a[aria-current]")) other.removeAttribute("aria-current");
  item.setAttribute("aria-current", "true");
  item.scrollIntoView({ block: "nearest" });
};

const toLine = (field, line) => {
  const before = field.value.split("\n").slice(0, line - 1);
  const start = before.reduce((sum, text) => sum + text.length + 1, 0);
  const end = start + (field.value.split("\n")[line - 1] || "").length;
  field.focus();
  field.setSelectionRange(start, end);
  field.scrollTop = Math.max(0, (line - 4) * 20);
};

export const records = () => {
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-walk]");
    if (step) {
      event.preventDefault();
      walk(Number(step.dataset.walk));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(document.querySelector(copy.dataset.copy)?.value ?? "");
      copy.classList.add("is-done");
      setTimeout(() => copy.classList.remove("is-done"), 1500);
    }
    const item = event.target.closest("[data-walked] a[data-item]");
    if (item) choose(item);
    const line = event.target.closest("a[data-line]");
    const field = document.querySelector("textarea[data-caret]");
    if (line && field) {
      event.preventDefault();
      toLine(field, Number(line.dataset.line));
    }
  });
  // J and K move along a list that is no table; the first letter of a letterbox opens by itself, and is marked then
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!document.querySelector(".r-mail") || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.code === "KeyJ") walk(1);
    else if (event.code === "KeyK") walk(-1);
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { first } = event.target.dataset;
    const item = first && document.querySelector("[data-walked] a[data-item]");
    if (item) choose(item);
  });
  // ticks of one table of several
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick-group]")) return;
    for (const tick of event.target.closest("table").querySelectorAll("input[data-tick]")) {
      tick.checked = event.target.checked;
      tick.closest("tr").classList.toggle("sel", tick.checked);
    }
  });
  const field = document.querySelector("textarea[data-caret]");
  if (field && Number(field.dataset.caret)) toLine(field, Number(field.dataset.caret));
  const bad = document.querySelector(".r-code.flat .bad");
  if (bad) bad.closest("pre").scrollTop = Math.max(0, bad.offsetTop - bad.closest("pre").offsetTop - 100);
};
