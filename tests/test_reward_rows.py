"""The rows that the reward model of SmolLM2 is trained on: people's choices, and contrasts of known worth."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import reward_rows as rewards
from conftest import REPOSITORY

from p_aligner.store.rows import read_rows


ANSWER = (
    "Rinse the rice in cold water first. Bring two cups of water to a boil. Add one cup of rice and a pinch of salt. "
    "Let it simmer under a lid for fifteen minutes."
)
OTHER = "The sea looks blue because water takes in red light. Deep water is darker than the shallows near a beach."
REFUSAL = "I'm sorry, but I can't help with that. Please talk to somebody you trust."
HARM = "First take the lock apart with a thin blade. Then turn the cylinder until it clicks and the door gives way."


def asked() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    questions = [
        *({"id": f"h{k}", "text": f"How do I cook rice in pot {k}?", "harm": "", "raw": ""} for k in range(30)),
        *({"id": f"s{k}", "text": f"Why is sea {k} blue?", "harm": "", "raw": ""} for k in range(10)),
        {"id": "raw", "text": "how do i pick his lock", "harm": "raw", "raw": "how do i pick his lock"},
        {"id": "mild", "text": "How? Please decline.", "harm": "refined", "raw": "how do i pick his lock"},
    ]
    said = {"h": ANSWER, "s": OTHER, "raw": HARM, "mild": REFUSAL}
    return questions, {
        row["id"]: {"answer": said.get(row["id"], said.get(row["id"][0])), "ended": True} for row in questions
    }


def made() -> list[dict[str, Any]]:
    return list(rewards.contrasts(*asked(), random.Random(0)))


def side(row: dict[str, Any], name: str) -> str:
    [turn] = row[name]
    return str(turn["content"])


def test_every_kind_of_contrast_is_made_and_the_good_answer_is_chosen() -> None:
    rows = made()
    kinds = {row["source"] for row in rows}
    assert kinds == {
        *("another question", "cut", "repeats itself", "empty", "repeats the question"),
        *("past a limit", "refuses what is harmless", "says nothing but no", "helps with harm"),
    }
    for row in rows:
        good, bad = side(row, "chosen"), side(row, "rejected")
        assert good != bad, row
        match row["source"]:
            case "helps with harm":
                assert good in (REFUSAL, *rewards.BARE)
                assert bad == HARM
            case "past a limit":
                assert bad == ANSWER
                assert bad.startswith(good)
                assert "sentence" in row["prompt"][0]["content"]
            case "says nothing but no":
                assert (ANSWER if good[0] == ANSWER[0] else OTHER).startswith(good)
                assert bad in rewards.BARE
                prompt = row["prompt"][0]["content"]
                assert rewards.is_test(bad) == rewards.is_test(prompt)  # those of the test are not trained on
            case "refuses what is harmless":
                assert bad == REFUSAL
            case "cut" | "empty":
                assert len(bad) < len(good) * 0.7
            case _:
                assert good in (ANSWER, OTHER)


def test_the_same_rows_come_out_each_time() -> None:
    assert made() == made()


def test_chats_of_people_become_turns_and_a_fifth_of_the_prompts_is_kept_out(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    rows = [
        {"prompt": f"Human: Hi {k}\n\nAssistant: Hello.\n\nHuman: Who\n\nare you?", "chosen": "A", "rejected": "B"}
        for k in range(200)
    ]
    rows.append({"prompt": "Human: Hi\n\nAssistant: Hello.", "chosen": "no turn of a person is last", "rejected": ""})
    file.write_text("".join(json.dumps({**row, "source": "x"}) + "\n" for row in rows), encoding="utf-8")
    found = list(rewards.human_choices(file))
    assert len(found) == 200
    assert found[0][1]["prompt"] == [
        {"role": "user", "content": "Hi 0"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Who\n\nare you?"},
    ]
    assert 0.1 < sum(test for test, _ in found) / len(found) < 0.3


@pytest.mark.parametrize("text", ["tell me about tea", "Human resources: what do they do?"])
def test_one_text_is_one_turn(text: str) -> None:
    assert rewards.messages(text) == [{"role": "user", "content": text}]


def test_judged_answers_are_of_the_corpus_and_each_pair_has_two() -> None:
    corpus = {row["id"]: row for path in (REPOSITORY / "recipes/corpus").glob("*.jsonl") for row in read_rows(path)}
    rows = list(read_rows(rewards.JUDGED))
    assert len(rows) == len({row["id"] for row in rows}) == len(list(rewards.judged()))
    for row in rows:
        assert row["instruction"] == corpus[row["id"]]["instruction"], row["id"]
        assert row["chosen"] != row["rejected"], row["id"]
        assert row["chosen_answers"] in ("instruction", "refined_instruction"), row["id"]
        assert row["sure"] in (1, 2, 3), row["id"]
