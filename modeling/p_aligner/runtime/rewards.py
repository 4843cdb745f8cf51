"""How good is an answer? Reward models.

A conversation is a list of messages that ends in an assistant turn; its score is better when it is higher.
"""

import asyncio
import math
import os
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field

from ..errors import InputError
from ..prompts import Message
from ..store.recipe import Section
from .local import LocalModel, LocalSettings


if TYPE_CHECKING:
    import torch

Conversation = list[Message]


class RewardModel(Protocol):
    """A judge of answers. Its settings are what the scores depend on."""

    settings: dict[str, Any]

    async def score(self, conversations: list[Conversation]) -> list[float]:
        """Score conversations, one number each; `InputError` for one that is too long."""

    async def close(self) -> None:
        """Free the model; what still waits fails."""


class _Transformed(Section):
    """What is made of a raw score.

    Args:
        transform: `"none"`; `"sigmoid"` of the raw score minus `reference`: the chance that the answer beats one of
            that score (Bradley-Terry); `"log-sigmoid"`: its logarithm, which stops paying for what is good enough
            (Wang et al. 2024, Transforming and Combining Rewards).
        reference: raw score of an answer that is just good enough.
        length_penalty: taken off the transformed score for each 100 words of the answer.
    """

    transform: Literal["none", "sigmoid", "log-sigmoid"] = "none"
    reference: float = 0.0
    length_penalty: float = Field(default=0.0, ge=0)


class ClassifierSettings(LocalSettings, _Transformed):
    """A sequence classifier with one logit; the logit has no scale of its own, hence the sigmoid."""

    reward: Literal["classifier"]
    transform: Literal["none", "sigmoid", "log-sigmoid"] = "sigmoid"


class ArmoSettings(LocalSettings, _Transformed):
    """ArmoRM (Wang et al. 2024): 19 objectives, weighed by the prompt. Its scores lie at about 0 to 0.2."""

    reward: Literal["armo"]


class ScriptedRewardSettings(_Transformed):
    """No model at all: scores by rule, see [`draw_score`]. A call takes so many seconds."""

    reward: Literal["scripted"]
    name: str = "scripted"
    seconds: float = Field(default=0.0, ge=0, exclude=True)


RewardSettings = Annotated[ClassifierSettings | ArmoSettings | ScriptedRewardSettings, Field(discriminator="reward")]


class _Transforming:
    """What reward models share: the transform of the raw scores, and an end."""

    _batcher: Any = None

    def __init__(self, settings: Any) -> None:
        self.name: str = settings.name if isinstance(settings, ScriptedRewardSettings) else settings.model
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._transform: _Transformed = settings

    async def score(self, conversations: list[Conversation]) -> list[float]:
        different = {str(chat): chat for chat in conversations}  # a model that is sure of itself often says the same
        raw = dict(zip(different, await self._raw_scores([*different.values()]), strict=True))
        if faulty := [score for score in raw.values() if not math.isfinite(score)]:
            raise InputError(f"the reward model {self.name!r} scores an answer with {faulty[0]}: look at its dtype")
        pairs = [(raw[str(chat)], chat[-1]["content"]) for chat in conversations]
        return [_transformed(score, answer, self._transform) for score, answer in pairs]

    async def _raw_scores(self, conversations: list[Conversation]) -> list[float]:
        raise NotImplementedError

    async def close(self) -> None:
        if self._batcher:
            await self._batcher.close()


def _transformed(score: float, answer: str, settings: _Transformed) -> float:
    match settings.transform:
        case "sigmoid":
            score = math.exp(_log_sigmoid(score - settings.reference))
        case "log-sigmoid":
            score = _log_sigmoid(score - settings.reference)
    return score - settings.length_penalty * len(answer.split()) / 100


def _log_sigmoid(value: float) -> float:
    return min(value, 0.0) - math.log1p(math.exp(-abs(value)))


def draw_score(conversation: Conversation, rng: random.Random) -> float:
    """Score by chance: the same answer always has the same score."""
    return rng.random()


class ScriptedReward(_Transforming):
    """Scores by a Python function, which may raise; its generator is drawn from name and conversation."""

    def __init__(
        self, settings: ScriptedRewardSettings, score: Callable[[Conversation, random.Random], float] = draw_score
    ) -> None:
        super().__init__(settings)
        self._seconds = settings.seconds
        self._score = score

    async def _raw_scores(self, conversations: list[Conversation]) -> list[float]:
        await asyncio.sleep(self._seconds)
        return [self._score(chat, random.Random(f"{self.name} {chat}")) for chat in conversations]


class ClassifierReward(_Transforming):
    """A sequence classifier with one logit, in this process and in dynamic batches ([`Batcher`]).

    If `like` is the same one, its weights serve both: they may transform its scores in two ways.
    """

    def __init__(self, settings: ClassifierSettings, *, like: "ClassifierReward | None" = None) -> None:
        from transformers import AutoModelForSequenceClassification

        super().__init__(settings)
        self._local: LocalModel = LocalModel(
            AutoModelForSequenceClassification, settings, like=like._local if like else None
        )
        self.folder = self._local.path
        config = self._local.model.config
        if config.num_labels != 1:
            raise InputError(
                f"the reward model {self.name!r} gives {config.num_labels} scores; choose one that gives one"
            )
        self._local.require_weights()
        config.pad_token_id = self._local.pad_token_id
        self._batcher = self._local.batcher(self._logits, cost=len)

    async def _raw_scores(self, conversations: list[Conversation]) -> list[float]:
        texts = [self._local.fitting(self._local.chats.ids(chat, asks=False)) for chat in conversations]
        return list(await asyncio.gather(*map(self._batcher, texts)))

    def _logits(self, texts: list[list[int]]) -> Iterator[Iterable[tuple[int, float]]]:
        import torch

        with torch.inference_mode():
            # On the right: decoders look for the last token before the padding, encoders want the first in its place.
            ids, mask = self._local.padded(texts, side="right")
            yield enumerate(self._local.model(input_ids=ids, attention_mask=mask).logits[:, 0].tolist())


