// Quarantine and letterbox: the next and the one before of a list, copying a text, the caret at the line that is wrong.

const walk = (by) => {
  const all = [...document.querySelectorAll("[data-walked] a[data-item]")];
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next && next !== all[at]) next.click();
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
    const line = event.target.closest("a[data-line]");
    const field = document.querySelector("textarea[data-caret]");
    if (line && field) {
      event.preventDefault();
      toLine(field, Number(line.dataset.line));
    }
  });
  const field = document.querySelector("textarea[data-caret]");
  if (field && Number(field.dataset.caret)) toLine(field, Number(field.dataset.caret));
  const bad = document.querySelector(".r-code.flat .bad");
  if (bad) bad.closest("pre").scrollTop = Math.max(0, bad.offsetTop - bad.closest("pre").offsetTop - 100);
};
