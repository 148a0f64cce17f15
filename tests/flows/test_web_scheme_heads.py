"""What the head of a scheme says to its reader, in both languages: what begins it, who comes again."""

import pytest
from django.utils import translation

from regulars.core.read import read_scheme
from regulars.web.schemes import starting

TEXT = """
scheme: greeting
per: {per}
starts: {starts}
{more}
steps:
  hello: {{send: {{template: hello, purpose: advertising}}}}
"""


def said(language: str, starts: str, per: str = "person", more: str = "") -> tuple[str, str]:
    scheme = read_scheme(TEXT.format(per=per, starts=starts, more=more)).scheme
    assert scheme is not None
    with translation.override(language):
        words = "; ".join(starting.trigger(t, language) for t in scheme.starts)
        return words.replace("\u00a0", " "), starting.again(scheme).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("starts", "per", "english", "russian"),
    [
        (
            '{date: person.birthday, before: 7d, at: "10:00 local"}',
            "person",
            "7 days before the birthday, 10:00 at the buyer’s",
            "За 7 дней до дня рождения, в 10:00 у покупателя",
        ),
        ("{date: person.birthday}", "person", "On the birthday", "В день рождения"),
        ("{date: person.customer_since, every: year}", "person", "On the day of the first paid order, every year",
         "В день первого оплаченного заказа, каждый год"),
        ("{date: order.window.from, before: 2h}", "order", "2 h before the delivery window opens",
         "За 2 ч до начала окна доставки"),
        ("{since: order.placed, for: 90d}", "person", "90 days since the last time: an order was placed",
         "90 дней с последнего раза: оформлен заказ"),
        ("[{enters: big-spenders}, {leaves: sleepers}]", "person",
         "Comes into the segment “Big spenders”; Leaves the segment “Sleepers”",
         "Вход в сегмент «Big spenders»; Выход из сегмента «Sleepers»"),
    ],
)  # fmt: skip
def test_what_begins_it(starts: str, per: str, english: str, russian: str) -> None:
    assert said("en", starts, per)[0] == english
    assert said("ru", starts, per)[0] == russian


def test_who_comes_again() -> None:
    assert said("en", "{date: person.birthday}")[1] == "Once a year at most."
    assert said("ru", "lead.created", more="again: always")[1] == "Снова сразу после окончания."
    assert said("en", "lead.created", more="again: after 30d")[1] == "Again 30 days after the end of the last time."
    assert said("en", "lead.created")[1] == ""
