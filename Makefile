# Every target sets up what it needs. PYTHON may name another interpreter (3.12 or later).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test test-fast check dashboard bench docs clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.12 or later is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 12) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[figures,dashboard,test]'
	touch $(STAMP)

run: $(STAMP)
	$(BIN)/microdrama main --out results/main

test: $(STAMP) check
	$(BIN)/python -m pytest -n 2

test-fast: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m 'not slow'

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dashboard: $(STAMP)
	$(BIN)/solara run dashboards/app.py --production

bench: $(STAMP)
	$(BIN)/python -m benchmarks.bench

docs: $(STAMP)
	$(BIN)/microdrama parameters --markdown > docs/parameters.md
	$(BIN)/python -m experiments.mechanisms > docs/mechanisms.md

clean:
	rm -rf $(VENV) results build dist *.egg-info
