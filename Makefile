# Everything this project needs beyond python3, git and make is installed from here.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

HANSA_PORT ?= 8000
export HANSA_PORT

BIN := .venv/bin
# A stamp inside the environment goes with the environment: remove .venv, and all is made anew.
DONE := .venv/done
# What pip says is kept, and shown only when it fails.
PIP := bash tools/quietly.sh build/pip.log $(BIN)/python -m pip --disable-pip-version-check --no-input
MESSAGES := $(shell find src locale -name '*.po' 2>/dev/null)

.PHONY: help
help: ## list what can be made (default)
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(DONE)/project $(DONE)/messages build/assets/made-from ## set up to run: leaves .venv/bin/hansa
	@:

.PHONY: setup-dev
setup-dev: setup $(DONE)/dev ## set up to test: also the checkers, Chromium and PostgreSQL
	@bash tools/chromium.sh
	@bash tools/judges.sh
	@bash tools/schemas.sh
	@bash tools/postgres.sh

.PHONY: demo
demo: setup ## play the demo on 127.0.0.1, port HANSA_PORT (8000)
	@exec $(BIN)/hansa demo

.PHONY: demo-nodes
demo-nodes: setup ## play the demo on five nodes of their own, ports HANSA_PORT and up
	@exec $(BIN)/hansa demo-nodes

.PHONY: serve
serve: setup ## serve a real node
	@exec $(BIN)/hansa serve

.PHONY: test
test: setup-dev ## all checks and all tests, browser journeys included
	@bash tools/check.sh

SEEDS ?= 20000
.PHONY: soak
soak: $(DONE)/dev $(DONE)/project ## play 20,000 seeds (SEEDS) of the fault rig; goes on where it was stopped
	@$(BIN)/python -m tests.rig soak $(SEEDS)

.PHONY: lint lint-only
lint: $(DONE)/dev $(DONE)/project lint-only ## style, sizes, and who may import whom
lint-only:
	@failed=0
	$(BIN)/ruff check || failed=1
	$(BIN)/ruff check --config tools/ruff-faces.toml src || failed=1
	$(BIN)/ruff format --check --quiet || { echo "Some files are not laid out as the rest. Run: make format"; failed=1; }
	$(BIN)/python tools/sizes.py || failed=1
	$(BIN)/lint-imports --no-logo || failed=1
	exit $$failed

.PHONY: types types-only
types: $(DONE)/dev $(DONE)/project types-only ## mypy, strict
types-only:
	@$(BIN)/mypy

.PHONY: format
format: $(DONE)/dev ## lay out the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

.PHONY: bench
bench: $(DONE)/dev setup ## figures, each beside this machine's own limit
	@$(BIN)/python -m bench

.PHONY: lock
lock: ## compile requirements/*.in again, with hashes
	@bash tools/lock.sh

.PHONY: clean
clean: ## remove all that make made, the demo's data included
	rm -rf .venv build .demo .demo-nodes .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# --- what the targets above stand on ---------------------------------------------------------

$(DONE)/venv:
	@bash tools/venv.sh .venv
	@mkdir -p build $(DONE) && touch $@

$(DONE)/run: $(DONE)/venv requirements/run.txt requirements/build.txt
	@echo "Installing what Hansa runs on."
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@touch $@

$(DONE)/project: $(DONE)/run pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/dev: $(DONE)/run requirements/dev.txt
	@echo "Installing the checkers and test tools."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(DONE)/messages: $(DONE)/project $(MESSAGES)
	@$(if $(MESSAGES),$(BIN)/hansa messages,true)
	@touch $@

build/assets/made-from: package.json package-lock.json tools/assets.py requirements/node.txt | $(DONE)/venv
	@$(BIN)/python tools/assets.py
