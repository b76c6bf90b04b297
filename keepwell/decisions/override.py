"""A person's word laid over a card's score: the row that keeps the sum exact, and the side of risk it lies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keepwell.decisions.border import Border
from keepwell.words.override import Override
from keepwell.words.score import Evidence, RowKind, Score, State

NOT_FOR_IT = "not for this account"  # the card's `applies` says no
Tiers = Sequence[tuple[str, int]]  # name and lowest milli-points, best first


def tier_at(tiers: Tiers, milli: int) -> str | None:
    """The tier of a score; below all borders the worst.

    >>> tier_at([("good", 50_000), ("bad", 0)], 49_999)
    'bad'
    """
    return next((name for name, start in tiers if start <= milli), tiers[-1][0] if tiers else None)


def is_at_risk(border: Border | None, milli: int | None, tier: str | None) -> bool | None:
    """Whether a score or a tier lies on the side of risk; None: there is no border, or nothing to ask about.

    >>> is_at_risk(Border(50_000, frozenset({"bad"})), 60_000, "bad")
    True
    """
    if border is None or milli is None:
        return None
    return milli < border.milli or tier in border.below


def counts_for(score: Score) -> bool:
    """Whether a person's word may stand over a score: not where the card is not for the account."""
    return score.unscored_why != NOT_FOR_IT


def overlaid(score: Score, over: Override, tiers: Tiers) -> Score:
    """The score as a person set it, with the card's own beside it; the rows sum to what is shown, exactly."""
    if not counts_for(score) or (over.score_milli is None and score.score_milli is None):
        return score
    milli = over.score_milli if over.score_milli is not None else score.score_milli
    assert milli is not None  # noqa: S101  checked above
    set_score = over.score_milli is not None
    return replace(
        score,
        state=State.SCORED,
        score_milli=milli,
        tier=tier_at(tiers, milli) if set_score else over.tier,
        low_milli=milli if set_score else score.low_milli,
        high_milli=milli if set_score else score.high_milli,
        evidence=(*score.evidence, _row(over, milli - sum(row.points_milli for row in score.evidence))),
        path=(),  # no work of the customer's changes what a person has set
        next_tier=None,
        unscored_why=None,
        own=score,
        override=over,
    )


def _row(over: Override, points_milli: int) -> Evidence:
    return Evidence(
        kind=RowKind.OVERRIDE,
        name="override",
        signal=None,
        dimension=None,
        value=over.to,
        unit="points" if over.score_milli is not None else None,
        status=None,
        observed_at=over.since,
        points_milli=points_milli,
        max_points_milli=0,
        min_points_milli=0,
        reason=over.says,
        reason_code="override",
        next_step="",
    )
