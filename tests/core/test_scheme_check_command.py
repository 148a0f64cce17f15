"""`regulars scheme check` needs no installation: the language alone can be checked anywhere."""

import os
import subprocess
from pathlib import Path

from tests.installation import COMMAND

SHIPPED = Path(__file__).parents[2] / "src/regulars/schemes/after-order.yaml"


def check(folder: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "LANG")}
    return subprocess.run(
        [*COMMAND, "scheme", "check", "--data", str(folder / "nothing"), str(file)],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_good_scheme_passes(tmp_path: Path) -> None:
    done = check(tmp_path, SHIPPED)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "nothing").exists()


def test_a_wrong_one_is_told_the_line_the_step_and_the_mend(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SHIPPED.read_text("utf-8").replace("    outcomes:", "    outcome:", 1), "utf-8")
    done = check(tmp_path, wrong)
    assert done.returncode == 1
    line = wrong.read_text("utf-8").split("    outcome:")[0].count("\n") + 1
    assert f"{wrong}, line {line}, step 'confirm'" in done.stdout
    assert "Did you mean 'outcomes'?" in done.stdout
