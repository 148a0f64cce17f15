"""MJML to HTML, once a version of a layout, with nothing in the result that calls a foreign host.

Owns the check of tag names (the compiler lets unknown ones pass), the refusal of includes and outside fonts, and the
cache by source. Must not see a person's data: Liquid tags pass through as text.
"""

from __future__ import annotations

import functools
import re

import mrml

from regulars.outbox.problems import TemplateProblem, nearest

__all__ = ["compile_mjml"]

TAGS = frozenset(
    {
        "mjml", "mj-head", "mj-body", "mj-title", "mj-preview", "mj-attributes", "mj-all", "mj-class", "mj-style",
        "mj-raw", "mj-breakpoint", "mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-text", "mj-button",
        "mj-table", "mj-divider", "mj-spacer", "mj-image", "mj-hero",
    }
)  # fmt: skip
_TAG = re.compile(r"<(mj[\w-]*)")
# What a mail program would fetch by itself when the letter is opened.
_OUTSIDE = re.compile(r"<link\b|@import\b|<script\b|url\(\s*['\"]?(?:https?:)?//", re.IGNORECASE)
_SYSTEM_FONTS_ONLY = mrml.RenderOptions(fonts={})


@functools.lru_cache(maxsize=256)
def compile_mjml(source: str) -> str:
    """HTML of an MJML document; Liquid tags in it survive. Raises TemplateProblem('layout')."""
    for found in _TAG.finditer(source):
        name = found.group(1)
        if name not in TAGS:
            raise TemplateProblem(
                "layout",
                f"there is no tag '{name}' in a layout",
                line=source.count("\n", 0, found.start()) + 1,
                mend=f"Tags: {', '.join(sorted(TAGS))}",
                did_you_mean=nearest(name, TAGS),
                params={"tag": name},
            )
    try:
        html = mrml.to_html(source, None, _SYSTEM_FONTS_ONLY).content
    except OSError as error:
        raise TemplateProblem("layout", str(error), mend="Close every tag, and quote every attribute") from error
    outside = _OUTSIDE.search(html)
    if outside:
        raise TemplateProblem(
            "layout",
            f"the letter would load something from outside ('{outside.group()}')",
            mend="Use system fonts, and styles written in the letter itself",
        )
    return html
