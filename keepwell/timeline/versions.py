"""Which version of an event counts: of those known by then, the one that holds from the latest moment."""

from __future__ import annotations

# until when a version is the newest: the first moment at which one that goes before it is known. That may have been
# before it came itself, where versions arrive out of order: then it never counts. As cheap as looking at the next row.
KNOWN_UNTIL = """min(known_at) OVER (PARTITION BY source, external_id ORDER BY valid_at NULLS FIRST, known_at, batch, seq
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"""
