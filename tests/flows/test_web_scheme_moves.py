"""Changing a live scheme on screen: who stands where, the choice for each step, the list, the move, the way back."""

import re
from html import unescape
from typing import Any

from regulars.journeys import moving
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

PATH = "/schemes/of/after-order/"
RENAMED = SCHEME.replace("  confirm:", "  ask:")
WIDER = SCHEME.replace("refused: end", "refused: end\n      later: end")


def _post(web: WebShop, do: str, text: str = WIDER, **more: str) -> Any:
    form = {"text": text, "name": "after-order", "base": "1", "do": do, **more}
    return web.clients["owner"].post("/schemes/publish", form)


def _page(web: WebShop, path: str = PATH) -> str:
    found = web.clients["owner"].get(path)
    assert found.status_code == 200, (path, found.status_code)
    return unescape(str(found.content.decode()))


def _work(web: WebShop) -> None:
    while moving.work_once(web.world.raw):
        pass
    web.world.conduct()


def _stand(web: WebShop) -> list[tuple[int, str, int]]:
    return web.world.rows(
        "select v.n, e.step, count(*) from journeys_enrolment e join journeys_version v on v.id = e.version_id"
        " where e.status = 1 group by 1, 2 order by 1, 2"
    )


def test_a_live_scheme_is_changed_its_people_moved_and_moved_back(web: WebShop) -> None:
    for _n in range(3):
        web.buy()
    shown = _post(web, "preview")
    text = unescape(shown.content.decode())
    assert "3 are on the way in versions that were published before" in text
    assert 'name="rule.1.confirm"' in text and '"to.confirm" selected' in text
    assert re.search(r'value="finish" checked', text), "by itself nobody is moved"

    listed = _post(web, "people", inside="move", **{"rule.1.confirm": "to.confirm"})
    assert listed.status_code == 302 and listed["Location"] == PATH + "moving/"
    text = _page(web, PATH + "moving/")
    assert text.count("r-row-link") == 3 and "moves along, keeping the place at “Confirm”" in text
    assert web.world.one("select count(*) from journeys_move") == 0, "a look moves nobody"
    file = web.clients["owner"].get(PATH + "moving/?file=csv").content.decode("utf-8-sig").splitlines()
    assert len(file) == 4 and file[1].endswith('"moves along, keeping the place at “Confirm”"')
    assert 'value="move" id="inside-move" checked' in _page(web, PATH + "?view=changes"), "what was chosen is kept"

    assert _post(web, "publish", inside="move", **{"rule.1.confirm": "to.confirm"}).status_code == 302
    assert "People are being moved to version 2: 0 of 3" in _page(web)
    _work(web)
    assert _stand(web) == [(2, "confirm", 3)]
    assert web.world.one("select count(*) from desk_task where state = 'open'") == 3, "nobody is called twice"
    text = _page(web)
    assert "Moved to version 2: 3" in text and "Back to version 1…" in text

    back = web.clients["owner"].post(PATH + "take", {"n": "1", "back": "1"})
    assert back.status_code == 302
    text = _page(web, PATH + "?view=changes")
    assert 'id="inside-move" checked' in text and 'name="rule.2.confirm"' in text
    assert "An open task may still end with: later" in text
    form = {"text": SCHEME, "name": "after-order", "base": "2", "do": "publish", "inside": "move"}
    assert web.clients["owner"].post("/schemes/publish", form).status_code == 302
    _work(web)
    assert _stand(web) == [(3, "confirm", 3)]
    assert web.world.one("select count(*) from desk_task where state = 'open'") == 3
    person = web.world.one("select person_id from journeys_enrolment limit 1")
    assert web.world.one("select count(*) from outbox_message where part = 'tell'") == 3, "nobody is told twice"
    told = web.world.rows("select reasons->0->'params'->>'to' from journeys_decision where person_id = %s and happening ="
                          " 'moved' order by id", person)  # fmt: skip
    assert told == [("2",), ("3",)]


