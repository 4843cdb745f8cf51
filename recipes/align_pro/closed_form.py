"""How much could a better prompter gain? Align-Pro's closed form over the wordings of search trees, as a table.

    python recipes/align_pro/closed_form.py JOURNAL... [--prompter p-aligner] [--responder smollm2] [--trees 60]

The wordings of an instruction are the nodes of its tree, their probabilities those that the prompter gives them, as
the only texts that it could write; the answers are all responses of the tree, their probabilities those that the
responder gives them after each wording, and their rewards are the journal's. Each line is a weight of the KL
divergence, lambda: means over trees of the expected reward of the best prompter at that weight, of the responder
itself tuned by RLHF at the same weight, of what is between the two, of its bound, and of the prompter's divergence.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import torch
from finite import Gap, gap
from numpy.typing import NDArray
from scipy.special import softmax
from transformers import AutoModelForCausalLM, AutoTokenizer

from p_aligner.models.folders import folder_of
from p_aligner.prompts import Message, refine_messages, render_refined
from p_aligner.tokens import ChatTokenizer, padded, padding_of
from ultraprompt.rows.trees import FinishedTrees
from ultraprompt.search.tree import Tree


_BATCH = 32
_LAMBDAS = (1.0, 0.3, 0.1, 0.03, 0.01)
_HEAD = ("lambda", "best prompter", "RLHF", "gap", "bound", "trees above it", "KL, nats")
_MEANS = ("prompter", "tuned", "gap", "bound")


class Scorer:
    """Says how likely a model is to answer so."""

    def __init__(self, name: str) -> None:
        folder = folder_of(name)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        self._tokens, self._pad = ChatTokenizer(tokenizer, name=name), padding_of(self._model, tokenizer)

    @torch.inference_mode()
    def __call__(self, chats: Sequence[tuple[list[Message], str]]) -> NDArray[np.float64]:
        """Return the log probability of each answer after its chat, in nats: (chats,)."""
        rows = []
        for chat, answer in chats:
            asked = self._tokens.ids(chat)
            rows.append((asked + self._tokens.plain(answer), len(asked)))
        found = np.zeros(len(rows))
        order = sorted(range(len(rows)), key=lambda place: len(rows[place][0]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            batch = [rows[place][0] for place in places]
            ids, mask = padded(batch, self._pad, side="right", device=self._model.device)
            states = self._model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
            for line, place in zip(states, places, strict=True):
                tokens, first = rows[place]  # the state before a token foretells it
                logits = self._model.lm_head(line[first - 1 : len(tokens) - 1]).float()
                wanted = torch.tensor(tokens[first:], device=logits.device)
                found[place] = -float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
        return found


class Finite:
    """One instruction with its wordings and answers, all of them counted."""

    def __init__(self, tree: Tree, prompter: Scorer, responder: Scorer) -> None:
        nodes = {node.instruction: node for node in reversed(tree.nodes)}  # two paths may reach the same text
        wordings = list(nodes)
        drawn = [pair for node in nodes.values() for pair in zip(node.responses, node.rewards, strict=True)]
        # The same answer twice has one reward; a blank one, of no tokens, would be certain.
        answers = {answer: reward for answer, reward in drawn if answer}
        asked = refine_messages(tree.root.instruction)
        self.prior = softmax(prompter([(asked, render_refined(text)) for text in wordings]))
        chats = [([{"role": "user", "content": text}], answer) for text in wordings for answer in answers]
        self.answers = softmax(responder(chats).reshape(len(wordings), -1), axis=-1)
        self.raw = self.answers[wordings.index(tree.root.instruction)]
        self.rewards = np.array(list(answers.values()))

    @property
    def values(self) -> NDArray[np.float64]:
        """Expected rewards: (wordings,)."""
        found: NDArray[np.float64] = self.answers @ self.rewards
        return found

    def gap(self, lam: float) -> Gap:
        return gap(self.prior, self.answers, self.raw, self.rewards, lam=lam)


def table(found: Sequence[Finite], lams: Sequence[float]) -> list[tuple[str, ...]]:
    """Return lines of the table, its head first."""
    lines: list[tuple[str, ...]] = [_HEAD]
    for lam in lams:
        gaps = [each.gap(lam) for each in found]
        means = [f"{np.mean([getattr(one, name) for one in gaps]):.3f}" for name in _MEANS]
        above = sum(one.gap > one.bound + 1e-9 for one in gaps)
        lines.append((f"{lam:g}", *means, str(above), f"{np.mean([one.kl for one in gaps]):.2f}"))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journals", nargs="+", metavar="JOURNAL")
    parser.add_argument("--prompter", default="p-aligner", metavar="MODEL", help="its texts before training")
    parser.add_argument("--responder", default="smollm2", metavar="MODEL")
    parser.add_argument("--trees", type=int, metavar="N", help="only the first ones")
    options = parser.parse_args()
    prompter, responder = Scorer(options.prompter), Scorer(options.responder)
    trees = [tree for tree in FinishedTrees(options.journals, mix_runs=True) if len(tree.nodes) > 1][: options.trees]
    found = []
    for number, tree in enumerate(trees, start=1):
        found.append(Finite(tree, prompter, responder))
        print(f"{number} of {len(trees)} trees", file=sys.stderr)
    wordings = sum(len(each.prior) for each in found)
    answers = sum(len(each.rewards) for each in found)
    print(f"{len(found)} trees with {wordings} wordings and {answers} answers")
    raw = np.mean([each.raw @ each.rewards for each in found])
    reference = np.mean([each.prior @ each.values for each in found])
    most = np.mean([each.values.max() for each in found])
    print(f"expected reward: raw {raw:.3f}, the prompter as it is {reference:.3f}, the best wording {most:.3f}\n")
    lines = table(found, _LAMBDAS)
    for line in (lines[0], ["---"] * len(lines[0]), *lines[1:]):
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    main()
