"""Pages of refusal, in the language of who is refused, and the page of all parts."""

import pytest
from django.template import loader
from django.test import Client
from django.utils import translation

from regulars.base import clock
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

CYRILLIC = "абвгдеёжзиклмнопрстуфхцчшщыэюя"


def _speaks(web: WebShop, name: str, language: str) -> Client:
    with web.world.writing() as cur:
        cur.execute("update staff_account set language = %s where id = %s", (language, web.accounts[name]))
    return web.clients[name]


@pytest.mark.parametrize(
    ("language", "found", "refused"), [("en", "no such page", "may not open"), ("ru", "страницы", "роль")]
)
def test_who_is_refused_reads_why_in_his_own_language(web: WebShop, language: str, found: str, refused: str) -> None:
    operator = _speaks(web, "operator", language)
    missing, foreign = operator.get("/nothing/at/all"), operator.get("/orders/1/")
    forbidden = operator.get("/quarantine/")
    assert (missing.status_code, foreign.status_code, forbidden.status_code) == (404, 404, 403)
    for page, words in ((missing, found), (foreign, found), (forbidden, refused)):
        text = page.content.decode()
        assert words in text and 'href="/"' in text and f'<html lang="{language}"' in text
    assert "/logout" in forbidden.content.decode(), "a way to somebody else's seat"


@pytest.mark.parametrize("template", ["400", "403_csrf", "404", "500"])
def test_every_page_of_refusal_speaks_both_languages_and_names_a_way_out(template: str) -> None:
    for language in ("en", "ru"):
        with translation.override(language):
            text = loader.get_template(f"{template}.html").render({})
        main = text.partition("<main")[2]
        assert any(c in main.lower() for c in CYRILLIC) == (language == "ru"), template
        assert 'href="/"' in main and "<h1" in main and "style=" not in text


def test_the_page_of_all_parts_is_for_owners_of_a_playground(web: WebShop) -> None:
    text = web.clients["owner"].get("/design/").content.decode()
    assert 'data-bs-theme="light"' in text and 'data-bs-theme="dark"' in text and text.count("r-clock late") == 4
    assert web.clients["supervisor"].get("/design/").status_code == 403
    with web.world.writing() as cur:
        cur.execute("update base_clock set playground = false")
    clock.forget()
    assert web.clients["owner"].get("/design/").status_code == 404
