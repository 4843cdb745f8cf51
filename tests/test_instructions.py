"""Turns that only make sense after others come back as they are; first instructions, however short, do not."""

import json
import timeit
from typing import Any

import pytest
from conftest import REPOSITORY

from p_aligner.answers import REQUEST
from p_aligner.instructions import is_follow_up, read_instruction, record_of


# Yes, no, go on, shorter, that's wrong, why not, thanks.
FOLLOW_UPS = (
    [
        json.loads(line)["instruction"]
        for line in (REPOSITORY / "tests/data/follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    + """\
yes | no | continue | shorter | that's wrong | why not? | thanks | 1 | 2. | /clear | 👍 | ... | ja | nein | mach weiter
ignore that and do it again but shorter | forget it | try that again in french | do it again with more jokes
kürzer bitte | das ist falsch | warum nicht? | danke | nee | ga door | korter | dat klopt niet | waarom niet? | dank je
nej | fortsätt | kortare | det är fel | varför inte? | tack | oui | non | continue | plus court | c'est faux
pourquoi pas ? | merci | sì | continua | più corto | è sbagliato | perché no? | grazie | sí | no | continúa | más corto
eso está mal | ¿por qué no? | gracias | sim | não | mais curto | isso está errado | por que não? | obrigado
tak | nie | kontynuuj | krócej | to jest źle | dlaczego nie? | dziękuję""".replace("\n", " | ").split(" | ")
)
FIRST = (
    *("inflation", "help with budget", "tell me about rome", "better sleep", "more money ideas", "next js tutorial"),
    *("thank you letter to a teacher", "no bake cookies", "yes man summary", "the last samurai plot", "water"),
    *("father", "in french cooking, what is a roux", "put the kettle on idiom", "is it going to rain"),
    *("continue statement in python", "shorter hair for thick hair", "spanish verbs", "what is love", "who was monet"),
    *("again and again grammar", "make a list of rivers", "explain the first law of thermodynamics", "good names"),
    *("lyrics of what about me", "forget that and write me a haiku about october", "ignore this error in python"),
)


def test_follow_ups_are_seen_and_first_instructions_are_none() -> None:
    for text in FOLLOW_UPS:
        assert is_follow_up(text), text
        assert is_follow_up(f"  {text.upper()}\n"), text
        assert is_follow_up(text, asks=REQUEST.search(text) is not None, in_chat=True), text
    assert [text for text in FIRST if is_follow_up(text)] == []


def test_no_row_of_the_corpus_that_is_refined_is_one() -> None:
    folder = REPOSITORY / "recipes/corpus"
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if path.stem != "follow_ups" and row["instruction"] != row.get("refined_instruction"):
                assert not is_follow_up(row["instruction"]), row["id"]


def test_in_a_chat_what_points_back_or_asks_nothing_is_one() -> None:
    for text, asks, expected in (
        ("but my lease doesnt allow that", False, True),
        ("does it also work with oat milk", True, True),
        ("what was the name of the second hotel again", True, True),
        ("34, female, 61 kilos", False, True),
        ("How do I descale a kettle?", True, False),
        ("write a poem about the sea", True, False),
    ):
        assert is_follow_up(text, asks=asks, in_chat=True) == expected, text
        assert not is_follow_up(text, asks=True, in_chat=False), text
    # Rules before the first turn make no chat.
    rules = [{"role": "system", "content": "be brief"}, {"role": "developer", "content": "be kind"}]
    turn = {"role": "user", "content": "inflation"}
    assert not read_instruction([*rules, turn]).is_follow_up
    assert read_instruction([*rules, turn, {"role": "assistant", "content": None}, turn]).is_follow_up


NO_REWRITES = r"""
Option 1: Explain inflation.\n\nOption 2: Describe inflation.
**Version A:** Explain inflation.\n**Version B:** Describe inflation.
Here are three better versions:\n\n1. Explain inflation.\n2. Describe inflation.
Explain inflation.\n\nOr:\n\nDescribe inflation.
Could you clarify what you mean by inflation?
Are you asking about prices or about balloons, and which inflation?
Which kind of inflation do you mean?
What would you like to know about inflation?
Inflation where? Please specify.
I need more details about inflation to help.
We need to rewrite politely. The query asks about inflation. So: Explain inflation.
Okay, the user asks about inflation. Explain inflation.
The query is about inflation. Explain inflation with facts.
I will rewrite it. Explain inflation.
To optimize this query, add facts. Explain inflation.
Thinking: facts.\nExplain inflation.
No changes needed: tell me about inflation
Prices go up because money loses value, which is called inflation.
Money loses value over time, and that is inflation.
Inflation can be defined as a rise of prices.
{"error": "unclear"}
## Inflation\n\nInflation is a rise of prices.
1. Pull inflation happens when demand is high.\n2. Push inflation comes from costs.
Inflation ist der Anstieg der Preise.
L'inflation est la hausse des prix."""


def test_what_a_chat_model_says_in_place_of_a_rewrite_is_rejected() -> None:
    asked = read_instruction("tell me about inflation")
    for line in NO_REWRITES.strip().splitlines():
        answer = line.replace("\\n", "\n")
        record = record_of(asked, [(answer, "stop")], is_marked=False)
        assert (answer, record["changed"]) == (answer, False)


@pytest.mark.parametrize(
    ("given", "rewrite"),
    [
        ("what do u mean by inflation", "What do you mean by inflation? Explain it briefly."),
        ("can you clarify what photosynthesis is", "Could you clarify what photosynthesis is, step by step?"),
        ("tell me about inflation", "Could you provide more details about inflation?"),
        ("tell me about inflation", "What is inflation? Prices go up because of it, so explain why."),
        ("tell me about inflation", "I am a student. Explain inflation, which is new to me."),
        ("tell me about inflation", "Inflation in simple words, for someone who is ten."),
        ("we need to rewrite our privacy policy, how", "We need to rewrite our privacy policy. How do we start?"),
        ("the user wants a dark mode, write a ticket", "The user wants a dark mode. Write a ticket for it."),
        ("option 1: rent, option 2: buy, which is better", "Option 1: rent.\nOption 2: buy.\nWhich is better?"),
        ("what do you need to bake bread", "What do you need to bake bread? List the ingredients."),
    ],
)
def test_wishes_that_sound_like_it_are_rewrites(given: str, rewrite: str) -> None:
    record = record_of(read_instruction(given), [(rewrite, "stop")], is_marked=False)
    assert (record["refined_instruction"], record["reason"]) == (rewrite, None)


def test_a_long_text_takes_no_longer() -> None:
    def seconds(times: int) -> float:
        text = "yes and no, " * times
        return min(timeit.repeat(lambda: is_follow_up(text), number=3, repeat=5))

    assert seconds(20_000) < 20 * seconds(100)


def test_the_pipeline_leaves_a_follow_up_alone(refine: Any) -> None:
    chat = [
        {"role": "user", "content": "Shall I delete all files?"},
        {"role": "assistant", "content": "Do you really want to delete them all?"},
        {"role": "user", "content": "no"},
    ]
    for given in ("shorter, and in french", chat):
        record = refine(given)
        assert (record["refined_instruction"], record["changed"], record["reason"]) == (given, False, "follow-up")
    first, second = refine(["yes", "tell me about inflation"], batch_size=2)
    assert (first["reason"], second["instruction"]) == ("follow-up", "tell me about inflation")
    assert refine("yes", guard="off")["reason"] != "follow-up"


@pytest.mark.parametrize("edges", [("  ", ""), ("", "\n\n"), ("\ufeff", ""), ("\t", " \r\n"), ("\ufeff \n", "\u00a0")])
def test_white_space_and_bom_are_no_part_of_an_instruction(edges: tuple[str, str], refine: Any) -> None:
    text = "tell me about inflation"
    alone, record = refine(text), refine(text.join(edges))
    assert record["refined_instruction"] == alone["refined_instruction"].join(edges)
    assert record["changed"] == alone["changed"]
