"""The review queue's rules: what a decision must say, who may decide, what presses most; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from keepwell.decisions.owners import Account, who
from keepwell.decisions.policy import Policy
from keepwell.words.problem import Problem
from keepwell.words.review import OPEN, Asked, Decision, Fate, Item, ReviewRow

__all__ = ["Asked", "Decision", "Fate", "Item", "ReviewRow", "lacking", "may_decide", "pressing"]

# what cannot be taken back soon comes first
WEIGHT = {Asked.STOP_RULE: 3, Asked.GUARD: 2, Asked.SCORE_CHANGE: 2, Asked.PROPOSAL: 1, Asked.DRAFT: 1}


def lacking(row: ReviewRow, decision: Decision, today: date) -> Problem | None:
    """What is wrong with a decision; None: nothing."""
    number = row.number
    if row.fate not in OPEN:
        what = (
            f"review {number} was {row.fate.value} by {row.by} already"
            if row.by
            else f"review {number} is over by itself"
        )
        return Problem(what, fix="'keepwell review' lists what is open")
    if not decision.by.strip():
        return Problem("nobody says so", fix="add --by NAME")
    if not decision.reason.strip():
        return Problem(f"review {number} is decided for a reason", fix='add --reason "..."')
    if decision.fate is Fate.DEFERRED and (decision.until is None or decision.until <= today):
        return Problem(f"an item comes back on a later day than today, {today}", fix="--defer D")
    if decision.fate is Fate.EDITED and row.item.draft is None:
        return Problem(f"review {number} has no draft to edit", fix="--approve, --reject or --defer it")
    if decision.fate is Fate.EDITED and not (decision.text or "").strip():
        return Problem(f"review {number} is edited to nothing", fix="--reject it")
    return None


def may_decide(policy: Policy, item: Item, account: Account) -> tuple[str, ...]:
    """Who may decide: who is asked, their deputy, and those to whom the policy escalates; none named: anybody."""
    return tuple(dict.fromkeys(name for name in _named(policy, item, account) if name))


def _named(policy: Policy, item: Item, account: Account) -> Iterator[str | None]:
    if item.asked:
        yield item.asked
        yield policy.sla.deputies.get(item.asked)
        yield who(policy, policy.stop_rules.ask, account)
        yield who(policy, policy.sla.escalate_to, account)


def pressing(row: ReviewRow, today: date) -> tuple[bool, bool, date, int, int]:
    """An order of items: what waits last, what is late first, then by due day, then by revenue times weight."""
    weight = WEIGHT.get(Asked(row.item.kind), 1) if row.item.kind in set(Asked) else 1
    stake = (row.owned.mrr_minor or 0) * weight
    return row.waits(today), not row.is_late(today), row.item.due or date.max, -stake, row.number
