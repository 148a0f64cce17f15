"""Every route of the screens and the buyer's pages × every role × own and other shop; and nothing that is opened changes
anything.

A route without a row here fails: whoever adds one says who may. The API's rows stand in test_api_matrix.py.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import pytest_django
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bench.routes import routes
from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from regulars.shop import actions as shops
from tests.apps.world import World
from tests.conftest import fresh_database
from tests.flows.web_shop import SCHEME, WebShop, web_fixture  # noqa: F401

EVERYBODY = frozenset({"anonymous", "operator", "supervisor", "owner", "stranger"})
STAFF = frozenset({"operator", "supervisor", "owner", "stranger"})
LEADS = frozenset({"supervisor", "owner", "stranger"})
OWNERS = frozenset({"owner", "stranger"})
OWNER_OF_IT = frozenset({"owner"})
"""Whoever made it (here the owner), and nobody else: to all others it isn't there."""
LINK = frozenset({"link"})
"""Whoever holds the signed link, and nobody else, whatever he is besides."""

OURS = "only-ours"
"""A scheme of the shop that the other shop has none by the name of, whatever its owner publishes."""

# route → (methods, who may, whether it names an object of one shop)
ROWS: dict[str, tuple[str, frozenset[str], bool]] = {
    "public:unsubscribe": ("GET POST", LINK, True),
    "public:preferences": ("GET POST", LINK, True),
    "public:answer": ("GET POST", LINK, True),
    "web:home": ("GET", STAFF, False),
    "web:login": ("GET POST", EVERYBODY, False),
    "web:login_link": ("GET POST", EVERYBODY, False),
    "web:logout": ("POST", EVERYBODY, False),
    "web:language": ("POST", EVERYBODY, False),
    "web:theme": ("POST", EVERYBODY, False),
    "web:shop": ("POST", STAFF, True),
    "web:password": ("GET POST", STAFF, False),
    "web:tasks": ("GET", STAFF, False),
    "web:tasks_all": ("GET", STAFF, False),
    "web:tasks_queue": ("GET", STAFF, False),
    "web:task_next": ("POST", STAFF, False),
    "web:shift_begin": ("POST", STAFF, False),
    "web:shift_break": ("POST", STAFF, False),
    "web:shift_end": ("POST", STAFF, False),
    "web:shift_beat": ("POST", STAFF, False),
    "web:roster": ("GET", LEADS, False),
    "web:roster_copy": ("POST", LEADS, False),
    "web:my_roster": ("GET", STAFF, False),
    "web:roster_person": ("GET", LEADS, True),
    "web:roster_days": ("POST", LEADS, True),
    "web:roster_week": ("POST", LEADS, True),
    "web:roster_off": ("POST", LEADS, True),
    "web:roster_end": ("POST", LEADS, True),
    "web:settings_rank": ("GET", LEADS, False),
    "web:settings_rank_save": ("POST", LEADS, False),
    "web:settings_rank_undo": ("POST", LEADS, False),
    "web:settings_rank_limits": ("POST", LEADS, False),
    "web:task": ("GET", STAFF, True),
    "web:task_claim": ("POST", STAFF, True),
    "web:task_release": ("POST", STAFF, True),
    "web:task_finish": ("POST", STAFF, True),
    "web:task_undo": ("POST", STAFF, True),
    "web:task_pause": ("POST", STAFF, True),
    "web:task_resume": ("POST", STAFF, True),
    "web:task_pause_undo": ("POST", STAFF, True),
    "web:task_draft": ("POST", STAFF, True),
    "web:task_look": ("POST", STAFF, True),
    "web:task_answer": ("POST", STAFF, True),
    "web:talks": ("GET", STAFF, False),
    "web:talk": ("GET", STAFF, True),
    "web:talk_write": ("POST", STAFF, True),
    "web:talk_file": ("GET", STAFF, True),
    "web:task_products": ("GET", STAFF, False),
    "web:task_offer": ("POST", STAFF, True),
    "web:task_dial": ("POST", OWNER_OF_IT, True),
    "web:task_dialled": ("GET", STAFF, True),
    "web:calls": ("GET", STAFF, False),
    "web:call": ("GET", STAFF, True),
    "web:call_who": ("POST", STAFF, True),
    "web:call_undo": ("POST", STAFF, True),
    "web:call_listen": ("POST", LEADS, True),
    "web:orders": ("GET", STAFF, False),
    "web:order": ("GET", STAFF, True),
    "web:order_change": ("GET", STAFF, True),
    "web:order_change_form": ("GET", STAFF, True),
    "web:order_change_save": ("POST", STAFF, True),
    "web:order_change_undo": ("POST", STAFF, True),
    "web:order_change_entered": ("POST", STAFF, True),
    "web:order_change_unconfirmed": ("POST", STAFF, True),
    "web:order_change_decide": ("POST", STAFF, True),
    "web:commands": ("GET", LEADS, False),
    "web:command_again": ("POST", LEADS, True),
    "web:command_give_up": ("POST", LEADS, True),
    "web:settings_way_back": ("GET", OWNERS, True),
    "web:settings_way_back_save": ("POST", OWNERS, True),
    "web:settings_way_back_remove": ("POST", OWNERS, True),
    "web:doubles": ("GET", LEADS, False),
    "web:doubles_bulk": ("POST", LEADS, False),
    "web:double": ("GET", STAFF, True),
    "web:double_merge": ("POST", STAFF, True),
    "web:double_apart": ("POST", STAFF, True),
    "web:double_undo": ("POST", STAFF, True),
    "web:order_mark": ("POST", STAFF, True),
    "web:order_same": ("POST", STAFF, True),
    "web:order_meant": ("POST", STAFF, True),
    "web:order_restore": ("POST", STAFF, True),
    "web:orders_bulk": ("POST", STAFF, False),
    "web:orders_calls_undo": ("POST", STAFF, False),
    "web:orders_export": ("POST", STAFF, False),
    "web:people_export": ("POST", STAFF, False),
    "web:export": ("GET", OWNER_OF_IT, True),
    "web:export_file": ("GET", OWNER_OF_IT, True),
    "web:view_save": ("POST", STAFF, False),
    "web:view_delete": ("POST", OWNER_OF_IT, True),
    "web:view_restore": ("POST", OWNER_OF_IT, True),
    "web:search": ("GET", STAFF, False),
    "web:people": ("GET", STAFF, False),
    "web:person": ("GET POST", STAFF, True),
    "web:person_tag": ("POST", STAFF, True),
    "web:letters": ("GET", STAFF, False),
    "web:letters_told": ("GET", LEADS, False),
    "web:waiting": ("GET", LEADS, False),
    "web:letter": ("GET", STAFF, True),
    "web:letter_html": ("GET", STAFF, True),
    "web:letter_source": ("GET", LEADS, True),
    "web:letters_news": ("GET", STAFF, False),
    "web:letters_decide": ("POST", LEADS, False),
    "web:letter_resolve": ("POST", LEADS, True),
    "web:letter_release": ("POST", LEADS, True),
    "web:promises_export": ("POST", STAFF, False),
    "web:promises_figures": ("GET", STAFF, False),
    "web:promise_new": ("GET POST", STAFF, True),
    "web:promise_take_back": ("POST", STAFF, True),
    "web:promises": ("GET", STAFF, False),
    "web:quarantine": ("GET", LEADS, False),
    "web:quarantined": ("GET", LEADS, True),
    "web:quarantine_body": ("GET", LEADS, True),
    "web:quarantine_group_replay": ("POST", LEADS, False),
    "web:quarantine_group_dismiss": ("POST", LEADS, False),
    "web:quarantine_undo": ("POST", LEADS, False),
    "web:quarantine_replay": ("POST", LEADS, True),
    "web:quarantine_dismiss": ("POST", LEADS, True),
    "web:segments": ("GET", LEADS, False),
    "web:segment_new": ("GET POST", LEADS, False),
    "web:segment_look": ("POST", LEADS, False),
    "web:segment": ("GET", LEADS, True),
    "web:segment_edit": ("GET POST", LEADS, True),
    "web:segment_export": ("POST", LEADS, True),
    "web:segment_remove": ("POST", LEADS, True),
    "web:segment_put_back": ("POST", LEADS, True),
    "web:schemes": ("GET", STAFF, False),
    "web:scheme": ("GET", STAFF, True),
    "web:scheme_versions": ("GET", STAFF, True),
    "web:scheme_table_file": ("GET", STAFF, True),
    "web:scheme_map_file": ("GET", STAFF, True),
    "web:scheme_compare": ("GET", STAFF, True),
    "web:scheme_who": ("GET", STAFF, True),
    "web:scheme_backtest": ("GET", LEADS, True),
    "web:backtest_start": ("POST", LEADS, True),
    "web:backtest": ("GET", LEADS, True),
    "web:backtest_cancel": ("POST", LEADS, True),
    "web:backtest_who": ("GET", LEADS, True),
    "web:backtest_file": ("GET", LEADS, True),
    "web:backtest_prices": ("POST", OWNERS, False),
    "web:effect": ("GET", LEADS, False),
    "web:effect_how": ("GET", LEADS, False),
    "web:shop_effect": ("GET", LEADS, False),
    "web:shop_effect_who": ("GET", LEADS, False),
    "web:effect_export": ("POST", LEADS, False),
    "web:scheme_effect": ("GET", LEADS, True),
    "web:scheme_effect_who": ("GET", LEADS, True),
    "web:scheme_split_decide": ("POST", LEADS, True),
    "web:scheme_split_back": ("POST", LEADS, True),
    "web:scheme_split_figures": ("POST", LEADS, True),
    "web:scheme_live": ("GET", STAFF, True),
    "web:scheme_flow": ("GET", STAFF, True),
    "web:scheme_why": ("GET", STAFF, True),
    "web:person_why": ("GET", STAFF, True),
    "web:scheme_deed": ("POST", LEADS, True),
    "web:scheme_put_back": ("POST", LEADS, True),
    "web:scheme_all": ("GET POST", LEADS, True),
    "web:scheme_all_stop": ("POST", LEADS, True),
    "web:scheme_all_back": ("POST", LEADS, True),
    "web:scheme_pause": ("POST", LEADS, True),
    "web:scheme_resume": ("POST", LEADS, True),
    "web:scheme_moving": ("GET", OWNERS, True),
    "web:scheme_move_stop": ("POST", OWNERS, True),
    "web:schemes_ready": ("GET", OWNERS, False),
    "web:schemes_why": ("GET", OWNERS, False),
    "web:schemes_take": ("POST", OWNERS, False),
    "web:scheme_edit": ("GET", OWNERS, False),
    "web:scheme_check": ("POST", OWNERS, False),
    "web:scheme_words": ("GET", OWNERS, False),
    "web:scheme_language": ("GET", STAFF, False),
    "web:scheme_panel": ("GET", OWNERS, True),
    "web:scheme_change": ("POST", OWNERS, True),
    "web:scheme_draft": ("POST", OWNERS, True),
    "web:scheme_keep": ("POST", OWNERS, True),
    "web:scheme_drop": ("POST", OWNERS, True),
    "web:scheme_take": ("POST", OWNERS, True),
    "web:scheme_publish": ("POST", OWNERS, False),
    "web:aside": ("GET", LEADS, False),
    "web:aside_retry": ("POST", LEADS, True),
    "web:aside_end": ("POST", LEADS, True),
    "web:design": ("GET", OWNERS, False),
    "web:playground_time": ("GET", STAFF, False),
    "web:playground_clock": ("POST", LEADS, False),
    "web:team_day": ("GET", STAFF, False),
    "web:team_work": ("GET", STAFF, False),
    "web:team_work_export": ("POST", STAFF, False),
    "web:team": ("GET", OWNERS, False),
    "web:team_link": ("POST", OWNERS, True),
    "web:team_add": ("POST", OWNERS, False),
    "web:colleague": ("GET", OWNERS, True),
    "web:colleague_save": ("POST", OWNERS, True),
    "web:colleague_close": ("POST", OWNERS, True),
    "web:colleague_reopen": ("POST", OWNERS, True),
    "web:colleague_sessions": ("POST", OWNERS, True),
    "web:me": ("GET", STAFF, False),
    "web:me_save": ("POST", STAFF, False),
    "web:me_sessions": ("POST", STAFF, False),
    "web:telling": ("GET", STAFF, False),
    "web:telling_save": ("POST", STAFF, False),
    "web:telling_add": ("POST", STAFF, False),
    "web:telling_ways": ("GET", STAFF, False),
    "web:telling_trial_email": ("POST", STAFF, False),
    "web:telling_trial": ("POST", OWNER_OF_IT, True),
    "web:telling_remove": ("POST", OWNER_OF_IT, True),
    "web:telling_restore": ("POST", OWNER_OF_IT, True),
    "web:board": ("GET", LEADS, False),
    "web:board_live": ("GET", LEADS, False),
    "web:board_give": ("POST", LEADS, True),
    "web:board_back": ("POST", LEADS, True),
    "web:board_extend": ("GET POST", LEADS, True),
    "web:board_extend_undo": ("POST", LEADS, True),
    "web:board_move": ("POST", LEADS, False),
    "web:board_call_in": ("POST", LEADS, True),
    "web:notices": ("GET", STAFF, False),
    "web:notices_poll": ("GET", STAFF, False),
    "web:notices_see_all": ("POST", STAFF, False),
    "web:notice_see": ("POST", OWNER_OF_IT, True),
    "web:settings": ("GET", LEADS, False),
    "web:settings_save": ("POST", OWNERS, False),
    "web:settings_hours": ("GET", LEADS, False),
    "web:settings_hours_save": ("POST", OWNERS, False),
    "web:settings_hours_day": ("POST", OWNERS, False),
    "web:settings_hours_switch": ("POST", OWNERS, True),
    "web:settings_hours_holidays": ("POST", OWNERS, False),
    "web:settings_hours_news": ("POST", OWNERS, False),
    "web:settings_hours_feed": ("POST", OWNERS, False),
    "web:settings_hours_fetch": ("POST", OWNERS, True),
    "web:settings_hours_feed_remove": ("POST", OWNERS, True),
    "web:settings_clocks": ("GET", LEADS, False),
    "web:settings_clocks_save": ("POST", OWNERS, False),
    "web:settings_clocks_retries": ("POST", OWNERS, False),
    "web:settings_clocks_states": ("POST", OWNERS, False),
    "web:settings_messages": ("GET", LEADS, False),
    "web:settings_messages_save": ("POST", OWNERS, False),
    "web:settings_motivation": ("GET", LEADS, False),
    "web:settings_motivation_save": ("POST", OWNERS, False),
    "web:settings_promises": ("GET", LEADS, False),
    "web:settings_promises_save": ("POST", OWNERS, False),
    "web:settings_scripts": ("GET", LEADS, False),
    "web:settings_script_new": ("POST", OWNERS, False),
    "web:settings_about_save": ("POST", OWNERS, False),
    "web:settings_script": ("GET", LEADS, True),
    "web:settings_script_save": ("POST", OWNERS, True),
    "web:settings_script_preview": ("POST", LEADS, True),
    "web:settings_script_restore": ("POST", OWNERS, True),
    "web:settings_teams": ("GET", LEADS, False),
    "web:settings_team_new": ("POST", OWNERS, False),
    "web:settings_team_save": ("POST", OWNERS, True),
    "web:settings_routing": ("GET", LEADS, False),
    "web:settings_routing_save": ("POST", LEADS, False),
    "web:settings_unmeant": ("GET", LEADS, False),
    "web:settings_unmeant_save": ("POST", LEADS, False),
    "web:settings_unmeant_undo": ("POST", LEADS, False),
    "web:settings_telling": ("GET", LEADS, False),
    "web:settings_telling_save": ("POST", OWNERS, False),
    "web:settings_fields": ("GET", OWNERS, False),
    "web:settings_fields_save": ("POST", OWNERS, False),
    "web:settings_telephone": ("GET", LEADS, False),
    "web:settings_telephone_save": ("POST", OWNERS, False),
    "web:settings_keys": ("GET", OWNERS, False),
    "web:settings_key_new": ("POST", OWNERS, False),
    "web:settings_key_revoke": ("POST", OWNERS, True),
    "web:settings_secret_new": ("POST", OWNERS, False),
    "web:settings_secret_drop": ("POST", OWNERS, True),
    "web:settings_feeds": ("GET", OWNERS, False),
    "web:settings_feed_new": ("POST", OWNERS, False),
    "web:settings_feed": ("GET", OWNERS, True),
    "web:settings_feed_save": ("POST", OWNERS, True),
    "web:settings_feed_pause": ("POST", OWNERS, True),
    "web:settings_feed_resume": ("POST", OWNERS, True),
    "web:settings_feed_secret": ("POST", OWNERS, True),
    "web:settings_feed_drop": ("POST", OWNERS, True),
    "web:settings_feed_remove": ("POST", OWNERS, True),
    "web:settings_channels": ("GET", LEADS, False),
    "web:settings_trial": ("POST", OWNERS, False),
    "web:settings_trial_state": ("GET", LEADS, True),
    "web:settings_channel_hold": ("POST", OWNERS, False),
    "web:settings_mailbox": ("POST", OWNERS, False),
    "web:settings_mailbox_remove": ("POST", OWNERS, False),
    "web:settings_bot": ("POST", OWNERS, False),
    "web:settings_bot_remove": ("POST", OWNERS, False),
    "web:settings_channel_release": ("POST", OWNERS, False),
    "web:welcome": ("GET", OWNERS, False),
    "web:welcome_shop": ("GET", OWNERS, False),
    "web:welcome_shop_save": ("POST", OWNERS, False),
    "web:welcome_orders": ("GET", OWNERS, False),
    "web:welcome_orders_open": ("POST", OWNERS, False),
    "web:welcome_orders_on": ("POST", OWNERS, False),
    "web:welcome_scheme": ("GET", OWNERS, False),
    "web:welcome_scheme_on": ("POST", OWNERS, False),
    "web:welcome_scheme_try": ("POST", OWNERS, False),
    "web:welcome_steps": ("GET", OWNERS, False),
    "web:welcome_leave": ("POST", OWNERS, False),
}
BODIES = {
    "web:task_offer": {"sku": "PAN-24", "because": "asked", "answer": "accepted"},
    "web:task_finish": {"outcome": "refused"},
    "web:task_draft": {"note": "half a note"},
    "web:task_answer": {"note": "An answer"},
    "web:task_pause": {"state": "supplier"},
    "web:letter_resolve": {"verdict": "leave"},
    "web:letter_release": {"send": "no"},
    "web:letters_decide": {"verdict": "leave"},
    "web:quarantine_undo": {"deed": "1"},
    "web:scheme_publish": {"text": SCHEME, "do": "publish"},
    "web:segment_new": {"name": "buyers", "condition": "happened('order.placed')"},
    "web:segment_edit": {"condition": "count('order.placed') > 1"},
    "web:segment_look": {"condition": "happened('order.placed')"},
    "web:schemes_take": {"ready": "visit"},
    "web:scheme_all": {"step": "confirm", "do": "leave", "reason": "by_mistake"},
    "web:scheme_check": {"text": SCHEME, "name": "after-order"},
    "web:scheme_change": {"name": OURS, "change": "down", "step": "confirm"},
    "web:scheme_draft": {"text": SCHEME + "# more\n", "name": "after-order", "base": "1"},
    "web:scheme_keep": {"name": OURS, "count": "|hold_out_idle"},
    "web:scheme_drop": {"name": "after-order"},
    "web:scheme_take": {"n": "1"},
    "web:backtest_start": {"side": "1", "days": "30"},
    "web:language": {"language": "en"},
    "web:playground_clock": {"do": "pause"},
    "web:view_save": {"page": "orders", "name": "New ones", "query": "status=new"},
    "web:theme": {"theme": "dark"},
    "web:call_who": {"who": "nobody"},
    "public:answer": {"answer": "yes"},
    "web:colleague_save": {"role": "operator"},
    "web:roster_off": {"first": "2026-03-03", "last": "2026-03-04"},
    "web:settings_rank_save": {"order": "missed,asked,message,near,promise,fresh,retry", "near": "15"},
    "web:settings_script_restore": {"version": "1"},
    "web:settings_script_new": {"title": "A new one"},
    "web:settings_team_save": {"title_en": "Another name"},
    "web:welcome_orders_open": {"way": "generic"},
}
# What a look may write: that somebody looked, and how often one address asked.
LOOKED = ("base_audit", "base_rate_limit")


