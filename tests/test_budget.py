import pytest

from p_aligner.errors import KitError
from p_aligner.runtime.budget import Budget, Limits, Patience, Spent


def test_calls_under_way_count_until_they_are_spent() -> None:
    spent = Spent()
    budget = Budget(Limits(max_calls=4), spent)
    with budget.reserved(2):
        assert budget.reached(2) is None
        assert budget.reached(3) == "max_calls"
        spent.add("respond", calls=1, usage=[5, 7])
    assert budget.reached(3) is None
    assert budget.reached(4) == "max_calls"
    assert (spent.all_results, spent.all_calls, spent.all_tokens) == (1, 1, 12)
    assert [Budget(Limits(max_tokens=most), spent).reached() for most in (12, 13)] == ["max_tokens", None]
    assert Budget(Limits(max_minutes=1), spent, elapsed=61).reached() == "max_minutes"
    assert Limits(max_calls=1, max_tokens=1, max_minutes=1).model_dump() == {}


def test_ten_failures_in_a_row_are_too_many() -> None:
    patience = Patience("calls")
    for _ in range(3):
        for _ in range(9):
            patience.failed("no route")
        patience.worked()
    for _ in range(9):
        patience.failed("no route")
    with pytest.raises(KitError, match="10 calls failed one after the other, at last with: no route"):
        patience.failed("no route")
