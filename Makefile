# Onecounter. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
STAMP := .venv/.onecounter-set-up
ARGS ?=
export PYTHON CHROMIUM

.PHONY: help setup run talk train doctor demo import bench \
        test test-fast test-e2e test-full check lint types imports format lock clean distclean

help: ## this list
	@echo "Onecounter: answers a shop's customers from the shop's own records."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo
	@echo "Everything else: .venv/bin/onecounter --help"

setup: $(STAMP) ## get the tools and libraries, into .tools and .venv
$(STAMP): requirements.lock requirements-tools.lock pyproject.toml scripts/setup
	@scripts/setup

# --- use it ---------------------------------------------------------------------------------------
run: $(STAMP) ## start everything: database, demo shop, model, web chat on http://127.0.0.1:8000
	@exec $(BIN)/onecounter run $(ARGS)

talk: $(STAMP) ## talk to the bot in the terminal
	@exec $(BIN)/onecounter talk $(ARGS)

demo: $(STAMP) ## load the demo shop (again)
	@exec $(BIN)/onecounter shop demo $(ARGS)

import: $(STAMP) ## load your shop's records: make import FILE=shop.json
	@test -n "$(FILE)" || { echo "say which file: make import FILE=shop.json" >&2; exit 2; }
	@exec $(BIN)/onecounter shop import "$(FILE)" $(ARGS)

doctor: $(STAMP) ## check the installation and say how to mend it
	@exec $(BIN)/onecounter doctor $(ARGS)

train: $(STAMP) ## train the model if the training data changed
	@exec $(BIN)/onecounter train $(ARGS)

bench: $(STAMP) ## measure speed and memory
	@exec $(BIN)/onecounter bench $(ARGS)

# --- change it ------------------------------------------------------------------------------------
test: $(STAMP) ## set up and run every check and every test
	@scripts/browser > /dev/null
	@$(MAKE) --no-print-directory lint types imports
	@$(MAKE) --no-print-directory test-fast
	@$(MAKE) --no-print-directory test-e2e

test-fast: $(STAMP) ## every test but those of the running product
	$(BIN)/pytest -q -n 2 -m "not e2e" $(ARGS)

test-e2e: $(STAMP) ## the tests of the running product: real processes, kill -9, a real browser
	ONECOUNTER_TEST_CHROMIUM="$$(scripts/browser)" $(BIN)/pytest -q -p no:randomly -m e2e tests/e2e $(ARGS)

test-full: $(STAMP) ## the channels' suite with 1,000 examples of each property
	ONECOUNTER_TEST_EXAMPLES=1000 $(BIN)/pytest -q -n 2 tests/contract/channels $(ARGS)

check: $(STAMP) lint types imports ## what to run before a commit: two minutes
	$(BIN)/pytest -q -n 2 -m "not e2e" tests/unit tests/contract $(ARGS)

lint: $(STAMP) ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP) ## who may import whom
	$(BIN)/lint-imports

format: $(STAMP) ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(STAMP) ## choose library versions anew (docs/decisions/0001)
	.tools/bin/uv lock --upgrade
	.tools/bin/uv export --quiet --frozen --no-emit-project --no-header --no-annotate \
		--format requirements.txt --output-file requirements.lock
	@$(MAKE) --no-print-directory setup

clean: ## remove caches; keeps data, models and libraries
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage build *.egg-info
	find bot actions channels tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove everything set-up made; var/ (your data) stays
	rm -rf .venv .tools uv.lock
