"""The miniature's corpus: what every pair must keep, and how the pairs are spread."""

import random
import re
from collections import Counter
from itertools import islice

import pytest

from p_aligner.guard import failed_checks
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.world import KINDS, gold
from ultraprompt.miniature import Rewrite, additions, exchanges, preferences, rewrites, wordings
from ultraprompt.miniature import principle_texts as texts
from ultraprompt.miniature.asides import with_aside
from ultraprompt.miniature.flaws import mend
from ultraprompt.miniature.grammar import Sampler
from ultraprompt.miniature.instructions import NEVER_SPOILT, draw_instruction, draw_specific
from ultraprompt.miniature.misspellings import RIGHT_FORM, WRONG_FORMS
from ultraprompt.miniature.rudeness import GROUPS, mend_rudeness, rude
from ultraprompt.miniature.sentences import punctuated
from ultraprompt.miniature.slots import RULES
from ultraprompt.miniature.templates import INTENTS


COUNT = 2000
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
ADDITIONS = {sentence for addition in additions() for sentence in SENTENCE_END.split(addition.text)}


@pytest.fixture(scope="module")
def pairs() -> list[Rewrite]:
    return list(islice(rewrites(7), COUNT))


def test_same_seed_same_pairs(pairs):
    assert list(islice(rewrites(7), 300)) == pairs[:300]
    assert list(islice(rewrites(8), 300)) != pairs[:300]


def test_whole_share():
    assert all(pair.principle is None for pair in islice(rewrites(1, whole_share=1.0), 100))
    assert all(pair.principle is not None for pair in islice(rewrites(1, whole_share=0.0), 100))


def test_instructions_and_refinements_are_sound(pairs):
    for pair in pairs:
        words, refined_words = pair.instruction.split(), pair.refined.split()
        assert 1 <= len(words) <= 120, pair
        assert 1 <= len(refined_words) <= len(words) + 70, pair
        assert pair.refined == pair.refined.strip(), pair
        assert not re.search(r"[ \t]$", pair.refined, re.MULTILINE), pair


def test_the_instruction_is_kept_or_mended(pairs):
    for pair in pairs:
        kept = {pair.instruction, punctuated(pair.instruction), mend(pair.instruction)}
        kept.add(punctuated(mend_rudeness(pair.instruction)))
        assert any(text in pair.refined for text in kept), pair


def test_guard_passes_the_pairs(pairs):
    failed = [(pair, found) for pair in pairs if (found := failed_checks(pair.instruction, pair.refined))]
    assert len(failed) <= 0.01 * COUNT, failed[:5]


def test_no_slot_is_left_unfilled(pairs):
    for pair in pairs:
        assert not re.search(r"\{(?:a )?[a-z]+(?:_[a-z]+)*\d\}", pair.instruction), pair


def test_spread(pairs):
    whole = [pair for pair in pairs if pair.principle is None]
    assert 0.15 <= sum(pair.instruction == pair.refined for pair in whole) / len(whole) <= 0.30
    assert len({pair.instruction for pair in pairs}) > 0.95 * COUNT
    assert {pair.intent for pair in pairs} == {*INTENTS, "foreign"}
    assert sum(31 <= len(pair.instruction.split()) <= 80 for pair in pairs) > 0.17 * COUNT


def test_no_sentence_is_everywhere():
    pairs = list(islice(rewrites(3), 8000))
    groups: dict[str, list[Rewrite]] = {}
    for pair in pairs:
        groups.setdefault(pair.principle.name if pair.principle else "", []).append(pair)
    for name, group in groups.items():
        counts = Counter(
            sentence
            for pair in group
            for sentence in {part for line in pair.refined.split("\n") for part in SENTENCE_END.split(line)}
            if sentence in ADDITIONS
        )
        for sentence, count in counts.most_common(1):
            assert count <= (0.15 if name else 0.03) * len(group), (name, sentence)


