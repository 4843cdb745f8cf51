"""Seed instructions of the tree search (§4.1, Table 1): read, without duplicates, selected, with their categories."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from p_aligner.errors import InputError, PrincipleError
from p_aligner.principles import PAPER_PRINCIPLES, PrinciplePack

from .ngrams import Rows, ngrams_of, words_of
from .selection import most_diverse, repeats
from .settings import AnySource, CategoryColumn, DatasetSource, ModelSource, SeedSettings
from .sources import Candidate, Counts, candidates, label


__all__ = ["CategoryColumn", "DatasetSource", "ModelSource", "Seed", "SeedSettings", "load_seeds"]


@dataclass(frozen=True, slots=True)
class Seed:
    """An instruction to grow a tree from."""

    id: str  # stable: of the source's own column, else made of the source's label and the text
    index: int  # its place in the order of trees, from 0
    instruction: str
    category: str  # a domain of the principle pack
    source: str  # label of where it comes from


def load_seeds(
    settings: SeedSettings, *, pack: PrinciplePack = PAPER_PRINCIPLES, counts: Counts | None = None
) -> list[Seed]:
    """Read, clean and select the seeds of a recipe; the same settings and files give the same seeds.

    A model may write some of them, so an asyncio program calls it with `asyncio.to_thread`. `counts` is filled: how
    many instructions there were, by label of the source and what became of them.

    Raises:
        InputError: a source cannot be read, lacks a column or gives nothing, two different seeds have one id, or seeds
            have no category.
        PrincipleError: a category is none of the pack's domains.
    """
    counts = Counter() if counts is None else counts
    for source in settings.sources:
        _check_categories(source, pack)
    found = _read(settings, counts)
    different, chosen = _selected(found, settings, counts)
    chosen = chosen[settings.skip :]
    counts.update((found[number].source, "not selected") for number in set(different) - set(chosen))
    counts.update((found[number].source, "selected") for number in chosen)
    seeds = [found[number] for number in chosen]
    _refuse_equal_ids(seeds)
    if missing := [seed.id for seed in seeds if seed.category is None]:
        raise InputError(
            f"{len(missing)} seeds have no category, the first is {missing[0]!r}: give the source a `category` (one "
            "for all, or {column: NAME})"
        )
    for seed in seeds:
        _check_category(str(seed.category), seed.source, pack)
    return [
        Seed(seed.id, index, seed.instruction, str(seed.category), seed.source)
        for index, seed in enumerate(seeds, settings.skip)
    ]


def _check_categories(source: AnySource, pack: PrinciplePack) -> None:
    given = source.category
    named = given.mapping.values() if isinstance(given, CategoryColumn) and given.mapping else [given]
    for category in named:
        if isinstance(category, str):
            _check_category(category, label(source), pack)


def _check_category(category: str, source: str, pack: PrinciplePack) -> None:
    try:
        pack.for_category(category)
    except PrincipleError as error:
        raise PrincipleError(f"{source}: {error}") from None


def _read(settings: SeedSettings, counts: Counts) -> list[Candidate]:
    twice = [name for name, number in Counter(map(label, settings.sources)).items() if number > 1]
    if twice:
        raise InputError(f"two sources are called {twice[0]!r}: give each a `label` of its own")
    found: list[Candidate] = []
    for source in settings.sources:
        # A model need not write what nobody wants.
        if not (isinstance(source, ModelSource) and _is_enough(found, settings)):
            found += candidates(source, counts)
    return found


def _is_enough(found: Sequence[Candidate], settings: SeedSettings) -> bool:
    """Say whether other sources can change nothing."""
    if settings.select != "first" or not settings.count or len(found) < settings.count:
        return False
    return len(_selected(found, settings, Counter())[1]) == settings.count


def _selected(found: Sequence[Candidate], settings: SeedSettings, counts: Counts) -> tuple[list[int], list[int]]:
    """Return the numbers of the instructions that say something that no earlier one does, and of those to take."""
    texts = words_of(candidate.instruction for candidate in found)
    repeated = repeats(texts, settings.near_duplicates)
    counts.update((found[number].source, how) for number, how in repeated.items())
    different = [number for number in range(len(found)) if number not in repeated]
    return different, _choose(different, found, texts, settings)


def _choose(different: list[int], found: Sequence[Candidate], texts: Rows, settings: SeedSettings) -> list[int]:
    quotas = {label(source): source.count or len(found) for source in settings.sources}
    count = settings.count or len(found)
    groups = [found[number].source for number in different]
    if len(different) <= count and all(number <= quotas[name] for name, number in Counter(groups).items()):
        return different
    if settings.select == "diversity":
        grams = ngrams_of(texts.take(different), settings.ngram)
        return [different[place] for place in most_diverse(grams, groups=groups, quotas=quotas, count=count)]
    order = list(range(len(different)))
    if settings.select == "random":
        random.Random(settings.seed).shuffle(order)
    chosen: list[int] = []
    for place in order:
        if quotas[groups[place]] and len(chosen) < count:
            quotas[groups[place]] -= 1
            chosen.append(different[place])
    return chosen


def _refuse_equal_ids(seeds: Iterable[Candidate]) -> None:
    first: dict[str, Candidate] = {}
    for seed in seeds:
        other = first.setdefault(seed.id, seed)
        if other is not seed:
            raise InputError(
                f"two instructions have the id {seed.id!r}: {other.instruction!r:.60} of {other.source} and "
                f"{seed.instruction!r:.60} of {seed.source}; leave `id` out, and ids are made from the texts"
            )
