# `make demo` and `make test` install all they need in .venv; everything else builds on them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := UV_LINK_MODE=hardlink $(BIN)/uv

.PHONY: help demo test check lint studio corpus train evaluate promote bench samples screens lock clean

# `make corpus train evaluate SMALL=1` shows the whole loop in minutes; without SMALL it makes what is shipped.
SIZE := $(if $(SMALL),small,base)
CORPUS := data/corpus$(if $(SMALL),-small)
HOURS ?= 7
MODEL := data/models/$(SIZE)/highlight.safetensors

help:            ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/.installed: requirements.txt requirements-nodeps.txt pyproject.toml | .venv/bin/uv
	$(UV) pip install --quiet --python $(BIN)/python -r requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -r requirements-nodeps.txt -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -r requirements-dev.txt
	@test -x /usr/bin/chromium || (apt-get update -qq && apt-get install -y -qq chromium) >/dev/null
	@test -x /usr/bin/espeak-ng || (apt-get update -qq && apt-get install -y -qq espeak-ng) >/dev/null
	@test -d /usr/lib/postgresql || (apt-get update -qq && apt-get install -y -qq postgresql) >/dev/null
	@touch $@

demo: .venv/.installed            ## A 30 s montage from samples/ into out/
	$(BIN)/aiditor make samples --style hype --seconds 30 --out out

studio: .venv/.installed          ## The studio, at http://127.0.0.1:7860
	$(BIN)/python app.py

check: .venv/.installed-dev       ## Lint, import rules and unit tests: under two minutes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not browser"

test: .venv/.installed-dev        ## Everything: lint, unit, contract, browser and notebook tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 tests
	$(BIN)/python -m pytest -q --nbmake --nbmake-timeout=300 notebooks

corpus: .venv/.installed          ## Record the films to learn from and to be judged by (SMALL=1: a quarter of an hour)
	$(BIN)/python -m training.record corpus --out $(CORPUS) $(if $(SMALL),--small,--hours $(HOURS))

train: .venv/.installed           ## Train the highlight model on them; runs are kept in mlruns/
	$(BIN)/python -m training.train --config configs/train/$(SIZE).yaml --set data.corpus=$(CORPUS)

evaluate: .venv/.installed        ## Its figures on games, maps and skins it has never seen, beside simpler ways
	$(BIN)/python -m training.evaluate --corpus $(CORPUS) --weights $(MODEL)

promote: .venv/.installed         ## Make it the champion, if it beats the one there is
	$(BIN)/python -m training.promote $(MODEL) --corpus $(CORPUS)

bench: .venv/.installed-dev       ## Side by side against peers, into bench/RESULTS.md
	$(BIN)/python -m bench

screens: .venv/.installed-dev     ## Screenshots of every tab into docs/screens
	$(BIN)/python -m tests.ui.screens

samples: .venv/.installed         ## Record samples/ again (deterministic)
	$(BIN)/python -m training.record samples

lock: .venv/bin/uv                ## Pin requirements*.txt again from pyproject.toml
	$(UV) pip compile -q --upgrade --python-version 3.11 --no-annotate --no-header pyproject.toml -o requirements.txt
	$(UV) pip compile -q --python-version 3.11 --no-annotate --no-header --extra dev -c requirements.txt pyproject.toml -o .venv/full.txt
	grep -vxFf requirements.txt .venv/full.txt > requirements-dev.txt

clean:           ## Remove what can be made again
	rm -rf .venv out data
