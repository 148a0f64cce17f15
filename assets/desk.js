// The desk: the queue stays fresh without touching what hasn't changed, the card says that it is open, the script folds as
// it is read, offers go into the note. Without it the pages still work; they are only not live.

const TOLD_EVERY = 10_000;

const parse = (text) => new DOMParser().parseFromString(text, "text/html").body;

// Keeps each row that says the same: focus, selection and what the pointer is on stay where they are.
const renew = (queue, fresh) => {
  const old = new Map([...queue.children].map((node) => [node.id, node]));
  const focused = document.activeElement?.id;
  let at = queue.firstElementChild;
  for (const wanted of [...fresh.children]) {
    const known = old.get(wanted.id);
    old.delete(wanted.id);
    const node = known && same(known, wanted) ? known : wanted;
    if (!known && wanted.id.startsWith("t-")) node.classList.add("r-new");
    if (known && node !== known) {
      if (at === known) at = known.nextElementSibling;
      known.replaceWith(node);
    }
    if (node === at) at = at.nextElementSibling;
    else queue.insertBefore(node, at);
  }
  for (const gone of old.values()) gone.remove();
  queue.dataset.version = fresh.dataset.version;
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
};

// a token is made anew for every answer, so it says nothing about the row
const plain = (node) => {
  const copy = node.cloneNode(true);
  copy.classList.remove("r-new");
  if (!copy.classList.length) copy.removeAttribute("class");
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  for (const busy of copy.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  return copy.outerHTML;
};
const same = (a, b) => plain(a) === plain(b);

const refresh = (text) => {
  for (const fresh of [...parse(text).children]) {
    const shown = document.getElementById(fresh.id);
    if (!shown) continue;
    if (fresh.id === "queue") renew(shown, fresh);
    else if (shown.innerHTML.trim() !== fresh.innerHTML.trim()) shown.innerHTML = fresh.innerHTML;
  }
};

const isLoggedOut = (xhr) => xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/login");

// Says since when nothing comes through; what was written meanwhile is kept as soon as something does.
const tell = (what) => {
  for (const note of document.querySelectorAll("[data-trouble]")) {
    const isIt = note.dataset.trouble === what;
    if (isIt && note.hidden) {
      const since = note.querySelector("[data-since]");
      if (since) since.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    }
    if (!note.hidden && !what) document.getElementById("note")?.dispatchEvent(new Event("input", { bubbles: true }));
    note.hidden = !isIt;
  }
};

const stayFresh = (desk) => {
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (isLoggedOut(event.detail.xhr)) event.detail.shouldSwap = false;
  });
  desk.addEventListener("htmx:configRequest", (event) => {
    event.detail.parameters.v = document.getElementById("queue").dataset.version;
    if (desk.dataset.card) event.detail.parameters.card = desk.dataset.card;
  });
  desk.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  desk.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== desk) return;
    const { xhr } = event.detail;
    tell(isLoggedOut(xhr) ? "logged-out" : event.detail.successful ? "" : "no-connection");
    if (xhr.status === 200 && !isLoggedOut(xhr)) refresh(xhr.responseText);
  });
};

const sayOpen = (card) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  const say = () => {
    if (!document.hidden) fetch(card.dataset.look, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  };
  say();
  setInterval(say, TOLD_EVERY);
};

const script = (part) => {
  const steps = [...part.querySelectorAll("[data-step]")];
  part.querySelector(".r-script").classList.add("live");
  const go = (to) => {
    for (const [i, step] of steps.entries()) {
      step.classList.toggle("done", i < to);
      step.classList.toggle("now", i === to);
      step.querySelector(".n").toggleAttribute("aria-current", i === to);
    }
  };
  const move = (to) => {
    go(to);
    steps[to].scrollIntoView({ block: "nearest" });
  };
  for (const [i, step] of steps.entries()) step.querySelector(".n").addEventListener("click", () => move(i));
  for (const button of part.querySelectorAll("[data-step-by]"))
    button.addEventListener("click", () => {
      const now = steps.findIndex((step) => step.classList.contains("now"));
      move(Math.min(Math.max(now + Number(button.dataset.stepBy), 0), steps.length - 1));
    });
  // a branch that ends the talk chooses its outcome
  for (const branch of part.querySelectorAll("details[data-outcome]"))
    branch.addEventListener("toggle", () => {
      const radio = [...document.querySelectorAll("#outcome [name=outcome]")].find((r) => r.value === branch.dataset.outcome);
      if (branch.open && radio && !radio.checked) radio.click();
    });
  questions(part);
  go(0);
};

const questions = (part) => {
  const field = part.querySelector("[data-faq]");
  const list = part.querySelector(".r-faq");
  const all = [...part.querySelectorAll("[data-question]")];
  const count = part.querySelector("[data-faq-count]");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().replaceAll("ё", "е").split(/\s+/).filter(Boolean);
    let found = 0;
    for (const one of all) {
      const text = one.textContent.toLowerCase().replaceAll("ё", "е");
      one.hidden = !words.every((word) => text.includes(word));
      found += one.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${found} / ${all.length}` : all.length;
    list.open = words.length > 0;
  });
};

const offers = (form) => {
  const note = form.querySelector("#note");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-offer]");
    if (!button) return;
    button.classList.add("on");
    if (!note.value.includes(button.dataset.offer)) note.value = [note.value.trimEnd(), button.dataset.offer].filter(Boolean).join("\n");
    note.dispatchEvent(new Event("input", { bubbles: true }));
  });
};

export const desk = () => {
  const queue = document.querySelector("[data-desk]");
  if (queue) stayFresh(queue);
  const card = document.querySelector("[data-look]");
  if (card) sayOpen(card);
  const part = document.querySelector("[data-script]");
  if (part) script(part);
  const form = document.getElementById("outcome");
  if (form) offers(form);
};
