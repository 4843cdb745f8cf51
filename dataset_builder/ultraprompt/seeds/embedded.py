"""The category of an instruction by the embedded P-Aligner: weak, but offline. Knows neither seeds nor chat models.

A model of this size cannot follow the question which category a text has. Its token embeddings do hold what an
instruction is about: a linear classifier on their mean, fitted to instructions of the miniature's own corpus, whose
categories are known, tells the paper's five categories apart far better than chance and far from well
(tests/benchmarks/seeds.py measures it).
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from p_aligner import miniature
from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, PrinciplePack

from ..miniature import rewrites


if TYPE_CHECKING:
    from torch import Tensor

_EXAMPLES = 5_000
_CORPUS_SEED = 40_004
_L2 = 0.01
_STEPS = 100


def categories_by_miniature(instructions: Sequence[str], pack: PrinciplePack) -> list[str]:
    """Categorize instructions; the same ones always get the same categories.

    Raises:
        InputError: the pack has other domains than the paper's, which are all that the miniature knows.
    """
    if set(pack.domains) != set(PAPER_PRINCIPLES.domains):
        raise InputError(
            f"the miniature does not know the categories of the pack {pack.name!r}: set a chat model as categorizer"
        )
    classify = _classifier()
    return [PAPER_PRINCIPLES.domains[category] for category in classify(instructions)]


@cache
def _classifier() -> Callable[[Sequence[str]], list[int]]:
    features = _reader()
    examples = [
        (pair.instruction, PAPER_PRINCIPLES.domains.index(pair.category))
        for pair in islice(rewrites(_CORPUS_SEED), _EXAMPLES)
    ]
    scores = _fit(features([text for text, _ in examples]), [category for _, category in examples])
    return lambda texts: list(scores(features(texts)).argmax(dim=1).tolist())


def _reader() -> "Callable[[Sequence[str]], Tensor]":
    """Return what turns texts into the mean of their token embeddings, of shape `(texts, hidden size)`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = miniature("p-aligner")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    weights = AutoModelForCausalLM.from_pretrained(folder).get_input_embeddings().weight.detach().float()

    def read(texts: Sequence[str]) -> "Tensor":
        bags = tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        starts = torch.tensor([0, *map(len, bags)]).cumsum(dim=0)[:-1]
        tokens = torch.tensor([token for bag in bags for token in bag])
        return torch.nn.functional.embedding_bag(tokens, weights, starts, mode="mean")

    return read


def _fit(features: "Tensor", categories: Sequence[int]) -> "Callable[[Tensor], Tensor]":
    """Fit a logistic regression in which every category weighs the same, however frequent it is."""
    import torch
    from torch.nn.functional import cross_entropy

    wanted = torch.tensor(categories)
    counts = torch.bincount(wanted)
    centre, spread = features.mean(dim=0), features.std(dim=0).clamp(min=1e-6)
    linear = torch.nn.Linear(features.shape[1], len(counts))
    torch.nn.init.zeros_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    optimizer = torch.optim.LBFGS(linear.parameters(), max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> "Tensor":
        optimizer.zero_grad()
        scores = linear((features - centre) / spread)
        total = cross_entropy(scores, wanted, weight=len(wanted) / (len(counts) * counts))
        total = total + _L2 * linear.weight.pow(2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    return lambda unseen: linear((unseen - centre) / spread).detach()
