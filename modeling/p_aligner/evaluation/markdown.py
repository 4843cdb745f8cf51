"""Tables in Markdown: of the report, and the cells of the cards. Knows nothing of what stands in them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Write a table, line by line."""
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in (head, *rows)]
    return [lines[0], "|" + "---|" * len(head), *lines[1:], ""]


def cell(value: object) -> str:
    """Fit a value into a cell: in one line, without a bar that would end it."""
    return " ".join(str(value).split()).replace("|", "\\|")
