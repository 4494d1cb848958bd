# make setup | demo | test | fuzz | bench | lint | requirements        (what each does: README.md)

SHELL := /bin/bash
.DEFAULT_GOAL := setup
.PHONY: setup environment demo test fuzz bench lint requirements

PY := .venv/bin/python
STAMPS := var/stamps

# A production shell stays production: the commands below then refuse, instead of working on the wrong database.
DEMO_MODE := $(if $(filter production,$(PORTAL_MODE)),production,demo)
DEMO_ADDRESS ?= 127.0.0.1:8000

setup: environment
	@$(PY) manage.py migrate --verbosity 0
	@echo "The portal is set up. Next: make demo, or $(PY) manage.py help"

# Everything but the database: what the demonstration and the tests need, which have databases of their own.
environment: $(STAMPS)/base var/portal.env
	@.ci/system_packages base

.venv/bin/python:
	@.ci/make_venv

$(STAMPS)/base: requirements/base.txt | .venv/bin/python
	@mkdir -p $(STAMPS)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(STAMPS)/dev: requirements/base.txt requirements/dev.txt | .venv/bin/python
	@mkdir -p $(STAMPS)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt -r requirements/dev.txt
	@touch $(STAMPS)/base $@

var/portal.env: | .venv/bin/python
	@mkdir -p var
	@umask 077; $(PY) -c 'import secrets; print("PORTAL_MODE=development\nSECRET_KEY=" + secrets.token_urlsafe(64))' > $@

demo: export PORTAL_MODE := $(DEMO_MODE)
demo: environment
	@$(PY) manage.py run_demo --check --address $(DEMO_ADDRESS)
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py collectstatic --noinput --verbosity 0
	@$(PY) manage.py load_demo
	@exec $(PY) manage.py run_demo --address $(DEMO_ADDRESS)

test: environment $(STAMPS)/dev
	@.ci/system_packages test
	@$(PY) .ci/run_tests $(ARGS)

# Mutated workbooks of a new seed; make fuzz SEED=... FILES=1 tries one again. A file that fails is kept in var/fuzz.
FILES ?= 10000
fuzz: export FUZZ_FILES := $(FILES)
fuzz: export FUZZ_SEED := $(SEED)
fuzz: environment $(STAMPS)/dev
	@$(PY) -m pytest -q tests/fuzz

bench: setup
	@$(PY) manage.py bench

lint: environment $(STAMPS)/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint templates --lint --quiet
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run

# After a change of requirements/*.in. No index address may reach the files: anybody's own pip configuration decides.
COMPILE := .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
requirements: $(STAMPS)/dev
	$(COMPILE) --output-file requirements/base.txt requirements/base.in
	$(COMPILE) --output-file requirements/dev.txt requirements/dev.in
