"""The model card: metadata, examples that the model itself wrote, and figures read from what was measured."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from ..changes import word_changes
from ..evaluation.report import template
from ..guard import CHECKS
from ..models.folders import OURS
from ..prompts import REFINE_HEAD, REFINE_TAIL
from ..store.recipe import read
from .checks import front_matter, read_card
from .measured import Result, Training, read_data, read_report, read_training, settings_of
from .stage import Stage


CURVES = "training.png"
_MOST_CURVES = 3  # side by side on a page
# Sections of an earlier card of ours that hold what was measured then.
_KEPT_SECTIONS = ("Training", "Measured", "Limits")
_MARKUP = frozenset("<>&|*_`~[]()#\\!$")
_SLOT = "@@prompt@@"


def write_model_card(
    stage: Stage,
    source: Path,
    tokenizer: Any,
    *,
    datasets: Sequence[str] = (),
    report: str | None = None,
    recipe: str | None = None,
    data: str | None = None,
) -> None:
    """Write `README.md`, and the pictures that it shows, into a staged model."""
    earlier = read_card(source)
    metadata = front_matter(earlier)
    bases, terms = stage.facts["bases"], stage.facts["terms"]
    # Evaluations use the name of our own model, if it is one, in place of its folder.
    our_name = source.resolve().name.rpartition("-")[0]
    names = {os.path.realpath(source), stage.repo, *([our_name] if our_name in OURS else [])}
    measured = read_report(report, names) if report else None
    results = measured.results if measured else []
    training = read_training(source)
    if training and _plot(training, stage.folder / CURVES):
        stage.why[CURVES] = "picture of the card"
    if terms and "NOTICE" not in stage.why and "NOTICE.txt" not in stage.why:
        stage.write("NOTICE.txt", terms.notice + "\n", "the notice that the licence asks for")
    kept = {} if training else dict(_sections(earlier, source, stage))
    own_tags = _tags(metadata) if kept else []
    trained_by = ["trl"] if training else []
    name = stage.repo.partition("/")[2]
    head = ModelCardData(
        license=stage.facts["license"],
        language=metadata.get("language"),
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=list(dict.fromkeys(["p-aligner", stage.facts["task"], "prompt-rewriting", *own_tags, *trained_by])),
        base_model=bases[0] if len(bases) == 1 else bases or None,
        datasets=list(datasets) or None,
        model_name=name if any(result.how for result in results) else None,
        eval_results=[_eval_result(result) for result in results if result.how] or None,
    )
    text = template(Path(__file__).with_name("model.md.jinja")).render(
        head=head.to_yaml(),
        name=name,
        facts=_facts(stage.folder),
        repo=stage.repo,
        task=stage.facts["task"],
        examples=[_example(record) for record in stage.facts["records"]],
        checks=[check for check in CHECKS if check != "empty"],
        terms=terms,
        bases=bases,
        merged=stage.facts["merge"] is not None,
        license=stage.facts["license"],
        datasets=datasets,
        training=training,
        curves=CURVES if CURVES in stage.why else None,
        settings=list(settings_of(read(recipe))) if recipe else [],
        kept=kept,
        data=read_data(data) if data else None,
        measured=measured,
        content=REFINE_HEAD + "INSTRUCTION" + REFINE_TAIL,
        prompts=len(stage.facts["rows"]),
        modelfile=_modelfile(tokenizer),
        versions={package: version(package) for package in ("transformers", "torch", "p-aligner")},
    )
    stage.write("README.md", text + "\n", "the card")


def _facts(folder: Path) -> dict[str, str]:
    """Read size, architecture and context off the weights and their config."""
    from math import prod

    from safetensors import safe_open

    count = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as weights:
            count += sum(prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    size = f"{count / 1e9:.1f} billion" if count >= 1e9 else f"{count / 1e6:.1f} million"
    return {
        "parameters": size,
        "architecture": str(config["architectures"][0]),
        "context": f"{config['max_position_embeddings']:,}" if "max_position_embeddings" in config else "unknown",
    }


def plain_turn(tokenizer: Any) -> tuple[str, str]:
    """Return what the chat template puts before and after the text of a single user turn, up to the answer."""
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": _SLOT}], add_generation_prompt=True, tokenize=False
    )
    before, _, after = str(text).partition(_SLOT)
    return before, after


def _modelfile(tokenizer: Any) -> str | None:
    """Write an Ollama Modelfile; none for a template that Ollama's language would read otherwise.

    Ollama puts the BOS in front by itself, so its template has none.
    """
    before, after = plain_turn(tokenizer)
    before = before.removeprefix(tokenizer.bos_token or "")
    if any(mark in before + after for mark in ("{{", "}}", '"""')):
        return None
    stop = f'\nPARAMETER stop "{tokenizer.eos_token}"' if tokenizer.eos_token else ""
    template = f'TEMPLATE """{before}{{{{ .Prompt }}}}{after}{{{{ .Response }}}}"""'
    return f"FROM .\n{template}\nPARAMETER temperature 0{stop}"


