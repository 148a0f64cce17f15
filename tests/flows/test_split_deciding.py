"""Who decides a split test: the figures by the scheme's word, a person on its card, and a person who takes it back."""

import re

import pytest
from django.test import Client

from regulars.journeys import winners
from regulars.reports import tasks, uplift
from tests.apps.uplift_shop import TEXT, Past, fill
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

pytestmark = [pytest.mark.db, pytest.mark.slow]

AUTO = """\
scheme: {name}
title: {{en: Test it, ru: Проверим}}
per: person
starts: person.became_customer
steps:
  which: {{split: {{{ways}}}, winner: {winner}}}
  soon: {{wait: 1d, then: end}}
  late: {{wait: 5d, then: end}}
  never: {{wait: 9d, then: end}}
"""
TWO = {"soon": 500, "late": 500}
THREE = {"soon": 300, "late": 300, "never": 400}
CARD = "/schemes/of/test-it/effect/"


def publish(web: WebShop, ways: dict[str, int], winner: str = "auto", name: str = "test-it") -> None:
    text = ", ".join(f"{way}: {share / 10:g}%" for way, share in ways.items())
    unused = "" if "never" in ways else "  never: {{wait: 9d, then: end}}\n"
    web.world.publish(AUTO.replace(unused, "").format(name=name, ways=text, winner=winner))


