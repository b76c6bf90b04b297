"""Rules about the code that no import contract can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "keepwell"
MODULES = sorted(PACKAGE.rglob("*.py"))
CLOCK_CALLS = {
    "now", "today", "utcnow", "localtime", "gmtime", "time", "time_ns", "monotonic", "perf_counter", "process_time",
}  # fmt: skip
CLOCKS = {"datetime", "date", "time", "dt"}
SQL_CLOCK = re.compile(
    r"\b((current_date|current_time|current_timestamp|localtimestamp|localtime)\b"
    r"|(now|today|get_current_timestamp|transaction_timestamp)\s*\(\s*\))",
    re.IGNORECASE,
)
FILE_CALLS = {
    "open", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "glob", "rglob", "iterdir",
}  # fmt: skip


def calls(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """(receiver, name, line) of every call; the receiver of a bare name is empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            name = receiver.id if isinstance(receiver, ast.Name) else getattr(receiver, "attr", "?")
            yield name, node.func.attr, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id, node.lineno


def clock_reads(tree: ast.AST) -> list[str]:
    """Every place in a module that asks what time it is, in Python or in SQL."""
    found = [
        f"{line}: {receiver}.{name}()"
        for receiver, name, line in calls(tree)
        if name in CLOCK_CALLS and (receiver in CLOCKS or (not receiver and name in CLOCK_CALLS - {"time"}))
    ]
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found += [
        f"{node.lineno}: SQL {match.group()}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
        if (match := SQL_CLOCK.search(node.value)) and is_sql(node.value)
    ]
    return found


def is_sql(text: str) -> bool:
    """A single name in a list of forbidden functions is no clock that is read."""
    return bool(re.search(r"[\s(]", text.strip()))


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\nx = datetime.now()",
        "from datetime import datetime, UTC\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.date.today()",
        "import time\nx = time.time()",
        "from time import monotonic\nx = monotonic()",
        "q = 'SELECT current_date - day FROM t'",
        "q = f'SELECT now() - {x}'",
    ],
)
def test_the_clock_rule_sees_a_clock_that_is_read(source: str) -> None:
    assert clock_reads(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "def f(now):\n    return now",
        "FORBIDDEN = {'current_date', 'now'}",
        "from datetime import time\nx = time(6)",
        '"""Nothing but runs knows what now() is."""',
    ],
)
def test_the_clock_rule_lets_words_for_time_pass(source: str) -> None:
    assert not clock_reads(ast.parse(source))


@cache
def text(module: Path) -> str:
    return module.read_text(encoding="utf-8")


@cache
def tree(module: Path) -> ast.Module:
    """A module's text, parsed once for all rules."""
    return ast.parse(text(module))


def broken(rule: Callable[[Path], object], modules: Iterable[Path] = MODULES) -> dict[str, object]:
    """module → what breaks the rule in it."""
    found = {str(module.relative_to(PACKAGE)): rule(module) for module in modules}
    return {module: what for module, what in found.items() if what}


def test_nothing_but_runs_reads_the_clock() -> None:
    found = broken(lambda module: clock_reads(tree(module)))
    assert found.pop("use_cases/runs.py")
    assert found == {}


def test_one_place_opens_the_engine_so_that_its_settings_hold_everywhere() -> None:
    """Decision 14: a connection without them may fold a condition wrongly."""
    opened = broken(lambda module: ("duckdb", "connect") in {call[:2] for call in calls(tree(module))})
    assert set(opened) == {"engine.py"}


def test_words_scoring_and_decisions_touch_no_files() -> None:
    rooms = [file for file in MODULES if file.relative_to(PACKAGE).parts[0] in {"words", "scoring", "decisions"}]
    assert rooms
    assert not broken(lambda module: [call for call in calls(tree(module)) if call[1] in FILE_CALLS], rooms)


def test_a_module_begins_with_one_sentence_about_itself() -> None:
    def lacks_one(module: Path) -> bool:
        sentence = ast.get_docstring(tree(module)) or ""
        return not sentence or not sentence.splitlines()[0].rstrip().endswith((".", ":", ";"))

    assert not broken(lacks_one, [file for file in MODULES if "versions" not in file.parts])


def test_the_simulated_truth_is_never_read_by_the_product() -> None:
    product = [file for file in MODULES if "demo" not in file.relative_to(PACKAGE).parts]
    assert not broken(lambda module: "true_churn" in text(module), product)
