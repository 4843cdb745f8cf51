"""The commands `p-aligner release` and `p-aligner demo`: arguments in, what goes up and what was found printed."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..arguments import add_command
from ..errors import InputError
from ..training.checks import report


if TYPE_CHECKING:
    from .stage import Stage

EXAMPLES = """\
examples:
  p-aligner release model runs/llama-3.2-3b/dpo --repo org/p-aligner
  p-aligner release dataset my-ultraprompt --repo org/ultraprompt --execute
  p-aligner release space spaces/before_after --repo org/before-after \\
      --model org/p-aligner --collection "Pre-alignment" --execute
"""
# Which options belong to which kind of release; the others are for all.
_OPTIONS = {
    "model": ("task", "chat_template", "base_model", "license", "dataset", "report", "trained_by", "data"),
    "dataset": ("license",),
    "space": ("model", "dataset"),
}


def add_commands(commands: Any) -> None:
    """Add `release` and `demo` to the commands of `p-aligner`."""
    about = "Stage a folder, check it and show what would go up; --execute uploads it in one commit."
    said = "stage and check what goes onto the Hub, then upload it"
    release = add_command(commands, "release", _release, said, about, epilog=EXAMPLES)
    release.add_argument("kind", choices=tuple(_OPTIONS), help="what it is")
    release.add_argument(
        "folder", metavar="FOLDER", help="a model or adapter, what `ultraprompt build` wrote, a Space"
    )
    release.add_argument("--repo", required=True, metavar="ORG/NAME", help="where it goes")
    release.add_argument("--execute", action="store_true", help="upload; without it nothing leaves this machine")
    model = release.add_argument_group("of a model")
    model.add_argument(
        "--task", choices=("instruction-refinement", "instruction-rewriting"), help="default: the first"
    )
    model.add_argument("--chat-template", metavar="F.jinja", help="it was trained with this, not with the folder's")
    model.add_argument("--base-model", metavar="ORG/NAME", help="what was trained further, by its Hub name")
    model.add_argument("--report", metavar="F.json", help="of `p-aligner evaluate`, for the card")
    model.add_argument("--recipe", dest="trained_by", metavar="F.yaml", help="of the training, for the card")
    model.add_argument("--data", metavar="FOLDER", help="built data set it was trained on, for the card")
    release.add_argument("--license", metavar="ID", help="of a model or data set, where the folder names none")
    release.add_argument("--dataset", metavar="ORG/NAME", help="data set that a model or Space links to")
    release.add_argument("--model", metavar="ORG/NAME[@SHA]", help="model that a Space loads (default: ours)")
    hub = release.add_argument_group("with --execute")
    hub.add_argument("--token", metavar="T", help="default: that of `hf auth login` or HF_TOKEN")
    hub.add_argument("--private", action="store_true", help="if the repository has to be created")
    hub.add_argument("--pr", action="store_true", help="open a pull request")
    hub.add_argument("--replace", action="store_true", help="remove files that are not of this release")
    hub.add_argument("--collection", metavar="TITLE", help="of the organisation; put the repository into it")
    release.set_defaults(when_stopped="; the same command goes on from here")

    about = "Run the Space that `release space` uploads; GRADIO_SERVER_PORT is its port."
    demo = add_command(commands, "demo", _demo, "run the Space on this machine", about)
    demo.add_argument("folder", nargs="?", metavar="FOLDER", help="of another Space than this package's")


def _release(options: argparse.Namespace) -> int:
    from .publish import check, collect, compare, publish

    stage = _stage(options)
    _print_stage(stage)
    if report(check(stage), print):
        print(
            f"p-aligner: {stage.repo} is not fit to be released; the staged files are in {stage.folder}",
            file=sys.stderr,
        )
        return 1
    if not options.execute:
        print(f"\nnothing was uploaded: look at {stage.folder}, then add --execute")
        return 0
    publication = publish(
        stage,
        token=options.token,
        private=options.private or None,
        pull_request=options.pr,
        replace=options.replace,
    )
    done = "committed" if publication.changed else "nothing has changed since"
    print(f"\n{publication.url}: {done} {publication.commit}")
    for names, fate in ((publication.removed, "removed"), (publication.kept, "not of this release, left there")):
        if names:
            print(f"{fate}: {', '.join(names)}")
    failed = report(compare(stage, publication, token=options.token), print)
    if options.collection and not failed:
        print(collect(stage, options.collection, token=options.token, private=options.private))
    return 1 if failed else 0


def _stage(options: argparse.Namespace) -> "Stage":
    from .dataset import stage_dataset
    from .model import stage_model
    from .space import stage_space

    of_this_kind = _OPTIONS[options.kind]
    for name in {name for names in _OPTIONS.values() for name in names} - {*of_this_kind}:
        if getattr(options, name):
            spelt = "--recipe" if name == "trained_by" else f"--{name.replace('_', '-')}"
            raise InputError(f"{spelt} means nothing to a {options.kind}: leave it out")
    given = {name: getattr(options, name) for name in of_this_kind}
    out = f"runs/release/{options.kind}s/{options.repo}"
    match options.kind:
        case "model":
            datasets = [name] if (name := given.pop("dataset")) else []
            recipe = given.pop("trained_by")
            return stage_model(options.folder, options.repo, out, datasets=datasets, recipe=recipe, **given)
        case "dataset":
            return stage_dataset(options.folder, options.repo, out, **given)
        case _:
            return stage_space(options.folder, options.repo, out, **given)


def _print_stage(stage: "Stage") -> None:
    """Show what would go up: size, file, why; then what stays behind."""
    from rich.filesize import decimal

    names = stage.names()
    width = max(map(len, names))
    print(f"{stage.kind} {stage.repo}\n")
    for name in names:
        print(f"{decimal(stage.size(name)):>9}  {name:{width}}  {stage.why[name]}")
    print(f"{decimal(sum(map(stage.size, names))):>9}  in {len(names)} files\n")
    for name, why in stage.left_out.items():
        print(f"left out: {name} ({why})")
    if stage.left_out:
        print()


def _demo(options: argparse.Namespace) -> int:
    from .space import default_space, run_space

    return run_space(Path(options.folder) if options.folder else default_space())
