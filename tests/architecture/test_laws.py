"""Rules of the house that no linter knows: clocks, foreign keys, file drawers, failpoint names."""

import ast
import functools
import re
from pathlib import Path

import pytest

from regulars.base.failpoints import NAMES

SOURCE = Path(__file__).parents[2] / "src" / "regulars"
FILES = sorted(p for p in SOURCE.rglob("*.py"))
CODE = [p for p in FILES if "migrations" not in p.parts]
LAYERS = [
    ["project"],
    ["cli", "web", "public", "api", "feeds", "worker"],
    ["reports"],
    ["journeys", "campaigns"],
    ["effects", "intake"],
    ["segments"],
    ["desk", "loyalty", "feedback", "bookings", "packing"],
    ["outbox"],
    ["promises"],
    ["shipping"],
    ["orders"],
    ["talks"],
    ["people", "staff"],
    ["catalog"],
    ["events"],
    ["shop"],
    ["vendors"],
    ["base"],
    ["core"],
    ["rules"],
    ["schemes"],
]
RANK = {name: i for i, layer in enumerate(LAYERS) for name in layer}


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything in a file; the module itself is the first."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def strings(path: Path) -> list[tuple[int, str]]:
    return [(n.lineno, n.value) for n in nodes(path) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def is_sql(text: str) -> bool:
    return bool(re.search(r"\b(select|insert into|update|delete from|create (table|function|index))\b", text, re.I))


def test_sql_knows_no_time_but_its_parameters_and_machine_now() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in FILES
        for line, text in strings(path)
        if is_sql(text)
        and re.search(
            r"(?<!machine_)\bnow\(\)|current_timestamp|localtimestamp|clock_timestamp|current_date", text, re.I
        )
        and path.name != "0001_functions.py"
    ]
    assert wrong == []


def test_business_time_has_one_source() -> None:
    wrong = []
    for path in CODE:
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = f"{node.value.id}.{node.attr}"
                if name in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now"}:
                    wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno} {name}")
    assert wrong == []


def test_no_foreign_key_points_upward() -> None:
    from django.apps import apps

    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("regulars."):
            continue
        own = RANK[model.__module__.split(".")[1]]
        for field in model._meta.get_fields():
            target = getattr(field, "remote_field", None) and field.related_model
            ours = getattr(field, "many_to_one", False) and target and target.__module__.startswith("regulars.")
            if ours and RANK[target.__module__.split(".")[1]] < own:
                wrong.append(f"{model.__name__}.{field.name}")
    assert wrong == []


def test_every_package_of_the_layer_list_is_there_and_no_other() -> None:
    there = {p.name for p in SOURCE.iterdir() if (p / "__init__.py").exists()}
    assert there == set(RANK)


def test_vague_drawers_do_not_exist() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "services", "managers", "signals", "misc"}
    assert [
        str(p.relative_to(SOURCE)) for p in CODE if p.stem in vague or vague & set(p.relative_to(SOURCE).parts)
    ] == []


def test_models_are_written_by_actions_alone() -> None:
    """`.save(`, `.create(`, `.delete(` of models would go past the event log."""
    wrong = []
    for path in CODE:
        if "postgres" in path.parts:  # the server's own record is a file
            continue
        for node in nodes(path):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"save", "bulk_create", "get_or_create", "update_or_create"}
            ):
                wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert wrong == []


def test_each_module_says_what_it_owns() -> None:
    silent = [
        str(p.relative_to(SOURCE))
        for p in CODE
        if p.name not in {"__init__.py", "apps.py"} and not ast.get_docstring(nodes(p)[0])
    ]
    assert silent == []


def test_the_list_of_failpoints_is_the_code_s() -> None:
    used = set()
    for path in CODE:
        for node in nodes(path):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "hit":
                used |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    used = {u for u in used if "." in u}
    assert used == NAMES


@pytest.mark.parametrize("part", ["core", "rules", "schemes"])
def test_the_pure_part_reads_no_clock_and_no_file(part: str) -> None:
    wrong = []
    for path in (SOURCE / part).rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                wrong.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                wrong += [
                    f"{path}:{node.lineno} {n}"
                    for n in names
                    if n.split(".")[0] in {"random", "time", "socket", "os", "subprocess", "django", "psycopg"}
                ]
    assert wrong == []
