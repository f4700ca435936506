# Every target sets up what it needs. PYTHON may name another interpreter (3.12 or later).
PYTHON ?= python3
BIN := .venv/bin
# Modules are kept as bytecode: each of the many processes would read their sources anew otherwise.
unexport PYTHONDONTWRITEBYTECODE

EXTRAS_run := calibration,export,figures,sensitivity
EXTRAS_dashboard := dashboard
EXTRAS_test := figures,calibration,dashboard,dask,mesa-viz,sensitivity,export,docs,test
EXTRAS_docs := docs

.PHONY: calibration answer structures findings run test test-fast fuzz check chromium compile dashboard bench docs mechanisms verification vitals clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and "Python 3.12 or later is needed, $(PYTHON) is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv

.venv/.for-%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS_$*)]'
	@touch $@

.PHONY: install
install: .venv/.for-run

run: .venv/.for-run
	$(BIN)/microdrama main --out results/main

# Once, and not by every worker of the tests at the same time.
compile: .venv/.for-test
	@PYTHONPATH=tests $(BIN)/python -c 'from pages import warmed; warmed()'

test:
	@$(MAKE) --jobs 3 check chromium compile
	$(BIN)/python -m pytest -n 3 --dist loadgroup --durations=25

# The page is tested in a real browser: Debian's, installed if that can be done. Without one its tests are skipped, and say so.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || echo "no chromium: browser tests are skipped"

# Malformed files of every kind and command lines, in this process; `make test` tries the first 200.
fuzz: .venv/.for-test
	PYTHONPATH=tests $(BIN)/python -m malformed --first 1000 --cases $(or $(CASES),2000)

test-fast: compile
	$(BIN)/python -m pytest -n 3 --dist loadgroup -m 'not slow'

check: .venv/.for-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p build/typed/microdrama && cd build/typed/microdrama && \
		ln -sf ../../../microdrama/* . && ln -sfn ../../../model model && ln -sfn ../../../experiments experiments && ln -sfn ../../../dashboards dashboards
	$(BIN)/mypy

findings: .venv/.for-run
	$(BIN)/microdrama findings --out results --docs docs

dashboard: .venv/.for-dashboard
	$(BIN)/microdrama dashboard

bench: .venv/.for-test chromium
	$(BIN)/python -m benchmarks.page docs/performance.md
	$(BIN)/python -m benchmarks.zones
	$(BIN)/python -m benchmarks.edges --page docs/edges.md
	$(BIN)/python -m benchmarks.dashboard

# Fits again (resuming what is there), and takes over the ensemble and the page.
calibration: .venv/.for-run
	$(BIN)/microdrama calibrate --out results/calibration
	cp results/calibration/ensemble.csv experiments/evidence/ensemble.csv
	mkdir -p docs/_static/calibration && cp results/calibration/*.png docs/_static/calibration
	sed 's|](\([a-z]*\.png\))|](_static/calibration/\1)|' results/calibration/report.md > docs/fit.md

# The tables that pages show beside the default; completed runs are not repeated.
structures: .venv/.for-run
	for name in structures channels; do $(BIN)/microdrama study $$name --out results/$$name && \
		cp results/$$name/answer.csv experiments/studies/answers/$$name.csv || exit 1; done

# The tables that the answer is made of, and its page; completed runs are not repeated.
ANSWERS := experiments/studies/answers
answer: .venv/.for-run structures
	$(BIN)/microdrama main --seeds 64 --out results/main-64
	cp results/main-64/answer.csv $(ANSWERS)/crisis_and_policy.csv
	for name in crisis_scope promises race; do $(BIN)/microdrama study $$name --out results/$$name && \
		cp results/$$name/answer.csv $(ANSWERS)/$$name.csv || exit 1; done
	$(BIN)/microdrama ask "zhengzhou rebate 10% from 2026-01 budget 50m/year" --seeds 16 --out results/ask-rebate
	awk -F, 'NR == 1 || ($$1 == "held" && $$3 == 0)' results/ask-rebate/answer.csv > $(ANSWERS)/ask_rebate.csv
	$(BIN)/microdrama answer --out results/answer
	sed 's|(answer.png)|(_static/answer.png)|' results/answer/answer.md > docs/answer.md
	cp results/answer/answer.png docs/_static/answer.png

docs: .venv/.for-docs
	$(BIN)/python docs/generate/reference.py docs
	$(BIN)/sphinx-build --fail-on-warning --quiet docs build/docs
	@echo "pages: build/docs/index.html"

# The exercises for classes, with answers that the model computes.
.PHONY: exercises
exercises: .venv/.for-run
	$(BIN)/python docs/generate/exercises.py docs

# Figures and the notebook of the documentation, when what they show has changed.
.PHONY: gallery
gallery: .venv/.for-test chromium
	$(BIN)/python docs/generate/gallery.py docs
	$(BIN)/python docs/generate/notebook.py docs/tutorial.ipynb

verification: .venv/.for-test
	PYTHONPATH=tests $(BIN)/python -m verification.cases --out docs/verification.md

mechanisms: .venv/.for-run
	$(BIN)/microdrama mechanisms --scale 0.3 --months 96 --out results/mechanisms --page docs/mechanisms.md

vitals: .venv/.for-run
	$(BIN)/microdrama vitals --months 84 --out results/vitals --page docs/vitals.md

clean:
	rm -rf .venv results build dist *.egg-info
