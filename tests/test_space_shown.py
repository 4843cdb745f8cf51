"""What the Space shows: changes, verdicts, rewards, trees; no text of anybody becomes HTML."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pyarrow.parquet as pq
import pytest
import shown
from conftest import REPOSITORY
from settings import Settings
from trees import lay_out, read_trees, trees_of

from p_aligner.errors import InputError
from p_aligner.prompts import OUTPUT_END


SPACE = REPOSITORY / "spaces/before_after"
SAMPLE = REPOSITORY / "dataset_builder/ultraprompt/sample"
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "${document.title='owned'} {{constructor}} `${1}`",
    "'\"><b onmouseover=alert(1)>& &lt;i&gt;",
    "</textarea></style><style>*{display:none}</style>",
)


class Reader(HTMLParser):
    """Reads HTML as a browser does: its tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def row(node: int, parent: int | None, reward: float = 0.0, **given: Any) -> dict[str, Any]:
    """A row of the config `trees`."""
    made = {"id": "t", "category": "Math", "node": node, "parent": parent, "instruction": f"text {node}"}
    answered = {"reward": reward, "rewards": [reward], "responses": ["an answer"]}
    return {**made, **answered, "action": None if parent is None else "Hint"} | given


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_anybody_becomes_html(text: str) -> None:
    record = {"instruction": text, "refined_instruction": f"{text} now", "changed": True, "reason": None}
    held = {**record, "changed": False, "reason": f"lost span: {text}"}
    tree = trees_of([row(0, None, instruction=text, id=text, category=text), row(1, 0, id=text, action=text)])[0]
    tree.nodes[1].responses = [text]
    root = {**row(0, None, instruction=text, responses=[text]), "type": "node"}
    turned_away = {"type": "rejected", "action": text, "parent": 0, "reason": held["reason"]}
    growth = shown.growth_html([root, turned_away], text)
    assert Reader(growth).text.count(text) >= 3
    pages = (
        *(shown.changes_html(text, f"{text} now"), shown.changes_html("", text), shown.verdict_html(held)),
        *(shown.note_html(text), shown.rewrites_html(text, {"Hint Addition": record}), shown.tree_html(tree)),
        *(growth, shown.spoken(shown.note_html(text))),
    )
    ours = {"div", "ins", "del", "p", "strong", "article", "h2", "h3", "h4", "b", "button", "style", "svg", "path"}
    for page in pages:
        reader = Reader(page)
        assert text in reader.text
        assert reader.tags <= ours | {"input", "label", "span", "i", "ol", "ul", "li"}, reader.tags
        assert not [name for name in reader.attributes if name.startswith("on") or name == "src"]
        # The page fills templates in what it is given.
        assert not [sign for sign in ("${", "{{", "`") if sign in page]


def test_changes_are_marked() -> None:
    page = shown.changes_html("tell me of it", "Tell me of it. Briefly.")
    assert re.findall("<del>(.*?)</del>", page) == ["tell"]
    assert re.findall("<ins>(.*?)</ins>", page) == ["Tell", ". Briefly."]


def test_verdicts_are_told_in_words() -> None:
    assert "Guard: passed." in shown.verdict_html({"changed": True, "reason": None})
    for reason, *said in (
        ("already clear", "Nothing to change."),
        ("follow-up", "said before"),
        ("lost span: 42", "your own words stay", "lost span: 42"),
        (f"unparsable: the answer has no {OUTPUT_END!r}", "not one whole rewrite"),
    ):
        html = shown.verdict_html({"changed": False, "reason": reason})
        assert all(words in html for words in said)
        assert OUTPUT_END not in html


def test_rewards_are_compared() -> None:
    for rewards, said in (
        ([0.0, 1.0], "prefers the <b>second</b> answer (73 % sure)"),
        ([1.0, 0.0], "prefers the <b>first</b> answer (73 % sure)"),
        ([0.5, 0.5], "equally good"),
        ([-900.0, 900.0], "over 99 %"),
    ):
        page = shown.rewards_html(rewards, "a hint", are_same=False)
        assert said in page
        assert "a hint" in page
    assert shown.rewards_html(None, "a hint", are_same=False) == ""
    for rewards in (None, [1.0, 1.0]):
        assert "the same text" in shown.rewards_html(rewards, "a hint", are_same=True)
    assert "58 % of pairs" in shown.scores_said(Settings())
    assert "org/judge" in shown.scores_said(Settings(reward="org/judge"))


# Trees.


def test_the_trees_beside_the_app_are_those_of_the_sample() -> None:
    sample = pq.read_table(SAMPLE / "trees/train.parquet").to_pylist()
    beside = json.loads((SPACE / "trees.json").read_text(encoding="utf-8"))
    kept = {each["id"] for each in beside}
    assert len(kept) == 10
    assert len({each["category"] for each in beside}) == 5
    expected = [each for each in sample if each["id"] in kept]
    named, others = ([(row["id"], row["node"], row["instruction"]) for row in rows] for rows in (beside, expected))
    assert named == others
    assert [each["reward"] for each in beside] == pytest.approx([each["reward"] for each in expected], abs=1e-4)


def test_a_journal_is_read_as_the_rows_built_of_it() -> None:
    journal = read_trees(str(SAMPLE / "deep.jsonl.gz"))
    assert len(journal) == 30
    built = {tree.id: tree for tree in trees_of(pq.read_table(SAMPLE / "trees/train.parquet").to_pylist())}
    for tree in journal:
        read, same = (
            [(n.index, n.parent and n.parent.index, n.action, n.instruction, n.reward) for n in each.nodes]
            for each in (tree, built[tree.id])
        )
        assert read == same


def test_no_node_covers_another_and_parents_stand_over_their_children() -> None:
    for tree in read_trees(str(SPACE / "trees.json")):
        places = lay_out(tree)
        for level in range(max(place.level for place in places) + 1):
            columns = sorted(place.column for place in places if place.level == level)
            assert all(right - left >= 1 for left, right in pairwise(columns))
        for node in tree.nodes:
            at, children = places[node.index], [places[child.index] for child in node.children]
            assert all(child.level == at.level + 1 for child in children)
            assert not children or children[0].column <= at.column <= children[-1].column


def test_best_and_worst_paths() -> None:
    tree = trees_of([row(0, None), row(1, 0, reward=0.9), row(2, 1, reward=-1.0), row(3, 0)])[0]
    page = shown.tree_html(tree)
    assert page.count('<path class="best"') == 1
    assert page.count('<path class="worst"') == 1
    assert page.count("<input") == page.count("<article") == 4
    assert re.findall(r'value="(\d)"[^>]*checked', page) == ["1"]


def test_a_deep_tree_and_a_lonely_root_are_drawn() -> None:
    deep = trees_of([row(0, None), *(row(node, node - 1) for node in range(1, 1_500))])[0]
    assert lay_out(deep)[-1].level == 1_499
    assert "0.00" in shown.tree_html(trees_of([row(0, None)])[0])


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("some.json", [row(0, None), row(2, 1)], "node 2 of tree 't' comes after 1 nodes"),
        ("some.json", [row(0, None), row(0, None)], "node 0"),
        ("some.json", [{"id": "t"}], "record 1 of .*some.json lacks 'instruction'"),
        ("some.json", [], "are none"),
        ("gone.json", [], "cannot be read"),
        ("gone.jsonl", [], "cannot be read"),
    ],
)
def test_trees_that_cannot_be_read_are_named(name, rows, message, tmp_path):
    (tmp_path / "some.json").write_text(json.dumps(rows))
    with pytest.raises(InputError, match=message):
        read_trees(str(tmp_path / name))