def test_finishing_stays_the_rule_where_nothing_is_chosen_and_a_bad_choice_is_said(web: WebShop) -> None:
    web.buy()
    wrong = _post(web, "publish", inside="move", **{"rule.1.confirm": "to.nowhere"})
    assert wrong.status_code == 422 and "look at it once more" in wrong.content.decode()
    assert web.world.one("select max(n) from journeys_version") == 1, "nothing goes live by halves"
    assert _post(web, "publish", text=RENAMED).status_code == 302
    assert web.world.one("select count(*) from journeys_move") == 0
    _work(web)
    assert _stand(web) == [(1, "confirm", 1)]


def test_a_move_is_stopped_where_it_is(web: WebShop) -> None:
    web.buy()
    _post(web, "publish", inside="move", **{"rule.1.confirm": "leave"})
    move = web.world.one("select id from journeys_move")
    assert web.clients["owner"].post(PATH + "moving/stop", {"move": str(move)}).status_code == 302
    _work(web)
    assert _stand(web) == [(1, "confirm", 1)] and "was stopped: 0 of 1 are done" in _page(web)


def test_the_numbers_come_anew_only_when_they_are_others(web: WebShop) -> None:
    client = web.clients["operator"]
    first = client.get(PATH + "live?v=").json()
    assert set(first) == {"map", "head", "state", "v"} and "g-map" in first["map"]
    assert client.get(PATH + f"live?v={first['v']}").status_code == 204
    web.buy()
    second = client.get(PATH + f"live?v={first['v']}").json()
    assert second["v"] != first["v"] and "<b>1</b>" in second["head"]


def test_those_who_wait_are_moved_by_hand_put_back_and_taken_out(web: WebShop) -> None:
    web.buy()
    web.buy()
    who = PATH + "who/?what=waiting&step=confirm&n=1"
    lead = web.clients["supervisor"]
    assert 'name="who"' in _page(web, who) and 'name="who"' not in web.clients["operator"].get(who).content.decode()
    first, second = (str(r[0]) for r in web.world.rows("select id from journeys_enrolment order by id"))
    form = {"step": "confirm", "n": "1"}
    told = lead.post(PATH + "deed", {**form, "who": [first], "do": "move", "to": "thanks"}, follow=True)
    assert "1 is moved." in told.content.decode()
    # its task was put down, so it stays moved; what only waited could be put back
    assert "Too late" in lead.post(PATH + f"back?who={first}", follow=True).content.decode()
    told = lead.post(PATH + "deed", {**form, "who": [second], "do": "leave", "reason": "asked_not_to"}, follow=True)
    assert "1 is out of the scheme." in told.content.decode()
    for wrong in ({"do": "move", "to": "nowhere"}, {"do": "eat"}, {"do": "leave", "reason": "no"}):
        assert lead.post(PATH + "deed", {**form, "who": [first], **wrong}).status_code == 302
    assert web.clients["operator"].post(PATH + "deed", {**form, "who": [first], "do": "release"}).status_code == 403
    web.world.later(seconds=11)
    web.world.conduct()
    assert web.world.rows("select step, end_reason from journeys_enrolment order by id") == [
        ("thanks", "finished"), ("confirm", "asked_not_to"),
    ]  # fmt: skip


def test_a_scheme_is_paused_and_goes_on_by_one_switch(web: WebShop) -> None:
    web.buy()
    lead = web.clients["supervisor"]
    assert "Pause…" in _page(web)
    text = lead.post(PATH + "pause", {"newcomers": "refuse"}, follow=True).content.decode()
    assert "Paused since" in text and "1 stands still" in text and "Newcomers don’t enter" in text
    assert "was paused already" in lead.post(PATH + "pause", follow=True).content.decode()
    text = lead.post(PATH + "resume", follow=True).content.decode()
    assert "Paused since" not in text and "The scheme goes on." in text
    assert web.world.rows("select action from base_audit where action like 'scheme.%%' and actor_kind = 'staff'") == [
        ("scheme.paused",), ("scheme.resumed",),
    ]  # fmt: skip


