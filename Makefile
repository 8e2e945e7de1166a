# make run and make test do all the set-up on a fresh machine; the second time they only check.
.DEFAULT_GOAL := help
.PHONY: help run test lint train clean lock setup setup-dev

PYTHON := .venv/bin/python
DOORWIJZER := .venv/bin/doorwijzer
export RASA_TELEMETRY_ENABLED := false

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: setup ## set up what is missing and start Doorwijzer
	@exec $(DOORWIJZER) serve

test: setup-dev ## run all tests (the system and browser tests included)
	$(PYTHON) -m pytest $(ARGS)

lint: ## style, types, import rules, texts, decisions and directory
	@deploy/bootstrap.sh dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-cache
	$(DOORWIJZER) texts check
	$(DOORWIJZER) decisions check
	$(DOORWIJZER) directory check
	$(DOORWIJZER) events check
	$(DOORWIJZER) referral check

train: ## train the model, also when nothing changed
	@deploy/bootstrap.sh run
	@$(DOORWIJZER) train --force

clean: ## remove what can be made again (never var/: database, secret key)
	rm -rf .venv .bootstrap .rasa node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf bot/web/static/vendor models/*.tar.gz models/*.json results build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## resolve the packages anew and write the lock files
	@deploy/lock.sh

setup:
	@deploy/bootstrap.sh run
	@$(DOORWIJZER) setup

setup-dev:
	@deploy/bootstrap.sh dev
	@$(DOORWIJZER) setup
