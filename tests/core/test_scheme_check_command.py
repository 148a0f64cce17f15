"""`regulars scheme check` needs no installation: the language alone can be checked anywhere."""

import os
import subprocess
from pathlib import Path

from tests.installation import COMMAND

SHIPPED = Path(__file__).parents[2] / "src/regulars/schemes/after-order.yaml"


def check(folder: Path, file: Path, language: str = "") -> "subprocess.CompletedProcess[str]":
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "LANG")} | {"LANG": language}
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


def test_facts_are_known_without_an_installation_and_told_in_both_languages(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "scheme: w\nper: order\nstarts: order.placed\nsteps:\n"
        "  a: {if: order.payment.state == 'paid', yes: b, no: end}\n"
        '  b: {send: {subject: S, text: "Hi {{ person.frist_name }}, by {{ promise.due | time }}"}}\n',
        "utf-8",
    )
    said = check(tmp_path, wrong).stdout.splitlines()
    assert [line.partition(":")[0] for line in said] == ["error"] * 3
    assert "line 5, step 'a'" in said[0] and "Did you mean 'order.payment.status'?" in said[0]
    assert all("line 6, step 'b'" in line for line in said[1:])
    assert any("Did you mean 'person.first_name'?" in line for line in said[1:])
    assert any("nothing is promised here" in line for line in said[1:])
    russian = check(tmp_path, wrong, "ru_RU.UTF-8").stdout.splitlines()
    assert russian[0].startswith("ошибка: ") and "строка 5, шаг «a»" in russian[0]
    wrong.write_text("scheme: w\nper: order\nstarts: order.placed\nsteps:\n  a: {wait: 1d}\n", "utf-8")
    assert check(tmp_path, wrong, "ru_RU.UTF-8").stdout == "проверено: 1, всё в порядке\n"
    assert not (tmp_path / "nothing").exists()
