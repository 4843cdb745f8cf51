from pathlib import Path

import pytest

from p_aligner.errors import PrincipleError
from p_aligner.principles import PAPER_PRINCIPLES, Principle, PrinciplePack, load_pack, principles_for


def test_the_paper_has_ten_principles_in_five_domains() -> None:
    assert len(PAPER_PRINCIPLES) == 10
    assert PAPER_PRINCIPLES.domains == ("Harmlessness", "Helpfulness", "Honesty", "Coding & Debugging", "Math")
    assert not any(principle.description.endswith(".") for principle in PAPER_PRINCIPLES)


@pytest.mark.parametrize(
    ("category", "size"),
    [("Harmlessness", 5), ("Helpfulness", 3), ("Honesty", 4), ("Coding & Debugging", 5), ("Math", 5)],
)
def test_action_set_is_the_category_and_helpfulness(category: str, size: int) -> None:
    actions = principles_for(category)
    assert len(actions) == size
    assert {principle.domain for principle in actions} == {category, "Helpfulness"}


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    assert PAPER_PRINCIPLES["tone improvement "].name == "Tone Improvement"
    with pytest.raises(
        PrincipleError, match=r"'Tone Improvment': did you mean 'Tone Improvement'\? choose one of Safe"
    ):
        PAPER_PRINCIPLES["Tone Improvment"]
    with pytest.raises(PrincipleError, match="unknown category 'Maths': did you mean 'Math'"):
        principles_for("Maths")


PACK = """
name: plain
universal: [Everywhere]
principles:
  - {name: Short Words, domain: Everywhere, description: using short words.}
  - {name: Dosage, domain: Medicine, description: asking for the dosage}
"""


def test_a_pack_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(PACK)
    pack = load_pack(path)
    assert pack.name == "plain"
    assert pack["short words"] == Principle("Short Words", "Everywhere", "using short words")
    assert [principle.name for principle in principles_for("Medicine", pack)] == ["Short Words", "Dosage"]


def test_all_mistakes_of_a_pack_are_in_one_message(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(
        """
title: x
universal: Helpfulness
principles:
  - {name: A, domain: D, description: d}
  - {name: a, domain: D, description: d}
  - {name: B, domain: 3, description: d, colour: red}
  - just text
  - {name: C, domain: D, description: "two\\nlines"}
  - {name: E}
"""
    )
    with pytest.raises(PrincipleError) as caught:
        load_pack(path)
    message = str(caught.value)
    assert "\n" not in message
    for mistake in (
        "unknown key 'title'",
        "`universal` must be a list of domains, it is 'Helpfulness'",
        "principle 2: the name 'a' is already used by principle 1",
        "principle 3: `domain` must be text, it is 3",
        "principle 3: unknown key 'colour'",
        "principle 4: must be a mapping",
        "principle 5: `description` must be one line",
        "principle 6: `domain` is missing; principle 6: `description` is missing",
    ):
        assert mistake in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"principles: []", "must be a list with at least one entry"),
        (b"- a\n- b", "must be a mapping with `principles`"),
        (b"principles: [", "is not YAML"),
        (b"\xff\xfe\xfa", "is not YAML"),
        (b"", "must be a mapping"),
    ],
)
def test_what_is_no_pack_is_one_clear_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(content)
    with pytest.raises(PrincipleError, match=message) as caught:
        load_pack(path)
    assert "\n" not in str(caught.value)


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrincipleError, match="none.yaml' cannot be read: No such file"):
        load_pack(tmp_path / "none.yaml")


def test_packs_made_in_python_are_checked_too() -> None:
    with pytest.raises(PrincipleError, match="the name 'A' is used twice"):
        PrinciplePack([Principle("a", "D", "x"), Principle("A", "D", "y")])
    with pytest.raises(PrincipleError, match="holds no principles"):
        PrinciplePack([])
