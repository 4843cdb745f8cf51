"""What a check found: one line, passed or failed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One check and its outcome; as text, a line for the user."""

    name: str  # what was looked at
    passed: bool
    text: str  # what is there; where it did not pass, also what to do

    @classmethod
    def advised(cls, name: str, passed: bool, text: str, advice: str) -> "Check":
        """Make a check whose text ends in the advice where it did not pass."""
        return cls(name, passed, text if passed else text + advice)

    def __str__(self) -> str:
        return f"{'ok' if self.passed else 'FAIL':5}{self.name}: {self.text}"


def report(checks: Iterable[Check], write: Callable[..., object]) -> int:
    """Pass each check on to `write` (`print` or alike) as it comes; return how many failed."""
    failed = 0
    for check in checks:
        failed += not check.passed
        write(check, flush=True)
    return failed
