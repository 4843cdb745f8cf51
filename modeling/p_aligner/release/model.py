"""Stage a refiner: its weights bit by bit, its template, its pipeline's code, and proof that this is all it takes."""

import json
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..arguments import quieten
from ..errors import InputError, KitError, first_line
from ..principles import PAPER_PRINCIPLES
from ..prompts import refine_messages, rewrite_messages
from ..store.recipe import read
from ..store.rows import read_object
from ..training.checks import Check
from ..training.preflight import check_template
from . import card, licences
from .checks import front_matter, read_card
from .isolated import run_isolated
from .stage import Stage, files_of, staging


TASKS = ("instruction-refinement", "instruction-rewriting")
# What goes up, and why. Whatever is not named here stays behind: the trainer's own files are pickles.
_ALLOWED = {
    r"model(-\d+-of-\d+)?\.safetensors|model\.safetensors\.index\.json": "weights",
    r"config\.json": "the architecture, and the pipeline that this is for",
    r"generation_config\.json": "greedy decoding",
    r"tokenizer(_config)?\.json|(special_tokens_map|added_tokens|vocab)\.json|merges\.txt": "tokenizer",
    r"tokenizer\.model|spiece\.model|vocab\.txt": "tokenizer",
    r"chat_template\.jinja": "the chat template in use",
    r"\w+\.py": "code of the pipeline and its guard",
}
_LICENCES = re.compile(r"(LICEN[CS]E|NOTICE|USE_POLICY)(\.(txt|md))?", re.IGNORECASE)
_WEIGHTS = re.compile(next(iter(_ALLOWED)))
# Sampling settings of a generation config. Servers use them as defaults; refiners were measured without.
_SAMPLING = (
    *("temperature", "top_p", "top_k", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "num_beams"),
    *("repetition_penalty", "no_repeat_ngram_size", "length_penalty", "early_stopping", "num_return_sequences"),
)
# What the model is tried on before and after; the card shows what came out.
PROBES = (
    "tell me about inflation",
    "how do i hack into my neighbours wifi",
    "A train leaves at 9:40 and arrives at 13:05. How long is the trip?",
    "you stupid machine, what is the capital of peru!!!",
)
_LEAST_AGREEMENT = 0.98  # of next tokens; what is missing are near ties, which rounding decides
_PRINCIPLES = ("Information Augmentation", "Boundary Enforcement", "Hint Addition", "Tone Improvement")

_LOADER = """
import json, sys
from transformers import pipeline
from transformers.utils import logging
logging.set_verbosity_error()
logging.disable_progress_bar()
given = json.loads(sys.argv[1])
pipe = pipeline(given["task"], model=given["model"], revision=given["revision"], trust_remote_code=True)
print(json.dumps([pipe(row) for row in given["rows"]]))
"""


def stage_model(
    source: str | Path,
    repo: str,
    out: str | Path,
    *,
    task: str | None = None,
    chat_template: str | None = None,
    base_model: str | None = None,
    license: str | None = None,
    datasets: Sequence[str] = (),
    report: str | None = None,
    recipe: str | None = None,
    data: str | None = None,
) -> Stage:
    """Stage a folder that `trl` or `save_pretrained` wrote. An adapter is merged into its base.

    Adapters are released whole, because the pipeline, vLLM and Ollama then need neither PEFT nor the base, and because
    a merge is where tied embeddings can come apart: better here, where it is checked, than with every user.

    Args:
        source, repo, out: folder of a model or adapter, `ORG/NAME`, where to stage (what is there is replaced).
        task: one of `TASKS`; by default the one that an exported folder names, else the first.
        chat_template: Jinja file that the model was trained with, when the folder does not hold it.
        base_model: Hub name of what was trained further; by default what adapter, recipe, card or config name, or a
            local folder that they name.
        license: identifier of the Hub; by default that of Llama or Gemma, or of the folder's card, or of its base's.
        datasets: Hub names of what it was trained on.
        report, recipe, data: for the card: `report.json` of `p-aligner evaluate`, the training's recipe, built data.

    Raises:
        InputError: something cannot be used as given.
    """
    source = Path(source)
    if not (source / "config.json").exists() and not (source / "adapter_config.json").exists():
        raise InputError(f"{source} holds no model: there is neither config.json nor adapter_config.json")
    with tempfile.TemporaryDirectory() as scratch, staging("model", repo, Path(out)) as stage:
        whole, merge = source, None
        if (source / "adapter_config.json").exists():
            whole = Path(scratch) / "merged"
            merge = _merge(source, whole)
        named = _json(whole / "config.json").get("custom_pipelines", {})
        task = task or next((task for task in TASKS if task in named), TASKS[0])
        refine = _load(whole, task, chat_template)
        exported = Path(scratch) / "exported"
        refine.save_pretrained(exported)
        _fill(stage, whole, exported)
        for name in files_of(source):
            folder, is_inside, _ = name.partition("/")
            if is_inside and name not in stage.why:
                stage.left_out[f"{folder}/"] = "not on the list of what a model needs"
            elif _LICENCES.fullmatch(name):
                stage.copy(source / name, name, "licence")
            elif name not in stage.why and name != "README.md":
                stage.left_out[name] = _why_not(source / name)
        greedy = stage.folder / "generation_config.json"
        kept = {key: value for key, value in _json(greedy).items() if key not in _SAMPLING}
        greedy.write_text(json.dumps({**kept, "do_sample": False}, indent=2) + "\n", encoding="utf-8")
        rows = _rows(task)
        bases, known = _origin(source, recipe)
        bases = [base_model] if base_model else bases
        model_type = str(_json(whole / "config.json").get("model_type", ""))
        of_each = (licences.of(bases, one, model_type) for one in (license, *known))
        terms = next(filter(None, of_each), None)
        stage.facts = {
            "task": task,
            "rows": rows,
            "records": [refine(row) for row in rows],
            "prompts": [_prompt(refine, row) for row in rows],
            "vocabulary": len(refine.tokenizer),
            "bases": bases,
            "terms": terms,
            "license": license or (terms.license if terms else next(iter(known), None)),
            "merge": merge,
        }
        figures = {"report": report, "recipe": recipe, "data": data}
        card.write_model_card(stage, source, _tokenizer(stage), datasets=datasets, **figures)
    return stage


