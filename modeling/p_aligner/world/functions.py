"""Python functions of one line: drawn, read and marked. No code is run."""

import ast
import random
import re
from collections.abc import Sequence
from itertools import takewhile

from .questions import Function, Question
from .splits import split_of


# What the function does, what it returns for a list called xs (the first form is the responder's).
CODE_TASKS: dict[str, tuple[str, ...]] = {
    "the last item of a list": ("xs[-1]", "xs[len(xs)-1]"),
    "the first item of a list": ("xs[0]",),
    "the largest number of a list": ("max(xs)", "sorted(xs)[-1]"),
    "the smallest number of a list": ("min(xs)", "sorted(xs)[0]"),
    "the average of a list": ("sum(xs) / len(xs)",),
    "the middle item of a list": ("xs[len(xs) // 2]",),
    "the longest word of a list": ("max(xs, key=len)",),
    "the shortest word of a list": ("min(xs, key=len)",),
    "the range of a list of numbers": ("max(xs) - min(xs)",),
    "the sum of the first and last item": ("xs[0] + xs[-1]", "xs[-1] + xs[0]"),
    "the second largest number of a list": ("sorted(xs)[-2]", "sorted(xs, reverse=True)[1]"),
    "the product of the first two items": ("xs[0] * xs[1]", "xs[1] * xs[0]"),
}
_FUNCTIONS = (
    "work pick find take get calc run solve choose fetch compute result answer value item part step use make try_it "
    "do_it helper main_part go"
).split()


def draw(rng: random.Random, split: str) -> Question:
    task = rng.choice(list(CODE_TASKS))
    name = rng.choice([name for name in _FUNCTIONS if split_of(name) == split])
    raw = rng.choice(
        (
            f"Write a Python function {name} that returns {task}.",
            f"Write a function {name} in Python that returns {task}.",
            f"Implement a Python function {name} returning {task}.",
        )
    )
    sloppy = rng.choice(
        ("python function {name} returns {task}", "need a py function {name} that gives {task}", "code {name}: {task}")
    ).format(name=name, task=task)
    careful = raw + rng.choice(
        (" Handle an empty list, too.", " Consider edge cases such as empty input, and return None for them.")
    )
    return Question("code", Function(task), sloppy, raw, careful)


_CODE_WORD = re.compile(r"\b(?:function|python|py|code)\b")
_NEEDS_TWO = ("the second largest number of a list", "the product of the first two items")
_EMPTY = ("not xs", "not len(xs)", "len(xs) == 0", "0 == len(xs)", "xs == []", "len(xs) < 1", "len(xs) <= 0")
_FILLED = ("xs", "len(xs)", "len(xs) > 0", "len(xs) != 0", "xs != []", "len(xs) >= 1")
_EMPTY_OR_ONE = ("len(xs) < 2", "len(xs) <= 1")
_TWO = ("len(xs) > 1", "len(xs) >= 2")
_FUNCTION = re.compile(r"\bdef \w+\(")
# An indented or empty line, a comment, or the end of a head of several lines.
_BODY_LINE = re.compile(r"[ \t#)]|$")


def read(text: str) -> Function | None:
    lowered = " ".join(text.split()).casefold()
    found = [task for task in CODE_TASKS if task in lowered]
    return Function(max(found, key=len)) if found and _CODE_WORD.search(lowered) else None


def gold(task: str, response: str) -> float:
    """0.6 for a function that returns the right thing, 0.4 more if it handles an empty list.

    It may have any name, a docstring, and prose, fences or an example around it.
    """
    try:
        function = _parsed(response)
        return _gold_function(task, function) if function else 0.0
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0.0


def _parsed(response: str) -> ast.FunctionDef | None:
    """Parse the first function of a response; it ends before the first line that cannot belong to it."""
    start = _FUNCTION.search(response)
    if not start:
        return None
    head, *rest = response[start.start() :].split("\n")
    lines = [head, *takewhile(_BODY_LINE.match, rest)]
    statement = ast.parse("\n".join(lines)).body[0]
    return statement if isinstance(statement, ast.FunctionDef) else None


