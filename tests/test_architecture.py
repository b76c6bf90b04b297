"""Rules about the code that no import contract can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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


def clock_reads(source: str) -> list[str]:
    """Every place in a module's text that asks what time it is, in Python or in SQL."""
    tree = ast.parse(source)
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
    assert clock_reads(source)


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
    assert not clock_reads(source)


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_but_runs_reads_the_clock(module: Path) -> None:
    if module != PACKAGE / "use_cases" / "runs.py":
        assert clock_reads(module.read_text(encoding="utf-8")) == []


def test_one_place_opens_the_engine_so_that_its_settings_hold_everywhere() -> None:
    """Decision 14: a connection without them may fold a condition wrongly."""
    opened = [
        file.name for file in MODULES if ("duckdb", "connect") in {c[:2] for c in calls(ast.parse(file.read_text()))}
    ]
    assert opened == ["engine.py"]


@pytest.mark.parametrize(
    "module",
    [file for file in MODULES if file.relative_to(PACKAGE).parts[0] in {"words", "scoring", "decisions"}],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_words_scoring_and_decisions_touch_no_files(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert [f"{line}: {name}" for _, name, line in calls(tree) if name in FILE_CALLS] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_begins_with_one_sentence_about_itself(module: Path) -> None:
    if "versions" not in module.parts:
        sentence = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
        assert sentence
        assert sentence.splitlines()[0].rstrip().endswith((".", ":", ";"))


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_simulated_truth_is_never_read_by_the_product(module: Path) -> None:
    if "demo" not in module.relative_to(PACKAGE).parts:
        assert "true_churn" not in module.read_text(encoding="utf-8")
