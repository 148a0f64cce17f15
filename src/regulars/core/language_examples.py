"""One small scheme for each word of the language: printed in its documentation, and run by a test to its end.

Owns the examples. A verb without one fails a test.
"""

from __future__ import annotations

__all__ = ["HEADS", "VERBS"]

HEADS: dict[str, str] = {
    "order": """\
scheme: thanks
title: {en: Thanks for the order, ru: Спасибо за заказ}
per: order
starts: order.paid
stops: [order.cancelled, order.refunded]
goal: {event: order.placed, of: person, within: 90d}
hold_out: 5%
steps:
  thanks: {send: paid}
  later: {wait: 30d}
  offer: {send: {template: related-goods, purpose: advertising}}
""",
    "person": """\
scheme: lost-cart
per: person
starts: {event: cart.abandoned, where: person.is_customer}
stops: order.placed
again: after 30d
team: sales
steps:
  call: {call: {script: lost-cart, within: 4h working}}
""",
    "day": """\
scheme: birthday
per: person
starts: {date: person.birthday, before: 7d, at: "10:00 local"}
again: once a year
priority: 7
budget: {messages: 1000, every: month}
steps:
  gift: {send: {template: birthday, purpose: advertising}}
""",
    "silence": """\
scheme: win-back
per: person
starts: {since: order.placed, for: 90d}
stops: [order.placed, {enters: lost-for-good}]
again: after 180d
hold_out: 10%
budget: {cost: 5000 RUB, every: month}
steps:
  ask-back: {send: {template: win-back, by: [sms, email], purpose: advertising}}
""",
    "segment": """\
scheme: sleepers
per: person
starts: {enters: sleeping}
stops: [order.placed, {leaves: sleeping}]
again: always
hold_out: 10%
priority: 3
budget: {messages: 200, every: week}
steps:
  wake: {send: {template: win-back, purpose: advertising}}
""",
    "once": """\
scheme: welcome
per: person
starts: [person.became_customer, {leaves: sleeping}]
again: never
budget: {messages: 50, every: day}
steps:
  welcome: {send: {template: welcome, purpose: advertising}}
""",
}
"""What stands above the steps: per order, per person, begun by a day, by silence and by a segment; and once for all."""

VERBS: dict[str, str] = {
    "send": """\
  paid:
    send: {template: paid, by: [telegram, email], late: drop after 6h}
  ship:
    send:
      subject: {en: "Order {{ order.number }} is packed", ru: "Заказ {{ order.number }} собран"}
      text: {en: "We ship it by {{ promise.due | time }}.", ru: "Отправим до {{ promise.due | time }}."}
    promise: {kind: ship, within: 1d working}
""",
    "call": """\
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working}
    tell: {template: we-will-call}
    outcomes:
      confirmed: end
      not_today: {call_again: asked}
      no_answer: {again: [15m, 2h, next morning], then: end}
""",
    "task": """\
  rescue:
    task: {kind: case, title: {en: Make it good, ru: Исправить}, within: 4h working, team: care}
    outcomes: {solved: end, lost: end}
""",
    "wait": """\
  an-hour: {wait: 1h}
  morning: {wait: next morning}
  enjoy:
    wait: {days: product.satisfaction_days, after: order.delivered, at: "11:00 local"}
    on_timeout: end
  before-birthday:
    wait: {until: person.birthday, before: 7d, at: "10:00 local"}
""",
    "wait_for": """\
  pay-wait:
    wait_for: {event: order.paid, up_to: 2h}
    on_timeout: remind
    then: end
  remind: {send: unpaid-2h}
""",
    "if": """\
  pay:
    if: order.payment.status == 'paid' or order.payment.method == 'cod'
    yes: end
    no: remind
  remind: {send: unpaid-2h}
""",
    "ask": """\
  happy:
    ask: {question: satisfied, template: are-you-happy, up_to: 10d}
    answers: {yes: review, no: end}
    on_timeout: end
  review: {send: review-invitation}
""",
    "split": """\
  which:
    split: {short: 50%, long: 50%}
    winner: ask
  short: {send: related-short, then: end}
  long: {send: related-long}
""",
    "tag": """\
  big: {if: order.total >= 100, yes: mark, no: end}
  mark: {tag: {add: [big-basket], remove: [newcomer]}}
  known: {if: "'vip' in person.tags", yes: end, no: small}
  small: {send: welcome-gift}
""",
    "set": """\
  keep: {set: {last_total: order.total, met: true}}
""",
    "enrol": """\
  next: {enrol: win-back}
""",
    "webhook": """\
  tell:
    webhook:
      url: https://accounting.example.com/hook
      secret: accounting
      body: {order: order.number, paid: order.payment.status}
""",
    "points": """\
  gift: {points: {give: 500, valid: 90d}}
  tell: {send: points-earned}
""",
    "code": """\
  coupon: {code: {percent: 10, valid: 30d}}
  tell: {send: a-code-for-you}
""",
    "end": """\
  big: {if: order.total >= 100, yes: end, no: small}
  small: {end: too small an order}
""",
}
"""Steps that show a verb, under the head of `scheme_of`."""


def scheme_of(steps: str) -> str:
    """The steps as a whole scheme."""
    return "scheme: example\nper: order\nstarts: order.placed\nsteps:\n" + steps
