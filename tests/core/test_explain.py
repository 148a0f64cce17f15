"""'Why?' in words, from the stored record alone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from regulars import core
from regulars.core.explain import SENTENCES, explain


def test_the_way_of_an_order_reads_as_sentences(journey, after_order):
    road = journey(after_order)
    road.starts()
    road.finishes("no_answer")
    road.now += timedelta(minutes=20)
    road.finishes("confirmed")
    road.wakes()
    stored = json.loads(json.dumps([reason.record() for decision in road.decisions for reason in decision.reasons]))
    assert explain(stored, "en", "Asia/Vladivostok") == [
        "Began by order.placed. → confirm",
        "confirm: He is told that he will be called by 2026-03-02 11:15 (own words).",
        "confirm: A task for the team 'order-desk': from 2026-03-02 10:15, due 2026-03-02 11:15.",
        "confirm: Outcome 'no_answer': attempt 2 from 2026-03-02 10:35, due 2026-03-02 10:50.",
        "confirm: Outcome 'confirmed' (attempt 2). → pay",
        "pay: order.payment.status == 'paid': no. order.payment.status = 'unpaid'. → pay-how",
        "pay-how: order.payment.status in ['unpaid', 'failed', 'part_paid'] and order.payment.method != 'cod': yes. "
        "order.payment.status = 'unpaid', order.payment.method = 'card'. → pay-wait",
        "pay-wait: Waits for order.paid, until 2026-03-02 12:45 at most.",
        "pay-wait: Time ran out: no order.paid. → pay-remind",
        "pay-remind: A letter is due (unpaid-2h, service). → pay-wait-again",
        "pay-wait-again: Waits for order.paid, until 2026-03-03 12:45 at most.",
    ]
    assert explain(stored, "ru", "Asia/Vladivostok")[-2] == (
        "pay-remind: Пора отправить письмо (unpaid-2h, служебное). → pay-wait-again"
    )


def test_every_reason_that_the_core_gives_has_its_sentence():
    given = set()
    for path in Path(core.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        given |= set(re.findall(r'\.note\(\s*"([a-z_]+)"', text)) | set(
            re.findall(r'Reason\(None, None, "([a-z_]+)"', text)
        )
    assert len(given) > 15
    # 'set_aside' is the conductor's, when StepFailed has been raised; the hold-outs are named by `Walk.held_code`.
    named = {"branch", "computed_anew", "event_waits_until", "set_aside", "held_out", "held_out_shop"}
    assert given | named | {"split", "split_before", "split_won"} == set(SENTENCES)


def test_what_was_set_aside_says_why_and_how_to_mend_it():
    record = {
        "step": "a",
        "verb": None,
        "code": "set_aside",
        "params": {"problem": "team_unknown"},
        "facts": {},
        "next": None,
    }
    assert explain([record]) == ["a: Set aside: the team has no working hours. Mend it and let it go on."]
    assert explain([record], "ru") == ["a: Отложено: у команды не заданы рабочие часы. Исправьте и продолжите."]


def test_whoever_shows_the_reasons_may_name_things_in_their_own_words():
    stored = {
        "step": "pay",
        "verb": "if",
        "code": "branch",
        "params": {"condition": "order.paid", "answer": "yes"},
        "facts": {"order.paid": True},
        "next": "thanks",
    }
    started = {
        "step": None,
        "verb": None,
        "code": "started",
        "params": {"event": "order.placed"},
        "facts": {},
        "next": None,
    }
    asked = {**started, "code": "timeout", "params": {"question": "satisfied"}}
    assert explain([started, stored, asked], "en", say=lambda kind, name: f"{kind}({name})") == [
        "Began by event(order.placed).",
        "step(pay): code(order.paid): yes. code(order.paid = True). → step(thanks)",
        "Time ran out: no question(satisfied).",
    ]