def test_all_who_wait_are_told_of_first_then_moved_in_slices_and_put_back(web: WebShop) -> None:
    waits = SCHEME.replace("confirmed: thanks", "confirmed: pause").replace(
        "  thanks:", "  pause: {wait: 5d}\n  thanks:"
    )
    web.world.publish(waits)
    for _n in range(3):
        web.buy()
    lead, form = web.clients["supervisor"], {"step": "confirm", "n": "2"}
    who = PATH + "who/?what=waiting&step=confirm&n=2"
    assert "All who wait here: 3" in _page(web, who)
    asked = lead.post(PATH + "deed", {**form, "whom": "all", "do": "move", "to": "pause", "reason": "asked_not_to"})
    text = unescape(lead.get(asked["Location"]).content.decode())
    assert "3 people who wait at “Confirm” are moved to “Pause”." in text and "Nothing has happened yet." in text
    assert "Their open tasks of this step are closed." in text and "It can’t be taken back." in text
    assert "The reason" not in text and web.world.one("select count(*) from journeys_move") == 0
    assert lead.post(PATH + "all/", {**form, "do": "move", "to": "pause"})["Location"] == PATH
    assert "All at “Confirm” are moved to “Pause”: 0 of 3" in _page(web)
    again = lead.post(PATH + "all/", {**form, "do": "leave", "reason": "by_mistake"}, follow=True).content.decode()
    assert "going on already" in again and web.world.one("select count(*) from journeys_move") == 1
    _work(web)
    assert _stand(web) == [(2, "pause", 3)] and "All at “Confirm” are moved to “Pause”: 3" in _page(web)
    web.world.later(seconds=61)
    web.world.conduct()

    # who waits can be let go on, and put back for a minute
    form = {"step": "pause", "n": "2", "do": "release"}
    text = unescape(lead.get(PATH + "all/", form).content.decode())
    assert "go on, as if the time had run out." in text and "Then comes “Thanks”: each gets this message" in text
    lead.post(PATH + "all/", form)
    _work(web)
    assert _stand(web) == [(2, "thanks", 3)]
    move = {"move": str(web.world.one("select max(id) from journeys_move"))}
    assert "Put all back" in unescape(lead.get(PATH).content.decode())
    assert "Put all back" not in unescape(web.clients["operator"].get(PATH).content.decode())
    lead.post(PATH + "all/back", move)
    _work(web)
    assert _stand(web) == [(2, "pause", 3)] and "All are put back to “Pause”: 3" in _page(web)
    assert "Too late" in lead.post(PATH + "all/back", move, follow=True).content.decode(), (
        "it is not the newest any more"
    )

    # stopped before it began, it has met nobody
    lead.post(PATH + "all/", form)
    stopped = lead.post(
        PATH + "all/stop", {"move": str(web.world.one("select max(id) from journeys_move"))}, follow=True
    )
    assert "stopped, 0 of 3 are done" in unescape(stopped.content.decode())
    _work(web)
    assert _stand(web) == [(2, "pause", 3)]
    assert web.world.rows("select action, detail->>'people' from base_audit where action like 'scheme.all%%' order by id"
                          ) == [("scheme.all_at_step", "3"), ("scheme.all_at_step", "3"), ("scheme.all_put_back", "3"),
                                ("scheme.all_at_step", "3")]  # fmt: skip
    assert web.world.one("select count(*) from outbox_message where step = 'thanks'") == 0


def test_what_cannot_be_done_with_all_is_said_and_nobody_else_may(web: WebShop) -> None:
    web.buy()
    lead = web.clients["supervisor"]
    for wrong in ({"do": "release"}, {"do": "eat"}, {"do": "move", "to": "confirm"}, {"do": "leave", "reason": "no"},
                  {"do": "leave", "reason": "by_mistake", "step": "nowhere"}):  # fmt: skip
        shown = lead.get(PATH + "all/", {"step": "confirm", "n": "1", **wrong}, follow=True).content.decode()
        assert "Say what is to be done" in shown
        assert lead.post(PATH + "all/", {"step": "confirm", "n": "1", **wrong}).status_code == 302
    assert lead.get(PATH + "all/", {"step": "confirm", "n": "7", "do": "leave"}).status_code == 404
    for path in ("all/", "all/stop", "all/back"):
        form = {"step": "confirm", "n": "1", "do": "leave", "reason": "by_mistake", "move": "1"}
        assert web.clients["operator"].post(PATH + path, form).status_code == 403
    assert web.world.one("select count(*) from journeys_move") == 0
    nobody = lead.get(PATH + "all/", {"step": "thanks", "n": "1", "do": "move", "to": "confirm"}).content.decode()
    assert "Nobody is here right now." in nobody and 'value="move"' not in nobody
