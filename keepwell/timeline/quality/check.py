"""One question to the data and how its answer reads; a registry of them is run in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import duckdb

from keepwell.timeline.terms import Terms
from keepwell.words.fact import KINDS
from keepwell.words.report import Finding

MOST_EXAMPLES = 5
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Check:
    """`sql` selects one row per case, with `example` (an id or a place).

    Optional columns: `about`, `source` and `kind` split the cases into one finding each,
    `detail` is a text of the whole finding. `text` may say {n} and any of these. `kinds`
    are the kinds of facts it touches, by default the one its code begins with.

    >>> Check("ticket.unowned", "note", "tickets of nobody: {n}", "", "SELECT 'T-1' AS example").code
    'ticket.unowned'
    """

    code: str
    severity: Severity
    text: str
    fix: str
    sql: str | Callable[[Terms], str]
    kinds: tuple[str, ...] = ()

    @property
    def touches(self) -> tuple[str, ...]:
        """The kinds of facts it touches."""
        kind = self.code.partition(".")[0]
        return self.kinds or ((kind,) if kind in KINDS else ())


# one row per finding of several checks, whichever of the optional columns the cases have
COUNTED = """
SELECT number, count(*), min(DISTINCT example, {most}), source, kind, about, any_value(detail)
FROM (SELECT NULL::INTEGER AS number, NULL::VARCHAR AS about, NULL::VARCHAR AS source, NULL::VARCHAR AS kind,
             NULL::VARCHAR AS example, NULL::VARCHAR AS detail WHERE false {cases})
GROUP BY number, source, kind, about
ORDER BY number, source NULLS FIRST, kind NULLS FIRST, about NULLS FIRST
"""
CASES = "UNION ALL BY NAME (SELECT {number} AS number, * FROM ({sql}))"
AT_ONCE = 8  # a statement costs its planning, and holds what all its checks read


def run(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check], terms: Terms) -> Iterator[Finding]:
    """What the checks found, in their order; silent where there is no case."""
    asked = list(checks)
    for first in range(0, len(asked), AT_ONCE):
        some = asked[first : first + AT_ONCE]
        texts = (check.sql if isinstance(check.sql, str) else check.sql(terms) for check in some)
        cases = " ".join(CASES.format(number=number, sql=sql) for number, sql in enumerate(texts))
        rows = connection.execute(COUNTED.format(most=MOST_EXAMPLES, cases=cases)).fetchall()
        for number, count, examples, source, kind, about, detail in rows:
            check = some[number]
            text = check.text.format(n=f"{count:,}", source=source, kind=kind, about=about, detail=detail)
            yield Finding(
                code=check.code,
                severity=check.severity,
                count=count,
                text=text,
                examples=tuple(examples or ()),
                fix=check.fix,
                kinds=(kind,) if kind else check.touches,
                sources=(source,) if source else (),
            )
