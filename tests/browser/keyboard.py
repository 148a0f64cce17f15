"""Somebody who has no mouse: keys only, and a page that remembers if anything was pointed at all the same."""

from playwright.sync_api import Page

__all__ = ["Keyboard"]

_WATCH = "addEventListener('pointerdown', () => sessionStorage.setItem('pointed', 'yes'), true)"
_WHERE = "(selector) => document.activeElement !== null && document.activeElement.matches(selector)"


class Keyboard:
    """The keys of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(_WATCH)
        page.reload()

    def press(self, *keys: str) -> None:
        """One key after the other, on this page."""
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Into whatever has the focus."""
        self.page.keyboard.type(text)

    def to(self, selector: str, most: int = 12) -> None:
        """Tab on until that has the focus; an AssertionError where it is not within reach."""
        for _ in range(most):
            if self.page.evaluate(_WHERE, selector):
                return
            self.page.keyboard.press("Tab")
        found = self.page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")
        assert self.page.evaluate(_WHERE, selector), f"{most} times Tab lead to {found}, not to {selector}"

    def pointed(self) -> bool:
        """Whether anything was clicked or touched after all."""
        return bool(self.page.evaluate("sessionStorage.getItem('pointed')"))
