"""Each telephony vendor's calls, shuffled, repeated and with holes, through the real reading and taking: the same end."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import regulars.feeds
from regulars.base.actor import SYSTEM
from regulars.desk import phoned
from regulars.intake import actions, normaliser
from regulars.intake.group_commit import NewDelivery, insert
from tests.apps.world import World
from tests.feeds.senders import SENDERS, documented

regulars.feeds.register_all()
VENDORS = ("mango", "uis", "zadarma", "twilio")
STORIES = ("answered", "missed", "transferred")
BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHUFFLES = 200
NAMES = {"mango": "MTIzNDU=", "uis": "1893265401", "zadarma": "in_5d3e0001", "twilio": "CA0001"}
SETTINGS = {"uis": {"time_zone": "Europe/Moscow"}, "zadarma": {"time_zone": "Europe/Moscow"}}
EXPECTED = {
    "answered": ("ended", "101"),
    "missed": ("missed", "102"),
    "transferred": ("ended", "102"),
}
TWILIO = {"101": "+79160000101", "102": "+79160000102"}


def bodies(kind: str, story: str, n: int) -> list[bytes]:
    """The story's deliveries for the n-th caller: with a call and a number of his own."""
    found = []
    for said in documented(kind, story):
        text = said if isinstance(said, str) else json.dumps(said)
        name = NAMES[kind] if kind != "uis" else "1893265401"
        fresh = str(2_000_000_000 + n) if kind == "uis" else f"{name}{n}"
        text = text.replace(name, fresh).replace("79161234567", f"7916{n:07}")
        found.append(SENDERS[kind].pack(SENDERS[kind].secret, text.encode(), BEGAN))
    return found


class Phone:
    """A shop with the vendor's feed."""

    def __init__(self, world: World, kind: str) -> None:
        self.world, self.kind = world, kind
        with world.writing() as cur:
            actions.open_feed(
                cur, world.shop_id, kind, SYSTEM, source=kind, secrets=["x"], settings=SETTINGS.get(kind, {})
            )
        self.feed_id = world.one("select id from intake_feed")

    def deliver(self, sent: list[bytes]) -> None:
        rows = [
            NewDelivery(self.world.shop_id, self.kind, "vendor", body, "feed:1", feed_id=self.feed_id) for body in sent
        ]
        with self.world.writing() as cur:
            insert(cur, rows)

    def take_in(self, chance: random.Random) -> None:
        while normaliser.run_once(self.world.raw, limit=chance.choice((3, 20, 150))):
            pass

    def silence(self) -> None:
        """Nothing more comes, and the watch has seen that."""
        self.world.later(hours=7)
        while phoned.watch_once(self.world.raw):
            pass

    def ends(self, *names: str) -> list[tuple[Any, ...]]:
        """How each call ended, in the order of callers: these fields, who it was, its tasks, its events."""
        shown = "".join(f"c.{name}, " for name in names)
        return self.world.rows(
            f"select {shown} c.number = p.value, c.certainty,"
            " (select array_agg(t.state order by t.id) from desk_task t where t.person_id = c.person_id),"
            " (select array_agg(e.kind order by e.kind) from events_event e where e.data->>'call_id' = c.id::text"
            "  and e.person_id = c.person_id and e.kind <> 'call.recorded')"
            " from talks_call c left join people_contact_point p on p.person_id = c.person_id and p.kind = 'phone'"
            " order by c.number"
        )


@pytest.fixture
def chance() -> random.Random:
    return random.Random(1812)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("kind", VENDORS)
