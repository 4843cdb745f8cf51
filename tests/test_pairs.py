import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import STEPS, Step, tree_records

from p_aligner.errors import InputError, PrincipleError
from p_aligner.principles import PAPER_PRINCIPLES, Principle, PrinciplePack
from p_aligner.prompts import refine_messages, render_refined, rewrite_messages
from ultraprompt.rows.pairs import Figures, Options, Row, candidates, verdicts
from ultraprompt.search.tree import Tree


def tree(id: str = "t", steps: list[Step] = STEPS, pack: PrinciplePack = PAPER_PRINCIPLES) -> Tree:
    made = Tree(id, steps[0][2], category="Honesty", pack=pack)
    for record in tree_records(id, 0, steps)[1:-1]:
        made.take(record)
    return made


def made(config: str, item: Tree, **options: Any) -> tuple[list[Row], "Counter[str]"]:
    """Return the rows of a config, and the reasons why there are not more."""
    rows, dropped = candidates(item, [config], Options(**options))[config]
    return rows, +dropped


def rows(config: str, item: Tree, **options: Any) -> list[Row]:
    return made(config, item, **options)[0]


def texts(row: Row) -> tuple[str, str]:
    return row["chosen_instruction"], row["rejected_instruction"]


def reasons(config: str, trees: list[Tree], **options: Any) -> list[str | None]:
    """Say for each row why it is left out."""
    return list(verdicts([Figures.of(row) for tree in trees for row in rows(config, tree)], Options(**options)))


def kept(config: str, trees: list[Tree], **options: Any) -> list[int]:
    """Name the rows that stay; each tree has one."""
    return [number for number, reason in enumerate(reasons(config, trees, **options)) if not reason]


def test_the_best_and_the_worst_node_make_a_pair() -> None:
    (row,) = rows("preference", tree())
    assert row == {
        "id": "t",
        "category": "Honesty",
        "src_instruction": "seed",
        "src_reward": pytest.approx(0.3),
        "chosen_instruction": "c",
        "chosen_actions": ["Factuality Enhancement", "Tone Improvement"],
        "chosen_reward": 0.9,
        "rejected_instruction": "b",
        "rejected_actions": ["Tone Improvement"],
        "rejected_reward": 0.1,
        "prompt": refine_messages("seed"),
        "chosen": [{"role": "assistant", "content": render_refined("c")}],
        "rejected": [{"role": "assistant", "content": render_refined("b")}],
    }


def test_every_rewrite_that_raises_the_reward_is_a_single_step() -> None:
    found, dropped = made("single-step", tree())
    assert [(row["src_instruction"], row["action"], row["chosen_instruction"]) for row in found] == [
        ("seed", "Factuality Enhancement", "a"),
        ("a", "Tone Improvement", "c"),
        ("a", "Clarification Request", "d"),
    ]
    assert dropped == {"no gain": 2}
    assert found[0] == {
        **{"action": "Factuality Enhancement", "src_instruction": "seed", "chosen_instruction": "a"},
        **{"id": "t", "category": "Honesty", "src_reward": pytest.approx(0.3), "chosen_reward": 0.6},
        "prompt": rewrite_messages("seed", PAPER_PRINCIPLES["Factuality Enhancement"]),
        "completion": [{"role": "assistant", "content": render_refined("a")}],
    }


def test_the_trees_are_there_node_by_node() -> None:
    found = rows("trees", tree())
    assert [(row["node"], row["parent"], row["action"], row["instruction"]) for row in found] == [
        (number, parent, action, text) for number, (parent, action, text, _) in enumerate(STEPS)
    ]
    assert found[1]["reward"] == 0.6
    assert found[1]["rewards"] == [0.5, 0.7]
    assert found[1]["responses"] == ["a answered 0", "a answered 1"]


@pytest.mark.parametrize(
    ("max_steps", "pair"), [(1, ("a", "seed")), (2, ("a", "b")), (3, ("c", "b")), (11, ("c", "b"))]
)
def test_max_steps_uses_the_first_nodes_only(max_steps: int, pair: tuple[str, str]) -> None:
    (row,) = rows("preference", tree(), max_steps=max_steps)
    assert texts(row) == pair
    assert len(rows("trees", tree(), max_steps=max_steps)) == min(max_steps, 5) + 1
    steps = min(max_steps, 5) - (max_steps > 1) - (max_steps > 4)
    assert len(rows("single-step", tree(), max_steps=max_steps)) == steps


