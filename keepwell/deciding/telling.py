"""The words of what a day tells: dated reasons, and sentences that no single row of a score can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from keepwell.book import snapshot
from keepwell.decisions.rules import Rules
from keepwell.scoring.evidence import NOT_SCORED
from keepwell.words.decision import EvidenceLine, Kind, Reason, Standing, Transition
from keepwell.words.figures import points
from keepwell.words.score import Change, Evidence, Score, State

THEIRS = ("behaviour", "silence")  # causes that make a drop (SEMANTICS, rule 14)
MOST_REASONS = 3
WORTH_REWRITING = 1_000  # milli-points by which a score moved since its reason was written
OLD = timedelta(days=28)


def lacking(score: Score) -> tuple[EvidenceLine, ...]:
    """Of a lost score: what fell silent, and what is missing."""
    if score.state is State.SCORED:
        return ()
    silent = [line_of(row) for row in score.evidence if row.note == NOT_SCORED and row.status == "stale"]
    absent = [EvidenceLine(f"No {name}", f"{name}.missing", name, None, None, None, 0) for name in score.missing]
    return tuple([*silent, *absent][:MOST_REASONS])


def moved(change: Change) -> list[tuple[str, int]]:
    """Rows that behaviour and silence moved, with their milli-points."""
    return [row for cause in change.causes if cause.name in THEIRS for row in cause.rows]


def theirs(change: Change | None) -> int | None:
    """What behaviour and silence took, in milli-points; None: not known."""
    if change is None or not change.causes:
        return None
    return -sum(cause.points_milli for cause in change.causes if cause.name in THEIRS)


def line_of(row: Evidence) -> EvidenceLine:
    """A row of a score as a dated reason."""
    points_milli = -snapshot.loss(row)
    return EvidenceLine(row.reason, row.reason_code, row.signal, row.value, row.unit, row.observed_at, points_milli)


def sentence(told: Transition, rules: Rules) -> str:
    """What the transitions say that no single row of a score can; empty: the dearest row says it."""
    match told.kind:
        case Kind.RECOVERED:
            return f"Back at {points(told.new_milli or 0)}, at risk since {told.episode}"
        case Kind.EXPANSION_READY:
            return f"At {points(rules.expansion_milli)} or more on {rules.expansion_days} scored days in a row"
        case Kind.NO_SNAPSHOT:
            return f"No score for more than {rules.snapshot_days} days"
        case _:
            return ""


def is_outdated(one: Standing) -> bool:
    """Whether a standing's reason may no longer be the main one."""
    reason = one.reason
    if one.state is None:
        return False
    if reason.written is None or one.as_of - reason.written >= OLD or one.previous_tier != one.tier:
        return True
    if one.score_milli is None or reason.score_milli is None:
        return one.score_milli != reason.score_milli
    return abs(one.score_milli - reason.score_milli) >= WORTH_REWRITING


def with_reason(one: Standing, score: Score | None) -> Standing:
    """A standing with the main reason of its score, if that was explained."""
    if score is None:
        return one
    lead = next(iter(snapshot.by_loss(score)), None) if score.state is State.SCORED else None
    code, signal = (lead.reason_code, lead.signal) if lead else ("", None)
    return replace(one, reason=Reason(snapshot.main_reason(score), code, signal, one.as_of, one.score_milli))