def test_two_hundred_orders_with_repeats_end_the_same(
    world: World, chance: random.Random, kind: str, story: str
) -> None:
    phone = Phone(world, kind)
    everything: list[tuple[float, bytes]] = []
    for n in range(SHUFFLES):
        mine = bodies(kind, story, n)
        mine += chance.choices(mine, k=chance.randrange(4))
        chance.shuffle(mine)
        # callers' deliveries mingle, and each one's stay in the order that was drawn for him
        places = sorted(chance.random() for _ in mine)
        everything += zip(places, mine, strict=True)
    phone.deliver([body for _, body in sorted(everything, key=lambda one: one[0])])
    world.at(BEGAN + timedelta(seconds=200))
    phone.take_in(chance)
    assert world.rows("select code, detail from intake_quarantine") == []
    names = ["state", "direction", "extension", "line", "recordings", "started_at"]
    names += [] if kind == "zadarma" else ["answered_at", "ended_at", "ring_seconds", "talk_seconds"]
    ends = phone.ends(*names)
    assert len(ends) == SHUFFLES
    # Mango's and UIS's recordings are named by the call, so each caller has his own
    same = {tuple(str(value).replace(str(recordings), "") for value in end) for end in ends for recordings in [end[4]]}
    assert len(same) == 1, "\n".join(map(str, same))
    state, extension = EXPECTED[story]
    extension = TWILIO[extension if story != "missed" else "101"] if kind == "twilio" else extension
    assert (ends[0][0], ends[0][1], ends[0][2], ends[0][3]) == (state, "in", extension, "+74951112233")
    assert len(ends[0][4]) == (0 if story == "missed" else 1)
    tasks, events = ends[0][-2:]
    assert tasks == (["open"] if story == "missed" else None)
    assert events == (
        ["call.incoming", "call.missed"] if story == "missed" else ["call.answered", "call.ended", "call.incoming"]
    )
    if kind != "zadarma":
        rang = {"answered": 12, "missed": 31, "transferred": 8}[story]
        # a call's first request to Twilio's customer has no time of its own: the first leg's is the first that is known
        assert ends[0][8] == (rang - {"transferred": 2}.get(story, 1) if kind == "twilio" else rang)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("kind", VENDORS)
def test_whichever_single_event_is_lost_the_end_is_the_same(
    world: World, chance: random.Random, kind: str, story: str
) -> None:
    phone = Phone(world, kind)
    whole = bodies(kind, story, 0)
    sent = list(whole)
    for lost in range(len(whole)):
        mine = bodies(kind, story, lost + 1)
        del mine[lost]
        chance.shuffle(mine)
        sent += mine
    phone.deliver(sent)
    world.at(BEGAN + timedelta(seconds=200))
    phone.take_in(chance)
    phone.silence()
    ends = phone.ends("state", "direction", "line")
    assert len(ends) == len(whole) + 1
    assert set(map(str, ends)) == {str(ends[0])}
    assert ends[0][0] == EXPECTED[story][0]


@pytest.mark.parametrize("kind", VENDORS)
def test_a_missed_call_is_called_back_and_the_task_is_done_with(world: World, chance: random.Random, kind: str) -> None:
    phone = Phone(world, kind)
    phone.deliver(bodies(kind, "missed", 0))
    world.at(BEGAN + timedelta(seconds=40))
    phone.take_in(chance)
    assert world.rows("select state from desk_task") == [("open",)]
    # the same man rings once more, half an hour later, and is answered: the story of another call, with his number
    again = [body.replace(b"79160000001", b"79160000000") for body in bodies(kind, "answered", 1)]
    if kind == "mango":
        again = [_later_mango(body) for body in again]
    elif kind == "twilio":
        again = [body.replace(b"2026+12%3A0", b"2026+12%3A3") for body in again]
    else:
        again = [body.replace(b"15:0", b"15:3").replace(b"15%3A0", b"15%3A3") for body in again]
    phone.deliver(again)
    world.at(BEGAN + timedelta(minutes=35))
    phone.take_in(chance)
    assert world.rows("select count(distinct person_id) from talks_call") == [(1,)]
    assert world.rows("select state from desk_task") == [("closed",)]


def _later_mango(body: bytes) -> bytes:
    from urllib.parse import parse_qs

    said = json.loads(parse_qs(body.decode())["json"][0].replace("7916" + "0000001", "79160000000"))
    for name in ("timestamp", "create_time", "forward_time", "talk_time", "end_time"):
        if said.get(name):
            said[name] = int(said[name]) + 1800
    return SENDERS["mango"].pack("x", json.dumps(said).encode(), BEGAN)
