"""Two schemes that advertise at once: told on the page, and kept with a reason."""

from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

TEXT = """\
scheme: NAME
per: order
starts: order.delivered
steps:
  pause: {wait: 14d}
  offer: {send: {subject: {en: New, ru: Новое}, text: {en: New, ru: Новое}, purpose: advertising}}
"""
ONE, TWO = TEXT.replace("NAME", "one"), TEXT.replace("NAME", "two")
AT, KEY = "/schemes/of/two/", "offer|advertising_beside"
SAID = "advertises to the same people within a day of other schemes: one (offer)."


def test_it_stands_on_the_page_and_is_kept_with_a_reason(web: WebShop) -> None:
    owner = web.clients["owner"]
    for name, text in (("one", ONE), ("two", TWO.replace("14d", "20d"))):
        assert owner.post("/schemes/publish", {"name": "", "text": text, "do": "publish"}).status_code == 302, name
    owner.post("/schemes/draft", {"name": "two", "text": TWO})
    page = owner.get(f"{AT}?view=text").content.decode()
    assert SAID in page.replace("&#x27;", "'") and "1 warning" in page and f'value="{KEY}"' in page
    found = owner.post("/schemes/check", {"name": "two", "text": TWO}).json()
    (problem,) = found["problems"]
    assert (problem["line"], problem["step"], problem["code"]) == (6, "offer", "advertising_beside")
    form = {"name": "two", "keep": KEY, f"reason|{KEY}": "the second is for members", "text": TWO}
    owner.post("/schemes/keep", form)
    page = owner.get(f"{AT}?view=text").content.decode()
    assert "Kept: the second is for members" in page and "1 warning" not in page
    owner.post("/language", {"language": "ru", "next": "/"})
    page = owner.get(f"{AT}?view=text").content.decode().replace("\xa0", " ")
    assert "придёт тем же людям меньше чем за сутки" in page and "за 30 дн.: не больше 2" in page
    assert owner.post("/schemes/publish", {"name": "two", "base": "1", "text": TWO, "do": "publish"}).status_code == 302
