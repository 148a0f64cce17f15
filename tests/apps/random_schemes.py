"""Random schemes and random lives, for properties that must hold for all of them.

A scheme is made as text, as an owner would write it, and only those that the compiler passes are used. A life is what the
buyer, the shop and the operators do, at odd seconds, so that no two things happen at one moment.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

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
EVENTS = ("order.paid", "order.shipped", "order.delivered", "order.changed")


@dataclass(frozen=True)
class Life:
    """Of one order: when it is paid, shipped, delivered, cancelled, dearer (minutes after placing; None: never); what the
    operators and the buyer say, and after how many minutes."""

    paid: int | None
    shipped: int | None
    delivered: int | None
    cancelled: int | None
    dearer: int | None
    cod: bool
    words: tuple[int, ...]
    delays: tuple[int, ...]


def lives() -> st.SearchStrategy[Life]:
    """Any life of a few weeks."""
    minutes = st.one_of(st.none(), st.integers(1, 60), st.integers(60, 60 * 24 * 6))
    return st.builds(
        Life,
        minutes, minutes, minutes, st.one_of(st.none(), st.none(), minutes), minutes, st.booleans(),
        st.lists(st.integers(0, 9), min_size=8, max_size=8).map(tuple),
        st.lists(st.integers(1, 600), min_size=8, max_size=8).map(tuple),
    )  # fmt: skip


@st.composite
def schemes(draw: st.DrawFn) -> str:
    """The text of a scheme of two to seven steps, NAME its name; the compiler may still refuse it."""
    count = draw(st.integers(2, 7))
    names = [f"s{n}" for n in range(count)]
    per = draw(st.sampled_from(["order", "order", "person"]))
    starts = draw(st.sampled_from(["order.placed", "order.placed", "order.paid"]))
    stops = draw(st.sampled_from(["", "stops: [order.cancelled]", "stops: [order.cancelled, order.refunded]"]))
    hold_out = draw(st.sampled_from(["0%", "50%"]))
    steps = {name: draw(_step(n, names)) for n, name in enumerate(names)}
    reached, edge = set(), {names[0]}
    while edge:
        reached |= edge
        edge = {to for name in edge for line in steps[name] for to in re.findall(r"\bs[0-9]\b", line)} - reached
    lines = [
        "scheme: NAME",
        "title: {en: Any, ru: Любая}",
        f"per: {per}",
        f"starts: {starts}",
        stops,
        f"hold_out: {hold_out}",
    ]
    lines.append("steps:")
    for name in names:
        if name in reached:
            lines += [f"  {name}:", *(f"    {line}" for line in steps[name])]
    return "\n".join(lines) + "\n"


@st.composite
def _step(draw: st.DrawFn, n: int, names: list[str]) -> list[str]:
    ahead = st.sampled_from([*names[n + 1 : n + 2] * 3, *names[n + 1 :], "end"])
    to = lambda: draw(ahead)  # noqa: E731 - a short name for what every line below asks
    verb = draw(
        st.sampled_from(["send", "advertise", "wait", "wait", "wait_for", "days", "if", "call", "call", "ask", "task"])
    )
    wait = draw(st.sampled_from(WAITS))
    event = draw(st.sampled_from(EVENTS))
    letter = LETTER.format(by=draw(st.sampled_from(["email", "sms, email", "sms"])))
    if verb in ("send", "advertise"):
        purpose = ", purpose: advertising" if verb == "advertise" else ""
        return [f"send: {{{letter}{purpose}}}", f"then: {to()}"]
    if verb == "wait":
        return [f"wait: {wait}", f"then: {to()}"]
    if verb == "days":
        at = draw(st.sampled_from(["", ', at: "11:00 local"']))
        return [f"wait: {{days: {draw(st.integers(0, 5))}, after: {event}{at}}}", f"then: {to()}"]
    if verb == "wait_for":
        since = draw(st.sampled_from(["", ", since: step"]))
        return [f"wait_for: {{event: {event}, up_to: {wait}{since}}}", f"on_timeout: {to()}", f"then: {to()}"]
    if verb == "if":
        return [f"if: {draw(st.sampled_from(CONDITIONS))}", f"yes: {to()}", f"no: {to()}"]
    if verb == "ask":
        letter = LETTER.format(by="email")  # whoever can't be asked doesn't answer
        back = draw(st.sampled_from([names[n], "end"])) if n else "end"
        return [
            f"ask: {{question: q{n}, {letter}, up_to: 3d}}", f"answers: {{yes: {to()}, no: {back}}}",
            f"on_timeout: {to()}",
        ]  # fmt: skip
    if verb == "task":
        return ["task: {kind: case, within: 4h working, team: care}", f"then: {to()}"]
    tell = [f"tell: {{{letter}}}"] if draw(st.booleans()) else []
    return [
        "call: {script: any, target: 15m working, within: 2h working, team: order-desk}", *tell, "outcomes:",
        f"  yes: {to()}", f"  nobody: {{again: [15m, {wait}], then: {to()}}}", "  later: {call_again: asked}",
    ]  # fmt: skip


def minutes(n: int | None, second: int) -> timedelta | None:
    """So many minutes and an odd second, or never."""
    return None if n is None else timedelta(minutes=n, seconds=second)
