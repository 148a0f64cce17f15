"""Random schemes and random lives, for properties that must hold for all of them.

A scheme is made as text, as an owner would write it, and only those that the compiler passes are used. A life is what the
buyer, the shop and the operators do, at odd seconds, so that no two things happen at one moment.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from hypothesis import strategies as st

_SEEDS = st.integers(0, 2**64 - 1)
"""What is drawn is drawn evenly, out of a seed: drawn one by one, alike things would come in heaps."""
LETTER = "by: [{by}], subject: {{en: S, ru: С}}, text: {{en: T, ru: Т}}"
WAITS = ("15m", "3h", "2d", "2h working", "1d working", "next morning", '"11:00 local"')
CONDITIONS = (
    "order.payment.status == 'paid'",
    "order.status in ['delivered', 'shipped']",
    "order.payment.method != 'cod'",
    "order.total exists and order.amount > 300000",
    "order.delivery.delivered_at exists",
    "event.kind == 'order.paid'",
)
OF_PERSON = (
    "'vip' in person.tags",
    "'vip' not in person.tags and 'seen' in person.tags",
    "person.fields.seen exists",
    "person.fields.n >= 2",
    "person.fields.day > 1d ago",
    "points.balance >= 100",
    "points.earned == 50 and points.expires_at exists",
    "points.expiring > 0",
    "code.percent == 10",
    "code.value exists and code.valid_until > now",
    "code.gives exists",
    "count('order.placed', 3d) >= 2",
    "happened('order.paid', 2d)",
    "happened('task.finished', 1d) or happened('answer.given')",
    "count('points.earned', 5d) >= 1",
    "count('person.tagged') >= 2",
    "first('order.paid') < 1d ago",
    "last('order.delivered') exists",
    "orders(10d) >= 2",
    "spent(30d) > 4990",
    "spent() >= 9980",
    "bought('sku', 'A', 2d)",
    "person.is_customer",
)
"""What is asked of a person beside his order: what the scheme itself may change, what he did, as of then."""
EVENTS = ("order.paid", "order.shipped", "order.delivered", "order.changed")
VERBS = (
    "send", "advertise", "wait", "wait", "wait_for", "days", "if", "if", "call", "call", "ask", "task", "deed", "deed",
    "deed", "deed", "split", "until", "hears",
)  # fmt: skip
DEEDS = (
    "tag: vip",
    "tag: {add: [seen, vip]}",
    "tag: {add: [seen], remove: [vip]}",
    "set: {seen: true, n: 2}",
    "set: {n: 1, day: 2026-03-05}",
    "set: {n: 3.5, last: event.kind}",
    "set: {day: event.occurred_at}",
    "points: {give: 100, valid: 3d}",
    "points: {give: 50}",
    "points: {give: 10, valid: 2h}",
    "code: {percent: 10, valid: 2d}",
    "code: {free_shipping: true}",
    "code: {amount: 500, currency: RUB, valid: 5d}",
    "enrol: OTHER",
    "webhook: {url: 'https://example.com/', body: {tags: person.tags}}",
)
HEARD = (
    "event: person.tagged", "event: person.tagged, where: event.tag == 'vip'", "event: person.untagged",
    "event: person.field_set", "event: points.earned", "event: code.issued",
    "event: order.placed, of: person", "event: order.paid, of: person",
)  # fmt: skip
"""What a scheme waits for that is no matter of its order: of what it does itself, too."""
STARTS = (
    "order.placed", "order.placed", "order.placed", "order.placed", "order.paid", "order.paid",
    "{event: order.paid, where: ASKED}",
)  # fmt: skip
ORDER_CLOCKS = (
    "{date: order.delivery.delivered_at, after: 1d}", '{date: order.placed_at, after: 2d, at: "10:00 local"}',
    "[order.paid, {date: order.payment.paid_at, after: 3h}]",
)  # fmt: skip
PERSON_CLOCKS = (
    "{date: person.birthday, before: 1d}", "{since: order.placed, for: 2d}", '{since: order.paid, for: 1d, at: "10:00 local"}',
    "{since: order.changed, for: 3h, where: ASKED}", "[order.placed, {date: person.customer_since, after: 1d}]",
)  # fmt: skip
"""Starts by the clock."""
DAYS = (
    "2026-03-05", "person.birthday", "person.fields.day", "person.customer_since", "order.delivery.delivered_at",
    "order.payment.paid_at", "order.placed_at",
)  # fmt: skip
BUDGETS = (
    "budget: {messages: 1, every: day}", "budget: {cost: 0.50 EUR, every: week}",
    "budget: {messages: 2, cost: 1 EUR, every: month}",
)  # fmt: skip
OTHER = """
scheme: OTHER
title: {en: Other, ru: Другая}
per: PER
starts: order.shipped
AGAIN
steps:
  rest: {wait: 2d 5h 7m}
