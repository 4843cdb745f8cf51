"""What two runs were begun with, compared. Knows nothing of what the settings mean."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import InputError


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Write nested settings with dotted keys."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def differing(one: dict[str, Any], other: dict[str, Any], *, ignore: Iterable[str] = ()) -> list[str]:
    """Name the settings that two runs do not share, each with both of its values; keys of `ignore` are none."""
    one, other = (flat({**settings, **dict.fromkeys(ignore)}) for settings in (one, other))
    keys = [key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
    return [f"{key} ({one.get(key)!r:.60} and {other.get(key)!r:.60})" for key in keys]


def require_same(path: str | Path, there: dict[str, Any], here: dict[str, Any], *, ignore: Iterable[str] = ()) -> None:
    """Refuse to go on with a file that holds the work of other settings.

    Raises:
        InputError: it does; the message names the settings.
    """
    if others := differing(there, here, ignore=ignore):
        raise InputError(
            f"{path} was begun with other settings, there and here: {', '.join(others)}; choose another file"
        )
