# All set-up and checks; only Python 3.11 (or newer) and make are assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := .setup.stamp
FAST := tests/core tests/rules tests/architecture
BUILT := src/regulars/web/static/built/assets.json
LOOKS := $(wildcard assets/*.js assets/*.css assets/*.mjs assets/*.json src/regulars/web/templates/*.html src/regulars/web/templates/web/*.html src/regulars/web/templates/web/*/*.html)

# The suite starts hundreds of processes, and pytest rewrites every test file: neither is to be compiled anew each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup up test check lint fast format chaos long

setup: $(STAMP) $(BUILT)

$(STAMP): requirements-dev.lock pyproject.toml hatch_build.py $(wildcard src/regulars/project/locale/*/LC_MESSAGES/django.po)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1 || true
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	REGULARS_SKIP_ASSETS=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m regulars.project.compile_messages
	@touch $(STAMP)

$(BUILT): $(STAMP) $(LOOKS)
	$(BIN)/python hatch_build.py
	@touch $(BUILT)

up: setup
	$(BIN)/regulars demo

check: setup
	@$(MAKE) --no-print-directory -j 2 lint fast

lint: setup
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy src/regulars
	$(BIN)/lint-imports

fast: setup
	REGULARS_QUICK=on $(BIN)/pytest -m "not db and not slow and not browser" $(FAST)

format: setup
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

test: lint
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not timed"
	$(BIN)/pytest -m timed

chaos: setup
	$(BIN)/regulars chaos kill --runs 3000 --seed 1
	$(BIN)/regulars chaos pg --runs 50 --seed 1

# What the suite does in a short form, whole.
long: setup
	REGULARS_WHOLE=on $(BIN)/pytest tests/browser tests/faults bench