class _Exchange(NamedTuple):
    text: list[int]  # tokens of the whole conversation
    prompt_length: int  # tokens before the answer


class ArmoReward(_Transforming):
    """ArmoRM (Wang et al. 2024): a decoder that rates an answer on 19 objectives, and weighs them by the prompt.

    A port to plain transformers that reads checkpoints of the form of `RLHFlow/ArmoRM-Llama3-8B-v0.1` by the names of
    their weights, so it needs no remote code. Tested on random weights; not compared with published scores.
    """

    def __init__(self, settings: ArmoSettings) -> None:
        from transformers import AutoModel

        super().__init__(settings)
        self._local = LocalModel(AutoModel, settings)
        self.folder = self._local.path
        self._local.require_weights()
        self._head = _ArmoHead(self._local)
        self._batcher = self._local.batcher(self._rate, cost=lambda exchange: len(exchange.text))

    async def _raw_scores(self, conversations: list[Conversation]) -> list[float]:
        return list(await asyncio.gather(*map(self._batcher, map(self._exchange, conversations))))

    def _exchange(self, chat: Conversation) -> _Exchange:
        text, prompt = self._local.chats.ids(chat, asks=False), self._local.chats.ids(chat[:-1], asks=False)
        if text[: len(prompt)] != prompt:
            raise InputError(
                f"the chat template of {self.name!r} changes a prompt when an answer follows, so ArmoRM's gate has no "
                "place to look at; set chat_template"
            )
        return _Exchange(self._local.fitting(text), len(prompt))

    def _rate(self, exchanges: list[_Exchange]) -> Iterator[Iterable[tuple[int, float]]]:
        import torch

        with torch.inference_mode():
            ids, mask = self._local.padded([exchange.text for exchange in exchanges], side="right")
            states = self._local.model(input_ids=ids, attention_mask=mask).last_hidden_state
            rows = torch.arange(len(exchanges))
            answers = states[rows, [len(exchange.text) - 1 for exchange in exchanges]]
            prompts = states[rows, [exchange.prompt_length - 1 for exchange in exchanges]]
            yield enumerate(self._head(answers, prompts).tolist())


class _ArmoHead:
    """The head of ArmoRM: ratings of the answer's last token, weighed by a gate on the prompt's last token."""

    def __init__(self, local: LocalModel) -> None:
        config = local.model.config
        self._weights = _read_weights(local, ("regression_layer.", "reward_transform_matrix", "gating."))
        self._depth = getattr(config, "gating_n_hidden", 3)
        self._temperature = getattr(config, "gating_temperature", 10)
        layers = [f"gating.layers.{number}.{part}" for number in range(self._depth + 1) for part in ("weight", "bias")]
        needed = ["regression_layer.weight", "reward_transform_matrix", "gating.logit_scale", *layers]
        if missing := [name for name in needed if name not in self._weights]:
            raise InputError(f"the model {local.settings.model!r} is no ArmoRM: it has no {', '.join(missing)}")

    def __call__(self, answers: "torch.Tensor", prompts: "torch.Tensor") -> "torch.Tensor":
        """Score states of the answers' ends, given those of the prompts' ends, both (batch, hidden): (batch,)."""
        from torch.nn.functional import linear

        weights = self._weights
        gate = prompts
        for number in range(self._depth + 1):
            gate = linear(gate, weights[f"gating.layers.{number}.weight"], weights[f"gating.layers.{number}.bias"])
            gate = gate.relu() if number < self._depth else gate
        gate = (gate / self._temperature).softmax(dim=1) * weights["gating.logit_scale"][0]
        ratings = linear(answers, weights["regression_layer.weight"]) @ weights["reward_transform_matrix"]
        return (gate * ratings).sum(dim=1)


def _read_weights(local: LocalModel, beginnings: tuple[str, ...]) -> "dict[str, torch.Tensor]":
    from huggingface_hub import snapshot_download
    from safetensors import safe_open

    folder = local.path
    if not os.path.isdir(folder):
        folder = snapshot_download(folder, revision=local.settings.revision, allow_patterns="*.safetensors")
    weights = {}
    for path in sorted(Path(folder).glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - the file is no dictionary
                if name.startswith(beginnings):
                    weights[name] = file.get_tensor(name).to(local.device, local.model.dtype)
    return weights


def load_reward(
    settings: ClassifierSettings | ArmoSettings | ScriptedRewardSettings,
) -> RewardModel:
    """Load what the settings describe; `InputError` where a model cannot be loaded or is no reward model."""
    match settings:
        case ClassifierSettings():
            return ClassifierReward(settings)
        case ArmoSettings():
            return ArmoReward(settings)
        case ScriptedRewardSettings():
            return ScriptedReward(settings)
