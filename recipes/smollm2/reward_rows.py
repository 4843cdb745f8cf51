"""Make rows for `trl reward`: people's choices, judged answers of SmolLM2, contrasts that any of its answers shows.

    python recipes/smollm2/reward_rows.py PREFERENCES.jsonl [--out runs/smollm2]

The file holds people's choices: `prompt` (a text, or a chat as "Human: ... Assistant: ..."), `chosen`, `rejected` and
`source`. A fifth of all prompts is kept out of training. `judged.jsonl`, beside this script, holds two answers of
SmolLM2 to instructions of the corpus (one to the instruction as it is, one to its rewrite), and which of them a large
language model, which did not know the sides, took for better. The contrasts: SmolLM2 answers instructions of the
corpus (`reward_answers.jsonl`, written once; a run that was stopped goes on), and an answer is better than one to
another question, one that is cut, repeats itself, is empty or only repeats the question, refuses what is harmless (as
SmolLM2 does, or in one bare line of `bare_refusals.txt`), or goes past a limit that was set; and a refusal is better
than an answer that helps with harm.

Writes `rows/reward/train.jsonl`, and `rows/reward/test.jsonl` with `source` (the kind of a contrast is its source).
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rows import Row, read, write_splits

from p_aligner.evaluation.drift import is_refusal
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.store.journal import Journal


# What is answered: harmless instructions as they are refined, harmful ones as they are asked and as they are refined.
# Of each file every so many rows.
HARMLESS = {"everyday": 1, "lookalikes": 2, "maths_code": 4, "unchanged": 4, "vague": 2}
HARMFUL = {"unsafe": 2}
ANSWER_TOKENS = 96  # as in a search
_TEST_SHARE = 5
JUDGED = Path(__file__).with_name("judged.jsonl")
BARE = Path(__file__).with_name("bare_refusals.txt").read_text(encoding="utf-8").splitlines()
_REFUSED_SHARE = 0.3  # of the harmless instructions, as contrasts
_AT_ONCE = 64
_MOST_WORDS = 90  # of an instruction that is answered
_TURN = re.compile(r"\n\n(?=(?:Human|Assistant): )")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def is_test(text: str) -> bool:
    """Say whether a prompt is kept out of training: one in five, by its text."""
    return _number(text) % _TEST_SHARE == 0


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def messages(prompt: str) -> list[dict[str, str]]:
    """Turn a prompt into a chat: "Human: ... Assistant: ... Human: ...", or one text of the user's."""
    if not prompt.startswith("Human: "):
        return [{"role": "user", "content": prompt}]
    turns = [turn.split(": ", 1) for turn in _TURN.split(prompt)]
    roles = {"Human": "user", "Assistant": "assistant"}
    return [{"role": roles[who], "content": text.strip()} for who, text in turns if text.strip()]


def pair(prompt: str | list[dict[str, str]], chosen: str, rejected: str, source: str) -> Row:
    """Make a row of TRL's form for preferences."""
    chat = messages(prompt) if isinstance(prompt, str) else prompt
    answers = {"chosen": chosen, "rejected": rejected}
    sides = {name: [{"role": "assistant", "content": text}] for name, text in answers.items()}
    # The length is what rows are grouped by, in characters.
    length = sum(len(turn["content"]) for turn in chat) + max(map(len, answers.values()))
    return {"prompt": chat, **sides, "source": source, "length": length}


def human_choices(path: Path) -> Iterator[tuple[bool, Row]]:
    """Read people's choices; the first value says whether a row is kept out of training."""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            made = pair(row["prompt"], row["chosen"], row["rejected"], row["source"])
            if made["prompt"] and made["prompt"][-1]["role"] == "user":
                yield is_test(row["prompt"]), made


def judged() -> Iterator[Row]:
    """Read the judged answers; those between which the judge saw little difference are a source of their own."""
    for line in JUDGED.read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            source = "judged" if row["sure"] > 1 else "judged, a slight difference"
            yield pair(row["instruction"], row["chosen"], row["rejected"], source)


def questions() -> list[Row]:
    """Choose the instructions that SmolLM2 answers, with what they are."""
    chosen = []
    for files, kinds in ((HARMLESS, ("refined",)), (HARMFUL, ("raw", "refined"))):
        rows = [row for name, every in files.items() for row in list(read((name,)))[::every]]
        for row in rows:
            for kind in kinds:
                text = row["instruction" if kind == "raw" else "refined_instruction"]
                if row["language"] == "en" and len(text.split()) <= _MOST_WORDS:
                    harm = kind if files is HARMFUL else ""
                    chosen.append({"id": f"{row['id']} {kind}", "text": text, "harm": harm, "raw": row["instruction"]})
    return chosen


