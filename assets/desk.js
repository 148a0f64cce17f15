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
const bare = (node) => {
  const copy = node.cloneNode(true);
  copy.classList.remove("r-new");
  if (!copy.classList.length) copy.removeAttribute("class");
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  for (const busy of copy.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  return copy;
};
const same = (a, b) => bare(a).outerHTML === bare(b).outerHTML;
const saysTheSame = (a, b) => bare(a).innerHTML.trim() === bare(b).innerHTML.trim();

const refresh = (text) => {
  for (const fresh of [...parse(text).children]) {
    const shown = document.getElementById(fresh.id);
    if (!shown) continue;
    if (fresh.id === "queue") renew(shown, fresh);
    else if (!shown.querySelector("details[open]") && !saysTheSame(shown, fresh)) shown.innerHTML = fresh.innerHTML;
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

// While the server tells of changes itself, the queue is asked for less often: only because the clocks go on.
const HEARD_FOR = 6_000;
const UNASKED = 4_900;
const LEAST_BETWEEN = 700;
const heard = { at: 0, shown: 0, news: false, mark: "" };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const listen = async (desk) => {
  for (let began = Date.now(); ; began = Date.now()) {
    try {
      const answer = document.hidden ? null : await fetch(`${desk.dataset.news}?v=${heard.mark}`, { cache: "no-store" });
      if (answer && (answer.redirected || ![200, 204].includes(answer.status))) throw new Error("logged out, or being restarted");
      if (answer) heard.at = Date.now();
      const mark = answer?.status === 200 ? await answer.text() : heard.mark;
      if (mark !== heard.mark) {
        Object.assign(heard, { news: true, mark });
        window.htmx.trigger(desk, "news");
      }
    } catch {
      heard.at = 0;
      await wait(2_000);
    }
    await wait(Math.max(0, LEAST_BETWEEN - (Date.now() - began)));
  }
};

const stayFresh = (desk) => {
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (isLoggedOut(event.detail.xhr)) event.detail.shouldSwap = false;
  });
  desk.addEventListener("htmx:configRequest", (event) => {
    event.detail.parameters.v = document.getElementById("queue").dataset.version;
    if (Date.now() - heard.at < HEARD_FOR) event.detail.parameters.news = heard.mark; // else it may be long out of date
    if (desk.dataset.card) event.detail.parameters.card = desk.dataset.card;
  });
  desk.addEventListener("htmx:beforeRequest", (event) => {
    const isTold = heard.news || Date.now() - heard.at > HEARD_FOR || Date.now() - heard.shown > UNASKED;
    if (event.target === desk && (document.hidden || !isTold)) event.preventDefault();
    else if (event.target === desk) Object.assign(heard, { news: false, shown: Date.now() });
  });
  listen(desk);
  desk.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== desk) return;
    const { xhr } = event.detail;
    const isOut = isLoggedOut(xhr);
    if (isOut || !event.detail.successful) heard.shown = 0; // what failed is asked for again at the next tick, told of or not
    tell(isOut ? "logged-out" : event.detail.successful ? "" : "no-connection");
    if (xhr.status === 200 && !isOut) refresh(xhr.responseText);
  });
};

// The desk is open, whether it is looked at or not: whoever talks on the telephone is here. A machine that sleeps is silent.
const BEAT_EVERY = 30_000;
const stayHere = (desk) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  const beat = () => fetch(desk.dataset.beat, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  beat();
  setInterval(beat, BEAT_EVERY);
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

// Whoever types without a pause is saved as he goes: a browser that dies takes two seconds of words at the most. One draft
// at a time is on the wire, so none overtakes another; an outcome carries the words itself and cuts off what is still there.
const KEPT_EVERY = 1500;
const TYPED_OUT = 600;
const CHOSEN = 50;
const DRAFT_WITHIN = 10_000;
const LONGEST_KEPT_ALIVE = 60_000; // a browser sends no more once its page is gone
const keeps = (form) => {
  let last = 0;
  let timer, wire, again, over, waits;
  const note = form.querySelector("#note");
  // Until the server has them, the words also stay with the tab: a page that is loaded anew is quicker than the wire.
  const remember = (words) => {
    if (words === null) sessionStorage.removeItem(form.dataset.draft);
    else sessionStorage.setItem(form.dataset.draft, words);
  };
  const remembered = () => sessionStorage.getItem(form.dataset.draft);
  const save = async () => {
    clearTimeout(timer);
    if (over) return;
    waits = false;
    again = wire;
    if (wire) return;
    last = performance.now();
    const mine = new AbortController();
    wire = mine;
    const late = setTimeout(() => mine.abort(), DRAFT_WITHIN);
    try {
      const typed = note.value;
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: mine.signal });
      if (answer.ok && !answer.redirected) {
        if (note.value === typed) remember(null);
        say(await answer.text());
      }
    } catch {
      // the next one brings it, or the outcome; that nothing comes through, the queue says
    }
    clearTimeout(late);
    wire = null;
    if (again) save();
  };
  const say = (text) => {
    for (const fresh of parse(text).children) {
      const shown = document.getElementById(fresh.id);
      if (shown) shown.innerHTML = fresh.innerHTML;
    }
  };
  const soon = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
    waits = true;
  };
  // What was typed since the last draft goes with the page: the one on the wire is older, and cut off.
  const flush = () => {
    if (over || !(waits || wire)) return;
    clearTimeout(timer);
    waits = false;
    again = null;
    wire?.abort();
    const body = new URLSearchParams(new FormData(form));
    fetch(form.dataset.draft, { method: "POST", body, keepalive: body.toString().length < LONGEST_KEPT_ALIVE }).catch(() => {});
  };
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  form.addEventListener("input", () => {
    remember(note.value);
    return performance.now() - last < KEPT_EVERY ? soon(TYPED_OUT) : save();
  });
  form.addEventListener("change", () => soon(CHOSEN));
  form.addEventListener("submit", () => {
    over = true;
    clearTimeout(timer);
    wire?.abort();
    remember(null);
  });
  const left = remembered();
  if (left !== null && left !== note.value) {
    note.value = left;
    soon(CHOSEN);
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) over = false;
  });
};

const offers = (form) => {
  const note = form.querySelector("#note");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-offer]");
    if (!button) return;
    button.classList.add("on");
    // of a group only the last chosen stays in the note
    const group = button.dataset.offerGroup;
    const others = group ? [...document.querySelectorAll(`[data-offer-group="${group}"]`)].map((one) => one.dataset.offer) : [];
    const kept = note.value.trimEnd().split("\n").filter((line) => !others.includes(line));
    if (!kept.includes(button.dataset.offer)) kept.push(button.dataset.offer);
    note.value = kept.filter((line, i) => line || i).join("\n");
    note.dispatchEvent(new Event("input", { bubbles: true }));
  });
};

// Enter in the look-up notes what stands first
const lookUp = (field) => {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.querySelector("#found [data-offer]")?.click();
  });
};

export const desk = () => {
  const field = document.getElementById("product");
  if (field) lookUp(field);
  const queue = document.querySelector("[data-desk]");
  if (queue) stayFresh(queue);
  if (queue) stayHere(queue);
  const card = document.querySelector("[data-look]");
  if (card) sayOpen(card);
  const part = document.querySelector("[data-script]");
  if (part) script(part);
  const form = document.getElementById("outcome");
  if (form) {
    offers(form);
    keeps(form);
  }
};
