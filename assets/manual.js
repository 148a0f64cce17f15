// The page of the language: a field that leaves of it what is looked for, while one types. Without scripts it isn't there.
const blocks = "li,tbody tr,.r-fact,p,pre";
const said = (one) => one.textContent.toLowerCase();

/** Show of a chapter what the words are in; whether there is anything. */
const sift = (part, words) => {
  const has = (one) => words.every((word) => said(one).includes(word));
  const isAll = has(part.querySelector("h2,h3"));
  let isFound = isAll;
  for (const one of part.querySelectorAll(blocks)) {
    one.hidden = !isAll && !has(one);
    if (!one.hidden) isFound = true;
  }
  for (const table of part.querySelectorAll("table")) table.hidden = !table.querySelector("tbody tr:not([hidden])");
  part.hidden = !isFound;
  return isFound;
};

export const manual = () => {
  const field = document.getElementById("sift");
  const book = document.querySelector(".r-book");
  if (!field || !book) return;
  const parts = [...book.querySelectorAll(":scope > section")];
  const told = document.getElementById("sifted");
  const entry = (part) => document.querySelector(`.r-toc a[href="#${CSS.escape(part.querySelector("h2,h3").id)}"]`)?.parentElement;
  const show = () => {
    const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const part of parts) {
      count += sift(part, words);
      const at = entry(part);
      if (at) at.hidden = part.hidden;
    }
    told.textContent = words.length ? (count ? told.dataset.found.replace("0", count) : told.dataset.none) : "";
  };
  const clear = () => {
    field.value = "";
    show();
  };
  field.closest("form").hidden = false;
  field.addEventListener("input", show);
  field.closest("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = parts.find((part) => !part.hidden)?.querySelector(".r-hash");
    first?.focus();
    first?.scrollIntoView({ block: "center" });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    clear();
  });
  // whoever follows a link to a place that the words have hidden sees it
  window.addEventListener("hashchange", () => {
    const place = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place?.closest("[hidden]")) return;
    clear();
    place.scrollIntoView();
  });
  if (field.value) show();
};
