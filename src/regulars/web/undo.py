"""A toast that tells of a done deed and offers to undo it.

Owns the form in it: undoing is a POST like any other deed.
"""

from django.contrib import messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.translation import gettext as _

__all__ = ["offer"]


def offer(request: HttpRequest, text: str, path: str) -> None:
    """Say what was done; the button posts to `path`."""
    form = format_html(
        '{} <form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        "<button>{}</button></form>",
        text,
        path,
        get_token(request),
        _("Undo"),
    )
    messages.success(request, form, extra_tags="undo")