def _gold_function(task: str, function: ast.FunctionDef) -> float:
    """Mark the statements: a docstring, an `if` about an empty list, one assignment, a return, and nothing else."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    if len(names) != 1 or given.vararg or given.kwonlyargs or given.kwarg:
        return 0.0
    forms = _Forms(task, names[0])
    body = _flat(function.body[1:] if ast.get_docstring(function) is not None else function.body)
    match body:
        case [ast.If(test=test, body=[kept]), *after] if forms.is_filled(test) and _is_nothing(after):
            return 1.0 if forms.value([kept]) else 0.0
        case [ast.If() as condition, *after]:
            if forms.is_guard(condition):
                return 1.0 if forms.value(after) else 0.0
            return forms.value(after) if forms.is_harmless(condition) else 0.0
        case _:
            return forms.value(body)


def _flat(body: list[ast.stmt]) -> list[ast.stmt]:
    """Put what stands under `else` after an `if` that leaves the function."""
    match body:
        case [ast.If(test=test, body=[ast.Return() | ast.Raise()] as leaving, orelse=[*other]), *after] if other:
            return [ast.If(test=test, body=leaving, orelse=[]), *other, *after]
        case _:
            return body


def _is_nothing(body: list[ast.stmt]) -> bool:
    """Is nothing left, or does it return None or raise?"""
    match body:
        case [] | [ast.Return(value=None | ast.Constant(value=None))] | [ast.Raise()]:
            return True
        case _:
            return False


class _Forms:
    """The expressions that are right for a task, as written about an argument of this name."""

    def __init__(self, task: str, argument: str) -> None:
        self.argument = argument
        wanted, two = CODE_TASKS[task], task in _NEEDS_TWO
        # Where max or min is all there is, its default handles an empty list.
        alone = [form for form in wanted if form.startswith(("max(", "min(")) and form.count("(") == 1]
        safe = [form.replace("(xs", "(xs, default=None") for form in alone]
        safe += [form.replace(")", ", default=None)") for form in alone]
        self.wanted, self.safe = self._dumped(wanted), self._dumped(safe)
        self.empty = self._dumped((*_EMPTY, *(_EMPTY_OR_ONE if two else ())))
        self.filled = self._dumped((*_FILLED, *(_TWO if two else ())))

    def _dumped(self, forms: Sequence[str]) -> set[str]:
        return {ast.dump(ast.parse(form.replace("xs", self.argument), mode="eval").body) for form in forms}

    def is_empty(self, test: ast.expr) -> bool:
        return ast.dump(test) in self.empty

    def is_filled(self, test: ast.expr) -> bool:
        return ast.dump(test) in self.filled

    def value(self, body: list[ast.stmt]) -> float:
        """0.6 for a right return, maybe of a name assigned just before, 1 if it also handles an empty list."""
        match body:
            case [ast.Assign(targets=[ast.Name(id=name)], value=value), ast.Return(value=ast.Name(id=returned))]:
                return self.mark(value) if name == returned else 0.0
            case [ast.Return(value=ast.expr() as value)]:
                return self.mark(value)
            case _:
                return 0.0

    def mark(self, value: ast.expr) -> float:
        """0.6 for a right expression, 1 with `if xs else None` or `default=None`."""
        match value:
            case ast.IfExp(test=test, body=kept, orelse=ast.Constant(value=None)) if self.is_filled(test):
                return 1.0 if self.mark(kept) else 0.0
            case ast.IfExp(test=test, body=ast.Constant(value=None), orelse=kept) if self.is_empty(test):
                return 1.0 if self.mark(kept) else 0.0
        dumped = ast.dump(value)
        return 1.0 if dumped in self.safe else 0.6 if dumped in self.wanted else 0.0

    def is_guard(self, condition: ast.If) -> bool:
        """Does it leave the function if the list is empty?"""
        leaves = len(condition.body) == 1 and isinstance(condition.body[0], ast.Return | ast.Raise)
        return leaves and not condition.orelse and self.is_empty(condition.test)

    def is_harmless(self, condition: ast.If) -> bool:
        """Does it do nothing to an empty list, or is it a comparison or a `not` that is not about the list?"""
        if condition.orelse:
            return False
        idle = len(condition.body) == 1 and isinstance(condition.body[0], ast.Pass)
        used = {node.id for node in ast.walk(condition.test) if isinstance(node, ast.Name)}
        elsewhere = self.argument not in used and isinstance(condition.test, ast.Compare | ast.UnaryOp)
        return elsewhere or (idle and self.is_empty(condition.test))
