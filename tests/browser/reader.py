"""What somebody who doesn't see a page is told of it: names and roles, what is read out by itself, and axe's judgement."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["accessible", "nameless"]

_RULES = {"resultTypes": ["violations"], "iframes": False, "preload": False}
_NAMELESS = """(root) => [...document.querySelectorAll(root + ' :is(a[href], button, input, select, textarea, summary)')]
  .filter(one => one.type !== 'hidden' && one.getClientRects().length)
  .filter(one => !(one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim() || one.value || one.title))
  .map(one => one.outerHTML.slice(0, 120))"""


def accessible(page: Page) -> list[str]:
    """What axe finds wrong, by rule, in light and in dark."""
    wrong = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.evaluate("document.getAnimations().forEach(one => one.finish())")
        found = Axe().run(page, options=_RULES)
        wrong += [f"{theme} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]
    page.emulate_media(color_scheme="light")
    return wrong


def nameless(page: Page, root: str = "main") -> list[str]:
    """What can be reached by Tab and has no name that could be read out."""
    return list(page.evaluate(_NAMELESS, root))
