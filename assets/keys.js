// Keys work by place (event.code), so that they do in the Russian layout; never inside a text field, except those with Ctrl.
// An element names its key: data-key="KeyN", "Digit1", "Slash", "Ctrl+Enter", "Escape". Pressing it clicks a button or link,
// focuses a field, and opens a menu with the focus on its first item; Escape closes that.

const isField = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
const isTicked = (node) => /^(radio|checkbox)$/.test(node?.type);
const isTyping = (node) => isField(node) && !isTicked(node);

const nameOf = (event) => {
  const code = event.code.replace("Numpad", "Digit").replace("DigitEnter", "Enter");
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.shiftKey && code === "Slash" ? "Shift+" : "") + code;
};

const press = (found) => {
  found.click();
  const menu = found.closest(".r-menu");
  if (menu?.open && found.matches("summary")) menu.querySelector(".r-pop :is(button, a, select)")?.focus();
};

const closeMenu = () => {
  const menu = document.querySelector("details.r-menu[open]");
  menu?.querySelector("summary").focus();
  menu?.removeAttribute("open");
  return menu !== null;
};

export const keys = () => {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.repeat || event.defaultPrevented) return;
    const name = nameOf(event);
    if (name === "Escape" && closeMenu()) {
      event.preventDefault();
      return;
    }
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
    } else press(found);
  });
};