def _eval_result(result: Result) -> EvalResult:
    return EvalResult(
        task_type="text-generation",
        dataset_type=re.sub(r"[^a-z0-9]+", "-", result.benchmark.lower()).strip("-"),
        dataset_name=result.benchmark,
        metric_type="win_rate",
        metric_name=f"{result.metric}, {result.how}",
        metric_value=result.value,
    )


def _tags(metadata: dict[str, Any]) -> list[str]:
    tags = metadata.get("tags") or []
    return [tags] if isinstance(tags, str) else [str(tag) for tag in tags]


def _sections(text: str, source: Path, stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield the sections of an earlier card of ours that hold measurements; their pictures go along."""
    if "p-aligner" not in _tags(front_matter(text)):
        return
    prose = re.sub(r"^---\n.*?^---\n|^```.*?^```\n|^# .*?\n", "", text, flags=re.MULTILINE | re.DOTALL)
    about, *sections = re.split(r"^## ", prose, flags=re.MULTILINE)
    # The first paragraph says what all such models do; examples are made anew.
    paragraphs = [part.strip() for part in about.strip().split("\n\n")[1:]]
    if paragraphs := [part for part in paragraphs if not re.match(r"\||Not picked|\*\*|.*version of \[?None\b", part)]:
        yield "About", "\n\n".join(paragraphs)
    for section in sections:
        title, _, body = section.partition("\n")
        if title.strip() in _KEPT_SECTIONS:
            for picture in re.findall(r"!\[[^\]]*\]\(([\w.-]+)\)", body):
                if (source / picture).exists():
                    stage.copy(source / picture, picture, "picture of the card")
                    stage.left_out.pop(picture, None)
            yield title.strip(), body.strip()


def _example(record: dict[str, Any]) -> dict[str, str]:
    """Show what changed: new words bold, words that are gone struck out, both in HTML, which Markdown leaves alone."""
    marks = {"same": "{}", "removed": "<s>{}</s>", "added": "<b>{}</b>"}
    changes = word_changes(record["instruction"], record["refined_instruction"])
    parts = [(kind, _literal(piece)) for kind, piece in changes if piece and (kind != "removed" or piece.strip())]
    return {
        "before": _literal(record["instruction"]),
        "after": "".join(marks[kind].replace("{}", piece) for kind, piece in parts),
        "principle": record.get("principle", ""),
        "reason": _literal(record["reason"] or ""),
    }


def _literal(text: str) -> str:
    """Escape a text for Markdown and HTML."""
    return "".join(f"&#{ord(sign)};" if sign in _MARKUP else sign for sign in " ".join(text.splitlines()))


def _plot(training: Training, path: Path) -> bool:
    from matplotlib.figure import Figure

    drawn = [(name, points) for name, points in training.curves.items() if len(points) > 1]
    curves = dict(drawn[:_MOST_CURVES])
    if not curves:
        return False
    figure = Figure(figsize=(4 * len(curves), 3), layout="constrained")
    for axes, (name, points) in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves.items(), strict=True):
        axes.plot(*zip(*points, strict=True))
        axes.set(title=name, xlabel="step")
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110, metadata={"Software": None})  # the same log, the same bytes
    return True
