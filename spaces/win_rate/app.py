"""The Space of the win rate: paste verdicts, read what they add up to. Run as a script, as Spaces do."""

import json
from typing import Any

from p_aligner.judging.tally import win_rate  # beside this script, once it is staged


COLUMNS = ("candidate_first", "candidate_second", "items", "categories", "candidate_lengths", "baseline_lengths")
EXAMPLE = """\
{"candidate_first": 1, "candidate_second": 1, "categories": "Math"}
{"candidate_first": 2, "candidate_second": 1, "categories": "Math"}
{"candidate_first": -1, "candidate_second": -1, "categories": "Honesty"}
{"candidate_first": 1, "candidate_second": -1, "categories": "Honesty"}
{"candidate_first": null, "candidate_second": 0, "categories": "Honesty"}
"""


def add_up(text: str) -> tuple[list[list[Any]], str]:
    """Read verdicts, one JSON object in a line; return a table of rates and a message.

    Where one line has an optional column, each must have it.
    """
    try:
        rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        if not rows or not all(isinstance(row, dict) for row in rows):
            raise ValueError("write one JSON object in each line")
        if unknown := sorted({key for row in rows for key in row} - set(COLUMNS)):
            raise ValueError(f"{unknown[0]!r} is no column: use {', '.join(COLUMNS)}")
        names = [name for name in COLUMNS if any(name in row for row in rows)]
        columns = {name: [row[name] for row in rows] for name in names}
        found = win_rate(columns.pop("candidate_first"), **columns)
    except json.JSONDecodeError as error:
        return [], f"a line is not JSON ({error.msg}): {error.doc.strip()[:60]!r}"
    except KeyError as error:
        return [], f"a line has no {error.args[0]!r}: give it in each line"
    except (ValueError, TypeError) as error:
        return [], str(error)
    table = [_line("all", found), *(_line(name, part) for name, part in found["categories"].items())]
    consistency = "" if found["consistency"] is None else f", the two orders agree in {found['consistency']:.0%}"
    return table, f"{found['judged']} of {found['rows']} pairs judged, {found['unparsable']} unparsable{consistency}"


HEAD = ["", "n", "win", "tie", "lose", "win rate", "from", "to", "without ties", "at equal length"]


def _line(name: str, found: dict[str, Any]) -> list[Any]:
    low, high = found["intervals"]["win_rate"] or (None, None)
    rates = (found["win_rate"], low, high, found["win_rate_without_ties"], found["length_controlled_win_rate"])
    counts = (found["judged"], found["win"], found["tie"], found["lose"])
    return [name, *counts, *(None if rate is None else round(rate, 3) for rate in rates)]


def main() -> None:
    import gradio

    gradio.Interface(
        fn=add_up,
        inputs=gradio.Textbox(EXAMPLE, lines=8, label="Verdicts, one JSON object in a line"),
        outputs=[gradio.Dataframe(headers=HEAD, label="Rates"), gradio.Textbox(label="Pairs")],
        title="Win rate",
        description="Verdicts are from the candidate's point of view: 1 better, 0 as good, -1 worse, null unparsable.",
        flagging_mode="never",
    ).launch()


if __name__ == "__main__":
    main()
