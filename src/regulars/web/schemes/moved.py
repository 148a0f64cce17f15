"""What a step that was moved in the file does to the roads, said to the owner: which of them lead elsewhere now.

Owns the sentence; which roads those are is core's `edit`.
"""

from django.utils.translation import gettext as _

from regulars.core import edit
from regulars.core.scheme import END
from regulars.web.scheme_names import read, title_of

__all__ = ["roads_said"]


def roads_said(before: str, after: str, language: str) -> str:
    """The roads that lead elsewhere in the text `after`, in one sentence; also that none does."""
    scheme = read(after)

    def title(step: str) -> str:
        return _("end") if step == END else title_of(scheme, step, language)

    said = []
    for step, was, now in edit.roads_led_otherwise(before, after):
        words = {"step": title(step), "was": title(was), "now": title(now)}
        if step:
            said.append(_("from “%(step)s” to “%(now)s” instead of “%(was)s”") % words)
        else:
            said.append(_("everybody enters at “%(now)s” instead of “%(was)s”") % words)
    if not said:
        return _("All roads lead where they led.")
    return _("Roads that lead elsewhere now: %(roads)s.") % {"roads": "; ".join(said)}