def check_model(stage: Stage) -> Iterator[Check]:
    """Try the staged folder as users will, in a process without our packages, and check its chat template."""
    tokenizer = _tokenizer(stage)
    yield check_template(tokenizer)
    yield _serving(stage, tokenizer)
    yield from licences.check(stage)
    if stage.facts["merge"]:
        yield stage.facts["merge"]
    yield reload(stage, str(stage.folder.absolute()))


def reload(stage: Stage, model: str, revision: str | None = None, environment: dict[str, str] | None = None) -> Check:
    """Load a model by folder or Hub name without our packages; compare its records with those made here."""
    given = {"task": stage.facts["task"], "model": model, "revision": revision, "rows": stage.facts["rows"]}
    try:
        records = json.loads(run_isolated(_LOADER, json.dumps(given), environment=environment).splitlines()[-1])
    except KitError as error:
        return Check("loads without our packages", False, str(error))
    same = sum(one == other for one, other in zip(records, stage.facts["records"], strict=True))
    text = f"{same} of {len(records)} records are those of the model here"
    return Check("loads without our packages", same == len(records), text)


def _origin(source: Path, recipe: str | None = None, seen: tuple[Path, ...] = ()) -> tuple[list[str], list[str]]:
    """Find the Hub names of the bases, and the licences, that a folder names or the local folders it was made from."""
    metadata, seen = front_matter(read_card(source)), (*seen, source.resolve())
    named = metadata.get("base_model") or []
    places = (
        [_json(source / "adapter_config.json").get("base_model_name_or_path")],
        [read(recipe).get("model_name_or_path")] if recipe else [],
        named if isinstance(named, list) else [named],
        [_json(source / "config.json").get("_name_or_path")],
    )
    bases: list[str] = []
    licences = [metadata.get("license")]
    for names in places:
        if bases:
            break
        for name in (name for name in names if isinstance(name, str) and name):
            folder = Path(name)
            if not folder.exists():
                bases += [name] if re.fullmatch(r"\w[\w.-]*/[\w.-]+", name) else []
            elif folder.is_dir() and folder.resolve() not in seen:
                more, theirs = _origin(folder, seen=seen)
                bases, licences = bases + more, licences + theirs
    return bases, [one for one in licences if isinstance(one, str)]


def _load(folder: Path, task: str, chat_template: str | None) -> Any:
    from ..pipelines import PAlignerPipeline, SinglePORewriter
    from ..runtime.refiner import load_pipeline

    if task not in TASKS:
        raise InputError(f"the task must be one of {', '.join(TASKS)}, it is {task!r}")
    heads = _json(folder / "config.json").get("architectures") or []
    if not any(head.endswith("ForCausalLM") for head in heads):  # transformers would make the missing head up
        raise InputError(f"{folder} holds no language model but {', '.join(heads) or 'something unnamed'}")
    quieten()
    kind: Any = PAlignerPipeline if task == TASKS[0] else SinglePORewriter
    return load_pipeline(kind, str(folder), chat_template=chat_template)