def test_siblings_are_those_that_differ_most() -> None:
    assert [texts(row) for row in rows("preference", tree(), selection="sibling")] == [("a", "b")]
    deeper = [*STEPS, (1, "Information Augmentation", "f", [0.0])]
    assert [texts(row) for row in rows("preference", tree(steps=deeper), selection="sibling")] == [("c", "f")]
    assert made("preference", tree(), selection="sibling", max_steps=1) == ([], {"no siblings": 1})


def drawn(count: int, **options: Any) -> tuple["Counter[str]", "Counter[str]"]:
    """Count what is chosen and what rejected over many seeds, pairs of equal texts left out."""
    found = [row for seed in range(count) for row in rows("preference", tree(), seed=seed, **options)]
    return Counter(row["chosen_instruction"] for row in found), Counter(row["rejected_instruction"] for row in found)


def test_random_chooses_evenly_above_the_worst() -> None:
    chosen, rejected = drawn(2000, selection="random")
    assert set(rejected) == {"b"}
    assert set(chosen) == {"seed", "a", "c", "d"}
    assert all(abs(count - 500) < 4 * math.sqrt(2000 * 0.25 * 0.75) for count in chosen.values())


def test_gibbs_draws_with_the_weights_that_its_name_says() -> None:
    lam, count = 0.4, 4000
    values = {node.instruction: node.reward for node in tree().nodes}
    up = {text: math.exp(value / lam) for text, value in values.items()}
    down = {text: math.exp(-value / lam) for text, value in values.items()}
    pairs = {(one, other): up[one] * down[other] for one in up for other in down if one != other}
    total = sum(up.values()) * sum(down.values())
    chosen, _ = drawn(count, selection="gibbs", lam=lam)
    for text in values:
        share = sum(weight for (one, _), weight in pairs.items() if one == text) / total
        assert abs(chosen[text] - count * share) < 4 * math.sqrt(count * share * (1 - share))


def test_gibbs_is_best_against_worst_at_zero_temperature() -> None:
    chosen, rejected = drawn(50, selection="gibbs", lam=1e-9)
    assert set(chosen) == {"c", "d"}
    assert set(rejected) == {"b", "e"}


def test_draws_depend_on_seed_and_tree_alone() -> None:
    once = [rows("preference", tree(id), selection="random", seed=3) for id in ("x", "y")]
    again = [rows("preference", tree(id), selection="random", seed=3) for id in ("y", "x")]
    assert once == again[::-1]
    assert len({texts(rows("preference", tree(f"t{n}"), selection="random")[0]) for n in range(50)}) == 4


def test_equal_texts_are_dropped_and_the_seed_may_be_chosen() -> None:
    alone = tree(steps=[(None, None, "seed", [0.5])])
    same = tree(steps=[(None, None, "seed", [0.5]), (0, "Tone Improvement", "seed", [0.6])])
    for selection in ("best-worst", "random", "gibbs"):
        assert made("preference", alone, selection=selection) == ([], {"equal texts": 1})
    for config in ("preference", "refinement", "single-step"):
        assert made(config, same) == ([], {"equal texts": 1})
    (row,) = rows("preference", tree(steps=[(None, None, "seed", [0.5]), (0, "Tone Improvement", "a", [0.1])]))
    assert texts(row) == ("seed", "a")
    assert row["chosen_actions"] == []


def pair(number: int, source: float, chosen: float) -> Tree:
    """Make a tree whose pair has the margin `chosen - source` and which is one single step."""
    return tree(f"t{number}", [(None, None, "seed", [source]), (0, "Tone Improvement", f"better {number}", [chosen])])


# Margins 0.1, 0.5, 0.3, 0.2, 0.4, 0.6, 0.7: the median is 0.4.
SOURCES, CHOSEN = (0.3, 0.0, 0.6, 0.5, 0.1, 0.2, 0.25), (0.4, 0.5, 0.9, 0.7, 0.5, 0.8, 0.95)
FOREST = [pair(number, *rewards) for number, rewards in enumerate(zip(SOURCES, CHOSEN, strict=True))]


