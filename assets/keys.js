// Keys work by place (event.code), so that they do in the Russian layout; never inside a text field, except those with Ctrl.
// An element names its key: data-key="KeyN", "Digit1", "Slash", "Ctrl+Enter", "Escape". Pressing it clicks a button or link,
// and focuses a field.

const isField = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
const isTicked = (node) => /^(radio|checkbox)$/.test(node?.type);
const isTyping = (node) => isField(node) && !isTicked(node);

const nameOf = (event) => {
  const code = event.code.replace("Numpad", "Digit").replace("DigitEnter", "Enter");
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.shiftKey && code === "Slash" ? "Shift+" : "") + code;
};

export const keys = () => {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.repeat || event.defaultPrevented) return;
    const name = nameOf(event);
    const typing = isTyping(event.target);
    if (typing && name === "Escape") {
      event.target.blur();
      return;
    }
    if (typing && !name.startsWith("Ctrl+")) return;
    const open = document.querySelector("dialog[open]");
    const named = [...(open || document).querySelectorAll("[data-key]")].filter(
      (node) => node.dataset.key === name && !node.disabled && (node.checkVisibility ? node.checkVisibility() : true),
    );
    // the page's own field comes before the menu's way to another page
    const found = named.find(isTyping) || named[0];
    if (!found) return;
    event.preventDefault();
    if (isTyping(found)) {
      found.focus();
      found.select?.();
    } else found.click();
  });
};
