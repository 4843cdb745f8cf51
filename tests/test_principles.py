from pathlib import Path

import pytest

from p_aligner.errors import PrincipleError
from p_aligner.principles import PAPER_PRINCIPLES, Principle, PrinciplePack, load_pack


def test_the_paper_has_ten_principles_in_five_domains() -> None:
    assert len(PAPER_PRINCIPLES) == 10
    assert PAPER_PRINCIPLES.domains == ("Harmlessness", "Helpfulness", "Honesty", "Coding & Debugging", "Math")
    assert not any(principle.description.endswith(".") for principle in PAPER_PRINCIPLES)
    for category, size in zip(PAPER_PRINCIPLES.domains, (5, 3, 4, 5, 5), strict=True):
        actions = PAPER_PRINCIPLES.for_category(category)
        assert len(actions) == size
        assert {principle.domain for principle in actions} == {category, "Helpfulness"}


def test_a_pack_is_read_from_yaml_and_unknown_names_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("""
name: plain
universal: [Everywhere]
principles:
  - {name: Short Words, domain: Everywhere, description: using short words.}
  - {name: Dosage, domain: Medicine, description: asking for the dosage}
""")
    pack = load_pack(path)
    assert pack.name == "plain"
    assert pack["short words "] == Principle("Short Words", "Everywhere", "using short words")
    assert [principle.name for principle in pack.for_category("Medicine")] == ["Short Words", "Dosage"]
    with pytest.raises(PrincipleError, match=r"'Short Wrds': did you mean 'Short Words'\? choose one of Short"):
        pack["Short Wrds"]
    with pytest.raises(PrincipleError, match="unknown category 'Medicin': did you mean 'Medicine'"):
        pack.for_category("Medicin")


@pytest.mark.parametrize(
    ("content", "mistakes"),
    [
        (b"title: x\nprinciples: [{name: A, domain: D, description: d}]", ["unknown key 'title'"]),
        (
            b"""
universal: Helpfulness
principles:
  - {name: A, domain: D, description: d}
  - {name: a, domain: D, description: d}
  - {name: B, domain: 3, description: d, colour: red}
  - just text
  - {name: C, domain: D, description: "two\\nlines"}
  - {name: E}
""",
            [
                "`universal` must be a list of domains, it is 'Helpfulness'",
                "the name 'a' is used twice",
                "principle 3: `domain` must be text in one line, it is 3; principle 3: unknown key 'colour'",
                "principle 4: must be a mapping",
                "principle 5: `description` must be text in one line, it is 'two\\nlines'",
                "principle 6: `domain` is missing; principle 6: `description` is missing",
            ],
        ),
        (b"principles: []", ["must be a list with at least one entry"]),
        (b"- a\n- b", ["must be a mapping with `principles`"]),
        (b"principles: [", ["is not YAML"]),
        (b"\xff\xfe\xfa", ["is not UTF-8 text"]),
        (b"", ["must be a mapping"]),
        (None, ["pack.yaml' cannot be read: No such file"]),
    ],
)
def test_all_mistakes_of_a_pack_are_in_one_line(content: bytes | None, mistakes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PrincipleError) as caught:
        load_pack(path)
    assert "\n" not in str(caught.value)
    assert [mistake for mistake in mistakes if mistake not in str(caught.value)] == []


def test_packs_made_in_python_are_checked_too() -> None:
    with pytest.raises(PrincipleError, match="the name 'A' is used twice"):
        PrinciplePack([Principle("a", "D", "x"), Principle("A", "D", "y")])
    with pytest.raises(PrincipleError, match="holds no principles"):
        PrinciplePack([])
