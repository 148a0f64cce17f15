"""Words of the wrong language on a page: Latin ones in Russian, Cyrillic ones in English.

What people and the shop wrote (names, numbers, texts, codes) is not ours to translate: it stands in an element with
`translate="no"`, or with the `lang` of its own. So does a browser leave it alone when somebody has a page translated.
"""

import re
from html.parser import HTMLParser

from regulars.web.settings.choices import CURRENCIES

ALLOWED = frozenset(
    {
        *("Regulars", "Telegram", "WhatsApp", "PostgreSQL", "WooCommerce", "Shopify", "Excel"),
        *("API", "CSV", "DNS", "HTML", "ID", "IP", "JSON", "NDJSON", "PDF", "SMS", "SMTP", "TLS", "URL", "UTC"),
        *("XLSX", "YAML", "Standard", "Webhooks", "HTTP", "POST"),
        *("Mango", "Office", "UIS", "CoMagic", "Zadarma", "Twilio", "TwiML"),
        *("Mailgun", "Postmark", "SendGrid", "Inbound", "Parse", "IMAP", "STARTTLS", "BotFather"),
        *("Apprise", "Pushover", "Slack", "ntfy", "HTTPS", "ics"),
        *CURRENCIES,
        *("Alt", "Ctrl", "Enter", "Esc", "Shift", "Tab"),
    }
)
"""Names that are the same in every language."""
UNTRANSLATED = frozenset({"script", "style", "code", "pre", "kbd", "samp", "textarea", "svg"})
EXEMPT: tuple[str, ...] = ("ol.numbered", ".cm-editor")
"""Where a page holds what people wrote without saying so yet: 'tag.class', '.class', '[attribute]'."""
SPOKEN = ("title", "aria-label", "aria-description", "placeholder", "alt")
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})

_OURS = re.compile(r"\S+@\S+|https?://\S+|/[a-z][\w/:.{}-]+|\b[A-Z][a-z]+/[A-Z]\w+|\b[\w-]*\d[\w-]*\b")
"""Addresses, time zones and whatever has a digit in it are no words."""
_WORDS = {"ru": re.compile(r"[A-Za-z][A-Za-z'’-]+"), "en": re.compile(r"[А-Яа-яЁё]+")}


def foreign(html: str, language: str) -> list[str]:
    """Each text with wrong words: these, the text, the element that it stands in."""
    found = _Page(language)
    found.feed(html)
    found.close()
    return found.found


class _Page(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=True)
        self._language = language
        self._open: list[tuple[str, str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("p", "li", "tr", "td", "th", "option", "dt", "dd") and self._open and self._open[-1][0] == tag:
            self._open.pop()  # the end tag that HTML lets one leave out
        skipped = self._skipped() or self._is_others(tag, given)
        told = f"{tag}.{given['class'].replace(' ', '.')}" if given.get("class") else tag
        if not skipped:
            spoken = [given[name] for name in SPOKEN if name in given]
            if tag == "input" and given.get("type") in ("submit", "button", "reset"):
                spoken.append(given.get("value", ""))
            for text in spoken:
                self._look(text, f"{self._where()} {told} (attribute)")
        if tag not in VOID:
            self._open.append((tag, told, skipped))

    def handle_endtag(self, tag: str) -> None:
        if any(one[0] == tag for one in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._skipped():
            self._look(data, self._where())

    def _skipped(self) -> bool:
        return bool(self._open) and self._open[-1][2]

    def _where(self) -> str:
        return " ".join(told for _, told, _ in self._open[-3:])

    def _is_others(self, tag: str, given: dict[str, str]) -> bool:
        if tag in UNTRANSLATED or given.get("translate") == "no":
            return True
        if tag != "html" and "lang" in given and given["lang"].partition("-")[0] != self._language:
            return True
        return any(_matches(selector, tag, given) for selector in EXEMPT)

    def _look(self, text: str, where: str) -> None:
        words = [w for w in _WORDS[self._language].findall(_OURS.sub(" ", text)) if w not in ALLOWED]
        if words:
            self.found.append(f"{' '.join(words)} · in {' '.join(text.split())[:80]!r} at {where}")


def _matches(selector: str, tag: str, given: dict[str, str]) -> bool:
    name, *rest = re.findall(r"^[\w-]*|\.[\w-]+|\[[\w-]+\]", selector)
    classes = given.get("class", "").split()
    return (not name or name == tag) and all(
        (part[1:] in classes) if part[0] == "." else (part[1:-1] in given) for part in rest
    )
