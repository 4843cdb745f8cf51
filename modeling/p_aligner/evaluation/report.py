"""The page that people read. Knows nothing of how its numbers were counted; its words are in `report.md.jinja`."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from .drift import CLARITY


Record = dict[str, Any]


def once(rows: Sequence[Record]) -> list[Record]:
    """Leave out what was refined again, which has a section of its own."""
    return [row for row in rows if row["times"] == 1]


def cell(value: object) -> str:
    """Fit a value into a cell of a Markdown table: in one line, without a bar that would end it."""
    return " ".join(str(value).split()).replace("|", "\\|")


def template(path: Path, **options: Any) -> Template:
    """Read a template of a page in Markdown; `cell` is one of its filters."""
    environment = Environment(
        loader=FileSystemLoader(path.parent), undefined=StrictUndefined, trim_blocks=True, autoescape=False, **options
    )
    environment.filters |= {"cell": cell, **_SHOWS}
    return environment.get_template(path.name)


def _number(form: str, scale: int, value: float | None, span: Sequence[float] | None = None) -> str:
    """Write a number, with its interval where there is one."""
    if value is None:
        return "-"
    ends = ", ".join(format(scale * end, form) for end in span or ())
    return format(scale * value, form) + (f" [{ends}]" if ends else "")


_SHOWS = {
    "percent": partial(_number, ".1f", 100),
    "plain": partial(_number, ".2f", 1),
    "signed": partial(_number, "+.2f", 1),
    "tenths": partial(_number, ",.1f", 1),
    "whole": partial(_number, ",.0f", 1),
}
_percent = _SHOWS["percent"]
_OPPONENTS = {
    "reference": "the reference answers",
    "normal": "what the same responder answers to the raw instruction, once and without examples before it",
}
_SHORT = 80  # characters of a sentence in a cell
_FEWEST = 5  # pairs of a category


def page(found: Record, plots: dict[str, str]) -> str:
    """Write the report in Markdown.

    `found` is what [`p_aligner.evaluation.summary.summary`] counts, with `title`, `command` and `made` (what it was
    made with); `plots` are the file names of the pictures, by section.
    """

    def picture(section: str) -> Markup:
        return Markup(f"![{section}]({plots[section]})" if section in plots else "")

    by_category = [
        row for row in once(found["outcomes"]) if row["categories"] and row["judge"] == found["outcomes"][0]["judge"]
    ]
    against = {row["benchmark"]: row["against"] for row in once(found["outcomes"])}
    # Whatever is written fits a cell; what stands outside of tables is marked `safe`.
    written = template(
        Path(__file__).with_name("report.md.jinja"),
        finalize=lambda value: value if isinstance(value, Markup) else cell(value),
    )
    text = written.render(
        found,
        picture=picture,
        shown=_shown,
        of_category=_of_category,
        versions=", ".join(f"{name} {version}" for name, version in found["made"]["versions"].items()),
        against=against,
        opponents={
            _OPPONENTS[other]: [name for name in against if against[name] == other] for other in against.values()
        },
        judged=[*_judged(found)],
        repeated=sorted(found["iterations"], key=lambda row: (row["refiner"], row["times"])),
        refusals=once(found["safety"]),
        gains=once(found["saturation"]),
        drifts=once(found["drift"]),
        added=_added,
        clarity=[*CLARITY],
        by_category=by_category,
        categories=[*dict.fromkeys(name for row in by_category for name in row["categories"])],
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _shown(part: Record, show: str = "percent", *, n: bool = False) -> str:
    """Write a figure with its interval, and its n where rows differ in it."""
    if part["value"] is None:
        return "-"
    return _SHOWS[show](part["value"], part["interval"]) + (f" (n {part['n']:,})" if n else "")


def _of_category(part: Record) -> str:
    if part["win_rate"] is None or part["judged"] < _FEWEST:
        return "-"
    return f"{_percent(part['win_rate'], part['intervals']['win_rate'])} (n {part['judged']})"


def _added(row: Record) -> str:
    """Write the sentence that is added most often, and to how many of the instructions."""
    sentence, share = row["most_added"][0] if row["most_added"] else ("", 0.0)
    if round(share * row["instructions"]) < 2:
        return "-"
    return f"{_percent(share)}: {sentence if len(sentence) <= _SHORT else sentence[:_SHORT] + ' ...'}"


def _judged(found: Record) -> Iterator[Record]:
    """Yield Table 2 for each judge: the systems of one model together, in the order in which they come."""
    outcomes = once(found["outcomes"])
    for judge in dict.fromkeys(row["judge"] for row in outcomes):
        systems: dict[tuple[str, str], list[Record]] = {}
        for row in (row for row in outcomes if row["judge"] == judge):
            systems.setdefault((row["model"], row["method"]), []).append(row)
        averages = {(row["model"], row["method"]): row for row in found["averages"] if row["judge"] == judge}
        models = list(dict.fromkeys(model for model, _ in systems))
        order = sorted(systems, key=lambda system: models.index(system[0]))
        yield {
            "name": judge,
            "systems": [_system(systems[system], averages.get(system)) for system in order],
            "has_orders": any(row["consistency"] is not None for rows in systems.values() for row in rows),
        }


def _system(rows: Sequence[Record], average: Record | None) -> Record:
    """Put together what is known of a system from the rows of its benchmarks."""
    return {
        "model": rows[0]["model"],
        "method": rows[0]["method"],
        "shares": {
            row["benchmark"]: {part: row[part] / row["judged"] for part in ("win", "tie", "lose")}
            for row in rows
            if row["judged"]
        },
        "win_rate": _percent(average["win_rate"], average["interval"]) if average else "-",
        "of_all_pairs": average["of_all_pairs"] if average else None,
        "length_controlled": ", ".join(_percent(row["length_controlled_win_rate"]) for row in rows),
        "consistency": ", ".join(_percent(row["consistency"]) for row in rows),
        "judged": sum(row["judged"] for row in rows),
        "identical": sum(row["identical"] for row in rows),
        "unparsable": sum(row["unparsable"] for row in rows),
        "missing": sum(sum(row["missing"].values()) for row in rows),
    }