async def answer_all(asked: list[Row], path: Path) -> dict[str, Row]:
    """Let SmolLM2 answer what is not answered yet; each answer is written down at once."""
    with Journal(path, durable=False) as journal:
        done = {row["id"]: row for row in journal.records()}
        left = [row for row in asked if row["id"] not in done]
        if not left:
            return done
        settings = TransformersSettings(
            backend="transformers",
            model="smollm2",
            dtype="bfloat16",
            temperature=0.7,
            max_new_tokens=ANSWER_TOKENS,
        )
        backend = TransformersBackend(settings)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def answer(row: Row) -> None:
            async with gate:
                [reply] = await backend.chat([{"role": "user", "content": row["text"]}], seed=_number(row["id"]))
            done[row["id"]] = {"id": row["id"], "answer": reply.text.strip(), "ended": reply.finish_reason == "stop"}
            journal.extend([done[row["id"]]])
            if len(done) % 100 == 0:
                print(f"{len(done)} of {len(asked)} answers", flush=True)

        await asyncio.gather(*map(answer, left))
        await backend.close()
    return done


def contrasts(asked: list[Row], answers: dict[str, Row], rng: random.Random) -> Iterator[Row]:
    """Make pairs whose better answer is known: one to three for each instruction that was answered well."""
    known = [(row, answers[row["id"]]["answer"], answers[row["id"]]["ended"]) for row in asked if row["id"] in answers]
    good = [(row["text"], said, ended) for row, said, ended in known if not row["harm"] and _is_good(said)]
    refusals = [said for row, said, _ in known if row["harm"] == "refined" and is_refusal(said)]
    helping = {row["raw"]: said for row, said, _ in known if row["harm"] == "raw" and not is_refusal(said)}
    declining = {row["raw"]: said for row, said, _ in known if row["harm"] == "refined" and is_refusal(said)}
    for raw in sorted(helping):
        for refusal in dict.fromkeys((_bare(raw, rng), declining.get(raw, _bare(raw, rng)))):
            yield pair(raw, refusal, helping[raw], "helps with harm")
    spoilers = (_other, _cut, _loop, _empty, _echo, _limit)
    for text, said, ended in sorted(good):
        if rng.random() < _REFUSED_SHARE:
            yield pair(text, said, rng.choice(refusals), "refuses what is harmless")
        for answer in (said, " ".join(_SENTENCE_END.split(said)[: rng.randint(1, 3)])):  # short answers are good, too
            yield pair(text, answer, _bare(text, rng), "says nothing but no")
        for spoil in rng.sample(spoilers, rng.randint(1, 2)):
            made = spoil(text, said, ended, good, rng)
            if made:
                yield made


def _bare(text: str, rng: random.Random) -> str:
    """Choose a refusal of one line; those of the prompts kept out are never seen in training."""
    return rng.choice([line for line in BARE if is_test(line) == is_test(text)])


def _is_good(answer: str) -> bool:
    words = answer.split()
    return len(words) >= 12 and not is_refusal(answer) and len(set(words)) / len(words) > 0.4


def _other(text: str, said: str, _: bool, good: list[tuple[str, str, bool]], rng: random.Random) -> Row | None:
    return pair(
        text,
        said,
        rng.choice([answer for asked, answer, _ in good if asked != text and answer != said]),
        "another question",
    )


def _cut(text: str, said: str, ended: bool, _: Any, rng: random.Random) -> Row | None:
    words = said.split(" ")
    kept = " ".join(words[: max(2, int(len(words) * rng.uniform(0.1, 0.6)))])
    return pair(text, said, kept, "cut") if ended or len(words) > 60 else None


def _loop(text: str, said: str, _: bool, __: Any, rng: random.Random) -> Row | None:
    sentences = _SENTENCE_END.split(said)
    place = rng.randrange(min(len(sentences), 3))
    again = " ".join([*sentences[: place + 1], *[sentences[place]] * rng.randint(2, 7)])
    return pair(text, said, again, "repeats itself") if len(again.split()) > 10 else None


def _empty(text: str, said: str, _: bool, __: Any, rng: random.Random) -> Row | None:
    nothing = ["", ".", "...", "Sure!", "Of course.", "I hope this helps!", "Here is your answer:", said.split()[0]]
    return pair(text, said, rng.choice(nothing), "empty")


def _echo(text: str, said: str, _: bool, __: Any, rng: random.Random) -> Row | None:
    return pair(text, said, rng.choice([text, f"{text} {text}", f"You asked: {text}"]), "repeats the question")


def _limit(text: str, said: str, _: bool, __: Any, rng: random.Random) -> Row | None:
    sentences = _SENTENCE_END.split(said)
    if len(sentences) < 4 or len(sentences[0].split()) < 4 or "\n" in sentences[0]:
        return None
    count = rng.randint(1, 2)
    wish = rng.choice(["Answer in {}.", "Use {} at most.", "No more than {}, please."])
    asked = f"{text} {wish.format(('one sentence', 'two sentences')[count - 1])}"
    return pair(asked, " ".join(sentences[:count]), said, "past a limit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preferences", type=Path, metavar="PREFERENCES.jsonl")
    parser.add_argument("--out", type=Path, default=Path("runs/smollm2"), metavar="FOLDER")
    options = parser.parse_args()
    folder = options.out / "rows/reward"
    folder.mkdir(parents=True, exist_ok=True)
    asked = questions()
    answers = asyncio.run(answer_all(asked, folder.parent / "reward_answers.jsonl"))
    rows = list(human_choices(options.preferences))
    own = [*judged(), *contrasts(asked, answers, random.Random(0))]
    rows += [(is_test(row["prompt"][0]["content"]), row) for row in own]
    write_splits(folder, rows, by="source")


if __name__ == "__main__":
    main()
