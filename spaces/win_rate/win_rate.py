"""The `evaluate` module around the tally: `evaluate.load("spaces/win_rate")`, or this class."""

# One import in a line: the loader reads the imports of this file line by line. Staged, the tally lies beside it.
from inspect import getdoc
from typing import Any

import datasets
import evaluate

from p_aligner.judging.tally import win_rate


_DESCRIPTION = """\
How often is one system's answer better than another's, in the eyes of a judge that saw every pair in both orders? Win,
tie and lose, the win rate with ties counted half and without ties, how consistent the judge is when the order changes,
what is left when length is taken into account, and intervals by bootstrap over the items. Verdicts that could not be
read are counted apart; they are never ties.
"""

_KWARGS_DESCRIPTION = (
    f"{getdoc(win_rate)}\n\n"
    + """\
Examples:
    Five pairs. The first two are won and the third is lost in both orders; the judge likes what it sees first in the
    fourth, so it is a tie; the fifth has no readable verdict.

    >>> comparison = evaluate.load("spaces/win_rate")
    >>> verdicts = {"candidate_first": [1, 2, -1, 1, None], "candidate_second": [1, 1, -1, -1, 0]}
    >>> found = comparison.compute(**verdicts)
    >>> {name: found[name] for name in ("rows", "judged", "unparsable", "win", "tie", "lose")}
    {'rows': 5, 'judged': 4, 'unparsable': 1, 'win': 2, 'tie': 1, 'lose': 1}
    >>> found["win_rate"]
    0.625
    >>> round(found["win_rate_without_ties"], 3)
    0.667
    >>> found["consistency"], found["first_shown_preferred"]
    (0.75, 0.625)

    The interval says how little four pairs are.

    >>> [round(end, 2) for end in found["intervals"]["win_rate"]]
    [0.0, 1.0]

    Forty pairs. The judge takes the longer answer three times in four, and the candidate's is the longer one in 32 of
    them; at equal length nothing is left of its lead.

    >>> verdicts = [1, 1, 1, -1] * 8 + [-1, -1, -1, 1] * 2
    >>> found = comparison.compute(
    ...     candidate_first=verdicts,
    ...     candidate_second=verdicts,
    ...     candidate_lengths=[200] * 32 + [100] * 8,
    ...     baseline_lengths=[100] * 32 + [200] * 8,
    ... )
    >>> found["win_rate"], round(found["length_controlled_win_rate"], 2)
    (0.65, 0.5)

    By category; and what belongs to one instruction is drawn together.

    >>> found = comparison.compute(
    ...     candidate_first=[1, 1, 0, -1],
    ...     candidate_second=[1, 1, 0, -1],
    ...     items=["a", "a", "b", "c"],
    ...     categories=["Math", "Math", "Math", "Honesty"],
    ... )
    >>> {name: (part["judged"], round(part["win_rate"], 3)) for name, part in found["categories"].items()}
    {'Math': (3, 0.833), 'Honesty': (1, 0.0)}
"""
)

_CITATION = """\
@article{dubois2024length,
  title={Length-Controlled AlpacaEval: A Simple Way to Debias Automatic Evaluators},
  author={Dubois, Yann and Galambosi, Bal{\\'a}zs and Liang, Percy and Hashimoto, Tatsunori B.},
  journal={arXiv preprint arXiv:2404.04475},
  year={2024}
}
"""


# A comparison, not a metric: it sets two systems side by side, where a metric would promise predictions and
# references, which an evaluator fills in.
@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _KWARGS_DESCRIPTION)
class WinRate(evaluate.Comparison):
    def _info(self) -> evaluate.ComparisonInfo:
        return evaluate.ComparisonInfo(
            module_type="comparison",
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_KWARGS_DESCRIPTION,
            features=datasets.Features(
                {"candidate_first": datasets.Value("int8"), "candidate_second": datasets.Value("int8")}
            ),
            reference_urls=["https://arxiv.org/abs/2404.04475"],
        )

    def _compute(self, **columns: Any) -> dict[str, Any]:
        return win_rate(**columns)
