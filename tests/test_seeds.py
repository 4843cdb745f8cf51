import csv
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from pydantic import BaseModel

from p_aligner.errors import InputError, PrincipleError
from p_aligner.store import recipe
from ultraprompt.seeds import Seed, SeedSettings, load_seeds


TEXTS = ["Why is the sky blue?", "Name three rivers of Spain.", "Explain how tides work."]


def load(*sources: dict[str, Any], counts: Counter[tuple[str, str]] | None = None, **settings: Any) -> list[Seed]:
    return load_seeds(SeedSettings.model_validate({"sources": sources, **settings}), counts=counts)


def texts(seeds: list[Seed]) -> list[str]:
    return [seed.instruction for seed in seeds]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        case ".json":
            path.write_text(json.dumps(rows), encoding="utf-8")
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, list(rows[0]))
                table.writeheader()
                table.writerows(rows)
        case ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what datasets caches out of the home folder."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def mine(tmp_path: Path) -> Callable[..., list[Seed]]:
    """Load the rows of a file, of the category Math unless the source says otherwise."""

    def load_rows(rows: list[dict[str, Any]], counts: Any = None, near_duplicates: Any = 0.7, **source: Any) -> Any:
        path = write(tmp_path / "mine.jsonl", rows)
        return load({"path": path, "category": "Math", **source}, counts=counts, near_duplicates=near_duplicates)

    return load_rows


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_every_kind_of_file_is_read(suffix: str, tmp_path: Path) -> None:
    rows = [{"text": f"{text}, and\nwhy", "kind": "Math"} for text in TEXTS]
    path = write(tmp_path / f"mine{suffix}", rows)
    seeds = load({"path": path, "instruction": "text", "category": {"column": "kind"}})
    wanted = [(index, row["text"], "Math", "mine") for index, row in enumerate(rows)]
    assert [(seed.index, seed.instruction, seed.category, seed.source) for seed in seeds] == wanted
    if suffix == ".json":  # lines may have the other name
        lines = write(tmp_path / "lines.jsonl", rows)
        os.rename(lines, path)
        assert texts(load({"path": path, "instruction": "text", "category": "Math"})) == texts(seeds)
        Path(path).write_text('\n  [{"instruction": "Add 1 and 2."}]', encoding="utf-8")
        assert texts(load({"path": path, "category": "Math"})) == ["Add 1 and 2."]


def test_ids_are_those_of_the_source_or_made_of_label_and_text(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", [{"instruction": text, "n": 7 + number} for number, text in enumerate(TEXTS)])
    assert [seed.id for seed in load({"path": first, "category": "Math", "id": "n"})] == ["7", "8", "9"]
    made = [seed.id for seed in load({"path": first, "category": "Math"})]
    assert len(set(made)) == 3
    assert all(id.startswith("a:") for id in made)
    # Neither other rows nor other settings change them.
    second = write(tmp_path / "b.jsonl", [{"instruction": text} for text in ["New.", *reversed(TEXTS)]])
    again = load({"path": second, "category": "Honesty", "label": "a"})
    assert [seed.id for seed in again][1:] == made[::-1]


def test_what_a_filter_leaves_out_is_counted(mine):
    rows = [
        {"instruction": "Why?", "lang": "en", "level": 1},
        {"instruction": "Pourquoi?", "lang": "fr", "level": 1},
        {"instruction": "Why " + "so " * 50 + "long?", "lang": "en", "level": 2},
        {"instruction": "  ", "lang": "en", "level": 2},
        {"instruction": None, "lang": "en", "level": 2},
        {"instruction": "Why not?", "lang": "en", "level": 3},
        {"instruction": "why  NOT ?", "lang": "en", "level": 2},
        {"instruction": "Never read.", "lang": "en", "level": 2},
    ]
    where, counts = {"lang": "en", "level": ["1", 2, 3]}, Counter[tuple[str, str]]()
    seeds = mine(rows, counts, where=where, max_words=20, limit=3)
    assert texts(seeds) == ["Why?", "Why not?"]
    once = ("of another 'lang'", "above max_words", "equal to another")
    twice = ("without an instruction", "selected")
    assert counts == {("mine", why): 1 for why in once} | {("mine", why): 2 for why in twice}


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_a_row_carries_its_instruction_where_data_sets_have_it(suffix: str, tmp_path: Path) -> None:
    prompts = write(tmp_path / f"a{suffix}", [{"id": number, "prompt": text} for number, text in enumerate(TEXTS)])
    assert texts(load({"path": prompts, "category": "Math"})) == TEXTS
    if suffix != ".csv":
        said = {"role": "assistant", "content": "x"}
        chats = [{"messages": [{"role": "user", "content": text}, said]} for text in TEXTS]
        assert texts(load({"path": write(tmp_path / f"b{suffix}", chats), "category": "Math"})) == TEXTS
    with pytest.raises(InputError, match="has no column 'instruction': choose one of "):
        load({"path": prompts, "instruction": "instruction", "category": "Math"})


def test_chats_and_transcripts_give_their_first_user_turn(mine):
    chat = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": " Why? "}]
    shared = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "This."}]
    chats = mine([{"chat": chat}, {"chat": shared}, {"chat": [chat[0]]}], instruction="chat", form="chat")
    assert texts(chats) == ["Why?", "What?"]
    part, image = {"type": "text", "text": "Where?"}, {"type": "image_url", "image_url": {"url": "x"}}
    rows = [{"messages": [{"role": "user", "content": parts}, *chat]} for parts in ([part], [part, image])]
    assert texts(mine(rows)) == ["Where?"]
    transcripts = [
        "\n\nHuman: Who?\n\nAssistant: Human: nobody.\n\nHuman: And when?",
        "\n\nHuman: Is that\n\nall?\n\nHuman: Hello?\n\nAssistant: Yes.",
        "\n\nAssistant: Ask me.",
    ]
    seeds = mine([{"chosen": text} for text in transcripts], instruction="chosen", form="hh")
    assert texts(seeds) == ["Who?", "Is that\n\nall?"]


