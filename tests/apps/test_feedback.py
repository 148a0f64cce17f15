"""A question is answered once; the answer is an event that names its enrolment, without the buyer's own words."""

import pytest

from regulars.base.actor import Actor
from regulars.feedback import actions, queries
from regulars.feedback.actions import AnswerRefused, NewQuestion
from tests.apps.world import World

BUYER = Actor("buyer", 1)


def ask(world: World, key: str = "9:happy:1:1:question") -> int:
    new = NewQuestion(
        key=key,
        person_id=world.person(),
        question="satisfied",
        answers=("yes", "no"),
        enrolment_id=9,
        step="happy",
        visit=1,
    )
    with world.writing() as cur:
        return actions.ask(cur, world.shop_id, [new], world.now)[0]


def answer(world: World, id_: int, word: str, shop_id: int | None = None) -> str:
    with world.writing() as cur:
        return actions.answer(cur, shop_id or world.shop_id, id_, word, "it leaks, call Anna", BUYER, world.now)


def test_an_answer_is_taken_once(world: World) -> None:
    id_ = ask(world)
    assert answer(world, id_, "no") == "recorded"
    assert answer(world, id_, "no") == "same"
    with pytest.raises(AnswerRefused, match="answered"):
        answer(world, id_, "yes")
    ((data,),) = world.rows("select data from events_event where kind = 'answer.given'")
    assert data == {
        "question_id": str(id_), "question": "satisfied", "answer": "no",
        "enrolment_id": "9", "step": "happy", "visit": 1,
    }  # fmt: skip
    with world.writing() as cur:
        found = queries.question(cur, world.shop_id, id_)
    assert found is not None and (found.answer, found.comment) == ("no", "it leaks, call Anna")


def test_what_was_not_asked_or_offered_is_refused(world: World) -> None:
    id_ = ask(world)
    for shop_id, question, word, code in (
        (world.shop_id, id_ + 1, "yes", "no_question"),
        (world.shop_id + 1, id_, "yes", "no_question"),
        (world.shop_id, id_, "perhaps", "no_such_answer"),
    ):
        with pytest.raises(AnswerRefused, match=code):
            answer(world, question, word, shop_id)
    assert world.one("select answer from feedback_question") is None


def test_asked_twice_is_asked_once(world: World) -> None:
    assert ask(world) == ask(world)
    assert world.one("select count(*) from feedback_question") == 1
