"""What is checked before a release: what all need, then what this kind needs."""

from collections.abc import Iterator

from ..training.findings import Finding
from .checks import check_card, check_files
from .dataset import check_dataset
from .model import check_model
from .space import check_space
from .stage import Stage


def check(stage: Stage) -> Iterator[Finding]:
    """Yield what every release and this kind of it needs; the slowest check comes last."""
    yield from check_files(stage)
    yield from check_card(stage)
    match stage.kind:
        case "model":
            yield from check_model(stage)
        case "dataset":
            yield from check_dataset(stage)
        case "space":
            yield from check_space(stage)
