"""Prompt optimisation where everything can be counted: the closed form of Align-Pro (arXiv 2501.03486) and its bound.

An instruction x has finitely many wordings x' with probabilities rho(x'|x), a wording finitely many answers y with
probabilities pi(y|x'), and r(x, y) lies in [0, r_max]. A distribution is a list of probabilities that sum to 1, or a
dictionary from outcomes to them. Knows no models.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple


Answers = Mapping[str, float]  # probabilities by text


def gibbs(reference: Sequence[float], rewards: Sequence[float], lam: float) -> list[float]:
    """Return what maximises E[r] - lam KL(. || reference): the reference times exp(r / lam), normalised."""
    top = max(reward for reward, weight in zip(rewards, reference, strict=True) if weight > 0)
    weights = [
        weight * math.exp(min((reward - top) / lam, 0.0)) if weight > 0 else 0.0
        for weight, reward in zip(reference, rewards, strict=True)
    ]
    return normalised(weights)


def normalised(weights: Sequence[float]) -> list[float]:
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def mean(distribution: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum(p * value for p, value in zip(distribution, values, strict=True))


def divergence(one: Sequence[float], other: Sequence[float]) -> float:
    """Return KL(one || other) in nats."""
    return math.fsum(p * math.log(p / q) if q > 0 else math.inf for p, q in zip(one, other, strict=True) if p > 0)


def total_variation(one: Answers, other: Answers) -> float:
    return math.fsum(abs(one.get(text, 0.0) - other.get(text, 0.0)) for text in {*one, *other}) / 2


class Gap(NamedTuple):
    """What a prompter leaves to be desired, for one instruction.

    Args:
        prompter (`float`), tuned (`float`):
            Expected reward through the optimal prompter rho*, and of pi*, the model itself tuned by RLHF.
        gap (`float`):
            `tuned - prompter`.
        bound (`float`):
            What the gap is at most: r_max TV(pi*, pi(.|x)) + r_max E_rho[TV(pi(.|x), pi(.|x'))] - lam KL(rho* || rho).
        kl (`float`):
            KL(rho* || rho).
    """

    prompter: float
    tuned: float
    gap: float
    bound: float
    kl: float


def gap(
    reference: Sequence[float],
    answers: Sequence[Answers],
    raw: Answers,
    rewards: Mapping[str, float],
    *,
    lam: float,
    r_max: float = 1.0,
) -> Gap:
    """Compute the suboptimality of the optimal prompter and its bound.

    Why it is one: J(pi*) - J(rho*) is the sum of J(pi*) - J(pi(.|x)), at most r_max TV of the two; of J(pi(.|x)) less
    the mean of J(pi(.|x')) under rho, at most r_max times the mean TV; and of that mean less J(rho*), at most
    -lam KL(rho* || rho), because rho* does not do worse than rho at what it maximises.

    Args:
        reference (sequence of `float`):
            rho(x'|x), the prompter before training.
        answers (sequence of `Answers`):
            pi(.|x') for each wording.
        raw (`Answers`):
            pi(.|x): answers to the instruction as it is.
        rewards (`Mapping`):
            r(x, y) of every answer, from 0 to `r_max`.
        lam (`float`):
            Weight of the KL divergence, of the prompter's and, for comparison, of RLHF's.
    """
    values = [_value(each, rewards) for each in answers]
    best = gibbs(reference, values, lam)
    texts = list(raw)
    tuned = gibbs([raw[text] for text in texts], [rewards[text] for text in texts], lam)
    prompter, rlhf = mean(best, values), mean(tuned, [rewards[text] for text in texts])
    kl = divergence(best, reference)
    far = total_variation(dict(zip(texts, tuned, strict=True)), raw)
    apart = mean(reference, [total_variation(raw, each) for each in answers])
    return Gap(prompter, rlhf, rlhf - prompter, r_max * (far + apart) - lam * kl, kl)


def _value(answers: Answers, rewards: Mapping[str, float]) -> float:
    return math.fsum(p * rewards[text] for text, p in answers.items())
