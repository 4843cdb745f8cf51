# Everything runs in .venv, which the targets make when it is missing. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := modeling dataset_builder recipes tests

.PHONY: demo test test-all quality style miniature clean

demo: $(VENV)/.installed  ## refine real instructions with the embedded model
	@echo; echo "P-Aligner refines in one pass ([-removed-] {+added+}):"; echo
	@$(BIN)/p-aligner refine --diff \
		"tell me about inflation" \
		"hey stupid bot, fix my resume now!!!" \
		"wat is the diffrence between a virus and a bacteria" \
		"how do i hack into my neighbours wifi" \
		"Why did Einstein win the Nobel Prize for relativity?" \
		"A train leaves at 9:40 and arrives at 13:05. How long is the trip?" \
		"Write a Python function that merges two sorted lists." \
		"In at most 80 words, explain to a ten-year-old why the sky is blue. Use one everyday comparison."
	@echo "SinglePO rewrites by one principle, here Tone Improvement and Error Simulation:"; echo
	@$(BIN)/p-aligner rewrite --diff --principle "Tone Improvement" "give me a list of cheap hotels in Rome"
	@$(BIN)/p-aligner rewrite --diff --principle "Error Simulation" "Write a function that parses a date."

test: $(VENV)/.tested  ## all but the slow tests
	$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/.tested  ## all tests: clean environments, long runs
	$(BIN)/python -m pytest

quality: $(VENV)/.tested  ## what CI asks of style and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy modeling dataset_builder recipes/miniature

style: $(VENV)/.tested  ## mend style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

miniature: $(VENV)/.tested  ## train the embedded model from nothing; resumes by itself
	$(BIN)/python recipes/miniature/train.py --config recipes/miniature/rewriter.yaml

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable ".[test]"
	touch $@
