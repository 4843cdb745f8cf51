"""What is never done: pickles are neither read nor written, and no model's own code runs unasked."""

import ast
import re
import zipfile
from collections.abc import Iterator

from conftest import REPOSITORY

from p_aligner.release.checks import _is_pickle


FILES = [
    path
    for root in ("modeling", "dataset_builder", "recipes", "spaces")
    for path in sorted((REPOSITORY / root).rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
]
PICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Where remote code is spoken of: the card that tells how to load a released model, and the check that loads it so.
MAY_TRUST = {
    *("modeling/p_aligner/release/model.py", "modeling/p_aligner/release/model.md.jinja"),
    *("modeling/p_aligner/pipelines.py", "modeling/README.md"),
}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in FILES:
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield str(path.relative_to(REPOSITORY)), node


def test_no_source_reads_or_writes_pickles() -> None:
    found = []
    for name, node in nodes():
        match node:
            case ast.Import(names=names):
                found += [(name, each.name) for each in names if each.name.partition(".")[0] in PICKLING]
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in PICKLING:
                found.append((name, module))
            case ast.Attribute(value=ast.Name(id="torch"), attr="load" | "save"):
                found.append((name, f"torch.{node.attr}"))
            case ast.Attribute(attr="read_pickle" | "to_pickle" | "unsafe_load" | "full_load" | "UnsafeLoader"):
                found.append((name, node.attr))
            case ast.keyword(arg="allow_pickle" | "weights_only"):
                found.append((name, str(node.arg)))
    assert found == []


def test_no_embedded_file_is_a_pickle() -> None:
    assert {path.suffix for path in FILES} >= {".safetensors", ".json", ".parquet", ".gz"}
    assert [str(path) for path in FILES if _is_pickle(path) or zipfile.is_zipfile(path)] == []


def test_remote_code_is_turned_on_nowhere_but_in_the_cards_of_models() -> None:
    given = {name for name, node in nodes() if isinstance(node, ast.keyword) and node.arg == "trust_remote_code"}
    assert given == set(), "as an argument it is written out nowhere"
    said = re.compile(r"trust_remote_code[\"']?\s*[=:](?!\s*[Ff]alse)")
    texts = (path for path in FILES if path.suffix in (".py", ".md", ".yaml", ".json", ".jinja", ".txt", ".ipynb"))
    found = {str(path.relative_to(REPOSITORY)) for path in texts if said.search(path.read_text(encoding="utf-8"))}
    assert found == MAY_TRUST
