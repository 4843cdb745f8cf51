"""Until `ultraprompt.folder` imports [`run_isolated`]: its name there."""

from .isolated import run_isolated as run


__all__ = ["run"]
