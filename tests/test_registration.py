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


# Each has a process of its own; what takes long and knows of no pipelines is imported before they part.
EACH = """
import os, sys, traceback, warnings
import transformers.generation, transformers.modeling_utils
assert not {"transformers.pipelines", "p_aligner"} & set(sys.modules)
for code in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            exec(code)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, code
"""
REGISTERED = """
from transformers.pipelines import PIPELINE_REGISTRY
tasks = PIPELINE_REGISTRY.supported_tasks
assert tasks["instruction-refinement"]["impl"] is PAlignerPipeline is p_aligner.PAlignerPipeline
assert tasks["instruction-rewriting"]["impl"] is p_aligner.SinglePORewriter
"""
A_HOOK_WARNS = """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sys.modules["p_aligner.guard"] = None  # makes the import of our pipelines fail
    import p_aligner, transformers.pipelines as theirs
assert hasattr(theirs, "pipeline")
assert any("p_aligner's pipelines are not available" in str(warning.message) for warning in caught)
"""


def test_tasks_are_registered_in_every_import_order_and_a_hook_warns_and_never_raises(tiny: str) -> None:
    orders = ["\n".join(IMPORTS[name] for name in order) for order in itertools.permutations(IMPORTS)]
    is_ours = f"assert type(pipeline('instruction-refinement', model={tiny!r})) is p_aligner.PAlignerPipeline"
    codes = [*(order + REGISTERED for order in orders), "\n".join([IMPORTS["theirs"], IMPORTS["ours"], is_ours])]
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", EACH, *codes, A_HOOK_WARNS]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


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