def came(
    web: WebShop,
    ways: dict[str, int],
    name: str = "test-it",
    people: dict[str, int] | None = None,
    **ordered: tuple[int, int],
) -> None:
    """Of 3,000 people of this draw (or of so many `people` of each way) so many ordered, so many times in all."""
    with web.world.writing() as cur:
        for way, (again, orders) in ordered.items():
            n = ways[way] * 3 if people is None else people[way]
            cur.execute(
                "insert into reports_uplift_day"
                " (shop_id, scheme_id, part, day, share, days, arm, entered, n, again, orders, orders2)"
                " select %s, id, 'which', '2026-02-20', %s, 90, %s, %s, %s, %s, %s, %s from journeys_scheme where name = %s",
                (web.shop_id, uplift.split_code(ways), way, n, n, again, orders, orders * orders // again, name),
            )


def next_day(web: WebShop) -> None:
    web.world.later(days=1)
    assert tasks.roll_up_of(web.shop_id)


def standing(web: WebShop) -> list[tuple[str, str]]:
    return web.world.rows("select target, decided_by from journeys_winner order by scheme_id")


def post(client: Client, deed: str, **fields: str) -> str:
    answer = client.post(CARD + deed, {"step": "which", **fields}, follow=True)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def read(client: Client, query: str = "") -> str:
    answer = client.get(CARD + query)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_what_a_person_took_back_the_figures_decide_only_when_they_are_let(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO)
    came(web, TWO, soon=(300, 300), late=(100, 100))
    assert "from the next day’s count on everybody new goes that way" in read(owner)
    next_day(web)
    assert standing(web) == [("soon", "system")]
    page = read(owner)
    assert "decided for “Soon” the figures say “Soon”" in page
    assert re.search(r"Decided for “Soon” since .*?, by the figures, as the scheme says", page)
    assert "The lot decides again, and the figures don’t until you let them." in post(owner, "back")
    for _ in range(2):
        next_day(web)
        assert standing(web) == []
    page = read(owner)
    assert re.search(r"“Soon” was taken back on .* by .*: the lot decides. The figures don’t", page)
    assert "Let the figures decide again" in page and "decided for “Soon” the figures" not in page
    assert "The figures decide again, from the next day’s count on." in post(owner, "figures")
    assert "Nothing stood in the figures’ way." in post(owner, "figures")
    next_day(web)
    assert standing(web) == [("soon", "system")]


def test_a_persons_own_decision_taken_back_is_not_made_by_the_figures(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO)
    came(web, TWO, soon=(300, 300), late=(100, 100))
    assert "The figures say otherwise. Tick" in post(owner, "decide", way="late")
    assert standing(web) == []
    page = post(owner, "decide", way="late", sure="on")
    assert "decided for “Late” the figures say “Soon”" in page and "The figures say otherwise: “Soon”." in page
    next_day(web)
    assert [target for target, _ in standing(web)] == ["late"], "the figures don't overrule a person"
    post(owner, "back")
    next_day(web)
    assert standing(web) == []
    assert "Let the figures decide again" in read(owner)
    # a person's word ends it, whichever way: what he decides stands
    post(owner, "decide", way="soon")
    assert web.world.rows("select 1 from journeys_taken_back") == []


def test_where_a_person_is_asked_nothing_holds_the_figures_and_the_owner_may_hand_over_later(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO, "ask")
    came(web, TWO, soon=(300, 300), late=(100, 100))
    next_day(web)
    assert standing(web) == []
    post(owner, "decide", way="soon")
    assert "The lot decides again: people are shared out" in post(owner, "back")
    assert "Let the figures decide again" not in read(owner)
    publish(web, TWO, "auto")
    next_day(web)
    assert standing(web) == [("soon", "system")]


def test_other_ways_are_another_test_and_one_that_is_gone_stands_in_no_way(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, THREE)
    came(web, THREE, soon=(300, 300), late=(100, 100), never=(700, 700))
    next_day(web)
    assert standing(web) == [("never", "system")]
    post(owner, "back")
    publish(web, {"soon": 400, "late": 300, "never": 300})
    next_day(web)
    assert standing(web) == [], "other shares are no other test"
    post(owner, "decide", way="never")
    publish(web, TWO)
    page = read(owner)
    assert "the version that runs has no such way: the lot decides." in page
    assert "the figures say “Soon”" in page and "decided for “Never” the figures" not in page
    next_day(web)
    assert standing(web) == [("soon", "system")]


def test_what_is_taken_back_counts_for_the_ways_it_was_among(web: WebShop) -> None:
    publish(web, THREE)
    came(web, THREE, soon=(700, 700), late=(100, 100), never=(300, 300))
    next_day(web)
    post(web.clients["owner"], "back")
    next_day(web)
    assert standing(web) == []
    publish(web, TWO)
    next_day(web)
    assert standing(web) == [("soon", "system")]


def test_one_scheme_that_cannot_be_judged_hinders_no_other(web: WebShop) -> None:
    for name in ("first", "second", "third"):
        publish(web, TWO, name=name)
        came(web, TWO, name, soon=(300, 300), late=(100, 100))
    with web.world.writing() as cur:
        cur.execute(
            "insert into journeys_taken_back (shop_id, scheme_id, step, target, ways, taken_at, taken_by)"
            " select shop_id, id, 'which', 'soon', '5', now(), 'system' from journeys_scheme where name = 'second'"
        )
    next_day(web)
    assert web.world.rows("select s.name from journeys_winner w join journeys_scheme s on s.id = w.scheme_id order by 1") == [
        ("first",), ("third",)]  # fmt: skip


def test_the_measure_on_the_card_is_the_one_that_judges(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO, "ask")
    came(web, TWO, soon=(200, 700), late=(200, 200))
    assert "Judged by who ordered." in read(owner)
    page = read(owner, "?metric=orders&least=10")
    assert "the figures say “Soon”" in page and "Judged by orders a person." in page
    assert "The figures don’t say so yet. Tick" in post(owner, "decide", way="soon")
    fields = {"step": "which", "way": "soon", "metric": "orders", "least": "10"}
    answer = owner.post(CARD + "decide", fields)
    assert answer.headers["Location"] == f"{CARD}?metric=orders&least=10#split-which"
    assert [target for target, _ in standing(web)] == ["soon"]
    for deed in ("back", "figures"):
        answer = owner.post(CARD + deed, {"step": "which", "metric": "revenue", "least": "x"})
        assert answer.headers["Location"] == f"{CARD}?metric=revenue#split-which"


def test_the_figures_go_by_who_ordered_whatever_is_shown(web: WebShop) -> None:
    publish(web, TWO)
    came(web, TWO, soon=(200, 700), late=(200, 200))
    page = read(web.clients["owner"], "?metric=orders")
    assert "the figures say “Soon”" in page
    assert "once they are sure by who ordered" in page and "from the next day’s count" not in page
    next_day(web)
    assert standing(web) == []


def test_shares_that_are_off_are_called_so(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, {"soon": 200, "late": 800}, "ask")
    came(web, {"soon": 200, "late": 800}, people={"soon": 1000, "late": 1000}, soon=(300, 300), late=(100, 100))
    page = read(owner)
    assert "not to be trusted" in page and "The shares are off: I decide all the same." in page
    assert "The figures don’t say so yet" not in page
    assert "The shares are off, so the figures say nothing." in post(owner, "decide", way="soon")
    page = post(owner, "decide", way="soon", sure="on")
    assert re.search(r"decided for “Soon”; though the shares were off, by who ordered", page)


def test_a_scheme_that_takes_nobody_has_nothing_to_decide(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO, "ask")
    with web.world.writing() as cur:
        cur.execute("update journeys_scheme set live_version_id = null where name = 'test-it'")
    page = read(owner)
    assert "The scheme takes no newcomers, so there is nothing to decide." in page and "Decide it now" not in page
    assert "there is nobody to send one way" in post(owner, "decide", way="soon", sure="on")


def test_the_history_says_who_decided_and_how_the_figures_stood(web: WebShop) -> None:
    owner = web.clients["owner"]
    publish(web, TWO)
    came(web, TWO, soon=(300, 300), late=(100, 100))
    next_day(web)
    post(owner, "decide", way="late", sure="on", metric="orders")
    post(owner, "back")
    post(owner, "figures")
    page = read(owner)
    history = page[page.index("What was decided so far") :]
    lines = (
        r"left it to the figures again.*took “Late” back.*decided for “Late”; against the figures, by orders a person ;"
        r" “Soon” stood before.*the figures : decided for “Soon”"
    )
    assert re.search(lines, history), history
    kept = web.world.rows("select detail from base_audit where action = 'split.decided' order by id")
    assert [(d["target"], d["figures"], d["previous"], d["metric"]) for (d,) in kept] == [
        ("soon", "with", None, "again"), ("late", "against", "soon", "orders")]  # fmt: skip
    owner.post("/language", {"language": "ru", "next": "/"})
    page = read(owner)
    assert "решено: «Late»; вопреки цифрам, по числу заказов на человека ; до этого было решено: «Soon»" in page


def test_near_an_alarm_stand_the_pause_and_the_people(web: WebShop) -> None:
    owner = web.clients["owner"]
    uneven = Past("uneven", "Uneven", "Неравные", 2000, 0.4, 0.2, 0.2, 60)
    harm = Past("harm", "Harm", "Вред", 4000, 0.5, 0.2, 0.35, 90)
    with web.world.writing() as cur:
        cur.execute("select currency from shop_shop where id = %s", (web.shop_id,))
        ((currency,),) = cur.fetchall()
    for past, share in ((uneven, 20), (harm, 50)):
        web.world.publish(TEXT.format(name=past.name, en=past.en, ru=past.ru, share=share))
        with web.world.writing() as cur:
            fill(cur, web.shop_id, past, web.world.now, currency)
    assert tasks.roll_up_of(web.shop_id)
    page = owner.get("/schemes/of/harm/effect/?metric=orders&least=10").content.decode()
    assert "works against you" in page
    assert "/schemes/of/harm/pause" in page and "/schemes/of/harm/effect/who/?what=n&amp;arm=given" in page
    fields = {"from": "effect", "metric": "orders", "least": "10", "newcomers": "wait"}
    back = "/schemes/of/harm/effect/?metric=orders&least=10"
    assert owner.post("/schemes/of/harm/pause", fields).headers["Location"] == back
    page = owner.get(back).content.decode()
    assert "/schemes/of/harm/resume" in page and "/schemes/of/harm/pause" not in page
    assert owner.post("/schemes/of/harm/resume", fields).headers["Location"] == back
    page = owner.get("/schemes/of/uneven/effect/").content.decode()
    held = "/schemes/of/uneven/effect/who/?what=entered&amp;arm=held"
    assert held in page and "/schemes/of/uneven/pause" in page
    assert "Who was drawn" in owner.get(held.replace("&amp;", "&")).content.decode()
    assert "/pause" not in owner.get("/schemes/of/after-order/effect/").content.decode()


def test_figures_that_come_second_do_not_overrule_a_person(web: WebShop) -> None:
    """The judging began before he decided: what counts is what stands when they write."""
    owner = web.clients["owner"]
    publish(web, TWO)

    def settled(way: str = "soon") -> bool:
        with web.world.writing() as cur:
            return winners.settle(cur, web.shop_id, "test-it", "which", way, web.world.now, "again")

    post(owner, "decide", way="late", sure="on")
    assert not settled()
    post(owner, "back")
    assert not settled()
    assert standing(web) == []
    post(owner, "figures")
    with pytest.raises(winners.NoSuchWay):
        settled("never")
    assert settled()
    assert standing(web) == [("soon", "system")]
