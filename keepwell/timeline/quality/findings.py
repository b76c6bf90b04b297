"""The registry of checks, and what they find in the data as it is known today."""

from __future__ import annotations

from keepwell.timeline.ledger import Ledger
from keepwell.timeline.quality import accounts, contracts, deliveries, events, freshness, standing, usage, vocabulary
from keepwell.timeline.quality.check import Check, run
from keepwell.timeline.quality.freshness import Inspection
from keepwell.timeline.quality.today import prepare
from keepwell.words.report import CheckReport, Finding, SourceHealth

# to add a check, add a line to one of these lists
CHECKS: tuple[Check, ...] = (
    *deliveries.CHECKS,
    *accounts.CHECKS,
    *contracts.CHECKS,
    *usage.CHECKS,
    *events.CHECKS,
    *vocabulary.CHECKS,
)

# what two rows cannot both say: that an account is lost and is not, or days in an order that cannot be
DISAGREE, MISDATED = ("churn.", "conflict."), ("before_", "after_")


def inspect(ledger: Ledger, given: Inspection) -> CheckReport:
    """What is wrong with the book's data that happened by the day, as known today, and how fresh each source was then.

    Leaves the ledger's connection prepared for something else: call `known_at` again
    before reading facts.
    """
    connection = prepare(ledger, given.as_of, given.systems)
    found = list(run(connection, CHECKS, ledger.terms))
    healths = freshness.sources(ledger, given)
    return CheckReport(given.as_of, (*freshness.stale(healths), *found), tuple(healths))


def health(ledger: Ledger, given: Inspection) -> list[SourceHealth]:
    """Of `inspect` only how fresh and complete each source was, with the same way of leaving the connection."""
    standing.gather(ledger.connection)
    return freshness.sources(ledger, given)


def contradictions(ledger: Ledger, given: Inspection) -> tuple[Finding, ...]:
    """Of `inspect` what contradicts itself, with the same way of leaving the connection."""
    connection = prepare(ledger, given.as_of, given.systems)
    asked = (c for c in CHECKS if c.code.startswith(DISAGREE) or any(part in c.code for part in MISDATED))
    return tuple(found for found in run(connection, asked, ledger.terms) if found.severity != "note")
