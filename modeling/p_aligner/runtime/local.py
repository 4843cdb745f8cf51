"""A model in this process: weights, tokenizer, chat template, a thread."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from .. import chat_template
from ..errors import InputError, first_line
from ..models.folders import folder_of
from ..models.hub import require_reachable
from ..store.recipe import Section
from .batching import Batcher, Item, Result


if TYPE_CHECKING:
    import torch


class LocalSettings(Section):
    """A model in this process.

    Args:
        model: folder or Hub name, or the name of a model of ours.
        revision: of a Hub model.
        chat_template: Jinja file, or the name of a template of ours (`user-assistant`), in place of the model's own.
        dtype: of the weights; `"auto"` is what the model's config says.
        device: by default the first accelerator, else the CPU.
        batch_size, batch_tokens: most texts of a batch, and most tokens: padding and room for answers count.
        threads: of the processor for this model, when it runs there; by default the models of the process share them.
    """

    model: str
    revision: str | None = None
    chat_template: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str | None = Field(default=None, exclude=True)
    batch_size: int = Field(default=64, ge=1, exclude=True)
    batch_tokens: int = Field(default=65_536, ge=1, exclude=True)
    threads: int | None = Field(default=None, ge=1, exclude=True)


_WEIGHTS = ("model", "revision", "dtype", "device")  # the settings that decide which ones there are, and where


class LocalModel:
    """A model of this process with its tokenizer and chat template.

    `kind` is a class of transformers, for example `AutoModelForCausalLM`. If `like` is the same model, its weights
    serve both. The tokenizer may only be used in the thread of the event loop: it is not made for two at once.

    Raises:
        InputError: the model cannot be loaded or has no chat template.
    """

    def __init__(self, kind: Any, settings: LocalSettings, *, like: "LocalModel | None" = None) -> None:
        import torch
        from transformers import AutoTokenizer

        from ..tokens import ChatTokenizer, context_of, padding_of, read_template

        self.settings = settings
        self._cores = torch.get_num_threads()
        name = settings.model
        self.path = folder_of(name)
        require_reachable(self.path, settings.revision)
        # Remote code is never run: what we load has a class in transformers.
        which = {"revision": settings.revision, "trust_remote_code": False}
        try:
            self.device = torch.device(settings.device) if settings.device else first_device()
            self.model: Any
            self._missing: list[str]
            if like and all(getattr(like.settings, key) == getattr(settings, key) for key in _WEIGHTS):
                self.model, self._missing, self.device = like.model, like._missing, like.device
            else:
                model, found = kind.from_pretrained(self.path, dtype=settings.dtype, output_loading_info=True, **which)
                self.model, self._missing = model.to(self.device).eval(), sorted(found["missing_keys"])
            self.tokenizer = AutoTokenizer.from_pretrained(self.path, **which)
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # what transformers and torch raise here
            raise InputError(f"the model {name!r} cannot be loaded: {first_line(error)}") from error
        template = None
        if name_of_template := settings.chat_template:
            is_path = name_of_template.endswith(".jinja")
            template = read_template(name_of_template if is_path else chat_template(name_of_template))
        elif self.tokenizer.chat_template is None:
            raise InputError(
                f"the model {name!r} has no chat template, so it answers no chats; choose a chat model, or set "
                "chat_template, to user-assistant for example"
            )
        self.chats = ChatTokenizer(self.tokenizer, template=template, name=name)
        self.context = context_of(self.model, self.tokenizer)
        self.pad_token_id = padding_of(self.model, self.tokenizer)

    def require_weights(self) -> None:
        """Refuse a model of which something was left as it was drawn at random, such as a head that no file has."""
        if self._missing:
            names = ", ".join(self._missing[:3])
            raise InputError(f"the model {self.settings.model!r} has no {names}: choose one of the right kind")

    def batcher(
        self, run: Callable[[list[Item]], Iterable[Iterable[tuple[int, Result]]]], cost: Callable[[Item], int]
    ) -> Batcher[Item, Result]:
        return Batcher(
            self._with_threads(run),
            cost=cost,
            most_items=self.settings.batch_size,
            most_cost=self.settings.batch_tokens,
            name=self.settings.model,
        )

    def _with_threads(self, run: Any) -> Any:
        import torch

        def in_thread(items: list[Any]) -> Any:
            # The number belongs to the thread that sets it. Two models that both take all cores are slower than with
            # half of them each.
            threads = self.settings.threads or max(1, self._cores // max(1, Batcher.open_ones()))
            if self.device.type == "cpu" and torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            return run(items)

        return in_thread

    def fitting(self, ids: list[int]) -> list[int]:
        """Return the tokens of a chat; `ContextOverflow` where they do not fit."""
        if len(ids) > self.context:
            raise self.chats.too_long(len(ids), self.context)
        return ids

    def padded(self, texts: Iterable[Sequence[int]], *, side: str) -> tuple["torch.Tensor", "torch.Tensor"]:
        from ..tokens import padded

        return padded(list(texts), self.pad_token_id, side=side, device=self.device)


def first_device() -> "torch.device":
    import torch

    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return accelerator or torch.device("cpu")