def _routes(patterns: list[Any] | None = None, space: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            if not str(one.pattern).startswith("api/"):
                yield from _routes(one.url_patterns, inner)
        elif isinstance(one, URLPattern) and not str(one.pattern).startswith("api/"):
            yield f"{space}{one.name}"


class Targets:
    """A fresh object of this shop for each route that names one."""

    def __init__(self, web: WebShop) -> None:
        self.web = web

    def path(self, route: str) -> str:
        web = self.web
        person = order = task = message = 0
        if ROWS[route][2]:
            person, order = web.buy()
            web.outbox.gate()
            task, message = web.task_of(order), web.message_of(order)
        name = route.partition(":")[2]
        if name in ("task_release", "task_dial"):
            web.clients["owner"].post(f"/tasks/{task}/claim")
        if name in ("task_resume", "task_pause_undo"):
            web.clients["owner"].post(f"/tasks/{task}/pause", {"state": "supplier"})
        if name == "task_undo":
            web.clients["owner"].post(f"/tasks/{task}/finish", {"outcome": "refused", "then": "stop"})
        made: dict[str, Callable[[], str]] = {
            "unsubscribe": lambda: web.link(UNSUBSCRIBE, web.shop_id, person, message),
            "preferences": lambda: web.link(PREFERENCES, web.shop_id, person),
            "answer": lambda: web.link(ANSWER, web.shop_id, web.ask(person, order), message),
            "home": lambda: "/",
            "login_link": lambda: "/login/link/nothing",
            "logout": lambda: "/logout",
            "language": lambda: "/language",
            "theme": lambda: "/theme",
            "shop": lambda: "/shop",
            "tasks_all": lambda: "/tasks/all/",
            "tasks_queue": lambda: f"/tasks/queue?card={task}",
            "task_next": lambda: "/tasks/next",
            "task_undo": lambda: f"/tasks/{task}/undo",
            "task_draft": lambda: f"/tasks/{task}/draft",
            "task_look": lambda: f"/tasks/{task}/look",
            "task_products": lambda: "/tasks/products?product=pan",
            "task_offer": lambda: f"/tasks/{task}/offer" if not web.goods({"sku": "PAN-24"}) else "",
            "task_dial": lambda: f"/tasks/{task}/dial",
            "task_dialled": lambda: f"/tasks/{task}/dialled",
            "task": lambda: f"/tasks/{task}/",
            "task_claim": lambda: f"/tasks/{task}/claim",
            "task_release": lambda: f"/tasks/{task}/release",
            "task_finish": lambda: f"/tasks/{task}/finish",
            "task_answer": lambda: f"/tasks/{web.written()[1]}/answer",
            "talk": lambda: f"/talks/{web.written()[0]}/",
            "talk_write": lambda: f"/talks/{web.written()[0]}/write",
            "talk_file": lambda: f"/talks/files/{web.written()[2]}/0",
            "task_pause": lambda: f"/tasks/{task}/pause",
            "task_resume": lambda: f"/tasks/{task}/resume",
            "task_pause_undo": lambda: f"/tasks/{task}/pause/undo",
            "call": lambda: f"/calls/{web.call()}/",
            "call_who": lambda: f"/calls/{web.call()}/who",
            "call_listen": lambda: f"/calls/{web.call(recording='MToxMDA=')}/listen/0",
            "call_undo": lambda: f"/calls/{web.call(settled=True)}/undo",
            "settings_telephone_save": lambda: "/settings/telephone/save",
            "order_change": lambda: f"/orders/{order}/change/",
            "order_change_form": lambda: f"/orders/{order}/change/form",
            "order_change_save": lambda: f"/orders/{order}/change/save",
            "order_change_undo": lambda: f"/orders/changes/{self.change(order)}/undo",
            "order_change_entered": lambda: f"/orders/changes/{self.change(order)}/entered",
            "order_change_unconfirmed": lambda: f"/orders/changes/{self.change(order)}/unconfirmed",
            "order_change_decide": lambda: f"/orders/changes/{self.change(order, 'conflict')}/decide",
            "command_again": lambda: f"/commands/{self.command()}/again",
            "command_give_up": lambda: f"/commands/{self.command()}/give-up",
            "settings_way_back": lambda: f"/settings/feeds/back/{self.source()}/",
            "settings_way_back_save": lambda: f"/settings/feeds/back/{self.source()}/save",
            "settings_way_back_remove": lambda: f"/settings/feeds/back/{self.source()}/remove",
            "doubles_bulk": lambda: "/people/doubles/bulk",
            "double": lambda: f"/people/doubles/{self.double(person)}/",
            "double_merge": lambda: f"/people/doubles/{self.double(person)}/merge",
            "double_apart": lambda: f"/people/doubles/{self.double(person)}/apart",
            "double_undo": lambda: f"/people/doubles/{self.double(person, 'different')}/undo",
            "order_mark": lambda: f"/orders/{order}/mark",
            "order_same": lambda: f"/orders/{order}/same",
            "order_meant": lambda: f"/orders/{order}/meant",
            "order_restore": lambda: f"/orders/{order}/restore",
            "orders_bulk": lambda: "/orders/bulk",
            "orders_calls_undo": lambda: "/orders/calls/undo",
            "orders_export": lambda: "/orders/export",
            "people_export": lambda: "/people/export",
            "export": lambda: f"/exports/{self.export()}/",
            "export_file": lambda: f"/exports/{self.export()}/file",
            "view_save": lambda: "/views/save",
            "view_delete": lambda: f"/views/{self.view()}/delete",
            "view_restore": lambda: f"/views/{self.view(deleted=True)}/restore",
            "order": lambda: f"/orders/{order}/",
            "person": lambda: f"/people/{person}/",
            "person_tag": lambda: f"/people/{person}/tag",
            "person_why": lambda: f"/people/{person}/why/",
            "promise_new": lambda: f"/promises/new?order={order}",
            "promise_take_back": lambda: f"/promises/{self.promise(order)}/back",
            "waiting": lambda: "/letters/waiting/",
            "letter": lambda: f"/letters/{message}/",
            "letter_html": lambda: f"/letters/{message}/html",
            "letter_source": lambda: f"/letters/{message}/source",
            "letters_news": lambda: "/letters/news",
            "letters_decide": lambda: "/letters/decide",
            "letter_resolve": lambda: f"/letters/{web.unknown(order)}/resolve",
            "letter_release": lambda: f"/letters/{message}/release",
            "quarantined": lambda: f"/quarantine/{web.quarantine()}/",
            "quarantine_body": lambda: f"/quarantine/{web.quarantine()}/body",
            "quarantine_group_replay": lambda: "/quarantine/group/replay",
            "quarantine_group_dismiss": lambda: "/quarantine/group/dismiss",
            "quarantine_undo": lambda: "/quarantine/undo",
            "quarantine_replay": lambda: f"/quarantine/{web.quarantine()}/replay",
            "quarantine_dismiss": lambda: f"/quarantine/{web.quarantine()}/dismiss",
            "segment_new": lambda: "/segments/new/",
            "segment_look": lambda: "/segments/look",
            "segment": lambda: f"/segments/{self.segment()}/",
            "segment_edit": lambda: f"/segments/{self.segment()}/edit/",
            "segment_export": lambda: f"/segments/{self.segment()}/export",
            "segment_remove": lambda: f"/segments/{self.segment()}/remove",
            "segment_put_back": lambda: f"/segments/{self.segment(removed=True)}/put-back",
            "scheme": lambda: f"/schemes/of/{OURS}/",
            "scheme_versions": lambda: f"/schemes/of/{OURS}/versions/?n=1",
            "scheme_table_file": lambda: f"/schemes/of/{OURS}/table/?form=xlsx",
            "scheme_map_file": lambda: f"/schemes/of/{OURS}/map.svg",
            "scheme_compare": lambda: f"/schemes/of/{OURS}/compare/",
            "scheme_who": lambda: f"/schemes/of/{OURS}/who/?step=confirm",
            "scheme_backtest": lambda: f"/schemes/of/{OURS}/backtest/",
            "backtest_start": lambda: f"/schemes/of/{OURS}/backtest/start",
            "backtest": lambda: f"/schemes/backtests/{self.backtest()}/",
            "backtest_cancel": lambda: f"/schemes/backtests/{self.backtest()}/cancel",
            "backtest_who": lambda: f"/schemes/backtests/{self.backtest()}/who/",
            "backtest_file": lambda: f"/schemes/backtests/{self.backtest()}/file",
            "backtest_prices": lambda: "/schemes/backtests/prices",
            "scheme_live": lambda: f"/schemes/of/{OURS}/live",
            "scheme_why": lambda: f"/schemes/of/{OURS}/why/",
            "scheme_flow": lambda: f"/schemes/of/{OURS}/flow/",
            "scheme_deed": lambda: f"/schemes/of/{OURS}/deed",
            "scheme_put_back": lambda: f"/schemes/of/{OURS}/back",
            "scheme_all": lambda: f"/schemes/of/{OURS}/all/?step=confirm&do=leave&reason=by_mistake",
            "scheme_all_stop": lambda: f"/schemes/of/{OURS}/all/stop",
            "scheme_all_back": lambda: f"/schemes/of/{OURS}/all/back",
            "scheme_pause": lambda: f"/schemes/of/{OURS}/pause",
            "scheme_resume": lambda: f"/schemes/of/{OURS}/resume",
            "scheme_moving": lambda: f"/schemes/of/{OURS}/moving/",
            "scheme_move_stop": lambda: f"/schemes/of/{OURS}/moving/stop",
            "scheme_effect": lambda: f"/schemes/of/{OURS}/effect/",
            "scheme_effect_who": lambda: f"/schemes/of/{OURS}/effect/who/",
            "scheme_split_decide": lambda: f"/schemes/of/{OURS}/effect/decide",
            "scheme_split_back": lambda: f"/schemes/of/{OURS}/effect/back",
            "scheme_split_figures": lambda: f"/schemes/of/{OURS}/effect/figures",
            "schemes_ready": lambda: "/schemes/ready/",
            "schemes_why": lambda: "/schemes/ready/furniture/",
            "schemes_take": lambda: "/schemes/ready/take",
            "scheme_edit": lambda: "/schemes/edit/",
            "scheme_check": lambda: "/schemes/check",
            "scheme_words": lambda: "/schemes/words/",
            "scheme_language": lambda: "/schemes/language/",
            "scheme_panel": lambda: f"/schemes/panel/?name={OURS}&do=step&step=confirm",
            "scheme_change": lambda: "/schemes/change",
            "scheme_draft": lambda: "/schemes/draft",
            "scheme_keep": lambda: "/schemes/keep",
            "scheme_drop": lambda: "/schemes/drop",
            "scheme_take": lambda: f"/schemes/of/{OURS}/take",
            "scheme_publish": lambda: "/schemes/publish",
            "aside": lambda: "/schemes/aside/",
            "aside_retry": lambda: f"/schemes/aside/{web.set_aside(order)}/retry",
            "aside_end": lambda: f"/schemes/aside/{web.set_aside(order)}/end",
            "telling_trial": lambda: f"/me/telling/{web.service()}/trial",
            "telling_remove": lambda: f"/me/telling/{web.service()}/remove",
            "telling_restore": lambda: f"/me/telling/{web.service()}/restore",
            "board_give": lambda: f"/board/tasks/{task}/give",
            "board_back": lambda: f"/board/tasks/{task}/back",
            "board_extend": lambda: f"/board/tasks/{task}/limit",
            "board_extend_undo": lambda: f"/board/tasks/{task}/limit/undo?before=2026-03-02T12:00:00%2B00:00",
            "board_call_in": lambda: f"/board/call-in/{web.spare()}",
            "notice_see": lambda: f"/notices/{web.notice()}/seen",
            "team_link": lambda: f"/team/{web.spare()}/link",
            "team_add": lambda: "/team/add",
            "colleague": lambda: f"/team/{web.spare()}/",
            "colleague_save": lambda: f"/team/{web.spare()}/save",
            "colleague_close": lambda: f"/team/{web.spare()}/close",
            "colleague_reopen": lambda: f"/team/{web.spare()}/reopen",
            "colleague_sessions": lambda: f"/team/{web.spare()}/sessions",
            "roster_person": lambda: f"/team/roster/{web.spare()}/",
            "roster_days": lambda: f"/team/roster/{web.spare()}/days",
            "roster_week": lambda: f"/team/roster/{web.spare()}/week",
            "roster_off": lambda: f"/team/roster/{web.spare()}/off",
            "roster_end": lambda: f"/team/roster/{web.spare()}/end",
            "settings_script": lambda: f"/settings/scripts/of/script/{web.script()}/",
            "settings_script_save": lambda: f"/settings/scripts/of/script/{web.script()}/save",
            "settings_script_preview": lambda: f"/settings/scripts/of/script/{web.script()}/preview",
            "settings_script_restore": lambda: f"/settings/scripts/of/script/{web.script()}/restore",
            "settings_team_save": lambda: f"/settings/teams/of/{web.team()}/save",
            "settings_hours_switch": lambda: f"/settings/hours/day/{web.special_day()}/switch",
            "settings_hours_fetch": lambda: f"/settings/hours/feed/{web.calendar_feed()}/fetch",
            "settings_hours_feed_remove": lambda: f"/settings/hours/feed/{web.calendar_feed()}/remove",
            "settings_key_revoke": lambda: f"/settings/keys/{web.key()}/revoke",
            "settings_secret_drop": lambda: f"/settings/keys/secrets/{web.signing_secret()}/drop",
            "settings_feed": lambda: f"/settings/feeds/{web.feed()}/",
            "settings_feed_save": lambda: f"/settings/feeds/{web.feed()}/save",
            "settings_feed_pause": lambda: f"/settings/feeds/{web.feed()}/pause",
            "settings_feed_resume": lambda: f"/settings/feeds/{web.feed()}/resume",
            "settings_feed_secret": lambda: f"/settings/feeds/{web.feed()}/secret",
            "settings_feed_drop": lambda: f"/settings/feeds/{web.feed()}/drop",
            "settings_feed_remove": lambda: f"/settings/feeds/{web.feed()}/remove",
            "settings_trial_state": lambda: f"/settings/channels/trial/{web.trial()}/",
        }
        return made[name]() if name in made else reverse(route)

    def promise(self, order: int) -> int:
        """A promise that the owner has written down."""
        body = {"order": order, "kind": "ship", "day": "2026-03-05", "closes": "15:00", "token": str(order)}
        self.web.clients["owner"].post("/promises/new", body)
        return int(self.web.world.one("select max(id) from promises_promise"))

    def change(self, order: int, state: str = "waiting") -> int:
        """A change that the desk wants of the order."""
        world = self.web.world
        return int(
            world.one(
                "with i as (select next_id() as id) insert into orders_change (shop_id, id, order_id, deed_id, field, after,"
                " state, actor, asked_at) select %s, id, %s, id, 'note', '\"Ring twice\"', %s, 'staff:1', %s from i"
                " returning id",
                self.web.shop_id, order, state, world.now,
            )
        )  # fmt: skip

    def double(self, person: int, state: str = "open") -> int:
        """The person and another, who may be one."""
        world = self.web.world
        return int(
            world.one(
                "insert into people_double (shop_id, one_id, other_id, score, reasons, state, found_at)"
                " values (%s, %s, %s, 90, '[\"phone\"]', %s, %s) returning id",
                self.web.shop_id, person, world.person(), state, world.now,
            )
        )  # fmt: skip

    def command(self) -> int:
        """A command that failed."""
        world = self.web.world
        return int(
            world.one(
                "insert into outbox_command (shop_id, kind, key, target, payload, actor, state, tries, not_before, asked_at)"
                " values (%s, 'order.change', %s, 'shop:api', '{\"deed\": \"1\"}', 'staff:1', 'failed', 3, %s, %s)"
                " returning id",
                self.web.shop_id, f"k{next(world.numbers)}", world.now, world.now,
            )
        )  # fmt: skip

    def source(self) -> str:
        """The source of a feed of the shop."""
        return str(self.web.world.one("select source from intake_feed where id = %s", self.web.feed()))

    def backtest(self) -> int:
        """A run of the shop's scheme over its past."""
        name = self.web.world.one("select min(name) from journeys_scheme where shop_id = %s", self.web.shop_id)
        answer = self.web.clients["owner"].post(f"/schemes/of/{name}/backtest/start", {"side": "1", "days": "30"})
        assert answer.status_code == 302
        return int(self.web.world.one("select max(id) from journeys_backtest"))

    def export(self) -> int:
        """A file that the owner asked for."""
        self.web.clients["owner"].post("/orders/export", {"form": "csv"})
        return int(self.web.world.one("select max(id) from staff_export"))

    def view(self, deleted: bool = False) -> int:
        """A view that the owner has saved for himself."""
        body = {"page": "orders", "name": f"View {next(self.web.world.numbers)}", "query": "status=new"}
        self.web.clients["owner"].post("/views/save", body)
        id_ = int(self.web.world.one("select max(id) from staff_saved_view"))
        if deleted:
            self.web.clients["owner"].post(f"/views/{id_}/delete", {"page": "orders"})
        return id_

    def segment(self, removed: bool = False) -> int:
        """A segment that the owner has written."""
        body = {"name": f"s{next(self.web.world.numbers)}", "condition": "happened('order.placed')"}
        self.web.clients["owner"].post("/segments/new/", body)
        id_ = int(self.web.world.one("select max(id) from segments_segment"))
        if removed:
            self.web.clients["owner"].post(f"/segments/{id_}/remove")
        return id_


def _expected(route: str, role: str) -> set[int]:
    """The statuses that the matrix allows. A foreign object is 404, what a role may not is 403, nobody is sent to log in."""
    _, who, is_of_shop = ROWS[route]
    if who is LINK:
        return {200}
    if who is OWNER_OF_IT and role not in ("owner", "anonymous"):
        return {404}
    if role not in who:
        return {302} if role == "anonymous" else {403}
    if role == "stranger" and is_of_shop and route != "web:shop":
        return {404}
    return {200, 204, 302, 409, 422}


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[WebShop]:
    """One shop for all routes: each is given objects of its own, so that none sees what another did."""
    with django_db_blocker.unblock(), fresh_database():
        raw = db.loop_connection("test")
        shop = WebShop(World(raw))
        with shop.world.writing() as cur:  # each route leaves tasks with whoever tried it; nobody is full by that
            shops.set_settings(cur, shop.shop_id, {"most_tasks": 1000}, SYSTEM)
        shop.world.publish(SCHEME)
        shop.world.publish(
            SCHEME.replace("scheme: after-order", f"scheme: {OURS}").replace(
                "starts: order.placed", "starts: order.delivered"
            )
        )
        yield shop
        raw.close()


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(_routes()) == sorted(ROWS)


def test_the_rows_name_the_methods_that_the_views_take() -> None:
    declared = {route.name: route.methods - {"HEAD"} for route in routes()}
    assert declared == {route: set(methods.split()) for route, (methods, _, _) in ROWS.items()}


@pytest.mark.parametrize("route", sorted(ROWS))
def test_only_those_may_who_stand_in_the_row(shared: WebShop, route: str) -> None:
    web, (methods, who, _) = shared, ROWS[route]
    targets = Targets(web)
    looked_at = targets.path(route)
    for role in sorted(EVERYBODY):
        for method in [*methods.split(), *(["HEAD"] if "GET" in methods else [])]:
            body = {"shop": web.shop_id} if route == "web:shop" else BODIES.get(route, {})
            client = Client()
            client.cookies = web.clients[role].cookies.copy() if route == "web:logout" else web.clients[role].cookies
            path = targets.path(route) if method == "POST" else looked_at
            found = client.generic(method, path) if method != "POST" else client.post(path, body)
            expected = {404} if (role, route) == ("stranger", "web:shop") else _expected(route, role)
            assert found.status_code in expected, (role, method, path, found.status_code)
            if role == "anonymous" and "anonymous" not in who and who is not LINK:
                assert found["Location"].startswith("/login/"), (role, path)
            if route == "web:logout":
                web.clients[role] = Client() if role == "anonymous" else web.logged_in(web.accounts[role])
    for method in {"get", "head", "post", "put", "patch", "delete", "options"} - {m.lower() for m in methods.split()}:
        if method == "head" and "GET" in methods:
            continue
        refused = getattr(web.clients["owner"], method)(looked_at)
        assert refused.status_code == 405, (method, route)


def test_a_post_without_the_token_of_its_page_does_nothing(shared: WebShop) -> None:
    targets, careful = Targets(shared), Client(enforce_csrf_checks=True)
    careful.cookies = shared.clients["owner"].cookies
    posts = [route for route, (methods, who, _) in ROWS.items() if "POST" in methods and who is not LINK]
    asked = [(route, targets.path(route)) for route in posts]

    def post(route: str, path: str) -> None:
        assert careful.post(path, BODIES.get(route, {"shop": shared.shop_id})).status_code == 403, route

    _changes_nothing(shared, [partial(post, *one) for one in asked])


def test_what_another_shop_tries_changes_nothing(web: WebShop) -> None:
    targets, client = Targets(web), web.clients["stranger"]

    def attempt(route: str, method: str, path: str) -> None:
        found = client.get(path) if method == "GET" else client.post(path, BODIES.get(route, {"shop": web.shop_id}))
        assert found.status_code == 404, (route, method)

    _changes_nothing(
        web,
        [
            partial(attempt, route, method, path)
            for route, (methods, who, is_of_shop) in ROWS.items()
            if is_of_shop and who is not LINK
            for path in [targets.path(route)]
            for method in methods.split()
        ],
    )


def test_opening_any_page_by_anybody_changes_nothing(web: WebShop) -> None:
    targets = Targets(web)
    paths = [targets.path(route) for route, (methods, _, _) in ROWS.items() if "GET" in methods]
    paths += [p + "?answer=yes" for p in paths if p.startswith("/a/")]
    for client in web.clients.values():
        _changes_nothing(
            web, [partial(getattr(client, method), path) for path in paths for method in ("get", "head", "options")]
        )


def test_opening_a_route_that_only_takes_posts_changes_nothing(web: WebShop) -> None:
    targets, client = Targets(web), web.clients["owner"]

    def attempt(method: str, path: str) -> None:
        assert getattr(client, method)(path).status_code == 405, path

    paths = [targets.path(route) for route, (methods, _, _) in ROWS.items() if "GET" not in methods]
    _changes_nothing(web, [partial(attempt, method, path) for path in paths for method in ("get", "head", "options")])


def test_the_digest_sees_a_change(web: WebShop) -> None:
    _, order = web.buy()
    before = _digest(web)
    web.clients["operator"].post(f"/tasks/{web.task_of(order)}/claim")
    assert _digest(web) != before


def test_a_deed_that_changes_something_is_named(web: WebShop) -> None:
    _, order = web.buy()
    path = f"/tasks/{web.task_of(order)}/claim"
    with pytest.raises(AssertionError, match="claim"):
        _changes_nothing(
            web, [partial(web.clients["operator"].get, "/tasks/"), partial(web.clients["operator"].post, path)]
        )


def _changes_nothing(web: WebShop, deeds: Sequence[Callable[[], object]]) -> None:
    """All rows are read before the first and after the last, since reading them takes longer than a deed."""
    before = _digest(web)
    for deed in deeds:
        deed()
    if (after := _digest(web)) == before:
        return
    for deed in deeds:  # once more, to name the one; it may have been a change that comes but once
        deed()
        assert _digest(web) == after, f"{deed} changes something"
    raise AssertionError(f"one of these changed something, once: {deeds}")


def _digest(web: WebShop) -> str:
    """All rows of all tables, but those that a look may write."""
    tables = web.world.rows(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
    )
    whole = hashlib.sha256()
    for (table,) in tables:
        if table.strip('"') in LOOKED:
            continue
        for (row,) in web.world.rows(f"select t::text from {table} t order by 1"):
            whole.update(f"{table} {row}\n".encode())
    return whole.hexdigest()
