"""The five questions of a handoff, answered for the whole book.

What is decided, by which signals, who is suppressed, who acts, how one objects; and what a policy leaves open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from keepwell import portfolio
from keepwell.book import labels, shelf
from keepwell.book.scorer import Card, Row, Scorer, rows_of
from keepwell.deciding import agreements, covering, standings
from keepwell.decisions.authority import own
from keepwell.decisions.owners import model, who
from keepwell.decisions.policy import TEXTS, Policy, Role
from keepwell.decisions.suppression import agreed
from keepwell.decisions.transitions import NOT_FOR_IT
from keepwell.words.action import CardPolicy, CoveredBy, PolicyReport, RoleCheck, SignalWeight
from keepwell.words.decision import Suppression

MOST_NAMED = 5  # accounts in one line
BOOK = """
WITH score AS ({scores}), reading AS ({readings})
SELECT s.account_id, {attributes} FROM score s
JOIN reading r ON r.account_id = s.account_id AND r.as_of = s.as_of
LEFT JOIN label l ON l.account_id = s.account_id
WHERE s.as_of = $day AND s.unscored_why IS DISTINCT FROM '{over}' ORDER BY s.account_id
"""


def checked(scorer: Scorer, today: date) -> PolicyReport:
    """The answers of every card's policy, over the accounts of the newest scored day."""
    policies = agreements.policies(scorer.project, scorer.cards)
    day = portfolio.scored_day(scorer, scorer.headline(), None)
    findings: list[str] = []
    cards, known = [], []
    for card in scorer.cards.values():
        policy, accounts = policies[card.name], book(scorer, card, day)
        cards.append(_card(scorer, card, policy, (accounts, today)))
        findings += _open_roles(policy, cards[-1])
        findings += _unknown_segments(policy, scorer.project.config.segments)
        findings += _pool_of_nobody(policy)
        findings += _over(policy, today)
        known += accounts
    for policy in {one.policy: one for one in policies.values()}.values():
        findings += _covering_nothing(scorer, policy, known, today)
    return PolicyReport(day, tuple(cards), tuple(dict.fromkeys(findings)))


def book(scorer: Scorer, card: Card, day: date) -> list[Row]:
    """The accounts that the card is for, with the attributes that may name somebody; none where the day is not scored by it."""
    if day not in shelf.shown_days(scorer, card):
        return []
    connection = scorer.connect()
    readings, scores = shelf.kept_readings_sql(scorer, connection), shelf.kept_sql(scorer, connection, card)
    labels.register(scorer, connection, readings, day)
    late = {"owner": "coalesce(r.a_owner, l.owner)", "name": "coalesce(l.name, r.a_name)"}
    attributes = ", ".join(f"{late.get(name, f'r.a_{name}')} AS {name}" for name in TEXTS)
    sql = BOOK.format(scores=scores, readings=readings, attributes=attributes, over=NOT_FOR_IT)
    return rows_of(connection, sql, {"day": day})


def _card(scorer: Scorer, card: Card, policy: Policy, about: tuple[Sequence[Row], date]) -> CardPolicy:
    book, today = about
    in_force = [one for one in agreements.exceptions(scorer.state, policy) if one.holds_on(today)]
    return CardPolicy(
        scorecard=card.name,
        policy=policy.policy,
        accounts=len(book),
        decision=policy.decision,
        authority=policy.authority.level,
        signals=_signals(scorer, card),
        suppressed=tuple(CoveredBy(one, _covered(one, book)) for one in in_force),
        roles=tuple(_role(policy, role, book) for role in _asked_for(policy)),
        models=tuple(Counter(model(policy, row["segment"]) for row in book).most_common()),
        how=policy.feedback.how,
        reviewer=who(policy, policy.feedback.reviewer, {}),
        within_days=policy.feedback.within_days,
        conditions=own(policy.authority.conditions),
    )


def _signals(scorer: Scorer, card: Card) -> tuple[SignalWeight, ...]:
    """The counted signals, the weightiest first."""
    plan = card.compiled.plan
    shares = plan.shares()[-1]
    whole = sum(shares) or 1
    reasons = Counter(one.reason.signal for one in standings.standings(scorer.state, card.name).values())
    found = [
        SignalWeight(leaf.signal.name, leaf.title, share * 1_000_000 // whole, reasons[leaf.signal.name])
        for leaf, share in zip(plan.leaves(), shares, strict=True)
        if leaf.counted and leaf.signal and share
    ]
    return tuple(sorted(found, key=lambda weight: -weight.share_ppm))


def _covered(one: Suppression, book: Sequence[Row]) -> int | None:
    column = {"account": "account_id", "segment": "segment", "portfolio": "owner"}.get(one.scope)
    return None if column is None else sum(row[column] == one.value for row in book)


def _asked_for(policy: Policy) -> tuple[Role, ...]:
    """The roles that somebody must fill: the owner, and those that the policy turns to."""
    asked: tuple[Role, ...] = ("owner", policy.sla.escalate_to, policy.stop_rules.ask, policy.feedback.reviewer)
    return tuple(dict.fromkeys((*asked, *policy.owners)))


def _role(policy: Policy, role: Role, book: Sequence[Row]) -> RoleCheck:
    people = {row["account_id"]: who(policy, role, row) for row in book}
    open_ = [account for account, person in people.items() if person is None]
    named = {person for person in people.values() if person is not None}
    return RoleCheck(role, len(people) - len(open_), len(open_), len(named), tuple(open_[:MOST_NAMED]))


# --- what is left open


def _open_roles(policy: Policy, card: CardPolicy) -> Iterator[str]:
    for role in card.roles:
        if role.unresolved:
            examples = ", ".join(role.examples)
            fix = f"name a person under 'owners: {role.role}:' in the policy '{policy.policy}'"
            who_lack = "1 account has" if role.unresolved == 1 else f"{role.unresolved:,} accounts have"
            yield f"{who_lack} no {role.role.replace('_', ' ')}: {examples}; {fix}"


def _unknown_segments(policy: Policy, segments: dict[str, int]) -> Iterator[str]:
    for part, named in (("coverage", policy.coverage.segments), ("authority", policy.authority.segments)):
        for segment in named:
            if segment not in segments:
                yield f"'{part}' of the policy '{policy.policy}' names the segment '{segment}'; known: {', '.join(segments)}"


def _pool_of_nobody(policy: Policy) -> Iterator[str]:
    if policy.coverage.pool is None and "pooled" in (policy.coverage.default, *policy.coverage.segments.values()):
        yield f"the policy '{policy.policy}' pools accounts and names nobody for them; add 'pool:' under 'coverage:'"


def _over(policy: Policy, today: date) -> Iterator[str]:
    for number, one in enumerate(policy.suppressions, 1):
        if one.until < today:
            yield f"suppression no. {number} of the policy '{policy.policy}' ended on {one.until}: review it, then take it out"


def _covering_nothing(scorer: Scorer, policy: Policy, book: Sequence[Row], today: date) -> Iterator[str]:
    """Exceptions of the file that hold nothing back, as by a slip of the pen."""
    for number, one in enumerate(agreed(policy), 1):
        what = f"suppression no. {number} of the policy '{policy.policy}'"
        if one.until < today:
            continue
        if _covered(one, book) == 0:
            yield f"{what} covers no account: there is none of the {one.scope} '{one.value}'"
        elif one.scope == "source" and one.value not in [source.source for source in scorer.maps]:
            yield f"{what} names the source '{one.value}'; known: {', '.join(source.source for source in scorer.maps)}"
        if one.code is not None and not covering.is_reason(scorer, one.code):
            yield f"{what} names '{one.code}', which is no reason of any card"
