"""What checks find, one line each. Checks nothing itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What one check found; as text, a line for the user.

    Args:
        name (`str`):
            What was looked at.
        passed (`bool`):
            `False` where something is not what it seems.
        text (`str`):
            What is there; where it did not pass, also what to do.
    """

    name: str
    passed: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok' if self.passed else 'FAIL':5}{self.name}: {self.text}"


def report(findings: Iterable[Finding], write: Callable[..., object]) -> int:
    """Have findings written as they come (`write` is `print` or alike); return how many failed."""
    failed = 0
    for finding in findings:
        failed += not finding.passed
        write(finding, flush=True)
    return failed
