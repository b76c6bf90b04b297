"""An exception for one reason: a dispute about an invoice silences its own alerts, and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from keepwell.book.scorer import Scorer
from keepwell.deciding import standings
from keepwell.use_cases import actions
from keepwell.words.decision import Kind, Mode, Status, Transition
from tests.decisions.fallen import LIVE
from tests.small_project import CRM, DESK, SmallProject

BASELINE, DISPUTED, WORSE, LAST = (date(2026, 3, day) for day in (19, 20, 21, 22))
BILLING = """source: billing
system: billing
folder: exports
tables:
  - file: invoices.csv
    facts:
      - kind: invoice
        id: id
        account: {system: account, column: account}
        since: created
        columns: {issued_day: issued, due_day: due, paid_day: paid, amount: amount}
"""
CARD = """scorecard: small
form: points
baseline: 100
tiers: {good: 70, bad: 0}
min_coverage: 0
measures:
  overdue: {signal: overdue_days, title: Overdue, cases: [{if: overdue_days > 0, points: -50}, {points: 0}]}
  tickets: {signal: ticket_pressure, title: Tickets, cases: [{if: ticket_pressure > 5, points: -45}, {points: 0}]}
"""


def told(small: SmallProject, day: date) -> list[Transition]:
    found = standings.transitions(Scorer(small.project).state, "small", day, day)
    return [one for one in found if one.kind is Kind.AT_RISK]


def test_what_another_reason_tells_alone_is_told_by_it_also_while_the_excepted_one_stands_open(tmp_path: Path) -> None:
    """Invoices of both count as overdue from the 20th, a dispute that is known; B has a critical ticket on that day too, A a day later."""
    small = SmallProject(tmp_path / "project", str(LAST))
    exempt = "{{account: {}, code: overdue_days, reason: billing_dispute, author: Rita, since: 2026-03-01, until: 2026-04-30}}"
    exempted = ", ".join(map(exempt.format, "AB"))
    small.write("policy/ours.yml", f"{LIVE}suppressions: [{exempted}]\n")
    for name, text in (("crm", CRM), ("desk", DESK), ("billing", BILLING)):
        small.write(f"sources/{name}.yml", text.replace("folder: exports", "folder: exports\ncovers: all"))
    small.write("scorecards/small.yml", CARD)
    small.write(
        "exports/invoices.csv",
        "id,account,issued,due,paid,amount\n1,A,2026-02-19,2026-03-12,,50\n2,B,2026-02-19,2026-03-12,,50\n",
    )
    small.write("exports/tickets.csv", "id,account,opened,severity\n1,A,2026-03-21,critical\n2,B,2026-03-20,critical\n")
    small.ingest()
    small.decide(BASELINE, DISPUTED, WORSE, LAST)
    held, by_ticket = told(small, DISPUTED)
    assert (held.account_id, held.mode, held.reason.signal) == ("A", Mode.SUPPRESSED, "overdue_days")
    [later] = told(small, WORSE)
    for one, account, day in ((by_ticket, "B", DISPUTED), (later, "A", WORSE)):
        assert (one.account_id, one.mode, one.episode) == (account, Mode.LIVE, day)
        assert (one.reason.signal, [line.signal for line in one.evidence]) == ("ticket_pressure", ["ticket_pressure"])
        assert one.next_step
    assert told(small, LAST) == [], "once"
    now = standings.standings(Scorer(small.project).state, "small")
    assert {account: (one.status, one.episodes[Kind.AT_RISK]) for account, one in now.items()} == {
        "A": (Status.AT_RISK, WORSE),
        "B": (Status.AT_RISK, DISPUTED),
    }
    assert {row.account_id for row in actions.list_alerts(small.project).alerts if row.kind is Kind.AT_RISK} == {
        "A",
        "B",
    }
