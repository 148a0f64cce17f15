"""What the environment says reaches Django whole."""

import json
import os
import subprocess
import sys

SHOW = "import json; from regulars.project import settings as s; print(json.dumps(s.DATABASES['default']['OPTIONS']))"


def test_what_the_database_url_asks_for_is_kept_beside_our_own() -> None:
    env = {**os.environ, "DATABASE_URL": "postgresql://u:p@db.test:5433/r?sslmode=verify-full&sslrootcert=/etc/ca.pem"}
    done = subprocess.run([sys.executable, "-c", SHOW], env=env, capture_output=True, text=True, timeout=60, check=True)
    options = json.loads(done.stdout)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert options["pool"]["max_size"] > 0
    assert "statement_timeout" in options["options"]
