# What a user runs: `make demo`, `make test`. What a developer runs before each commit: `make check`.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
SYNC := UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --inexact --quiet --compile-bytecode
# One thread a process: on few cores more threads than cores are ruinous.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo check test lint types imports kafka fuzz clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "plastream needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a virtual environment: install its venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@echo "installing uv $(UV_VERSION)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: pyproject.toml uv.lock | $(BIN)/uv
	@echo "installing plastream and what it needs from uv.lock"
	@$(SYNC) --no-dev --extra plot --extra formats
	@touch $@

.venv/.installed-dev: pyproject.toml uv.lock .venv/.installed
	@echo "installing what the tests need from uv.lock"
	@$(SYNC) --all-extras
	@touch $@

install: .venv/.installed  ## the virtual environment .venv with plastream in it

demo: .venv/.installed  ## the main job on a recording of a real machine's sensors, no broker needed
	@$(BIN)/plastream demo

lint: .venv/.installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: .venv/.installed-dev
	@$(BIN)/basedpyright --level error

imports: .venv/.installed-dev
	@$(BIN)/lint-imports --no-cache

check: lint types imports  ## format, lint, types, layers and the quick tests, in seconds
	@$(BIN)/pytest -q -m "not slow"

kafka: .venv/.installed-dev  ## the jars of a real Apache Kafka for the tests, from Maven
	@$(BIN)/python deploy/kafka/broker.py --resolve

test: lint types imports kafka  ## everything, with a real Kafka and real Ray, in minutes
	@$(BIN)/pytest

fuzz: .venv/.installed-dev  ## 200,000 mutated messages of every format: MESSAGES=n, FORMAT=name to ask for others
	@$(BIN)/python -m tests.fuzz --messages $(or $(MESSAGES),200000) $(if $(FORMAT),--format $(FORMAT))

clean:  ## remove what the commands above made
	rm -rf .venv deploy/kafka/libs .pytest_cache .ruff_cache .hypothesis dist
