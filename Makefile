# Two commands do everything on a fresh Debian or Ubuntu machine: `make run` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
# Program=package of the database servers that the tests start for themselves.
DATABASES := '/usr/lib/postgresql/*/bin/postgres=postgresql' mariadbd=mariadb-server
# Cached bytecode halves the start of every process.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-full lint bench lock docs screenshots clean

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.run: requirements.lock pyproject.toml hatch_build.py $(wildcard src/skywarden/console/islands/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); } || { echo "The venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-node.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/skywarden kernels
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run ## start the whole platform on a simulated network and print where the console is
	$(BIN)/skywarden up $(ARGS)

lint: $(VENV)/.test ## ruff, import arrows, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: lint ## everything that guards main
	tests/install_servers.sh chromium=chromium $(DATABASES)
	$(BIN)/pytest -m "not full" -n 2 --dist loadfile $(ARGS)

test-full: lint ## also the slow tests with real foreign servers from npm
	tests/install_servers.sh chromium=chromium $(DATABASES) npm=npm g++=g++ make=make
	$(BIN)/pytest $(ARGS)

bench: $(VENV)/.test ## every benchmark; each ends in one JSON line
	$(BIN)/skywarden bench decode tests/data/pds_recorded.frames
	$(BIN)/skywarden bench compile
	$(BIN)/skywarden bench features
	$(BIN)/skywarden bench rules --check
	$(BIN)/skywarden bench detect
	$(BIN)/skywarden bench live
	$(BIN)/skywarden bench investigate
	$(BIN)/skywarden bench labels
	$(BIN)/skywarden bench api

lock: $(VENV)/.test ## resolve dependencies anew and pin them with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group pyproject.toml:build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group pyproject.toml:build --group pyproject.toml:dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group pyproject.toml:node -o requirements-node.lock

screenshots: $(VENV)/.test ## write screenshots of every page to docs/images
	tests/install_servers.sh chromium=chromium
	SKYWARDEN_SCREENSHOTS=docs/images $(BIN)/pytest tests/browser
	@ls docs/images

docs: $(VENV)/.test ## write the generated reference pages
	$(BIN)/skywarden docs

clean: ## remove what was built here; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
