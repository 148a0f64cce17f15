"""What is far off brought near by SQL: hours must pass in seconds, and must not hang on how fast the machine is.

Changes only when something is due, never what becomes of it.
"""

from bench.chaos.house import House
from bench.chaos.oracles import NOW

__all__ = ["NOT_SHOWN", "SILENT", "bring_near", "look_now", "minute_over", "past"]


def bring_near(house: House) -> None:
    """A few promises and limits near their end, others are past it; calls that ring have rung for long; a change that the
    shop was told of should have been shown."""
    for sql in (_AT_RISK, _BROKEN, _PAST, _LIMITS, SILENT, NOT_SHOWN):
        house.sql(sql)


def past(house: House) -> None:
    """Limits that were told of have gone by."""
    house.sql(_PAST)


def minute_over(house: House) -> None:
    """Nobody takes back what has been given and changed so far: it counts now."""
    house.sql(_MINUTE_OVER)
    house.sql(_TOLD_NOW)


def look_now(house: House) -> None:
    """Whoever reads bots and mailboxes does it now."""
    house.sql(_LOOK_NOW)


_MINUTE_OVER = """
update desk_task set settles_at = finished_at where id in (
  select id from desk_task where settles_at is not null for update skip locked
) returning id
"""
"""Outcomes given on the screen count now."""
_TOLD_NOW = """
update outbox_command set not_before = asked_at where id in (
  select id from outbox_command where state = 'queued' and not_before > asked_at for update skip locked
) returning id
"""
_AT_RISK = f"""
update promises_promise set warn_at = {NOW} where id in (
  select id from promises_promise where state = 'open' and not held and warn_at > {NOW} limit 5 for update skip locked
) returning id
"""
"""A few promises are at risk."""
_BROKEN = f"""
update promises_promise set due_at = {NOW} - interval '1 second' where id in (
  select id from promises_promise where state = 'warned' and not held and due_at > {NOW} limit 2 for update skip locked
) returning id
"""
_LIMITS = f"""
update desk_task set target_at = {NOW} - interval '40 minutes', due_at = {NOW} + interval '10 minutes', escalate_at = {NOW}
where id in (
  select id from desk_task where state = 'open' and escalated = 0 and due_at > {NOW} + interval '20 minutes' limit 3
  for update skip locked
) returning id
"""
"""Of a few tasks the limit nears."""
_PAST = f"""
update desk_task set due_at = {NOW} - interval '1 second', escalate_at = {NOW} where id in (
  select id from desk_task where state in ('open', 'claimed') and escalated = 1 for update skip locked
) returning id
"""
SILENT = """
update talks_call set heard_at = heard_at - interval '1 hour', check_at = check_at - interval '1 hour' where id in (
  select id from talks_call where state = 'ringing' and check_at is not null and started_at < heard_at - interval '10 minutes'
  for update skip locked
) returning id
"""
"""Those that began to ring long before they were heard of."""
NOT_SHOWN = f"""
update orders_change set check_at = {NOW} where id in (
  select id from orders_change where state = 'waiting' and check_at > {NOW} limit 1 for update skip locked
) returning id
"""
_LOOK_NOW = """
update talks_account set check_at = machine_now() where id in (
  select id from talks_account where removed_at is null for update skip locked
) returning id
"""
