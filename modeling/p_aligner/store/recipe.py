"""Recipes: a YAML file and command line overrides become checked settings. Knows nothing of what they are for.

As in TRL, keys are fields, `--key value` overrides the file, an unknown key is an error. Paths stay relative to the
working directory.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError, read_text


Settings = TypeVar("Settings", bound=BaseModel)


class Section(BaseModel):
    """A part of a recipe: an unknown key is a mistake.

    A run's fingerprint holds the dump, so fields that say how fast, not what, are excluded from it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def load(kind: type[Settings], path: str | Path, overrides: Sequence[str] = ()) -> Settings:
    """Read a recipe; `include: FILE` (beside the recipe) takes over the sections of another that it lacks.

    Overrides are words of a command line: `--key.sub value` or `--key.sub=value`. A value is YAML, as in the file.

    Raises:
        InputError: the file cannot be read, or holds mistakes; all of them are named, one in a line.
    """
    data = read(path)
    if "include" in data:
        data = {**read(Path(path).parent / str(data.pop("include"))), **data}
    mistakes = [*_override(data, overrides)]
    try:
        settings = kind.model_validate(data)
    except ValidationError as error:
        mistakes += mistakes_of(error, data, kind)
    if mistakes:
        number = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise InputError("\n  ".join([f"the recipe {path} has {number}:", *mistakes]))
    return settings


class _Loader(yaml.SafeLoader):
    """YAML that does not let one key silently win over another of the same name."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # As it is written: what `<<` takes over from another mapping comes later, and gives way.
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        names = [key.value for key, _ in node.value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice[0]!r} is there twice", node.start_mark
            )
        return node


def read(path: str | Path) -> dict[str, Any]:
    """Read a recipe as it stands; an `InputError` where the file is none."""
    text = read_text(path, f"the recipe {path}")
    try:
        data = yaml.load(text, _Loader)
    except Exception as error:  # the loader raises what it likes, for `!!bool maybe` or a month 13
        raise InputError(f"the recipe {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise InputError(f"the recipe {path} must be a mapping of settings, it is {data!r:.80}")
    return data


def _override(data: dict[str, Any], words: Sequence[str]) -> Iterator[str]:
    """Write overrides into `data`; yield what is wrong with them."""
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            yield f"{word!r} does not belong to an option: write --key value"
            continue
        key, equals, text = word[2:].partition("=")
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                yield f"--{key} needs a value"
                continue
            text = waiting.pop(0)
        try:
            value = yaml.load(text, _Loader)
        except Exception:
            value = text  # text that happens to look like broken YAML is text
        *sections, last = key.split(".")
        section: Any = data
        for name in sections:
            if section.get(name) is None:
                section[name] = {}
            section = section[name]
            if not isinstance(section, dict):
                yield f"--{key}: {name} holds no settings, it is {section!r:.60}"
                break
        else:
            section[last] = value


def mistakes_of(error: ValidationError, data: Any, kind: type[BaseModel]) -> list[str]:
    """Write what pydantic found in `data` as one line for each key; the alternatives of a union share a line."""
    found: dict[str, list[str]] = {}
    for fault in error.errors():
        *parents, last = fault["loc"] or ("",)
        match fault["type"]:
            case "missing":
                what = "missing"
            case "extra_forbidden":
                what = f"unknown key{_hint(str(last), _known_names(kind, parents))}"
            case "value_error":
                what = str(fault["ctx"]["error"])
            case _:
                what = f"{fault['msg'][:1].lower()}{fault['msg'][1:]}, it is {fault['input']!r:.60}"
        keys = _keys([*parents, last], data, is_missing=what == "missing")
        found.setdefault(".".join(map(str, keys)), []).append(what)
    return [": ".join(filter(None, (where, " or ".join(dict.fromkeys(whats))))) for where, whats in found.items()]


def _keys(location: Sequence[int | str], data: Any, *, is_missing: bool) -> Iterator[int | str]:
    """Yield the keys that a user would write; pydantic also names the members of unions on the way."""
    *parents, last = location
    leaf: list[int | str] = []
    for key in parents:
        if _holds(data, key) and isinstance(data[key], dict | list):
            yield key
            data = data[key]
        elif _holds(data, key):
            leaf = [key]  # or a tag of the same name
    yield from [last] if is_missing or _holds(data, last) else leaf


def _holds(data: Any, key: int | str) -> bool:
    return key in data if isinstance(data, dict) else isinstance(data, list) and isinstance(key, int)


def _known_names(kind: type[BaseModel], location: Iterable[int | str]) -> set[str]:
    """Name the fields that there are at a place; the tag of a union tells which of its members counts."""
    models = [kind]
    for key in location:
        fields = [model.model_fields[str(key)] for model in models if str(key) in model.model_fields]
        inner = [model for field in fields for model in _models_in(field.annotation)]
        tagged = [model for model in models if any(key in get_args(f.annotation) for f in model.model_fields.values())]
        models = inner or tagged or models
    return {name for model in models for name in model.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _hint(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {close[0]!r}?" if close else f" (known: {', '.join(sorted(known))})"