def _merge(adapter: Path, out: Path) -> Check:
    """Write the base with the adapter merged into it; compare the next tokens of both."""
    import torch
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = _json(adapter / "adapter_config.json").get("base_model_name_or_path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of peft about names that transformers changed, and about tied matrices
            model = AutoPeftModelForCausalLM.from_pretrained(str(adapter), dtype="auto").eval()
        tokenizer = AutoTokenizer.from_pretrained(
            adapter if (adapter / "tokenizer_config.json").exists() else base  # TRL saves the one it trained with
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"the adapter {adapter} cannot be loaded onto {base}: {first_line(error)}") from error
    texts = [tokenizer(messages_of({"instruction": probe})[0]["content"], return_tensors="pt") for probe in PROBES]
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = [model(**text).logits.argmax(-1) for text in texts]
        outputs = model.get_output_embeddings()
        is_tied = bool(model.config.tie_word_embeddings) and outputs is not None
        if is_tied:
            # Tied embeddings share one matrix: a merge would change both where the adapter is for one of them.
            layer = getattr(outputs, "base_layer", outputs)
            layer.weight = torch.nn.Parameter(layer.weight.clone())
        model = model.merge_and_unload()
        if is_tied:
            inputs, outputs = model.get_input_embeddings(), model.get_output_embeddings()
            model.config.tie_word_embeddings = bool(inputs.weight.equal(outputs.weight))
            model.tie_weights()
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
        model = AutoModelForCausalLM.from_pretrained(out).eval()
        after = [model(**text).logits.argmax(-1) for text in texts]
    same = sum(int((one == other).sum()) for one, other in zip(before, after, strict=True))
    total = sum(one.numel() for one in before)
    text = f"the same next token as with the adapter at {same} of {total} places"
    return Check("merge", same >= _LEAST_AGREEMENT * total, text)


def _fill(stage: Stage, whole: Path, exported: Path) -> None:
    """Take what transformers exported, but the original weights: saving them again could change their type."""
    own_weights = [name for name in files_of(whole) if _WEIGHTS.fullmatch(name)]
    for name in files_of(exported):
        why = next((why for pattern, why in _ALLOWED.items() if re.fullmatch(pattern, name)), None)
        if why and not (own_weights and why == "weights"):
            stage.copy(exported / name, name, why)
    for name in own_weights:
        stage.copy(whole / name, name, "weights, bit by bit")
    for name in ("config.json", "tokenizer_config.json"):
        settings = _json(stage.folder / name)
        settings.pop("_name_or_path", None)  # the path that the model had on the training machine
        stage.write(name, json.dumps(settings, indent=2) + "\n", stage.why[name])


def _why_not(path: Path) -> str:
    if path.suffix in (".bin", ".pt", ".pth", ".pkl"):
        return "a pickle, which runs code when it is read"
    if path.name.startswith("adapter_"):
        return "merged into the weights"
    return "not on the list of what a model needs"


def _rows(task: str) -> list[dict[str, str]]:
    if task == TASKS[0]:
        return [{"instruction": probe} for probe in PROBES]
    return [{"instruction": probe, "principle": name} for probe, name in zip(PROBES, _PRINCIPLES, strict=True)]


def messages_of(row: dict[str, str]) -> list[dict[str, str]]:
    """Return the chat that the pipeline makes of a row, and that a server has to be sent."""
    if "principle" in row:
        return rewrite_messages(row["instruction"], PAPER_PRINCIPLES[row["principle"]])
    return refine_messages(row["instruction"])


def _prompt(refine: Any, row: dict[str, str]) -> list[int]:
    from ..tokens import ChatTokenizer

    template = refine._preprocess_params.get("chat_template")
    return ChatTokenizer(refine.tokenizer).ids(messages_of(row), template=template)


def _tokenizer(stage: Stage) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(stage.folder)


def _serving(stage: Stage, tokenizer: Any) -> Check:
    """Compare the token ids that servers get from the exported template with those of the pipeline."""
    same = 0
    for row, ids in zip(stage.facts["rows"], stage.facts["prompts"], strict=True):
        text = tokenizer.apply_chat_template(messages_of(row), add_generation_prompt=True, tokenize=False)
        same += tokenizer(text, add_special_tokens=False)["input_ids"] == ids
    total = len(stage.facts["rows"])
    text = f"the exported template gives the ids of the pipeline for {same} of {total} prompts"
    return Check("prompts on a server", same == total, text)


def _json(path: Path) -> dict[str, Any]:
    return read_object(path) if path.exists() else {}
