# The two commands of a newcomer: `make demo` shows Keepwell on a simulated company, `make test` runs the tests.
# Both need nothing but Python 3.11 or newer, git and make; everything else goes into .venv, in locked versions.

PYTHON ?= python3
UV_VERSION := 0.13.9
OLDER_DUCKDB := 1.5.5
BIN := .venv/bin
READY := .venv/keepwell-is-ready
READY_LEARNING := build/venv-learning/keepwell-is-ready
READY_OLDER := build/venv-duckdb1/keepwell-is-ready
ARGS ?=
# two processes of pytest; where each has a core, an engine of one thread is a tenth faster on the few rows of a test,
# and the other targets run it with all threads
TWO := -n 2 --dist worksteal

.PHONY: help setup demo test test-slow lint types contracts bench bench-learning test-duckdb1 lock
.DELETE_ON_ERROR:

help:
	@echo "make demo          a simulated company, scored, worst account first"
	@echo "make test          the tests              (more for pytest: make test ARGS='-k book')"
	@echo "make test-slow     tests marked slow; ten times as many random examples where each writes a lake; 200 kills,"
	@echo "                   a small benchmark"
	@echo "make setup         only .venv, with locked versions"
	@echo "make lint types contracts    ruff, mypy --strict, import contracts"
	@echo "make bench         time and memory        (smaller: make bench ARGS='--size 1000')"
	@echo "make bench-learning  learned tables beside other learners, on the public sets in KEEPWELL_DATA, and beside the truth"
	@echo "                     of a simulated company   (smaller: make bench-learning ARGS='--set company --accounts 400')"
	@echo "make test-duckdb1  the tests on DuckDB $(OLDER_DUCKDB)"
	@echo "make lock          write requirements.lock anew from pyproject.toml (newer versions: ARGS=--upgrade)"

setup: $(READY)

demo: $(READY)
	@$(BIN)/keepwell demo $(ARGS)

test: $(READY)
	@KEEPWELL_THREADS=1 $(BIN)/pytest $(TWO) $(ARGS)

test-slow: $(READY)
	@$(BIN)/pytest $(TWO) -m slow $(ARGS)
	@KEEPWELL_THOROUGH=10 $(BIN)/pytest $(TWO) -m "" tests/timeline tests/scoring tests/sources/test_ingest.py tests/kills tests/benchmarks $(ARGS)

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(READY)
	@$(BIN)/mypy

contracts: $(READY)
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python -m benchmarks.run $(ARGS)

bench-learning: $(READY_LEARNING)
	@build/venv-learning/bin/python -m benchmarks.learning.run $(ARGS)

test-duckdb1: $(READY_OLDER)
	@build/venv-duckdb1/bin/python -c "import duckdb; print('DuckDB', duckdb.__version__); assert duckdb.__version__ == '$(OLDER_DUCKDB)'"
	@build/venv-duckdb1/bin/pytest $(TWO) $(ARGS)

lock: $(READY)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate pyproject.toml --group dev -o requirements.lock $(ARGS)

$(READY): requirements.lock pyproject.toml
	$(call fill,.venv)
	@touch $@

$(READY_OLDER): requirements.lock pyproject.toml
	$(call fill,build/venv-duckdb1)
	@build/venv-duckdb1/bin/uv pip install -q --python build/venv-duckdb1/bin/python --no-deps duckdb==$(OLDER_DUCKDB)
	@touch $@

# the other learners are no part of the product nor of its tests
$(READY_LEARNING): requirements.lock pyproject.toml
	$(call fill,build/venv-learning)
	@build/venv-learning/bin/uv pip install -q --python build/venv-learning/bin/python --group pyproject.toml:bench-learning
	@touch $@

# $(call fill,FOLDER): a virtual environment with the locked packages and this project, editable; compiled once, or every
# command would compile all of it anew where PYTHONDONTWRITEBYTECODE is set, as in most containers
define fill
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Keepwell needs Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1); name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "setting up $(1) ..." >&2
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)
	@$(1)/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@$(1)/bin/uv pip install -q --compile-bytecode --python $(1)/bin/python --require-hashes -r requirements.lock
	@$(1)/bin/uv pip install -q --python $(1)/bin/python --no-deps --no-build-isolation -e .
	@$(1)/bin/python -m compileall -q keepwell
endef
