"""Prompt optimisation where everything can be counted: the closed form of Align-Pro (arXiv 2501.03486) and its bound.

An instruction x has finitely many wordings x' with probabilities rho(x'|x), a wording finitely many answers y with
probabilities pi(y|x'), and r(x, y) lies in [0, r_max]. Knows no models.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from scipy.stats import entropy


def gibbs(reference: ArrayLike, rewards: ArrayLike, lam: float) -> NDArray[np.float64]:
    """Return what maximises E[r] - lam KL(. || reference): the reference times exp(r / lam), normalised."""
    with np.errstate(divide="ignore"):  # what the reference never does stays at 0
        best: NDArray[np.float64] = softmax(np.log(reference) + np.divide(rewards, lam))
    return best


class Gap(NamedTuple):
    """What a prompter leaves to be desired, for one instruction."""

    prompter: float  # expected reward through the optimal prompter rho*
    tuned: float  # and of pi*, the model itself tuned by RLHF
    gap: float  # `tuned - prompter`
    bound: float  # of it: r_max TV(pi*, pi(.|x)) + r_max E_rho[TV(pi(.|x), pi(.|x'))] - lam KL(rho* || rho)
    kl: float  # KL(rho* || rho) in nats


def gap(
    reference: ArrayLike, answers: ArrayLike, raw: ArrayLike, rewards: ArrayLike, *, lam: float, r_max: float = 1.0
) -> Gap:
    """Compute the suboptimality of the optimal prompter and its bound.

    Why it is one: J(pi*) - J(rho*) is the sum of J(pi*) - J(pi(.|x)), at most r_max TV of the two; of J(pi(.|x)) less
    the mean of J(pi(.|x')) under rho, at most r_max times the mean TV; and of that mean less J(rho*), at most
    -lam KL(rho* || rho), because rho* does not do worse than rho at what it maximises.

    Args:
        reference: rho(x'|x), the prompter before training: (wordings,).
        answers: pi(y|x'): (wordings, answers).
        raw: pi(y|x), of the instruction as it is: (answers,).
        rewards: r(x, y), from 0 to `r_max`: (answers,).
        lam: weight of the KL divergence, of the prompter's and, for comparison, of RLHF's.
    """
    rho, pi, scores = np.asarray(reference), np.asarray(answers), np.asarray(rewards)
    values = pi @ scores
    best, tuned = gibbs(rho, values, lam), gibbs(raw, scores, lam)
    prompter, rlhf, kl = float(best @ values), float(tuned @ scores), float(entropy(best, rho))
    far, apart = (np.abs(one - np.asarray(raw)).sum(-1) / 2 for one in (tuned, pi))  # total variations
    return Gap(prompter, rlhf, rlhf - prompter, float(r_max * (far + rho @ apart) - lam * kl), kl)
