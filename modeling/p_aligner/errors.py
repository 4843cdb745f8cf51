"""The errors a caller can meet, as one shallow tree. Knows nothing of models.

    KitError                    everything this project raises on purpose; `except KitError` is enough
    ├── InputError              an instruction, chat, file row or option cannot be used as given
    │   └── ContextOverflow     the instruction does not fit the model's context
    ├── ParseError              a model's answer has no readable output markers
    ├── PrincipleError          unknown principle or category, or a faulty principle pack
    └── BackendError            a model could not be reached, or failed

Messages are one line: what was wrong, the value that was given, what to do next. `InputError` and `PrincipleError`
are also `ValueError`s, so code that knows nothing of this package can still catch them.
"""


class KitError(Exception):
    """Base of all errors raised on purpose."""


class InputError(KitError, ValueError):
    """An instruction, chat, file row or option cannot be used as given."""


class ContextOverflow(InputError):
    """The instruction does not fit the model's context."""


class ParseError(KitError):
    """A model's answer has no readable output markers."""


class PrincipleError(KitError, ValueError):
    """Unknown principle or category, or a faulty principle pack."""


class BackendError(KitError):
    """A model could not be reached, refuses every request or failed, also when asked again."""
