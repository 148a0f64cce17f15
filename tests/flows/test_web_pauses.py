"""The clock of a task is stopped and let go on from its card and by API: what everybody sees meanwhile."""

from tests.flows.api_shop import ApiShop
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def test_the_card_offers_the_states_with_their_ends_and_warns_of_what_was_told(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    text = operator.get(f"/tasks/{task}/").content.decode().replace("\u00a0", " ")
    assert "Waits for the supplier" in text and "until 12:00 on 4 March" in text
    assert "The buyer was told" not in text, "he has been told nothing yet"
    with web.world.writing() as cur:
        cur.execute(
            "update promises_promise set state = 'open', told_at = %s where order_id = %s", (web.world.now, order)
        )
    assert "The buyer was told that you call by 13:00. That stays." in operator.get(f"/tasks/{task}/").content.decode()
    said = operator.post(f"/tasks/{task}/pause", {"state": "supplier"}, follow=True).content.decode()
    assert said.count("The buyer was told that you call by 13:00") == 2, (
        "in the toast, and on the card as long as it stands"
    )


def test_a_paused_task_stands_with_its_reason_and_goes_on(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    operator.post(f"/tasks/{task}/claim")
    done = operator.post(f"/tasks/{task}/pause", {"state": "colleague", "pause_note": "Asked Oleg"}, follow=True)
    card = done.content.decode()
    assert "The clock stands until 16:00: waits for a colleague." in card and f"/tasks/{task}/pause/undo" in card
    assert "Asked Oleg" in card and f"/tasks/{task}/resume" in card
    queue = operator.get("/tasks/").content.decode()
    assert "Standing with you" in queue and "Waits for a colleague. Stands until 16:00" in queue
    assert 'id="q-mine"' not in queue, "it is no load of his"
    assert web.clients["supervisor"].post(f"/tasks/{task}/resume").status_code == 409
    resumed = operator.post(f"/tasks/{task}/resume", follow=True).content.decode()
    assert "with the working time that was left" in resumed and 'id="q-mine"' in resumed
    assert operator.post(f"/tasks/{task}/resume").status_code == 409
    timeline = operator.get(f"/people/{web.world.one('select person_id from desk_task where id = %s', task)}/")
    assert "The task&#x27;s clock was stopped" in timeline.content.decode()


def test_a_pause_is_undone_from_its_toast(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    before = web.world.rows("select not_before, target_at, due_at, paused_at from desk_task where id = %s", task)
    operator.post(f"/tasks/{task}/pause", {"state": "buyer"})
    assert operator.post(f"/tasks/{task}/pause", {"state": "supplier"}).status_code == 409
    assert (
        operator.post(f"/tasks/{task}/pause/undo", follow=True).content.decode().count("the clock runs as before") == 1
    )
    assert (
        web.world.rows("select not_before, target_at, due_at, paused_at from desk_task where id = %s", task) == before
    )
    assert operator.post(f"/tasks/{task}/pause", {"state": "moon"}).status_code == 422


def test_a_queue_that_is_open_elsewhere_hears_of_a_pause(web: WebShop) -> None:
    _, order = web.buy()
    task, operator = web.task_of(order), web.clients["operator"]
    seen = operator.get(f"/tasks/queue?card={task}").content.decode()
    version = seen.partition('data-version="')[2].partition('"')[0]
    assert operator.get(f"/tasks/queue?card={task}&v={version}").status_code == 204
    web.clients["supervisor"].post(f"/tasks/{task}/pause", {"state": "supplier"})
    assert operator.get(f"/tasks/queue?card={task}&v={version}").status_code == 200


def test_the_api_pauses_and_resumes(api: ApiShop) -> None:
    api.buys()
    (task,) = api.get("/tasks?order=1001", scope="desk")["items"]
    path = f"/tasks/{task['id']}"
    paused = api.call("POST", f"{path}:pause", {"state": "colleague", "note": "asked"}, scope="desk").json()
    assert (paused["pause"], paused["not_before"], paused["due_at"]) == (
        "colleague", "2026-03-02T16:00:00Z", "2026-03-02T17:00:00Z",
    )  # fmt: skip
    other = api.call("POST", f"{path}:pause", {"state": "supplier"}, scope="desk")
    assert (other.status_code, other.json()["code"], other.json()["state"]) == (409, "paused", "colleague")
    unknown = api.call("POST", f"{path}:resume", scope="desk").json()
    assert (unknown["pause"], unknown["due_at"]) == (None, "2026-03-02T13:00:00Z")
    again = api.call("POST", f"{path}:resume", scope="desk")
    assert (again.status_code, again.json()["code"]) == (409, "not_paused")
    wrong = api.call("POST", f"{path}:pause", {"state": "moon"}, scope="desk")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/state"
