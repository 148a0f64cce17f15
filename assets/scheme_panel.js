// The panel beside the map: it opens for the step that is chosen, sends its forms, and puts what comes back in its place.
// Without this script each of its links and buttons is a page of its own.

/** `text`: how to get at the text ({ take, settle, toStep }); `map`: what the map can be told. */
export const startPanel = (form, text, map) => {
  const panel = document.getElementById("panel");
  if (!panel) return null;
  const main = document.getElementById("main");
  const said = document.getElementById("said");
  const tell = (words) => {
    said.textContent = "";
    setTimeout(() => (said.textContent = words), 50); // so that the same words are read again
  };

  const put = (markup, step, focus) => {
    panel.innerHTML = markup;
    const isOpen = !!panel.querySelector(".r-stepform-body") && panel.querySelector("h2") !== null;
    panel.hidden = !isOpen;
    main.classList.toggle("has-panel", isOpen);
    map.choose(step || null);
    if (!isOpen) return;
    const wrong = panel.querySelector("[aria-invalid=true], [role=alert]");
    if (wrong) wrong.closest("details")?.setAttribute("open", "");
    if (focus) (wrong?.matches("[aria-invalid]") ? wrong : panel.querySelector("h2")).focus();
  };

  let asked = 0;
  const open = async (query, focus = true) => {
    const mine = ++asked;
    await text.settle();
    const params = new URLSearchParams(query);
    params.set("name", form.elements.name.value);
    params.delete("view");
    const answer = await fetch(`${panel.dataset.url}?${params}`);
    if (!answer.ok || mine !== asked) return;
    put(await answer.text(), params.get("step"), focus);
  };

  const close = () => {
    panel.hidden = true;
    main.classList.remove("has-panel");
    const chosen = document.querySelector("#map .g-node.sel .g-body");
    (chosen || document.getElementById("map")).focus();
  };

  const send = async (sent, button) => {
    const body = new FormData(sent, button);
    body.set("text", form.elements.text.value);
    const answer = await fetch(sent.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
    if (!found) return tell(form.dataset.lost);
    const isDone = answer.ok && !found.is_refused;
    if (isDone) {
      await text.take(found);
      tell(found.said);
    }
    else tell(found.error || form.dataset.refused);
    if ("panel" in found) put(found.panel, found.step || new FormData(sent).get("step"), true);
    if (isDone && panel.hidden) document.getElementById("map").focus();
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("#map a.g-body, #map a.g-add, #map a.g-head, a[data-panel]");
    const toText = event.target.closest("[data-in-text]");
    if (event.target.closest("[data-panel-close]")) close();
    else if (toText && text.isHere()) {
      panel.hidden = true;
      main.classList.remove("has-panel");
      text.toStep(toText.dataset.inText);
    } else if (link) open((link.getAttribute("href") || "").split("#")[0].slice(1));
    else return;
    event.preventDefault();
  });
  let isSending = false;
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    try {
      await text.settle();
      await send(event.target, event.submitter);
    } catch {
      tell(form.dataset.lost);
    } finally {
      isSending = false;
    }
  });
  panel.addEventListener("change", (event) => {
    const ask = event.target.dataset.panelAsk;
    if (ask) open(ask.slice(1) + event.target.value, false).then(() => document.getElementById(event.target.id)?.focus());
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const first = panel.querySelector("input[name=step]")?.value;
  if (first && !panel.hidden) map.choose(first);
  return { open, close };
};

