"""The one way in which a language model of this process writes.

Answers are written the same alone and in any batch: each has its own room and its own end, one that ends leaves its
batch at once, and one that is left alone looks its next tokens up in what it has read, since a refinement copies most
of its instruction (prompt lookup decoding). This file is copied into model repositories.
"""

import copy
import hashlib
import inspect
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from transformers import (
    DynamicCache,
    GenerationMixin,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.cache_utils import DynamicLayer

from .errors import ContextOverflow
from .guard import MAX_GROWTH
from .prompts import OUTPUT_END, OUTPUT_OPENING, Message, complete_part
from .stopping import Answer, Stops
from .tokens import ChatTokenizer, context_of, guess, padded, padding_of


# Decoding, whatever a model's own generation config says, unless the caller says otherwise (§5.3). The neutral values
# of the sampling settings keep generate() from warning that they are not used.
GREEDY = {
    "do_sample": False,
    "num_beams": 1,
    "repetition_penalty": 1.0,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
}
_LIMITS = {"max_new_tokens", "max_length", "max_time", "stop_strings"}
# What a model's own generation config may hold without asking for more than greedy decoding.
_HARMLESS = {
    *GREEDY,
    *_LIMITS,
    *("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"),
    *("_from_model_config", "transformers_version", "num_return_sequences", "use_cache"),
}
_LEAST_NEW_TOKENS = 192
_MAX_LENGTH_UNSET = 20  # what older versions of transformers put into a GenerationConfig without `max_length`


def cache_argument(model: Any) -> str | None:
    """Return what the model's `forward` calls its cache: `cache`, or before transformers 5.24 `past_key_values`."""
    # Where the older name is still taken, by a decorator that warns, the signature is that of what it wraps.
    accepted = inspect.signature(model.forward).parameters
    return next((name for name in ("cache", "past_key_values") if name in accepted), None)


class Writer:
    """Writes answers with a causal language model; with temperature 0 the likeliest token is taken."""

    def __init__(
        self, model: PreTrainedModel, chats: ChatTokenizer, *, temperature: float = 0.0, top_p: float = 1.0
    ) -> None:
        self.model, self.chats = model, chats
        self.context = context_of(model, chats.tokenizer)
        self._temperature, self._top_p = temperature, top_p
        tokenizer, config = chats.tokenizer, model.generation_config
        ends = [config.eos_token_id, model.config.eos_token_id, tokenizer.eos_token_id]
        self._stops = Stops(
            chats.text,
            {end for each in ends for end in (each if isinstance(each, list) else [each]) if end is not None},
        )
        self.pad_token_id = padding_of(model, tokenizer)
        self._accepted = inspect.signature(model.forward).parameters
        self._cache_argument = cache_argument(model)
        self._dice = torch.Generator(model.device)

    def begin(
        self,
        chat: list[Message],
        *,
        refines: str | None = None,
        max_growth: float = MAX_GROWTH,
        room: int | None = None,
        stops: Sequence[str] | None = None,
        template: str | None = None,
        ends_at: float | None = None,
        continues: bool = False,
    ) -> Answer:
        """Prepare the answer to a chat.

        Args:
            chat: The turns.
            refines: The instruction that it refines by Fig. 9 or 10; its beginning is given, since all begin alike.
            max_growth: Tokens of a refinement, in those of its instruction; 192 are always allowed.
            room: Most new tokens, in place of that.
            stops: Texts at which the answer ends, by default those of the model's generation config.
            template: Text of a chat template for this chat.
            ends_at: See [`Answer`].
            continues: The last turn of the chat is not over, whoever's it is: what is written goes on with it.

        Raises:
            ContextOverflow: chat and answer do not fit the model.
            InputError: the chat template cannot render the chat, or does not tell where a turn begins and ends.
        """
        stops = _several(self.model.generation_config.stop_strings if stops is None else stops)
        ends: list[int] = []
        if continues:
            prompt, behind = self.chats.opened(chat)
            least = wanted = 1
            first = self.chats.plain(behind.strip())[:1]
            if self.chats.text(first):
                stops = [*stops, behind.strip().splitlines()[0]]
            else:  # a special token, which no text shows
                ends = first
        elif refines is None:
            prompt = self.chats.ids(chat, template=template)
            least = wanted = 1
        else:
            prompt = self.chats.ids(chat, template=template) + self.chats.plain(OUTPUT_OPENING)
            least = len(self.chats.plain(refines + OUTPUT_END))
            wanted = max(math.ceil(min(max_growth, self.context) * least), _LEAST_NEW_TOKENS)
        if len(prompt) + least > self.context:
            if refines is None:
                raise self.chats.too_long(len(prompt), self.context)
            raise ContextOverflow(
                f"the instruction is too long: refining takes at least {len(prompt) + least} tokens, the model's "
                f"context has {self.context}; shorten it or use a model with a longer context"
            )
        return Answer(
            prompt,
            room=min(wanted if room is None else room, self.context - len(prompt)),
            beginning="" if refines is None else OUTPUT_OPENING,
            refines=refines,
            stops=stops,
            ends=ends,
            ends_at=ends_at,
        )

    def text(self, answer: Answer) -> str:
        """Return the whole answer as far as it is written: beginning, text, end marker, and nothing behind it."""
        text = self.chats.text(answer.tokens)
        for stop in answer.stops:
            text = text.partition(stop)[0]
        return answer.beginning + (text if answer.refines is None else complete_part(text, answer.refines))

    def answer(self, answers: list[Answer], options: Mapping[str, Any]) -> list[list[Answer]]:
        """Write the answers of a batch; return the candidates of each.

        Options are arguments of `generate`; what goes beyond limits on greedy decoding is left to `model.generate`.
        """
        options = {name: value for name, value in options.items() if value is not None}
        for answer in answers:
            self._limit(answer, options)
        if not self.can_do(options):
            return self._generate(answers, options)
        for _ in self.write(answers):
            pass
        return [[answer] for answer in answers]

    def _limit(self, answer: Answer, options: Mapping[str, Any]) -> None:
        left = self.context - len(answer.prompt)
        if options.get("max_new_tokens") is not None:
            answer.room = min(options["max_new_tokens"], left)
        elif options.get("max_length") is not None:
            answer.room = min(max(options["max_length"] - len(answer.prompt), 1), left)
        elif options.get("generation_config") is not None:
            answer.room = left
        if seconds := options.get("max_time"):
            answer.ends_at = time.monotonic() + seconds  # `generate` goes by a clock that may be set back
        if stops := options.get("stop_strings"):
            answer.stops = _several(stops)

    def can_do(self, options: Mapping[str, Any]) -> bool:
        """Say whether [`write`] does what `generate` would do with these options, and with the model's own config."""
        asked = {name for name, value in options.items() if GREEDY.get(name) != value}
        config = self.model.generation_config
        own = {name for name, value in config.to_diff_dict().items() if value}
        return (
            asked <= _LIMITS
            and own <= _HARMLESS
            and config.num_return_sequences in (None, 1)
            and config.use_cache is not False
            and getattr(self.model.generate, "__func__", None) is GenerationMixin.generate  # no wrapper, no own loop
            and self.can_write()
        )

    def can_write(self) -> bool:
        """Say whether the model is of the kind that [`write`] knows: one with an ordinary cache of keys and values."""
        return self._cache_argument is not None and not self.model._is_stateful

    def write(self, answers: list[Answer]) -> Iterator[list[tuple[int, str]]]:
        """Write the answers of a batch; yield, after each step, the places of those that have ended, and why.

        Equal texts are read once and stay one row until they differ. It can be stopped between two steps; the answers
        say how far they got.
        """
        with torch.inference_mode():
            going = list(range(len(answers)))  # the places of the answers that are not finished
            scores, rows, mask, cache = self._read(answers)
            while True:
                current = [answers[place] for place in going]
                chosen = self._choose(scores[rows], current).tolist()
                for answer, token in zip(current, chosen, strict=True):
                    self._stops.add(answer, token)
                yield [(place, answer.reason) for place, answer in zip(going, current, strict=True) if answer.reason]
                left = [number for number, answer in enumerate(current) if not answer.reason]
                if not left:
                    return
                going = [going[number] for number in left]
                # Answers to one chat that have the same words so far stay one row.
                heads: dict[tuple[int, int], int] = {}
                rows = [heads.setdefault((rows[number], chosen[number]), len(heads)) for number in left]
                parents = [row for row, _ in heads]
                if parents != list(range(len(mask))):
                    index = torch.tensor(parents, device=mask.device)
                    cache.batch_select_indices(index)
                    mask = mask[index]
                if len(going) == 1 and self._can_look_up(cache):
                    yield from self._write_alone(going[0], answers[going[0]], mask, cache)
                    return
                tokens = torch.tensor([[token] for _, token in heads], device=mask.device)
                mask = torch.cat([mask, mask.new_ones(len(heads), 1)], dim=1)
                scores = self._step(tokens, mask, cache)[:, -1]

    def _can_look_up(self, cache: Any) -> bool:
        """Say whether looking up gives the very same text: not if drawn, in coarse numbers, with a sliding cache."""
        return (
            self._temperature == 0
            and self.model.dtype == torch.float32
            and all(type(layer) is DynamicLayer for layer in cache.layers)
        )

    def _write_alone(
        self, place: int, answer: Answer, mask: torch.Tensor, cache: Any
    ) -> Iterator[list[tuple[int, str]]]:
        """Go on with one answer whose last token is not read yet: several tokens a step, where they are guessed."""
        while not answer.reason:
            guesses = guess(answer.prompt + answer.tokens, most=answer.room - len(answer.tokens) - 1)
            ids = torch.tensor([[answer.tokens[-1], *guesses]], device=mask.device)
            mask = torch.cat([mask, mask.new_ones(1, ids.shape[1])], dim=1)
            best = self._step(ids, mask, cache).argmax(dim=-1)[0].tolist()
            agreed = next((at for at, token in enumerate(guesses) if token != best[at]), len(guesses))
            for token in best[: agreed + 1]:
                if self._stops.add(answer, token):
                    break
            if wrong := len(guesses) - agreed:
                cache.crop(-wrong)
                mask = mask[:, :-wrong]
            yield [(place, answer.reason)] if answer.reason else []

    def _read(self, answers: list[Answer]) -> tuple[torch.Tensor, list[int], torch.Tensor, Any]:
        """Read each different text once; return scores (texts, vocabulary), each answer's text, mask and cache."""
        places: dict[tuple[int, ...], int] = {}
        rows = [places.setdefault((*answer.prompt, *answer.tokens), len(places)) for answer in answers]
        ids, mask = padded(list(places), self.pad_token_id, side="left", device=self.model.device)
        cache = DynamicCache(config=self.model.config)
        return self._step(ids, mask, cache, last=1)[:, -1], rows, mask, cache

    def _step(self, ids: torch.Tensor, mask: torch.Tensor, cache: Any, last: int = 0) -> torch.Tensor:
        """Read (rows, new) tokens; return the scores after the `last` of them, 0 for all: (rows, last, vocabulary)."""
        positions = (mask.cumsum(dim=1) - 1).clamp_(min=0)[:, -ids.shape[1] :]
        # Not every architecture has both.
        options = {"position_ids": positions, "logits_to_keep": last}
        options = {name: value for name, value in options.items() if name in self._accepted}
        options[str(self._cache_argument)] = cache
        logits: torch.Tensor = self.model(input_ids=ids, attention_mask=mask, use_cache=True, **options).logits
        return logits[:, -last:].float()

    def _choose(self, scores: torch.Tensor, answers: list[Answer]) -> torch.Tensor:
        """Choose the next token of each answer from its row of the scores.

        An answer is drawn by adding Gumbel noise to the scores and taking the best; the noise belongs to its name and
        the step alone, so that it is the same in any batch.
        """
        if self._temperature == 0:
            return scores.argmax(dim=1)
        scores = scores / self._temperature
        noise = torch.empty_like(scores)
        for row, answer in zip(noise, answers, strict=True):
            digest = hashlib.blake2b(f"{answer.draw} {len(answer.tokens)}".encode(), digest_size=8).digest()
            row.uniform_(generator=self._dice.manual_seed(int.from_bytes(digest, "big") >> 1))
        noisy = scores - noise.clamp_(min=torch.finfo(noise.dtype).tiny).log_().neg_().log_()
        if self._top_p == 1:
            return noisy.argmax(dim=1)
        # The best token of the nucleus, without sorting: one is inside if the likelier ones weigh less than top_p.
        weights = scores.softmax(dim=1)
        while True:
            chosen = noisy.argmax(dim=1, keepdim=True)
            likelier = (weights * (weights > weights.gather(1, chosen))).sum(dim=1, keepdim=True)
            outside = likelier >= self._top_p
            if not outside.any():
                return chosen.squeeze(1)
            noisy.scatter_(1, chosen, noisy.gather(1, chosen).masked_fill_(outside, -torch.inf))

    def _generate(self, answers: list[Answer], options: dict[str, Any]) -> list[list[Answer]]:
        """Let transformers write, with all that `generate` can do, and with the ends of our own."""
        ids, mask = padded(
            [answer.prompt for answer in answers], self.pad_token_id, side="left", device=self.model.device
        )
        width = ids.shape[1]
        room = min(max(answer.room for answer in answers), self.context - width)
        ours = {"pad_token_id": self.pad_token_id, "max_new_tokens": room}
        passed = {name: value for name, value in options.items() if name not in ("max_time", "stop_strings")}
        settings = _settings(ours, passed)
        config = settings.get("generation_config", self.model.generation_config)
        if (settings.get("num_beams") or config.num_beams or 1) == 1:  # beams change places
            watch = _Watch(self._stops, answers, width)
            settings["stopping_criteria"] = StoppingCriteriaList([*settings.get("stopping_criteria", ()), watch])
        output = self.model.generate(input_ids=ids, attention_mask=mask, tokenizer=self.chats.tokenizer, **settings)
        new = (output if isinstance(output, torch.Tensor) else output.sequences)[:, width:]
        rows = new.reshape(len(answers), -1, new.shape[1]).tolist()
        return [[self._again(answer, row) for row in each] for answer, each in zip(answers, rows, strict=True)]

    def _again(self, answer: Answer, tokens: list[int]) -> Answer:
        """Read what `generate` wrote token by token, so that it ends where it should."""
        candidate = copy.copy(answer)
        candidate.tokens, candidate.reason, candidate.ends_at = [], None, None
        for token in tokens:
            if self._stops.add(candidate, token):
                return candidate
        is_late = answer.ends_at is not None and time.monotonic() >= answer.ends_at
        candidate.reason = "time" if is_late else "stop"  # by a criterion of the caller
        return candidate


class _Watch(StoppingCriteria):
    """Ends the rows of one `generate` where our answers end; each may have several rows, one after the other."""

    def __init__(self, stops: Stops, answers: list[Answer], width: int) -> None:
        self._stops, self._answers, self._seen = stops, answers, width
        self._rows: list[Answer] = []

    def __call__(self, input_ids: torch.LongTensor, scores: Any, **_: Any) -> torch.BoolTensor:
        if not self._rows:
            each = len(input_ids) // len(self._answers)
            self._rows = [copy.copy(answer) for answer in self._answers for _ in range(each)]
            for row in self._rows:
                row.tokens = []
        for row, tokens in zip(self._rows, input_ids[:, self._seen :].tolist(), strict=True):
            for token in tokens:
                if not row.reason:
                    self._stops.add(row, token)
        self._seen = input_ids.shape[1]
        ended = [row.reason is not None for row in self._rows]
        return torch.tensor(ended, device=input_ids.device)  # type: ignore[return-value]


def _several(stops: str | Sequence[str] | None) -> Sequence[str]:
    return [stops] if isinstance(stops, str) else list(stops or ())


def _settings(defaults: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the caller left open; a `generation_config` and keyword arguments are not mixed."""
    config = options.get("generation_config")
    if config is None:
        if not options.get("do_sample"):
            defaults = {**defaults, **GREEDY}
        if "max_length" in options:
            del defaults["max_new_tokens"]
        return {**defaults, **options}
    config = copy.deepcopy(config)
    if not config.do_sample:
        defaults = {**defaults, **GREEDY}
    if config.max_length not in (None, _MAX_LENGTH_UNSET):
        del defaults["max_new_tokens"]
    config.update(**{name: value for name, value in defaults.items() if getattr(config, name, None) is None})
    return {**options, "generation_config": config}
