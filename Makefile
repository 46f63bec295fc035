# Everything a developer does. Needs Python 3.11 or newer with venv, and make; the rest is installed into .venv.
# OPPFOLGING_DATABASE_URL, where set, is the PostgreSQL that run and test use instead of the embedded one.

PYTHON ?= python3
PORT ?= 8000
UV := 0.13.9
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Set by some machines; each of the many processes of the tests would compile the whole environment anew.
export PYTHONDONTWRITEBYTECODE :=
RESOLVE := var/locktools/bin/uv pip compile --quiet --no-config --upgrade --universal \
	--python-version 3.11 --generate-hashes --custom-compile-command "make lock"
INSTALL := .venv/bin/python -m pip install --quiet --no-deps
NODE_CLIENTS := tests/clients/node

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format lock openapi demo bench bench-scale fuzz clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: .venv/made ## Serve on PORT (8000) with an embedded PostgreSQL under var/; Ctrl-C ends both
	@exec .venv/bin/oppfolging-api serve --port $(PORT)

test: .venv/tools $(NODE_CLIENTS)/node_modules/made ## Run all tests, and measure which lines and branches they run
	@PYTHONPATH=tests PYTEST_PLUGINS=measured exec .venv/bin/pytest -n 2 --dist worksteal

check: .venv/tools ## Lint, check formatting and types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

format: .venv/tools ## Format the code and mend what the linter can
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

lock: ## Resolve the dependencies anew into the three lock files (needs the network)
	@$(PYTHON) -m venv --clear var/locktools
	@var/locktools/bin/python -m pip install --quiet uv==$(UV)
	@$(RESOLVE) --group build --output-file requirements-build.lock
	@$(RESOLVE) pyproject.toml --output-file requirements.lock
	@$(RESOLVE) pyproject.toml --extra dev --output-file requirements-dev.lock
	@rm -r var/locktools

openapi: .venv/made ## Write openapi/openapi.json from the code
	@.venv/bin/oppfolging-api openapi > openapi/openapi.json.new
	@mv openapi/openapi.json.new openapi/openapi.json

demo: .venv/made ## Drive the whole pathway over HTTP and tell what it did
	@exec .venv/bin/oppfolging-api demo

bench: .venv/tools ## Measure what reads, searches and writes cost in CPU, beside a bare handler, and PLO messages
	@.venv/bin/python -m bench
	@exec .venv/bin/python -m bench.door

bench-scale: .venv/tools ## Measure how searches grow from 10 000 resources to 1 000 000, kept under var/bench
	@exec .venv/bin/python -m bench.scale

fuzz: .venv/tools ## Send 20 000 requests and 10 000 PLO messages nobody thought of, and validate all that they stored
	@PYTHONPATH=tests .venv/bin/python -m fuzz
	@PYTHONPATH=tests exec .venv/bin/python -m fuzz.plo

clean: ## Remove the environment, caches and build output; the data under var/ stays
	@rm -rf .venv dist $(NODE_CLIENTS)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when a lock or pyproject.toml changes; what only a developer needs is put in beside what
# the service needs once it is asked for. The locks are complete and of wheels: nothing to resolve, nothing to build.
.venv/made: requirements.lock requirements-build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' \
		|| { echo "Python's venv module is missing: on Debian, install python3-venv" >&2; exit 1; }
	@echo "Making the environment in .venv (about a minute)" >&2
	@$(PYTHON) -m venv --clear .venv
	@$(INSTALL) --no-compile --only-binary :all: --require-hashes \
		--requirement requirements.lock --requirement requirements-build.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/tools: .venv/made requirements-dev.lock
	@$(INSTALL) --no-compile --only-binary :all: --require-hashes --requirement requirements-dev.lock
	@touch $@

# The clients that the tests drive from node. Without node nothing is installed, and those tests are skipped.
$(NODE_CLIENTS)/node_modules/made: $(addprefix $(NODE_CLIENTS)/,package.json package-lock.json .npmrc)
	@if ! command -v node >/dev/null; then \
		echo "node is missing: the tests of its clients are skipped" >&2; \
	else \
		cd $(NODE_CLIENTS) && npm ci --loglevel=error >/dev/null && touch node_modules/made; \
	fi
