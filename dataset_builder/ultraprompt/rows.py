"""Rows of a data set: their columns, and which of them each split takes from a harvest. Knows no data set library."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from .harvest import Harvest
from .pairs import Options, Row, candidates, plan


_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_CHOSEN = {
    "id": pa.string(),
    "category": pa.string(),
    "src_instruction": pa.string(),
    "src_reward": pa.float64(),
    "chosen_instruction": pa.string(),
    "chosen_actions": pa.list_(pa.string()),
    "chosen_reward": pa.float64(),
}
SCHEMAS = {
    "preference": pa.schema(
        {
            **_CHOSEN,
            "rejected_instruction": pa.string(),
            "rejected_actions": pa.list_(pa.string()),
            "rejected_reward": pa.float64(),
            "prompt": _MESSAGES,
            "chosen": _MESSAGES,
            "rejected": _MESSAGES,
        }
    ),
    "refinement": pa.schema({**_CHOSEN, "prompt": _MESSAGES, "completion": _MESSAGES}),
    "single-step": pa.schema(
        {
            "id": pa.string(),
            "category": pa.string(),
            "action": pa.string(),
            "src_instruction": pa.string(),
            "src_reward": pa.float64(),
            "chosen_instruction": pa.string(),
            "chosen_reward": pa.float64(),
            "prompt": _MESSAGES,
            "completion": _MESSAGES,
        }
    ),
    "trees": pa.schema(
        {
            "id": pa.string(),
            "category": pa.string(),
            "node": pa.int64(),
            "parent": pa.int64(),
            "action": pa.string(),
            "instruction": pa.string(),
            "reward": pa.float64(),
            "rewards": pa.list_(pa.float64()),
            "responses": pa.list_(pa.string()),
        }
    ),
}

Part = list[tuple[int, list[int]]]  # (number of a tree in its harvest, which of its candidate rows stay)


def divide(config: str, harvest: Harvest, options: Options) -> tuple[dict[str, Part], "Counter[str]"]:
    """Say which rows of `config` each split gets, in order, and count those left out, by reason.

    Raises:
        InputError, PrincipleError: a tree cannot be read again, or rows cannot be made of it.
    """
    kept, dropped = plan(config, harvest, options)
    splits: dict[str, Part] = {"train": [], "test": []} if options.test_fraction else {"train": []}
    for number, (entry, places) in enumerate(zip(harvest.entries, kept, strict=True)):
        if places:
            splits[options.split_of(harvest.seed_id(entry))].append((number, places))
    return splits, dropped


def read(config: str, harvest: Harvest, part: Part, options: Options) -> Iterator[Row]:
    """Yield the rows of a part."""
    columns = SCHEMAS[config].names
    for number, places in part:
        rows = candidates(config, harvest.load(harvest.entries[number]), options, Counter())
        yield from ({column: rows[place][column] for column in columns} for place in places)