def test_a_column_with_a_mapping_gives_categories(mine):
    rows = [{"instruction": TEXTS[0], "topic": 1}, {"instruction": TEXTS[1], "topic": "sums"}]
    category = {"column": "topic", "mapping": {"1": "Honesty", "sums": "Math"}}
    assert [seed.category for seed in mine(rows, category=category)] == ["Honesty", "Math"]
    message = "the value 'sums' in 'topic', which `mapping` does not name: add it beside 1"
    with pytest.raises(InputError, match=message):
        mine(rows, category={"column": "topic", "mapping": {"1": "Honesty"}})


def test_near_duplicates_go_and_the_first_stays(mine):
    long = "Explain to a child of ten years how the tides of the sea follow the moon"
    rows = [{"instruction": long}, {"instruction": long + "."}, {"instruction": TEXTS[0]}]
    counts = Counter[tuple[str, str]]()
    assert texts(mine(rows, counts)) == [long, TEXTS[0]]
    assert counts["mine", "near another"] == 1
    assert [len(mine(rows, near_duplicates=share)) for share in (None, 0.99)] == [3, 3]


def test_selection_keeps_to_the_counts(tmp_path: Path) -> None:
    few = [{"instruction": f"word{number} only"} for number in range(9)]
    many = [{"instruction": " ".join(f"term{number}x{place}" for place in range(number + 2))} for number in range(9)]
    sources = [
        {"path": write(tmp_path / "few.jsonl", few), "category": "Math", "count": 2},
        {"path": write(tmp_path / "many.jsonl", many), "category": "Honesty", "count": 5},
    ]
    first = load(*sources, select="first")
    assert texts(first) == [row["instruction"] for row in few[:2] + many[:5]]
    assert len(load(*sources, select="first", count=3)) == 3
    drawn = load(*sources, select="random", seed=1)
    assert Counter(seed.source for seed in drawn) == {"few": 2, "many": 5}
    assert drawn == load(*sources, select="random", seed=1)
    assert drawn != load(*sources, select="random", seed=2)
    counts = Counter[tuple[str, str]]()
    diverse = load(*sources, select="diversity", counts=counts)
    assert texts(diverse) == [row["instruction"] for row in many[:3:-1] + few[:2]], "the longest add most"
    assert [seed.index for seed in diverse] == list(range(7))
    assert counts["many", "not selected"] == 4
    # Fewer seeds are the first of more.
    assert load(*sources, select="diversity", count=3) == diverse[:3]


