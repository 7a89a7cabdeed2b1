# The two commands of the README. Both set everything up by themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000

.PHONY: run test setup bench screenshots lint lock clean

run: $(VENV)/.run            ## set up, bring in papers, serve them on http://127.0.0.1:8000
	$(BIN)/papertide up --port $(PORT)

test: $(VENV)/.dev           ## set up and run every test
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n auto --dist loadfile $(TESTS)

setup: $(VENV)/.dev          ## only set up (what tests and benches need too)

bench: $(VENV)/.dev          ## print the benches' figures; never part of CI
	$(BIN)/python -m bench

screenshots: $(VENV)/.dev    ## make docs/look.md and its pictures of every page anew
	$(BIN)/python -m docs.screenshots

lint: $(VENV)/.dev
	$(BIN)/ruff check --fix .

lock:                        ## resolve the dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  pyproject.toml requirements.build.in -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
	  --no-emit-index-url --custom-compile-command "make lock" --extra dev -c requirements.lock \
	  pyproject.toml requirements.build.in -o requirements-dev.lock

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Papertide needs Python 3.11 or newer: $$($(PYTHON) --version) found. Set PYTHON=..., e.g. make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Could not make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }

# A stamp a lock file: setting up again costs nothing until the lock changes.
$(VENV)/.run: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
