"""The corpus keeps its rules: fields, counts, the guard, no added sentence twice, nothing of public data sets."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import check
import pytest
from conftest import REPOSITORY


CORPUS = REPOSITORY / "recipes/corpus"
DATA = REPOSITORY.parent / "shared/data"
GRAM = 8
_WORD = re.compile(r"\w+")


@cache
def parts() -> dict[str, list[dict[str, Any]]]:
    return {path.stem: check.read(path) for path in sorted(CORPUS.glob("*.jsonl"))}


def test_every_part_has_its_rows() -> None:
    assert {part: len(rows) for part, rows in parts().items()} == check.COUNTS
    ids = Counter(row["id"] for rows in parts().values() for row in rows)
    assert [id for id, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_no_row_breaks_a_rule(every: int) -> None:
    some = {part: rows[::every] for part, rows in parts().items()}
    assert [f"{row}: {what}" for row, what in check.faults(some)] == []


def test_the_languages_and_principles_are_as_many_as_the_readme_says() -> None:
    others = {*check.SAME, "principles", "own_principles", "seeds"}
    rewrites = [row for part, rows in parts().items() if part not in others for row in rows]
    languages = Counter(row["language"] for row in rewrites)
    assert languages.total() - languages["en"] >= 150
    assert set(languages) == set(check.LANGUAGES)
    assert set(Counter(row["principle"] for row in parts()["principles"]).values()) == {110}
    own = Counter((row["principle"], row["description"]) for row in parts()["own_principles"])
    assert (len(own), set(own.values())) == (55, {6, 8})


def test_the_seeds_are_in_no_other_part() -> None:
    trained = {row["instruction"].casefold() for part, rows in parts().items() if part != "seeds" for row in rows}
    assert not trained & {row["instruction"].casefold() for row in parts()["seeds"]}


def grams(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[at : at + GRAM]) for at in range(len(words) - GRAM + 1)}


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real instructions is not there")
def test_no_eight_words_in_a_row_are_of_a_public_data_set() -> None:
    known: set[tuple[str, ...]] = set()
    for path in (DATA / "seeds.jsonl", *sorted((DATA / "benchmarks").glob("*.jsonl"))):
        for line in Path(path).read_text(encoding="utf-8").split("\n"):
            if line:
                known |= grams(json.loads(line).get("instruction") or "")
    shared = {
        row["id"]: " ".join(gram)
        for rows in parts().values()
        for row in rows
        for text in (row["instruction"], row.get("refined_instruction", ""))
        for gram in grams(text) & known
    }
    assert shared == {}