def test_a_seed_of_any_length_is_kept_whole(mine, tmp_path):
    long = "x" * 10_000 + "\U0001f600" + " y" * 5_000
    assert texts(mine([{"instruction": long}, {"instruction": "half \ud83d"}])) == [long, "half \ud83d"]
    table = write(tmp_path / "long.csv", [{"instruction": "x" * 200_000}])
    assert texts(load({"path": table, "category": "Math"})) == ["x" * 200_000]


BAD_FILES = {
    "empty.jsonl": (b"", "empty.jsonl holds no rows"),
    "empty.csv": (b"", "empty.csv holds no rows"),
    "column.jsonl": (b'{"text": "x"}\n{"q": "y"}\n', "has no column 'instruction': choose one of text, q"),
    "latin.csv": (b"instruction\ncaf\xe9\n", "latin.csv is not UTF-8 text"),
    "torn.json": (b'[{"instruction": "x"}', "torn.json is not JSON"),
    "long.json": (b'[{"instruction": ' + b"9" * 5_000 + b"}]", "long.json is not JSON"),
    "list.json": (b'[{"instruction": "x"}, 7]', "list.json must be an array of objects, it holds 7"),
    "wide.csv": (b"instruction\nx,y\n", "line 2 of .*wide.csv has more fields than the header"),
    "torn.csv": (b'instruction\nx\n"y', "torn.csv is not CSV after line 2: unexpected end"),
    "torn.parquet": (b"PAR1 and nothing else", "torn.parquet cannot be read"),
    "chat.jsonl": (b'{"instruction": [{"from": "human", "value": "x"}]}', "must be text or a chat, .*`form: chat`"),
    "words.txt": (b"x", "words.txt is none of the files that can be read: .jsonl, .json, .csv, .parquet"),
    "none.jsonl": (None, "none.jsonl cannot be read: No such file"),
    "none.parquet": (None, "none.parquet cannot be read: "),
    "empty": (None, "the data set .*empty' cannot be loaded: "),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_named(name: str, tmp_path: Path) -> None:
    content, message = BAD_FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    elif name == "empty":
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=message) as caught:
        load({"path": str(tmp_path / name), "category": "Math"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [{"where": {"lang": "en"}}, {"id": "key"}, {"category": {"column": "topic"}}])
def test_every_column_has_to_be_there(source: dict[str, Any], tmp_path: Path) -> None:
    for suffix in ("jsonl", "parquet"):
        path = write(tmp_path / f"mine.{suffix}", [{"instruction": "x", "q": 1}])
        with pytest.raises(InputError, match=r"has no column '(lang|key|topic)': choose one of instruction, q$"):
            load({"path": path, "category": "Math", **source})


UNKNOWN = "mine: unknown category 'Maths': did you mean 'Math'\\? choose one of Harmlessness, Helpfulness, Honesty"


def test_seeds_that_cannot_be_used_are_named(mine, tmp_path):
    french = [{"instruction": "So much to say", "lang": "en"}, *[{"instruction": "Moi", "lang": "fr"}] * 2]
    maths = [{"instruction": "x", "topic": "Maths"}]
    twins = [{"instruction": "One.", "n": 1}, {"instruction": "Two.", "n": 1}]
    left = "no instruction of mine is left, of 3 rows: 2 of another 'lang', 1 above max_words; loosen its filters"
    for rows, source, error, message in (
        (french, {"where": {"lang": "en"}, "max_words": 3}, InputError, left),
        (maths, {"category": "Maths"}, PrincipleError, UNKNOWN),
        (maths, {"category": {"column": "topic"}}, PrincipleError, UNKNOWN),
        (maths, {"category": {"column": "topic", "mapping": {"a": "Maths"}}}, PrincipleError, UNKNOWN),
        (maths, {"category": None}, InputError, "1 seeds have no category, the first is 'mine:.*': give the source a"),
        (twins, {"id": "n"}, InputError, "two instructions have the id '1': 'One.' of mine and 'Two.' of mine; leave"),
    ):
        with pytest.raises(error, match=message):
            mine(rows, **source)
    twice = {"path": str(tmp_path / "mine.jsonl"), "category": "Math"}
    with pytest.raises(InputError, match="two sources are called 'mine': give each a `label` of its own"):
        load(twice, twice)


class Table1(BaseModel):
    seeds: SeedSettings


@pytest.fixture
def four_public_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make folders that are laid out like the data sets on the Hub: their names, columns and values, our own texts."""
    lines = (REPOSITORY / "recipes/corpus/misspelt.jsonl").read_text(encoding="utf-8").splitlines()
    instructions = (json.loads(line)["instruction"] for line in lines)
    monkeypatch.chdir(tmp_path)

    def asks(kinds: str, source: str = "{}") -> list[dict[str, Any]]:
        """Make eight rows of each kind."""
        every = [kind for kind in kinds.split() for _ in range(8)]
        return [{"source": source.format(kind), "instruction": next(instructions)} for kind in every]

    more = {"models": ["m"], "completions": [{"model": "m", "annotations": {"honesty": {"Rating": "5"}}}]}
    others = "truthful_qa flan_v2_cot flan_v2_flan2021 flan_v2_niv2 flan_v2_p3 ultrachat sharegpt evol_instruct"
    for name, sources in (("false_qa", "false_qa"), ("ultrachat", others)):
        write(tmp_path / f"openbmb/UltraFeedback/{name}.jsonl", [{**row, **more} for row in asks(sources)])
    transcript = "\n\nHuman: {instruction}\n\nAssistant: No.\n\nHuman: Please!\n\nAssistant: No."
    hh = [{"chosen": transcript.format(**row), "rejected": ""} for row in asks("hh")]
    write(tmp_path / "Anthropic/hh-rlhf/harmless-base/train.jsonl", hh)
    write(tmp_path / "Anthropic/hh-rlhf/helpful-base/train.jsonl", [{"chosen": "\n\nHuman: Never.", "rejected": ""}])
    files = "CoT/gsm_rft CoT/math50k_camel CoT/MATH_train PoT/MATH_train CoT/aqua_rat"
    maths = [{**row, "output": "The answer is 4."} for row in asks(files, "data/{}.json")]
    write(tmp_path / "TIGER-Lab/MathInstruct/MathInstruct.json", maths)
    code = [{"question": row["instruction"], "answer": "Use a loop."} for row in asks("code")]
    write(tmp_path / "glaiveai/glaive-code-assistant/train.json", code)


def test_the_mix_of_the_paper_reads_the_four_public_sets(four_public_sets: None) -> None:
    settings = recipe.load(Table1, REPOSITORY / "recipes/ultraprompt/table1.yaml").seeds
    table = {
        **{"FalseQA": (250, "Honesty"), "TruthfulQA": (250, "Honesty"), "FLAN": (300, "Helpfulness")},
        **{"HH-RLHF": (1500, "Harmlessness"), "UltraChat": (1800, "Helpfulness"), "ShareGPT": (3000, "Helpfulness")},
        **{"GSM-RFT": (300, "Math"), "Math50k-camel": (300, "Math"), "MATH": (300, "Math")},
        "Glaive-code-assistant": (2000, "Coding & Debugging"),
    }
    wanted = [(source.label, (source.count, source.category)) for source in settings.sources]
    assert wanted == list(table.items())
    assert sum(source.count for source in settings.sources) == 10_000
    assert all(source.license for source in settings.sources)

    few = [source.model_copy(update={"count": 3}) for source in settings.sources]
    seeds = load_seeds(settings.model_copy(update={"sources": few}))
    found = Counter((seed.source, seed.category) for seed in seeds)
    assert found == {(name, category): 3 for name, (_, category) in table.items()}
    assert len({seed.id for seed in seeds}) == len(seeds) == 30
    assert not any("Human:" in seed.instruction or "Please!" in seed.instruction for seed in seeds)


def test_columns_of_a_data_set_are_checked_before_its_rows_are_read(four_public_sets: None) -> None:
    message = "glaive-code-assistant has no column 'instruction': choose one of question, answer"
    with pytest.raises(InputError, match=message):
        load({"path": "glaiveai/glaive-code-assistant", "category": "Math"})
    with pytest.raises(InputError, match="the data set 'glaiveai/glaive-code-assistant' cannot be loaded: .*tset"):
        load({"path": "glaiveai/glaive-code-assistant", "category": "Math", "split": "tset"})
