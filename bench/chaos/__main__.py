"""`python -m bench.chaos kill|pg --runs N --seed S --kind all|moves`: one line of figures, exit 0 or 1."""

import argparse
import json
import sys

from bench.chaos import runs


def main(arguments: list[str]) -> int:
    """Run one kind; exit code 0 when everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["kill", "pg"])
    parser.add_argument("--runs", type=int, default=0, help="default: every failpoint and 5 at random; 5 for pg")
    parser.add_argument(
        "--kind", choices=[runs.ALL, runs.MOVES], default=runs.ALL, help="moves: under changes of a scheme"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if given.name == "kill":
        good, line = runs.kill(given.runs, given.seed, given.kind)
    else:
        good, line = runs.pg(given.runs or 5, given.seed)
    print(json.dumps({"good": good, "line": line}) if given.json else line)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
