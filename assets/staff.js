// Every staff page: htmx, keys, toasts, menus. A page works without it; it only makes it quicker.
import htmx from "htmx.org";
import { board } from "./board.js";
import { desk } from "./desk.js";
import { keys } from "./keys.js";
import { lists } from "./lists.js";
import { manual } from "./manual.js";
import { notices } from "./notices.js";
import { records } from "./records.js";
import { settings } from "./settings.js";
import { toasts } from "./toasts.js";

window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});
// what the server refuses (409, 422) is an answer to be shown, with the words that say what to do
document.addEventListener("htmx:beforeSwap", (event) => {
  const { status } = event.detail.xhr;
  if (status === 409 || status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  if (status === 401) window.location.reload();
});
// a select or a date that is a filter takes effect at once
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit]")) event.target.form.requestSubmit();
});
// a button that is at work keeps its label and can't be pressed twice
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.target.method === "dialog" || event.defaultPrevented) return;
  setTimeout(() => button.setAttribute("aria-busy", "true"));
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
// a dialog is opened by a button that names it; without scripts the same deed has its own page or a plain form
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog)?.showModal();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
  }
  for (const menu of document.querySelectorAll("details.r-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// on a telephone the tabs of a scheme are wider than the screen: the one that is open is in sight
const tabs = document.querySelector(".r-top.sub");
const open = tabs?.querySelector("[aria-current=page]");
if (open) tabs.scrollLeft = open.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;

board();
desk();
keys();
lists();
manual();
notices();
records();
settings();
toasts();
