"""`import p_aligner` is cheap and registers the tasks, whatever is imported first."""

import itertools
import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest


IMPORTS = {
    "ours": "import p_aligner",
    "theirs": "from transformers import pipeline",
    "pipelines": "from p_aligner.pipelines import PAlignerPipeline",
}
Python = Callable[..., "CompletedProcess[str]"]


# Each order has a process of its own; what takes long and knows of no pipelines is imported before they part.
EVERY_ORDER = """
import os, sys, traceback
import transformers.generation, transformers.modeling_utils
assert not {"transformers.pipelines", "p_aligner"} & set(sys.modules)
for order in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            exec(order)
            from transformers.pipelines import PIPELINE_REGISTRY
            tasks = PIPELINE_REGISTRY.supported_tasks
            assert tasks["instruction-refinement"]["impl"] is PAlignerPipeline is p_aligner.PAlignerPipeline
            assert tasks["instruction-rewriting"]["impl"] is p_aligner.SinglePORewriter
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, order
"""


def test_both_tasks_are_registered_in_every_import_order() -> None:
    orders = ["; ".join(IMPORTS[name] for name in order) for order in itertools.permutations(IMPORTS)]
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", EVERY_ORDER, *orders]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_pipeline_is_ours(python: Python, tiny: str) -> None:
    asked = f"print(type(pipeline('instruction-refinement', model={tiny!r})).__name__)"
    result = python("\n".join([IMPORTS["theirs"], IMPORTS["ours"], asked]))
    assert result.stdout.strip() == "PAlignerPipeline"


def test_importing_us_and_help_import_nothing_heavy(python: Python) -> None:
    code = "import sys; before = {*sys.modules}; import p_aligner, ultraprompt; print(*{*sys.modules} - before)"
    loaded = {name.partition(".")[0] for name in python(code).stdout.split()}
    assert loaded - sys.stdlib_module_names == {"p_aligner", "ultraprompt", "wrapt"}
    told = "print('LOADED', *sys.modules)"
    helped = f"import sys; from p_aligner.cli import main\ntry: main(['refine', '--help'])\nfinally: {told}"
    settings = f"import sys, p_aligner.runtime, p_aligner.runtime.rewards; {told}"
    for code, heavy in (
        (helped, {"torch", "transformers", "p_aligner.guard"}),
        (settings, {"torch", "transformers", "huggingface_hub"}),
    ):
        shown, _, loaded = python(code).stdout.partition("LOADED")
        assert ("--output" in shown) == (code is helped)
        assert not heavy & set(loaded.split())


def test_a_hook_warns_and_never_raises(python: Python) -> None:
    code = """
import sys
sys.modules["p_aligner.guard"] = None  # makes the import of our pipelines fail
import p_aligner, transformers.pipelines as theirs
print(hasattr(theirs, "pipeline"))
"""
    result = python(code)
    assert result.stdout.strip() == "True"
    assert "p_aligner's pipelines are not available" in result.stderr


def test_unknown_names_are_refused() -> None:
    import p_aligner
    from p_aligner.errors import InputError

    for found, message in (
        (p_aligner.pretrained, "there is no model 'gpt': choose one of p-aligner, singlepo, smollm2"),
        (p_aligner.chat_template, "there is no chat template 'gpt'.*llama3-plain"),
    ):
        with pytest.raises(InputError, match=message):
            found("gpt")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        p_aligner.nothing  # noqa: B018
