"""The catalogue as a page: `python -m keepwell.signals.describe > docs/signals.md`."""

from __future__ import annotations

import sys

from keepwell.signals.catalogue import CATALOGUE
from keepwell.words.reading import Band, Clock, Signal

INTRODUCTION = """\
# Signals

This page is written by `python -m keepwell.signals.describe`; change the specs, not the page.

Every signal reads only what was known on its date. A reading is *fresh*, *stale* (its source fell
silent), *missing* (it should exist; the base is too small, or too young) or *not applicable*.
Bands read healthy · poor, both edges inclusive: 100 points at the first, 20 at the second, a
straight line between. S, M and E are the segments. A project adds signals of its own in
`signals/*.yml`: see the end of the page.
"""
OWN = """\
## A project's own signals

One YAML file a signal. `aggregate` is `count`, `{sum: column}`, `{distinct: column}`, `{last: column}`,
`{mean: column}`, `{ratio: {part: condition, of: condition}}`, `{change: {of: count, before: [56, 28]}}`,
`days_since`, `{days_since: paid_day}` or `{days_until: due_day}`; `per` (day, week, month, seat) makes a
rate of a count or sum; `at_least` is the smallest number of facts that says anything.

```yaml
signal: angry_tickets
title: Angry tickets
facts: ticket
where: csat <= 2
window: 90
aggregate: count
unit: count
fresh: 2
better: lower
bands: {healthy: 0, poor: 3}
family: service
sentence: "{v} tickets rated 1 or 2 in 90 days"
next_step: Call the people behind the ratings.
```

Or `select:` with one SELECT that yields `account_id, as_of, value`:

```yaml
signal: longest_gap
unit: days
better: lower
sentence: "{v} days between two tickets at most"
next_step: See whether silence followed a problem.
select: |
  select account_id, as_of, max(gap) as value from (
    select account_id, as_of,
           day - lag(day) over (partition by account_id, as_of order by day, external_id) as gap
    from ticket) g
  group by account_id, as_of
```

A select reads the relations of known facts (and `attributes`), joins them on `account_id` and
`as_of`, groups by both, and yields an integer in the unit's scale. It may use `ratio(a, b)`,
`change(now, before)` and `div_round(a, b)`. Clock, chance, files, fractions, `*`, LIMIT, subqueries in
expressions and windows across accounts are refused, with the place and a way out. Ties between facts
of two sources that share an `external_id` are not told apart. A cast of what does not fit, and a field of
what is no JSON, is NULL: one odd row makes a reading unknown and stops nothing.
"""


def page() -> str:
    """The whole page as Markdown."""
    systems = list(dict.fromkeys(signal.system for signal in CATALOGUE.values()))
    sections = [
        f"## From {system} systems\n\n" + "\n".join(describe(s) for s in CATALOGUE.values() if s.system == system)
        for system in systems
    ]
    return "\n".join([INTRODUCTION, *sections, OWN])


def describe(signal: Signal) -> str:
    """One signal: what it measures, how it is judged, and what to do."""
    lines = [
        f"### `{signal.name}`: {signal.title}",
        "",
        f"{_sentence(signal.window_note)} {_facts(signal)}",
        "",
        f"- Reads as: {signal.sentence}",
        f"- Next step ({signal.play}): {signal.next_step}",
        *([f"- Kinds: {', '.join(signal.categories)}"] if signal.categories else []),
        *([f"- Bands: {_bands(signal)}"] if signal.bands else []),
        "",
    ]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _facts(signal: Signal) -> str:
    fresh = [f"stale after {signal.feed_days} days without data"] if signal.feed_days is not None else []
    expires = [f"an answer speaks for {signal.lookback_days} days"] if signal.lookback_days else []
    clock = [] if signal.clock is Clock.BEHAVIOUR else [f"moved by {signal.clock}"]
    holder = ["read from the holder of the contract"] if signal.inherited else []
    counted = [] if signal.counted else ["shown, not counted by default"]
    return _sentence(
        ", ".join([f"unit {signal.unit.name}", f"family {signal.family}", *fresh, *expires, *clock, *holder, *counted])
    )


def _bands(signal: Signal) -> str:
    named = [(name, band) for name, band in (signal.bands or {}).items()]
    return " / ".join(f"{'' if name == '*' else name + ' '}{_band(band)}" for name, band in named)


def _band(band: Band | None) -> str:
    if band is None:
        return "not applicable"
    upper = f" and {band.upper[0]:g} · {band.upper[1]:g}" if band.upper else ""
    return f"{band.healthy:g} · {band.poor:g}{upper}"


if __name__ == "__main__":
    sys.stdout.write(page())
