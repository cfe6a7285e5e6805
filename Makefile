# Everything that is done with Traject, one word each. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
TRANSLATIONS := $(wildcard locale/*/LC_MESSAGES/django.po)

# A Python environment with the packages of one requirements file, and only with the hashes written there.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Traject needs Python 3.11 or newer: make $@ PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(1) from $(2): the first time this takes a minute or two."
	@$(PYTHON) -m venv --clear $(1) || { echo "Python cannot make environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@$(1)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r $(2)
	@touch $@
endef

define DEMO_PEOPLE

  The sign-in page has a button for each of them; by hand the password is traject-demo.
    physiotherapist  sanne@traject.example
    front desk       karim@traject.example
    manager          marieke@traject.example
    administrator    bas@traject.example
endef
export DEMO_PEOPLE

.PHONY: help
help: ## list what can be done
	@grep -E '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: run
run: export DEMO ?= 1
run: .venv/.ready translations ## set up, load the demo data and serve on http://localhost:8000 (PORT=8001: elsewhere)
	@.venv/bin/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || { echo "Port $(PORT) is in use. Try: make run PORT=8001"; exit 1; }
	@mkdir -p var/static
	@.venv/bin/python manage.py migrate --verbosity 0
	@.venv/bin/python manage.py load_content
	@[ "$$DEMO" != 1 ] || { .venv/bin/python manage.py load_demo && .venv/bin/python manage.py load_demo_agenda; }
	@echo
	@echo "  Traject is on http://localhost:$(PORT)  (Ctrl+C stops it; the data stays in var/)"
	@[ "$$DEMO" != 1 ] || printf '%s\n' "$$DEMO_PEOPLE"
	@echo
	@.venv/bin/python manage.py tick --every 60 & exec .venv/bin/granian --interface wsgi --workers 2 --blocking-threads 4 --workers-kill-timeout 2 --no-ws --port $(PORT) --log-level error config.wsgi:application

.PHONY: test
test: .venv-dev/.ready ## run every test: SQLite, PostgreSQL, browser, races
	@.venv-dev/bin/python -m tests.suite

.PHONY: lint lint-style lint-imports lint-types lint-migrations lint-templates
lint: lint-style lint-imports lint-types lint-migrations lint-templates ## check style, imports, types, migrations and templates

lint-style: .venv-dev/.ready
	.venv-dev/bin/ruff check .
	.venv-dev/bin/ruff format --check .

lint-imports: .venv-dev/.ready
	.venv-dev/bin/lint-imports

lint-types: .venv-dev/.ready
	.venv-dev/bin/mypy

lint-migrations: .venv-dev/.ready
	.venv-dev/bin/python manage.py makemigrations --check --dry-run

lint-templates: .venv-dev/.ready
	.venv-dev/bin/djlint --lint templates

.PHONY: bench
bench: .venv-dev/.ready ## measure and write docs/benchmarks.md (ONLY=pages: one measurement)
	.venv-dev/bin/python -m benchmarks $(ONLY)

.PHONY: docs
docs: .venv-dev/.ready ## write the pages of docs/generated that are drawn from code and content
	.venv-dev/bin/python -m tests.generated
	.venv-dev/bin/python -m tests.cases.report

.PHONY: screenshots
screenshots: .venv-dev/.ready ## take the pictures of docs/screenshots anew, and count the journeys
	SCREENSHOTS=1 .venv-dev/bin/python -m pytest -m browser

.PHONY: messages
messages: .venv-dev/.ready ## gather the texts of the screens into the Dutch catalogue
	.venv-dev/bin/python -m tests.translations

.PHONY: lock
lock: .venv-dev/.ready ## write requirements*.txt anew from requirements*.in
	.venv-dev/bin/uv pip compile $(LOCK) requirements.in -o requirements.txt
	.venv-dev/bin/uv pip compile $(LOCK) requirements-dev.in -o requirements-dev.txt
LOCK := --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade

.PHONY: clean
clean: ## remove the environments and everything that was built, not the data in var/
	rm -rf .venv .venv-dev .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage var/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete 2>/dev/null || true

.PHONY: translations
translations: $(TRANSLATIONS:.po=.mo)

%.mo: %.po .venv/.ready
	@.venv/bin/pybabel --quiet compile --input-file $< --output-file $@

.venv/.ready: requirements.txt
	$(call environment,.venv,requirements.txt)

.venv-dev/.ready: requirements-dev.txt
	$(call environment,.venv-dev,requirements-dev.txt)
