# Development tasks; run `make` for the list. A fresh machine needs Python and git.

PYTHON ?= python3
PROTO ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.done
RUNTIME := templates/runtime
# Two more than cores, because many tests wait; more than eight slow each other down.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count()))(0)) + 2))')
# Where `go install` puts kube-score and kubeconform.
GO_TOOLS := $(shell go env GOPATH 2>/dev/null)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test first-hour deploy-checks lint format goldens soak soak-server soak-client client-faults runtime-coverage runtime-mutations docs bench

help:  ## list the targets
	@grep -E '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed 's/:.*  ## /\t/' | expand -t 16

setup: $(READY)  ## install everything into .venv

demo: $(READY)  ## from a proto to a running service; PROTO=path/to/your.proto shows it with yours
	@$(BIN)/python -m tools.demo $(if $(PROTO),'$(PROTO)')

test: $(READY)  ## run all tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

first-hour: $(READY)  ## run README and tutorial on a clean machine, with real installs; takes minutes
	$(BIN)/python -m pytest -q -rs -n 2 -m first_hour tests/project $(FLAGS)

deploy-checks: $(READY)  ## the image's files run without root, and scanners over every manifest; takes minutes
	PATH="$(GO_TOOLS):$$PATH" $(BIN)/python -m pytest -q -rs -m deploy tests/deploy

lint: $(READY)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .
	$(BIN)/black --check --quiet --config $(RUNTIME)/pyproject.toml $(RUNTIME)
	$(BIN)/mypy

format: $(READY)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .
	$(BIN)/black --quiet --config $(RUNTIME)/pyproject.toml $(RUNTIME)

goldens: $(READY)  ## regenerate the tests' expected output, and examples/
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/test_cases.py -k golden --update-goldens
	$(BIN)/python -m tools.examples

soak: $(READY)  ## thousands of random edits and broken records, and projects for every two answers of copier.yml; takes half an hour
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/regenerate/test_random_edits.py --sequences 3000
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/copier/test_answers.py --all-answers
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/project/hostile/test_fuzz_records.py --mutations 500
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/unit tests/project/test_merge.py tests/server/test_fast_path.py --hypothesis-profile=default

soak-server: $(READY)  ## 200,000 calls to a generated server by clients that cancel and disconnect; takes minutes
	$(BIN)/python -m pytest -q -s tests/attacks/test_soak.py --calls 200000

soak-client: $(READY)  ## 50,000 calls of a generated client, most of them cut short; takes minutes
	$(BIN)/python -m pytest -q -s tests/client/test_leaks.py --client-calls 50000

client-faults: $(READY)  ## the behaviour of a generated client under each fault, as build/client-faults.md
	$(BIN)/python -m pytest -q tests/client/test_faults.py tests/client/test_envoy.py
	@cat build/client-faults.md

runtime-coverage: $(READY)  ## the runtime's own tests run every line of it
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/runtime --ignore=tests/runtime/test_mutations.py \
	  --cov=templates/runtime/pyservice_runtime --cov-report=term-missing:skip-covered --cov-fail-under=100

runtime-mutations: $(READY)  ## the runtime's own tests fail for each removed interceptor and check; takes minutes
	$(BIN)/python -m tools.mutations

docs: $(READY)  ## bring the generated parts of README.md up to date
	$(BIN)/python -m tools.readme
	PYTHONPATH=$(RUNTIME) $(BIN)/python -m tools.reference
	$(BIN)/python -m tools.reserved_names

bench: $(READY)  ## compare the generator, a generated service and its client with their peers; takes minutes
	@over=; for what in generator service plain_handlers client; do $(BIN)/python -m benchmarks.$$what || over="$$over $$what"; done; \
	  test -z "$$over" || { echo "over a budget, or without a result:$$over"; exit 1; }

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>&1) || found="not installed"; \
	  echo "Python 3.11 or newer is needed and '$(PYTHON)' is $$found: name one, as in make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV), once; this takes about a minute."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
