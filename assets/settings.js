// Settings: a secret is copied by a button; a day gets one more interval. Without scripts the text can be selected, and one
// empty interval is always there.

const copy = async (field) => {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select(); // no clipboard outside a safe connection
    document.execCommand("copy");
  }
};

const addPair = (box) => {
  const pairs = box.querySelectorAll(".r-pair");
  const fresh = pairs[pairs.length - 1].cloneNode(true);
  for (const input of fresh.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("aria-invalid");
  }
  pairs[pairs.length - 1].after(fresh);
  fresh.querySelector("input").focus();
};

export const settings = () => {
  // on a telephone the pages are a row that scrolls
  document.querySelector(".r-setnav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(document.getElementById(button.dataset.copy));
      const said = button.parentElement.querySelector("[data-copied]");
      said.hidden = false;
      setTimeout(() => (said.hidden = true), 4000);
    });
  }
  for (const box of document.querySelectorAll("[data-pairs]")) {
    const button = box.querySelector("[data-more]");
    const pairs = [...box.querySelectorAll(".r-pair")];
    // the spare pair appears when it is asked for
    const spare = pairs[pairs.length - 1];
    const isSpare = [...spare.querySelectorAll("input")].every((input) => input.value === "");
    if (isSpare && box.dataset.keep === undefined) spare.hidden = true;
    button.hidden = box.closest("fieldset:disabled") !== null;
    button.addEventListener("click", () => {
      if (spare.hidden) {
        spare.hidden = false;
        spare.querySelector("input").focus();
      } else addPair(box);
    });
  }
};
