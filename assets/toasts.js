// A toast tells of a done deed and goes after its time (data-seconds, 6 unless told); it stays while pointed at or focused.

const watch = (toast) => {
  let timer;
  const start = () => {
    timer = setTimeout(() => toast.remove(), Number(toast.dataset.seconds || 6) * 1000);
  };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
};

const all = () => {
  for (const toast of document.querySelectorAll(".r-toast:not([data-seen])")) {
    toast.dataset.seen = "";
    watch(toast);
  }
};

export const toasts = () => {
  document.addEventListener("htmx:afterSettle", all);
  all();
};
