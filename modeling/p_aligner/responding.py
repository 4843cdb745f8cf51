"""What a model answers before and after a refinement, and what a reward model thinks of it. Knows no refiner.

Both answers are scored against the original instruction, as in the paper (eq. 4): a refinement must serve what the
user asked for, not what it made of it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel

from .errors import InputError


Record = dict[str, Any]
Message = dict[str, str]

MOST_NEW_TOKENS = 256


class BeforeAfter:
    """Answers an instruction and its refinement with one model, and scores both answers with another.

    Args:
        responder (`str`):
            Folder or Hub name of a chat model.
        reward (`str`):
            Folder or Hub name of a reward model: a sequence classifier with one score.
        device (`str`, *optional*):
            For example `"cpu"` or `"cuda:0"`; by default the first accelerator, else the CPU.

    Raises:
        InputError: a model cannot be loaded, has no chat template, or the reward model has more than one score.
    """

    def __init__(self, responder: str, reward: str, *, device: str | None = None) -> None:
        accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        self.device = torch.device(device) if device else accelerator or torch.device("cpu")
        self.responder, self.responder_tokenizer = self._load(AutoModelForCausalLM, responder)
        self.reward, self.reward_tokenizer = self._load(AutoModelForSequenceClassification, reward)
        if self.reward.config.num_labels != 1:
            raise InputError(
                f"the reward model {reward!r} gives {self.reward.config.num_labels} scores; choose one that gives one"
            )

    def _load(self, kind: Any, name: str) -> tuple[PreTrainedModel, Any]:
        try:
            model = kind.from_pretrained(name).to(self.device).eval()
            tokenizer = AutoTokenizer.from_pretrained(name, padding_side="left")
        except (OSError, ValueError, RuntimeError) as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise InputError(f"the model {name!r} cannot be loaded: {reason}") from error
        if tokenizer.chat_template is None:
            raise InputError(f"the model {name!r} has no chat template, so it answers no chats; choose a chat model")
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        model.config.pad_token_id = tokenizer.pad_token_id
        return model, tokenizer

    def compare(self, records: Iterable[Record]) -> Iterator[Record]:
        """Add the answers and their scores to records of a refinement, one at a time.

        Yields:
            the record with `response`, `reward` (of the original instruction), `refined_response` and
            `refined_reward`. An unchanged instruction is answered once. A record with an `error` stays as it is.
        """
        for record in records:
            if "error" in record:
                yield record
                continue
            asked = _as_chat(record["instruction"])
            refined = _as_chat(record["refined_instruction"])
            prompts = [asked] if refined == asked else [asked, refined]
            responses = [self.respond(prompt) for prompt in prompts]
            rewards = [self.score([*asked, {"role": "assistant", "content": response}]) for response in responses]
            yield {
                **record,
                "response": responses[0],
                "reward": rewards[0],
                "refined_response": responses[-1],
                "refined_reward": rewards[-1],
            }

    @torch.inference_mode()
    def respond(self, chat: list[Message]) -> str:
        """Answer a chat, greedily, in at most `MOST_NEW_TOKENS` tokens."""
        inputs = self._rendered(self.responder_tokenizer, chat, add_generation_prompt=True)
        output = self.responder.generate(
            **inputs,
            do_sample=False,
            max_new_tokens=MOST_NEW_TOKENS,
            pad_token_id=self.responder_tokenizer.pad_token_id,
        )
        answer = output[0, inputs["input_ids"].shape[1] :]
        return str(self.responder_tokenizer.decode(answer, skip_special_tokens=True)).strip()

    @torch.inference_mode()
    def score(self, chat: list[Message]) -> float:
        """Score a chat that ends in an answer: the reward model's raw score, higher is better."""
        logits = self.reward(**self._rendered(self.reward_tokenizer, chat)).logits
        return round(float(logits[0, 0]), 4)

    def _rendered(self, tokenizer: Any, chat: list[Message], **options: Any) -> Any:
        return tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True, **options).to(self.device)


def _as_chat(instruction: Any) -> list[Message]:
    return [{"role": "user", "content": instruction}] if isinstance(instruction, str) else list(instruction)
