# Everything a developer runs. Needs Python 3.11 or newer and nothing else.

PYTHON_HERE := .venv/bin/python
ARGS ?=
URL ?=
UPGRADE ?=

.DEFAULT_GOAL := help
.PHONY: help install run test tour schema requirements lint format audit

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: install ## Run the product: http://127.0.0.1:8000, elsewhere with PORT=9000
	@$(PYTHON_HERE) -m dev.run

test: install ## Run the tests; a part of them with ARGS="-k name"
	@$(PYTHON_HERE) -m pytest $(ARGS)

tour: install ## Walk through every route of a running server; another one with URL=
	@$(PYTHON_HERE) -m dev.tour $(URL)

schema: install ## Write openapi.json, which a test compares with the routes
	@$(PYTHON_HERE) manage.py spectacular --format openapi-json --file openapi.json \
		--validate --fail-on-warn

COMPILE := -m uv pip compile --quiet --no-header --no-annotate --universal --python-version 3.11

requirements: install ## Pin what the .in files ask for; UPGRADE=--upgrade takes newer versions
	@$(PYTHON_HERE) $(COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	@$(PYTHON_HERE) $(COMPILE) $(UPGRADE) requirements-dev.in -c requirements.txt -o requirements-dev.txt

lint: install ## Check the style, and that no migration is missing
	@$(PYTHON_HERE) -m ruff check .
	@$(PYTHON_HERE) -m ruff format --check .
	@$(PYTHON_HERE) manage.py makemigrations --check --dry-run

format: install ## Mend the style
	@$(PYTHON_HERE) -m ruff check --fix .
	@$(PYTHON_HERE) -m ruff format .

audit: install ## Look for pins with known holes; asks the Python Package Index
	@$(PYTHON_HERE) -m uv tool run pip-audit --requirement requirements.txt --disable-pip --no-deps --strict

install:
	@dev/install.sh
