# Every target sets up its own virtual environment from `python3` alone; `uv` is used when it is on the PATH.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# One test process a core; `make test WORKERS=0` runs all in one.
WORKERS ?= auto
PYTEST  := $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile
# Tests start many processes; what they run is compiled once, not by each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test test-short check clients soak soak-live kills soak-limits bench bench-peers performance lock clean

setup: $(READY)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eliteflow needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "setting up $(VENV) with $$($(PYTHON) --version) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --clear --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --python $(BIN)/python -r requirements/dev.txt && \
		uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
		$(PYTHON) -m venv --clear $(VENV) && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements/dev.txt && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e . ; \
	fi
	@touch $(READY)

# The main job: the whole market, three cycles, against a local venue. No account, no key, no internet.
run: $(READY)
	$(BIN)/eliteflow run --emulator --cycles 3 --interval 5

# The unit part first, by itself: its time is printed. Then everything else.
test: $(READY)
	$(PYTEST) tests/unit
	$(PYTEST) tests --ignore=tests/unit

# All but the scenarios and the recorded markets, which take the longest: what .ci/run asks of the further Pythons.
test-short: $(READY)
	$(PYTEST) tests/unit
	$(PYTEST) tests --ignore=tests/unit --ignore=tests/scenarios -m "not recorded"

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs

# Other people's clients against the emulator. They pin older versions of what we use, so they get an environment of
# their own: theirs first, ours over it.
CLIENTS := $(VENV)-clients
clients: requirements/clients.txt requirements/dev.txt
	$(PYTHON) -m venv --clear $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install -qq --disable-pip-version-check -r requirements/clients.txt
	$(CLIENTS)/bin/python -m pip install -qqq --disable-pip-version-check -r requirements/dev.txt
	$(CLIENTS)/bin/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	ELITEFLOW_CLIENTS=required $(CLIENTS)/bin/python -m pytest tests/clients

# A whole day under the venue's limits in virtual time, and a million steps of the ledger.
soak-limits: $(READY)
	ELITEFLOW_SCENARIO_HOURS=24 ELITEFLOW_LEDGER_STEPS=1000000 $(BIN)/python -m pytest -rP \
		tests/scenarios/test_weight_day.py tests/property/test_weight_properties.py

# Seven days of 530 contracts under every kind of fault, in virtual time; docs/soak.md says what it shows.
soak: $(READY)
	$(BIN)/python -m tests.scenarios.soak

# The same in real time, over sockets, for 20 minutes of faults and 12 of calm; the report is bench/results/soak-live.md.
soak-live: $(READY)
	$(BIN)/python -m bench.soak_live

# SIGTERM and kill -9, 20 of each, and what is left of candles and signals; the report is bench/results/kills.md.
kills: $(READY)
	$(BIN)/python -m bench.kills

bench: $(READY)
	$(BIN)/eliteflow bench

# Everything of docs/performance.md, other people's clients included: theirs first, ours over it. About an hour.
PEERS := $(VENV)-peers
$(PEERS)/.ready: requirements/peers.txt requirements/runtime.txt
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r requirements/peers.txt
	$(PEERS)/bin/python -m pip install -qqq --disable-pip-version-check -r requirements/runtime.txt
	$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

bench-peers: $(PEERS)/.ready
	$(PEERS)/bin/python -m bench run --peers --rounds 5

# The figures of docs/performance.md and of the pages that quote it, from the last run of bench-peers.
performance: $(PEERS)/.ready
	$(PEERS)/bin/python -m bench publish

# Rewrites the pins; needs uv. No index address may enter the repository.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header -q --upgrade -o requirements/runtime.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --no-emit-index-url --no-header -q --upgrade -o requirements/dev.txt
	uv pip compile --group clients --universal --python-version 3.11 --no-emit-index-url --no-header -q --upgrade -o requirements/clients.txt
	uv pip compile --group peers --universal --python-version 3.11 --no-emit-index-url --no-header -q --upgrade -o requirements/peers.txt

clean:
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