@pytest.mark.parametrize("config", ["preference", "single-step"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6]),
        ({"contrast": "high"}, [1, 4, 5, 6]),
        ({"contrast": "low"}, [0, 2, 3]),
        ({"contrast": "mixed"}, [0, 1, 3, 5]),  # every second of 1, 4, 5, 6 and of 0, 2, 3
        ({"difficulty": "hard"}, [1, 4]),  # sources 0.0, 0.1
        ({"difficulty": "moderate"}, [5, 6]),  # 0.2, 0.25
        ({"min_margin": 0.5}, [1, 5, 6]),  # 0.5 itself stays
        ({"min_chosen_reward": 0.8}, [2, 5, 6]),
        ({"difficulty": "moderate", "contrast": "high", "min_chosen_reward": 0.9}, [6]),
        ({"contrast": "mixed", "min_margin": 0.55}, [5]),
    ],
)
def test_filters(config: str, options: dict[str, Any], expected: list[int]) -> None:
    assert kept(config, FOREST, **options) == expected


def test_half_is_above_the_median_and_each_row_that_is_left_out_has_a_reason() -> None:
    assert kept("preference", FOREST[:6], contrast="high") == [1, 4, 5]
    assert kept("preference", FOREST[:6], contrast="low") == [0, 2, 3]
    found = reasons("preference", FOREST, difficulty="hard", contrast="high", min_margin=0.45)
    assert Counter(found) == {"difficulty": 5, "min_margin": 1, None: 1}
    assert Counter(reasons("single-step", FOREST, min_chosen_reward=2)) == {"min_chosen_reward": 7}


@given(margins=st.lists(st.floats(0, 1), max_size=30))
def test_high_and_low_share_the_pairs_and_mixed_takes_half_of_each(margins: list[float]) -> None:
    forest = [pair(number, 0.0, margin) for number, margin in enumerate(margins) if margin > 0]
    high, low, mixed = (set(kept("preference", forest, contrast=name)) for name in ("high", "low", "mixed"))
    assert high | low == set(range(len(forest)))
    assert not high & low
    assert len(mixed & high) == (len(high) + 1) // 2
    assert len(mixed & low) == (len(low) + 1) // 2


def test_seeds_go_to_the_test_split_by_their_ids() -> None:
    ids = [f"seed-{number}" for number in range(10_000)]
    tenth, fifth = ({id for id in ids if Options(test_fraction=part).split_of(id) == "test"} for part in (0.1, 0.2))
    assert 900 < len(tenth) < 1100
    assert tenth < fifth
    assert {Options().split_of(id) for id in ids} == {"train"}
    assert Options(test_fraction=0.1, seed=5).split_of(min(tenth)) == "test"


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({"selection": "best"}, ["selection must be one of best-worst, random, sibling, gibbs, it is 'best'"]),
        ({"contrast": "strong"}, ["contrast must be one of all, high, low, mixed, it is 'strong'"]),
        ({"difficulty": None}, ["difficulty must be one of all, moderate, hard, it is None"]),
        (
            {"max_steps": 0, "lam": 0},
            ["max_steps must be a whole number from 1, it is 0", "lam must be a number"],
        ),
        ({"max_steps": True, "seed": 1.5}, ["max_steps must be", "seed must be a whole number, it is 1.5"]),
        ({"test_fraction": 1.0}, ["test_fraction must be a number from 0 and below 1, it is 1.0"]),
        ({"min_margin": "0.1", "min_chosen_reward": math.nan}, ["min_margin must be a number, it is '0.1'", "nan"]),
    ],
)
def test_impossible_values_are_all_named(options: dict[str, Any], messages: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Options(**options).check()
    assert all(message in str(caught.value) for message in messages)
    assert "\n" not in str(caught.value)


def test_options_that_say_nothing_about_a_config_are_refused() -> None:
    Options(selection="random", contrast="high", seed=1).check("preference")
    Options(contrast="high", min_margin=0.1, max_steps=3).check("single-step")
    Options(max_steps=3, test_fraction=0.1).check("trees")
    for config, options in (("single-step", {"selection": "random"}), ("trees", {"min_margin": 0.1})):
        with pytest.raises(InputError, match=f"{next(iter(options))} says nothing about '{config}' rows"):
            Options(**options).check(config)


def test_principles_are_those_of_the_run() -> None:
    own = PrinciplePack([Principle("Tone Improvement", "Honesty", "singing it")])
    steps: list[Step] = [(None, None, "seed", [0.1]), (0, "Tone Improvement", "la", [0.2])]
    (row,) = rows("single-step", tree(steps=steps, pack=own))
    assert "by singing it." in row["prompt"][0]["content"]
    with pytest.raises(PrincipleError, match="unknown principle 'Factuality Enhancement'"):
        rows("single-step", tree(pack=own))
