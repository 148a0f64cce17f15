// The supervisor's board stays fresh; while a menu is open or something on it has the focus, it waits.

const ASKS = 4_000;

export const board = () => {
  const place = document.querySelector("[data-board]");
  if (!place) return;
  const isBusy = () => document.hidden || place.querySelector("details[open]") || place.contains(document.activeElement);
  const ask = async () => {
    if (!isBusy()) {
      try {
        const version = document.getElementById("board").dataset.version;
        const answer = await fetch(`${place.dataset.board}&v=${encodeURIComponent(version)}`);
        if (answer.redirected) return;
        if (answer.status === 200 && !isBusy()) place.innerHTML = await answer.text();
      } catch {
        // the page keeps what it shows
      }
    }
    setTimeout(ask, ASKS);
  };
  setTimeout(ask, ASKS);
};
