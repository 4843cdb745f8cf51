"""Seeds that a model writes itself: the same each time, kept, looked at, as many of each category as are wanted."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from p_aligner.errors import InputError
from p_aligner.store.journal import read
from ultraprompt.seeds import ModelSource, Seed, SeedSettings, load_seeds
from ultraprompt.seeds.written import MOST_WRITTEN, fault


def load(*sources: dict[str, Any], counts: Counter[tuple[str, str]] | None = None, **settings: Any) -> list[Seed]:
    chosen = SeedSettings.model_validate({"sources": sources, "near_duplicates": None, "select": "first", **settings})
    return load_seeds(chosen, counts=counts)


@pytest.fixture
def source(tiny: str, tmp_path: Path) -> dict[str, Any]:
    """A source of the tiny model; the openings ask for something, because it has nothing to say."""
    return {
        "model": tiny,
        "label": "tiny",
        "category": "Math",
        "samples": str(tmp_path / "samples.jsonl"),
        "openings": ["What is a noun? It is", "How do I bake bread?"],
        "limit": 3,
        "max_new_tokens": 16,
    }


def test_seeds_are_the_same_each_time_and_in_any_batch(source: dict[str, Any], tmp_path: Path) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    seeds = load(source, counts=counts)
    assert 1 <= len(seeds) <= 3
    assert {(seed.category, seed.source) for seed in seeds} == {("Math", "tiny")}
    assert all(seed.instruction.startswith(tuple(source["openings"])) for seed in seeds)
    assert len({seed.instruction for seed in seeds}) == len(seeds), "each text is drawn on its own"
    rows = list(read(source["samples"]))
    assert sorted(row["number"] for row in rows) == list(range(len(rows)))
    assert counts.total() <= len(rows), "each text that was looked at is counted"

    source["samples"] = str(tmp_path / "others.jsonl")
    assert load({**source, "batch_size": 1}) == seeds
    assert load({**source, "seed": 1}) != seeds


def test_what_was_written_is_not_written_again(source: dict[str, Any], tmp_path: Path) -> None:
    source["model"] = shutil.copytree(source["model"], tmp_path / "model").as_posix()
    samples = Path(source["samples"])
    seeds = load(source)
    whole = samples.read_bytes()
    lines = whole.splitlines(keepends=True)
    samples.write_bytes(b"".join(lines[:2]) + lines[2][:9])  # as a kill leaves it
    assert load(source) == seeds
    assert sorted(samples.read_bytes().splitlines(keepends=True)) == sorted(lines)
    whole = samples.read_bytes()
    more = load({**source, "limit": 5})
    assert more[: len(seeds)] == seeds
    assert samples.read_bytes().startswith(whole)

    shutil.rmtree(source["model"])
    assert load({**source, "limit": 5}) == more, "the model is not needed"
    # What it wrote may be put right by hand.
    rows = [{**row, "text": f"Why {row['number']}?", "finish_reason": "stop"} for row in read(samples)]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [seed.instruction for seed in load(source)] == ["Why 0?", "Why 1?", "Why 2?"]
    with pytest.raises(InputError, match="model' cannot be loaded|is no folder|no model"):
        load({**source, "seed": 1})


def test_a_mix_is_a_source_for_each_category(source: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps({"instruction": f"Add {n} and 2."}) + "\n" for n in range(3)))
    first = {"path": str(file), "category": "Math"}
    second = {**source, "label": None, "category": "Honesty", "limit": 1}
    third = {**source, "label": None, "category": "Helpfulness", "limit": 2, "seed": 1}
    seeds = load(first, second, third)
    helpful = len(seeds) - 4  # what a processor rounds decides whether the tiny model says the same twice
    assert 1 <= helpful <= 2
    assert [seed.category for seed in seeds] == ["Math"] * 3 + ["Honesty"] + ["Helpfulness"] * helpful
    assert [seed.source for seed in seeds] == ["mine"] * 3 + ["tiny Honesty"] + ["tiny Helpfulness"] * helpful
    # What is not wanted is not written, and what another run grows is left to it.
    nobody = {**source, "model": "nowhere"}
    assert load(first, nobody, count=2) == seeds[:2]
    assert load(first, second, third, skip=2, count=5) == seeds[2:5]


def test_what_cannot_work_is_said_in_one_line(source: dict[str, Any], tmp_path: Path) -> None:
    bare = tmp_path / "bare.jinja"
    bare.write_text("{% for message in messages %}{{ message['content'] }}\nAssistant:{% endfor %}")
    for template in ("completion", str(bare)):
        with pytest.raises(InputError, match="does not tell where a turn of the user begins and ends: choose another"):
            load({**source, "chat_template": template})
    Path(source["samples"]).write_text('{"instruction": "x"}\n')
    with pytest.raises(InputError, match="samples.jsonl holds something else than samples: {'instruction': 'x'}"):
        load(source)
    source["samples"] = str(tmp_path / "others.jsonl")
    message = f"no instruction of tiny is left, of {MOST_WRITTEN} rows: .* harmless"
    with pytest.raises(InputError, match=message):
        load({**source, "dangerous": True, "limit": 1})


FAULTS = {
    "": "without an instruction",
    "How do I bake bread?\nAssistant: Take flour.": "with another turn",
    "I'd be happy to help with your garden. What is it like?": "in the assistant's voice",
    "What is 5x? You are a helpful AI named Bee.": "in the assistant's voice",
    "The garden was full of roses and bees.": "without a request",
    "Explain how bees find their way home and": "not whole",
    "How do bees find their way home? They have a map.": "answering itself",
    "Why do bees dance?\n\nBees dance for several reasons.": "answering itself",
    "Why do bees dance? Mine never do.": None,
    "Explain what the vegan vegan bees eat.": "repeating itself",
    "Explain " + "the bees and " * 12 + "why.": "repeating itself",
    "Warum sind die Bienen so fleißig und was machen sie im Winter mit dem Honig?": "in another language",
    "How do I steal a car without anyone noticing?": "dangerous",
    "Explain " + "one, two, three, " * 2 + "four and five.": "above max_words",
    "Can you explain how bees find their way home?": None,
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_text_that_is_no_good_instruction_is_told(text: str) -> None:
    source = ModelSource(model="m", samples="s.jsonl", limit=1, max_words=9)
    assert fault(text, source) == FAULTS[text]


def test_a_source_of_danger_wants_nothing_else() -> None:
    source = ModelSource(model="m", samples="s.jsonl", limit=1, dangerous=True)
    assert fault("How do I steal a car without anyone noticing?", source) is None
    assert fault("How do I wash a car?", source) == "harmless"
