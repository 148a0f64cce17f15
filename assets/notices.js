// What somebody is told, on every page: bubbles, a sound, the browser's own notification, the count in the tab's title.
// It asks with a version and is answered with nothing while nothing has changed; a hidden tab asks rarely, and only if the
// browser may speak for it. It never takes the focus, and without it the page of notices still tells all.

const SHOWN = 12_000;
const ASKS = 3_000;
const ASKS_HIDDEN = 20_000;
const SHOWN_TO = "regulars.notices.shown"; // this tab's newest bubble
const SPOKEN = "regulars.notices.spoken"; // the newest one that made a sound, in any tab of this browser
const TITLE = document.title;

const csrf = () => document.querySelector("meta[name=csrf-token]")?.content || "";
const parse = (text) => new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
const kept = (store, name) => {
  try {
    return store.getItem(name) || "";
  } catch {
    return "";
  }
};
const keep = (store, name, value) => {
  try {
    store.setItem(name, value);
  } catch {
    // a browser that keeps nothing tells twice rather than never
  }
};
// ids are whole numbers of different length, beyond what a number of this language holds
const isNewer = (a, b) => a.length > b.length || (a.length === b.length && a > b);

const seen = (path) =>
  fetch(path, { method: "POST", headers: { "X-CSRFToken": csrf(), "X-Quiet": "1" }, keepalive: true }).catch(() => {});

// Two short tones, made here; three, and higher, for what can't wait. A browser allows sound once somebody has pressed something.
let audio;
const wakeSound = () => {
  if (!navigator.userActivation?.hasBeenActive) return; // before that a browser only complains
  if (!audio && window.AudioContext) audio = new AudioContext();
  if (audio?.state === "suspended") audio.resume().catch(() => {});
};
export const ring = (volume, isUrgent) => {
  wakeSound();
  if (!audio || volume <= 0) return;
  const at = audio.currentTime;
  const tones = isUrgent ? [784, 988, 784] : [659, 880];
  for (const [i, pitch] of tones.entries()) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    const begins = at + i * 0.16;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, begins);
    loud.gain.exponentialRampToValueAtTime(Math.max(0.0002, (volume / 100) * 0.3), begins + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, begins + 0.15);
    tone.connect(loud).connect(audio.destination);
    tone.start(begins);
    tone.stop(begins + 0.16);
  }
};

const maySpeak = () => "Notification" in window && Notification.permission === "granted";

const speak = (bubble, fresh) => {
  const last = kept(localStorage, SPOKEN);
  if (!isNewer(bubble.dataset.id, last)) return;
  keep(localStorage, SPOKEN, bubble.dataset.id);
  const does = bubble.dataset.does.split(" ");
  if (does.includes("sound")) ring(Number(fresh.dataset.volume), "urgent" in bubble.dataset);
  if (does.includes("browser") && document.hidden && maySpeak()) {
    const link = bubble.querySelector("a");
    const told = new Notification(link.querySelector("b").textContent, {
      body: link.querySelector("span")?.textContent || "",
      tag: bubble.id,
      requireInteraction: "urgent" in bubble.dataset,
    });
    told.addEventListener("click", () => {
      window.focus();
      seen(bubble.dataset.see);
      window.location.assign(link.href);
      told.close();
    });
  }
};

const count = (n) => {
  document.title = n ? `(${n > 99 ? "99+" : n}) ${TITLE}` : TITLE;
  for (const item of document.querySelectorAll("[data-notices]")) {
    let mark = item.querySelector("b");
    if (!mark && n) item.append((mark = document.createElement("b")));
    if (mark && n) mark.textContent = n > 99 ? "99+" : n;
    else mark?.remove();
  }
};

// A bubble goes after a while unless it is pointed at, focused, or can't wait.
const letGo = (bubble) => {
  if ("urgent" in bubble.dataset) return;
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => bubble.remove(), SHOWN);
  };
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) bubble.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) bubble.addEventListener(name, start);
  start();
};

const show = (place, fresh) => {
  const bubbles = [...fresh.querySelectorAll(".r-bubble")];
  const still = new Set(bubbles.map((b) => b.id));
  for (const old of place.querySelectorAll(".r-bubble")) if (!still.has(old.id)) old.remove();
  const last = kept(sessionStorage, SHOWN_TO);
  for (const bubble of bubbles.reverse()) {
    const isUrgent = "urgent" in bubble.dataset;
    const isNew = isNewer(bubble.dataset.id, last);
    if (document.getElementById(bubble.id) || (!isNew && !isUrgent)) continue;
    if (isNew) keep(sessionStorage, SHOWN_TO, bubble.dataset.id);
    if (bubble.dataset.does.split(" ").includes("screen") || isUrgent) {
      if (!isNew) bubble.classList.add("again");
      place.querySelector(isUrgent ? "[role=alert]" : "[role=status]").append(bubble);
      letGo(bubble);
    }
    if (isNew) speak(bubble, fresh);
  }
  count(Number(fresh.dataset.unseen));
};

export const notices = () => {
  const place = document.getElementById("notices");
  if (!place) return;
  let version = "";
  let timer;
  let isAsking = false;
  let isOut = false;
  const later = () => {
    clearTimeout(timer);
    if (isOut || (document.hidden && !maySpeak())) return;
    timer = setTimeout(ask, document.hidden ? ASKS_HIDDEN : ASKS);
  };
  const ask = async () => {
    if (isAsking || isOut) return;
    isAsking = true;
    try {
      const answer = await fetch(`${place.dataset.poll}?v=${encodeURIComponent(version)}`);
      if (answer.redirected) isOut = true;
      else if (answer.status === 200) {
        const fresh = parse(await answer.text());
        version = fresh.dataset.version;
        show(place, fresh);
      }
    } catch {
      // the desk says that there is no connection; here the next time serves
    }
    isAsking = false;
    later();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? later() : ask()));
  document.addEventListener("pointerdown", wakeSound, { once: true });
  document.addEventListener("keydown", wakeSound, { once: true });
  document.addEventListener("click", (event) => {
    const bubble = event.target.closest(".r-bubble");
    const told = event.target.closest("[data-see]");
    if (told && event.target.closest("a, [data-bubble-close]")) seen(told.dataset.see);
    if (bubble && event.target.closest("[data-bubble-close]")) {
      bubble.remove();
      ask();
    }
  });
  ask();
  wishes();
};

// The page on which somebody chooses how he is told: trying the sound, and asking the browser's leave.
const wishes = () => {
  const volume = document.querySelector("[data-volume-field]");
  if (!volume) return;
  document.querySelector("[data-ring]").addEventListener("click", () => ring(Number(volume.value), false));
  const part = document.querySelector("[data-browser-leave]");
  const say = () => {
    const state = "Notification" in window ? Notification.permission : "unsupported";
    for (const note of part.querySelectorAll("[data-leave]")) note.hidden = note.dataset.leave !== state;
  };
  part.querySelector("button").addEventListener("click", async () => {
    await Notification.requestPermission();
    say();
  });
  say();
};
