"""A year of a real shop as history: in a minute, mails nobody, and twice is once. The data stand beside the checkout."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = [pytest.mark.slow]
DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not (DATA / "to_orders.py").exists(), reason="LOUD: ../shared/data is not beside this checkout")
@pytest.mark.timeout(300)
def test_a_real_year_comes_in_once_and_mails_nobody(database: str, tmp_path: Path) -> None:
    from regulars.base import db
    from tests.apps.world import World

    raw = db.loop_connection("test")
    World(raw)
    raw.close()
    file = tmp_path / "orders.ndjson"
    with file.open("w") as out:
        subprocess.run([sys.executable, str(DATA / "to_orders.py"), "online-retail"], stdout=out, check=True)
    program = str(Path(sys.executable).with_name("regulars"))
    env = os.environ | {"DATABASE_URL": database, "REGULARS_DATA": str(tmp_path / "data")}

    def bring() -> tuple[float, dict[str, Any]]:
        began = time.monotonic()
        done = subprocess.run(
            [program, "import", "orders", str(file), "--json"], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return time.monotonic() - began, json.loads(done.stdout)

    seconds, first = bring()
    print(f"{first['rows']} rows in {seconds:.1f} s")
    assert seconds <= 60
    assert (first["rows"], first["refused"]) == (23730, 0)
    with psycopg.connect(database, autocommit=True) as check:

        def digest() -> Any:
            return check.execute(
                "select (select count(*) from orders_order), (select count(*) from people_person),"
                " (select count(*) from events_event), (select count(*) from orders_line), (select count(*) from orders_version)"
            ).fetchone()

        before = digest()
        assert before[0] == 19955
        assert before[1] == 4335
        assert check.execute("select count(*) from outbox_message").fetchone() == (0,)
        assert check.execute("select count(*) from events_event where live").fetchone() == (0,)
        bring()
        assert digest() == before