def test_every_principle_has_wordings_for_every_kind():
    for principle in PAPER_PRINCIPLES:
        kinds = wordings.BY_PRINCIPLE[principle.name]
        assert set(kinds) == set(wordings.KIND.values())
        assert len({line for lines in kinds.values() for line in lines}) >= 12
        assert set(texts.FOREIGN[principle.name]) == set(wordings.FOREIGN_WHOLE)
        variants = 0
        for line in texts.PARAPHRASES[principle.name]:
            product = 1
            for choices in re.findall(r"\[([^\]]*)\]", line):
                product *= choices.count("|") + 1
            variants += product
        assert variants >= 15
    assert set(wordings.WHOLE) == set(INTENTS)
    assert len(texts.FREE) >= 60
    assert all(len(options) >= 3 for _, options in texts.FREE)


def test_misspellings_are_unambiguous_and_mended():
    assert len(RIGHT_FORM) >= 1000
    assert not set(RIGHT_FORM) & set(WRONG_FORMS)
    assert sum(len(forms) for forms in WRONG_FORMS.values()) == len(RIGHT_FORM)
    assert mend("hey idiot, tell me wht teh capital of Peru is!!!") == "Tell me what the capital of Peru is."
    assert mend("can u recomend a good book") == "Can you recommend a good book?"
    assert mend("um, what is  inflation") == "What is inflation?"


def test_rude_clauses_come_off_and_clean_text_stays():
    sampler = Sampler(random.Random(11), RULES)
    mended = total = 0
    for number in range(600):
        instruction = draw_specific(sampler) if number % 3 == 0 else draw_instruction(sampler)
        if instruction.intent in NEVER_SPOILT:
            continue
        line, *rest = instruction.text.split("\n", 1)
        assert mend_rudeness(line) == line
        found = mend_rudeness(rude(sampler, line, single=not rest))
        total += 1
        mended += found.casefold().rstrip(".?!, ") == line.casefold().rstrip(".?!, ")
    assert mended >= 0.99 * total
    assert sum(group.clauses.count for group in GROUPS.values()) > 10_000


def test_additions_know_what_they_suit():
    by_text = {addition.text: addition for addition in additions()}
    assert len(by_text) == len(additions()) > 900
    assert by_text[wordings.WHOLE["code"][0]].intents >= {"code"}
    assert not by_text[wordings.THANKS[0]].intents
    tone = wordings.BY_PRINCIPLE["Tone Improvement"]["maths"][0]
    assert by_text[tone].principles == {"Tone Improvement"}
    assert {name for addition in additions() for name in addition.principles} == {
        principle.name for principle in PAPER_PRINCIPLES
    }


def test_exchanges_are_as_good_as_their_wording():
    marks: dict[bool, list[float]] = {True: [], False: []}
    kinds = Counter()
    for exchange in islice(exchanges("responder", seed=1), 3000):
        kinds[exchange.kind] += 1
        if exchange.kind in ("arithmetic", "code"):
            asks_for_care = "step by step" in exchange.instruction or "edge cases" in exchange.instruction
            marks[asks_for_care].append(gold(exchange.instruction, exchange.response))
    assert set(kinds) == {*KINDS, "told"}
    assert sum(marks[True]) / len(marks[True]) > sum(marks[False]) / len(marks[False]) + 0.1
    assert list(islice(exchanges("responder", seed=1), 50)) == list(islice(exchanges("responder", seed=1), 50))


def test_preferences_follow_gold_and_not_length():
    pairs = list(islice(preferences("reward", seed=1), 1500))
    for pair in pairs:
        assert gold(pair.instruction, pair.chosen) > gold(pair.instruction, pair.rejected), pair
    longer = sum(len(pair.chosen) > len(pair.rejected) for pair in pairs) / len(pairs)
    assert 0.4 < longer < 0.65
    assert len({pair.kind for pair in pairs}) >= 3 * len(KINDS) - 1


def test_clauses_that_say_something_are_not_taken_for_rude_ones():
    sampler = Sampler(random.Random(3), RULES)
    seen = Counter()
    for _ in range(600):
        for line in ("Explain how a lock works.", "What is the capital of Peru?"):
            text = with_aside(sampler, line)
            assert text != line
            assert mend_rudeness(text) == text
            assert line[1:-1] in text
            seen[text.startswith(line[:-1])] += 1
    assert min(seen.values()) > 300
