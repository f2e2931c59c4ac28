# Each target sets up what it needs: `make demo` and `make test` work on a fresh clone.
# Debian or macOS with Python 3.11 or newer; `make help` lists the targets.

PORT ?= 8000
VAR ?= var
ARGS ?=
WORKERS ?= 2
BIN := .venv/bin
READY := .venv/.ready
PACKAGE := zerotrip tests bench tools update

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup browser demo test check bench screenshots pins clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Make .venv with exactly the pinned packages

$(READY): pyproject.toml requirements.txt tools/requirements-uv.txt tools/setup
	@tools/setup

browser: $(READY) ## Find or install a Chromium for the browser tests
	@tools/browser

demo: $(READY) ## Start a running province at PORT (8000), with its data in VAR (var)
	@ZEROTRIP_VAR="$(VAR)" exec $(BIN)/zerotrip demo --port $(PORT)

test: $(READY) browser ## Run all tests by two workers; ARGS="tests/rules -k clock" runs some, WORKERS=0 in one process
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(READY) ## Style, types, walls between rooms, migrations, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	ZEROTRIP_VAR="$(VAR)" $(BIN)/zerotrip makemigrations --check --dry-run
	$(BIN)/python tools/messages.py --check

bench: $(READY) ## Measure everything that has a speed to reach, and print the tables
	@exec $(BIN)/python -m bench $(ARGS)

screenshots: $(READY) browser ## Take the pictures of the README from this very build
	@ZEROTRIP_SCREENSHOTS=docs/screenshots exec $(BIN)/pytest tests/journeys $(ARGS)

pins: $(READY) ## Bring the pinned packages up to date
	@exec $(BIN)/python tools/pin.py

clean: ## Stop a database left behind in VAR and delete everything made here; VAR itself is kept
	@if [ -x $(BIN)/zerotrip ]; then ZEROTRIP_VAR="$(VAR)" $(BIN)/zerotrip stop || true; fi
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results var/test-*
	@find $(PACKAGE) -name __pycache__ -type d -prune -exec rm -rf {} +
