"""Chats to tokens and back, tokens to tensors, a guess at how a text goes on. Copied into model repositories."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from .errors import ContextOverflow, InputError, read_text
from .prompts import Message


# Tokens that are looked up at once, at most and for each token of the text that was found again.
_MOST_GUESSES = 20
_GUESSES_EACH = 5
_MOST_FOUND = 8
_OPEN = "@@open@@"  # stands where a turn goes on that is not over


class ChatTokenizer:
    """Turns chats into tokens, by the tokenizer's own Jinja template or another one, and tokens into text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, template: str | None = None, name: str = "") -> None:
        self.tokenizer, self.template = tokenizer, template
        self.owner = f" of {name!r}" if name else ""  # for errors
        self._special_tokens = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]

    def ids(self, chat: list[Message], *, asks: bool = True, template: str | None = None) -> list[int]:
        """Render a chat and tokenise it. Special tokens inside a message are plain text, not the end of a turn.

        `asks` says whether the model is to go on with a turn of its own; `template` is that of this call alone.

        Raises:
            InputError: the template cannot render it.
        """
        return self._literal(chat, lambda turns: self._render(turns, asks=asks, template=template))

    def opened(self, chat: list[Message]) -> tuple[list[int], str]:
        """Tokenise a chat whose last turn is not over; return also what the template puts behind that turn.

        Raises:
            InputError: the template does not tell where such a turn begins and ends.
        """
        behind = ""

        def render(turns: list[Message]) -> str:
            nonlocal behind
            *earlier, last = turns
            text = self._render([*earlier, {**last, "content": last["content"] + _OPEN}])
            before, _, behind = text.partition(_OPEN)
            return before

        ids = self._literal(chat, render)
        alone = self._render([{**chat[-1], "content": _OPEN}]).partition(_OPEN)[0]
        if not behind.strip() or not alone.removeprefix(self.tokenizer.bos_token or "").strip():
            raise InputError(
                f"the chat template{self.owner} does not tell where a turn of the {chat[-1]['role']} begins and ends: "
                "choose another model, or set chat_template"
            )
        return ids, behind

    def _literal(self, chat: list[Message], render: Callable[[list[Message]], str]) -> list[int]:
        contents = {f"@@content-{number}@@": turn["content"] for number, turn in enumerate(chat)}
        if not any(token in content for token in self._special_tokens for content in contents.values()):
            return self.plain(render(chat))
        stand_ins = [{**turn, "content": slot} for turn, slot in zip(chat, contents, strict=True)]
        ids: list[int] = []
        # A template may put the turns in another order, or repeat one: the slots say where each of them went.
        for part in re.split(r"(@@content-\d+@@)", render(stand_ins)):
            ids += self.plain(contents.get(part, part), split_special_tokens=part in contents)
        return ids

    def _render(self, turns: list[Message], *, asks: bool = True, template: str | None = None) -> str:
        options = {"chat_template": template or self.template, "add_generation_prompt": asks, "tokenize": False}
        try:
            return str(self.tokenizer.apply_chat_template(turns, **options))
        except Exception as error:  # templates raise what they like, for example for roles they do not know
            raise InputError(f"the chat template{self.owner} cannot render this chat: {error}") from error

    def plain(self, text: str, **options: Any) -> list[int]:
        """Tokenise a text as it stands."""
        # `verbose=False`: no warning about the length, an error of ours follows.
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False, **options)["input_ids"])

    def text(self, tokens: Sequence[int]) -> str:
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def too_long(self, size: int, context: int) -> ContextOverflow:
        return ContextOverflow(
            f"the chat is too long: it has {size} tokens, the context{self.owner} {context}; shorten it or use a "
            "model with a longer context"
        )


def read_template(path: str | os.PathLike[str]) -> str:
    return read_text(path, f"chat_template {os.fspath(path)!r}")


def context_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    limits = [getattr(model.config.get_text_config(), "max_position_embeddings", None), tokenizer.model_max_length]
    return int(min(limit for limit in limits if limit is not None))


def padding_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the token to pad with: it is masked, so any will do, but classifiers step over that of their config."""
    known = (model.config.pad_token_id, tokenizer.pad_token_id, 0)
    return next(token for token in known if token is not None and token >= 0)  # old Llamas say -1


def padded(
    rows: Sequence[Sequence[int]], pad: int, *, side: str, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad token ids on one side; return ids and mask, both (rows, longest) and on the device."""
    ids = torch.full((len(rows), max(map(len, rows))), pad)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        place = slice(-len(row), None) if side == "left" else slice(len(row))
        ids[number, place] = torch.tensor(row)
        mask[number, place] = 1
    return ids.to(device), mask.to(device)


def guess(text: Sequence[int], most: int) -> list[int]:
    """Guess at most so many tokens of how prompt and answer go on: as where most of the last tokens stood before."""
    best, found = -1, 0
    for at in range(len(text) - 2, -1, -1):
        if text[at] != text[-1]:
            continue
        size = 1
        while size < min(_MOST_FOUND, at + 1) and text[at - size] == text[-1 - size]:
            size += 1
        if size >= found:
            best, found = at, size
    return list(text[best + 1 : best + 1 + min(most, found * _GUESSES_EACH, _MOST_GUESSES)]) if found else []
