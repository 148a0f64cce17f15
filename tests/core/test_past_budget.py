"""A budget in a backtest: of all that would have gone, those stay that find room one after another."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.core.backtest_rows import MESSAGE, REFUSED, SENT, Row
from regulars.core.past_budget import Gathered
from regulars.core.scheme import Budget
from regulars.rules.budgets import period_begin
from regulars.rules.gate import ADVERTISING, SERVICE, Channel, GateFacts, GateMessage, judge

BEGINS = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRICES = {"sms": 35_000, "email": 2_500}
rows = st.lists(
    st.builds(
        lambda hours, person, channel: Row(
            BEGINS + timedelta(hours=hours), person, None, "s", MESSAGE, channel, SENT, "", ADVERTISING
        ),
        st.integers(0, 60), st.integers(1, 3), st.sampled_from(["sms", "email", "telegram"]),
    ),
    max_size=40, unique_by=lambda row: row[:2],
)  # fmt: skip
budgets = st.one_of(
    st.builds(Budget, st.none(), st.sampled_from(["day", "week"]), st.integers(1, 150_000), st.just("EUR")),
    st.builds(Budget, st.integers(1, 12), st.sampled_from(["day", "week"]), st.integers(1, 150_000), st.just("EUR")),
    st.builds(Budget, st.integers(1, 12), st.sampled_from(["day", "week"])),
)


def went(budget: Budget, row: Row, asked: object) -> bool:
    """Whether the gate lets it through, all else being well."""
    message = GateMessage(ADVERTISING, row.detail, row.at)
    facts = GateFacts(Channel(contact=True, consent=True), "UTC", quiet=(BEGINS.time(), BEGINS.time()), budget=asked)  # type: ignore[arg-type]
    return judge(message, facts, row.at).action == "send"


def one_after_another(budget: Budget, found: list[Row]) -> list[bool]:
    """What the sender does: judged, and counted when it goes."""
    used: dict[object, tuple[int, int]] = {}
    out = []
    for row in found:
        period = period_begin(budget.every, row.at, "UTC")
        messages, cost = used.get(period, (0, 0))
        price = PRICES.get(row.detail, 0)
        goes = (budget.messages is None or messages < budget.messages) and (
            budget.cost is None or cost + price <= budget.cost
        )
        if goes:
            used[period] = (messages + 1, cost + price)
        out.append(goes)
    return out


@given(rows, budgets)
def test_those_stay_that_find_room_one_after_another(found: list[Row], budget: Budget) -> None:
    gathered = Gathered(budget, "UTC", PRICES)
    for row in found:  # one person after another, in any order
        gathered.take([row])
    past = gathered.result()
    found = sorted(found)
    asked = [past.at(row.at, row.person_id, row.order_id, row.detail) for row in found]
    assert [went(budget, r, a) for r, a in zip(found, asked, strict=True)] == one_after_another(budget, found)


def test_only_advertising_that_went_is_counted() -> None:
    gathered = Gathered(Budget(None, "day", 40_000, "EUR"), "UTC", PRICES)
    sent = Row(BEGINS, 1, None, "s", MESSAGE, "sms", SENT, "", ADVERTISING)
    gathered.take([sent._replace(purpose=SERVICE), sent._replace(fate=REFUSED), sent._replace(what="call")])
    later = gathered.result().at(BEGINS + timedelta(hours=1), 2, None, "sms")
    assert later.cost is not None and (later.cost.used, later.cost.price) == (0, 35_000)
