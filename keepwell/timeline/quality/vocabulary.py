"""Words that no signal knows, where signals compare with a few: such a row counts for none of them."""

from __future__ import annotations

from keepwell.timeline.quality.check import MOST_EXAMPLES, Check
from keepwell.words.fact import KINDS, Column


def _unknown(kind: str, column: Column) -> str:
    """One row per row with such a word; the most frequent words are examples, with how often they occur."""
    rows = "(SELECT NULL AS source, * FROM profile)" if kind == "account" else f"today_{kind}"
    return f"""
SELECT source, '{kind}' AS kind, '{column.name}' AS about, 'expected ' || {", ".join(column.among)!r} AS detail,
       CASE WHEN dense_rank() OVER (ORDER BY often DESC, word) <= {MOST_EXAMPLES}
            THEN '''' || word || ''' (' || often::VARCHAR || ')' END AS example
FROM (SELECT source, {column.name} AS word, count(*) OVER (PARTITION BY {column.name}) AS often
      FROM {rows} WHERE {column.unknown(column.name)})"""


UNKNOWN = " UNION ALL ".join(
    _unknown(name, column) for name, kind in KINDS.items() for column in kind.columns if column.among
)

CHECKS = (
    Check("value.unknown_word", "warning", "{kind} rows with a {about} that no signal knows: {n} ({detail})",
          "say what they mean with a 'lookup:' in the source's map", UNKNOWN),
)  # fmt: skip
