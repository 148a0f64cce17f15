"""'Is everything all right?': the click in the letter opens this page with the answer chosen; it counts when sent.

Owns the form; what an answer moves is feedback's and the scheme's matter.
"""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.feedback import actions
from regulars.feedback.actions import AnswerRefused
from regulars.orders import queries as orders
from regulars.outbox.links import ANSWER
from regulars.public.link import Opened
from regulars.public.page import buyer_page, show

__all__ = ["survey"]

YES_NO = ("yes", "no")
LABELS = {"yes": gettext_lazy("Yes, I am happy"), "no": gettext_lazy("Not quite")}
HEADINGS = {"satisfied": gettext_lazy("Is everything all right?")}
HELP = {
    "use": gettext_lazy("Show me how to use it"),
    "exchange": gettext_lazy("Exchange it"),
    "refund": gettext_lazy("Give the money back"),
    "call": gettext_lazy("Call me"),
}


class Answer(forms.Form):
    """What the page sends; `good` and `bad` are free text of the two halves."""

    answer = forms.CharField(max_length=40)
    good = forms.CharField(max_length=4000, required=False)
    bad = forms.CharField(max_length=4000, required=False)
    help = forms.ChoiceField(choices=list(HELP.items()), required=False)


@buyer_page(ANSWER)
def survey(request: HttpRequest, opened: Opened) -> HttpResponse:
    """GET shows the question with the answer of the link chosen; POST takes the answer, once."""
    assert opened.question is not None
    if request.method == "POST":
        return _take(request, opened)
    if opened.question.answer is not None:
        return show(request, opened, "survey_done", {"is_new": False})
    return _ask(request, opened, request.GET.get("answer", ""))


def _words(opened: Opened) -> tuple[str, ...]:
    assert opened.question is not None
    return tuple(opened.question.answers) or YES_NO


def _ask(request: HttpRequest, opened: Opened, chosen: str, error: str = "", status: int = 200) -> HttpResponse:
    question = opened.question
    assert question is not None
    with db.transact() as cur:
        order = orders.by_id(cur, opened.shop.id, [question.order_id] if question.order_id else [])
    return show(
        request,
        opened,
        "survey",
        {
            "heading": HEADINGS.get(question.question, _("We have a question for you")),
            "order_number": order[question.order_id].number if question.order_id in order else "",
            "answers": [(word, LABELS.get(word, word), word == chosen) for word in _words(opened)],
            "asks_why": "no" in _words(opened),
            "help": HELP.items(),
            "error": error,
            "typed": request.POST,
        },
        status=status,
    )


def _take(request: HttpRequest, opened: Opened) -> HttpResponse:
    form = Answer(request.POST)
    word = str(form["answer"].value() or "")
    if word not in _words(opened):
        return _ask(request, opened, "", _("Choose one of the answers."), status=422)
    if not form.is_valid():
        return _ask(request, opened, word, _("That is too long: 4,000 characters at the most."), status=422)
    assert opened.question is not None
    try:
        with db.transact() as cur:
            result = actions.answer(
                cur, opened.shop.id, opened.question.id, word, _comment(opened, form), opened.actor, clock.now_from(cur)
            )
    except AnswerRefused:
        return show(request, opened, "survey_done", {"is_new": False})
    return show(request, opened, "survey_done", {"is_new": result == "recorded", "is_no": word == "no"})


def _comment(opened: Opened, form: Answer) -> str:
    """What staff will read: his wish in the shop's language, then his own words."""
    data = form.cleaned_data
    if data["answer"] != "no":
        return str(data["good"])
    with translation.override(opened.shop.language):
        wish = str(HELP[data["help"]]) if data["help"] else ""
    return "\n".join(part for part in (wish, data["bad"]) if part)
