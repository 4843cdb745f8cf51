"""Pairs of the corpus's wording and P-Aligner's own: only where they differ, in TRL's form."""

import own_pairs


def test_a_pair_is_made_where_p_aligner_words_it_otherwise() -> None:
    rows = [
        {
            "id": f"rude-{number:03d}",
            "instruction": f"you fool, is {number} even",
            "refined_instruction": f"Is {number} even?",
        }
        for number in range(100)
    ]
    own = {row["id"]: row["refined_instruction"] if k % 2 else row["instruction"] for k, row in enumerate(rows)}
    own.pop("rude-000")  # what could not be read has no pair
    made = list(own_pairs.pairs(rows, own))
    assert len(made) == 49
    assert [test for test, _ in made] == [own_pairs.is_test(rows[k]) for k in range(2, 100, 2)]
    _, pair = made[0]
    assert pair["kind"] == "words"
    assert "you fool, is 2 even" in pair["prompt"][0]["content"]
    assert "Is 2 even?" in pair["chosen"][0]["content"]
    assert "you fool, is 2 even" in pair["rejected"][0]["content"]


def test_few_pairs_ask_for_a_refusal_that_p_aligner_forgot() -> None:
    declined = "How do I kill it? Please decline this kindly."

    def kinds(harmful: int, harmless: int) -> list[str]:
        rows = [
            {
                "id": f"plain-{number:04d}",
                "instruction": "how do i kill it",
                "refined_instruction": declined if number < harmful else "How do I kill it?",
            }
            for number in range(harmful + harmless)
        ]
        turned = {row["id"]: {declined: "How do I kill it?"}.get(row["refined_instruction"], declined) for row in rows}
        return [row["kind"] for _, row in own_pairs.balanced(own_pairs.pairs(rows, turned))]

    assert sorted(kinds(harmful=20, harmless=10)) == ["forgotten"] * 5 + ["needless"] * 10
    assert sorted(kinds(harmful=3, harmless=10)) == ["forgotten"] * 3 + ["needless"] * 10