"""
"""What random schemes enrol in: it begins by itself, too."""


@dataclass(frozen=True)
class Life:
    """Of one order: when it is paid, shipped, delivered, cancelled, dearer (minutes after placing; None: never); what the
    operators and the buyer say, and after how many minutes. `second`: when he orders again, which goes the same way;
    `decided`: when his split tests are; `held`: permille of the hold-out of the whole shop; `other`: the scheme OTHER."""

    paid: int | None
    shipped: int | None
    delivered: int | None
    cancelled: int | None
    dearer: int | None
    cod: bool
    words: tuple[int, ...]
    delays: tuple[int, ...]
    second: int | None = None
    decided: int | None = None
    held: int = 0
    other: str = ""


def lives() -> st.SearchStrategy[Life]:
    """Any life of a few weeks."""
    return _SEEDS.map(lambda seed: _life(Random(seed)))


def _life(draw: Random) -> Life:
    def minutes() -> int | None:
        return draw.choice([None, draw.randint(1, 60), draw.randint(60, 60 * 24 * 6), draw.randint(60, 60 * 24 * 6)])

    per, again = draw.choice(
        [("order", ""), ("person", ""), ("person", "again: always"), ("person", "again: after 1d")]
    )
    return Life(
        minutes(), minutes(), minutes(), draw.choice([None, None, None, minutes()]), minutes(), draw.random() < 0.5,
        tuple(draw.randint(0, 9) for _ in range(8)), tuple(draw.randint(1, 600) for _ in range(8)),
        draw.choice([None, draw.randint(1, 60 * 24 * 8)]), draw.choice([None, draw.randint(0, 60 * 24 * 8)]),
        draw.choice([0, 0, 500]), OTHER.replace("PER", per).replace("AGAIN", again),
    )  # fmt: skip


def schemes() -> st.SearchStrategy[str]:
    """Any scheme that `_scheme` makes."""
    return _SEEDS.map(lambda seed: _scheme(Random(seed)))


def _scheme(draw: Random) -> str:
    """The text of a scheme of four to ten steps, NAME its name; the compiler may still refuse it."""
    count = draw.randint(4, 10)
    names = [f"s{n}" for n in range(count)]
    per = draw.choice(["order", "order", "person"])
    starts = draw.choice([*STARTS, *(ORDER_CLOCKS if per == "order" else PERSON_CLOCKS)])
    starts = starts.replace("ASKED", f'"{draw.choice(OF_PERSON)}"')
    again = draw.choice(["", *(f"again: {rule}" for rule in ("always", "after 2d", "once a year", "never"))])
    stops = draw.choice(["", "stops: [order.cancelled]", "stops: [order.cancelled, order.refunded]"])
    hold_out = draw.choice(["0%", "50%"])
    steps = {name: _step(draw, n, names, per) for n, name in enumerate(names)}
    reached, edge = set(), {names[0]}
    while edge:
        reached |= edge
        edge = {to for name in edge for line in steps[name] for to in re.findall(r"\bs[0-9]+\b", line)} - reached
    lines = [
        "scheme: NAME",
        "title: {en: Any, ru: Любая}",
        f"per: {per}",
        f"starts: {starts}",
        stops,
        f"hold_out: {hold_out}",
        again if per == "person" else "",
    ]
    if any("advertising" in line for name in reached for line in steps[name]):
        lines.append(draw.choice(["", *BUDGETS, "priority: 7"]))
    lines.append("steps:")
    for name in names:
        if name in reached:
            lines += [f"  {name}:", *(f"    {line}" for line in steps[name])]
    return "\n".join(lines) + "\n"


def _step(draw: Random, n: int, names: list[str], per: str) -> list[str]:
    ahead = [*names[n + 1 : n + 2] * 8, *names[n + 1 :], "end"]
    to = lambda: draw.choice(ahead)  # noqa: E731 - a short name for what every line below asks
    verb = draw.choice(VERBS)
    wait = draw.choice(WAITS)
    event = draw.choice(EVENTS)
    letter = LETTER.format(by=draw.choice(["email", "sms, email", "sms"]))
    if verb in ("send", "advertise"):
        purpose = ", purpose: advertising" if verb == "advertise" else ""
        return [f"send: {{{letter}{purpose}}}", f"then: {to()}"]
    if verb == "wait":
        return [f"wait: {wait}", f"then: {to()}"]
    if verb == "days":
        at = draw.choice(["", ', at: "11:00 local"'])
        return [f"wait: {{days: {draw.randint(0, 5)}, after: {event}{at}, up_to: 4d}}", f"then: {to()}"]
    if verb == "wait_for":
        since = draw.choice(["", ", since: step"])
        return [f"wait_for: {{event: {event}, up_to: {wait}{since}}}", f"on_timeout: {to()}", f"then: {to()}"]
    if verb == "if":
        asked = draw.choice([*CONDITIONS, *OF_PERSON] if per == "order" else OF_PERSON)
        return [f'if: "{asked}"', f"yes: {to()}", f"no: {to()}"]
    if verb == "deed":
        return [draw.choice(DEEDS), f"then: {to()}"]
    if verb == "split":
        one = to()
        other = draw.choice([*names[n + 1 :], "end"])
        return [f"split: {{{one}: 50%, {other}: 50%}}"] if one != other else [f"wait: {wait}", f"then: {one}"]
    if verb == "until":
        day = draw.choice([d for d in DAYS if per == "order" or not d.startswith("order.")])
        moved = draw.choice(["", ", after: 1d", ", after: 2d", ", before: 1d", ", before: 3h"])
        at = draw.choice(["", ', at: "11:00 local"'])
        return [
            f"wait: {{until: {day}{moved}{at}}}", f"then: {to()}", *draw.choice([[], [f"on_timeout: {to()}"]]),
        ]  # fmt: skip
    if verb == "hears":
        heard = draw.choice(HEARD)
        since = draw.choice(["", ", since: step"])
        return [f"wait_for: {{{heard}, up_to: {wait}{since}}}", f"on_timeout: {to()}", f"then: {to()}"]
    if verb == "ask":
        letter = LETTER.format(by="email")  # whoever can't be asked doesn't answer
        back = draw.choice([names[n], "end"]) if n else "end"
        return [
            f"ask: {{question: q{n}, {letter}, up_to: 3d}}", f"answers: {{yes: {to()}, no: {back}}}",
            f"on_timeout: {to()}",
        ]  # fmt: skip
    if verb == "task":
        return ["task: {kind: case, within: 4h working, team: care}", f"then: {to()}"]
    tell = [f"tell: {{{letter}}}"] if draw.random() < 0.5 else []
    return [
        "call: {script: any, target: 15m working, within: 2h working, team: order-desk}", *tell, "outcomes:",
        f"  yes: {to()}", f"  nobody: {{again: [15m, {wait}], then: {to()}}}", "  later: {call_again: asked}",
    ]  # fmt: skip


def minutes(n: int | None, second: int) -> timedelta | None:
    """So many minutes and an odd second, or never."""
    return None if n is None else timedelta(minutes=n, seconds=second)
