"""What speaks against acting on an account, and what support does already, is read from its facts, as known when the day closed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from keepwell.book.scorer import Scorer
from keepwell.deciding.grounds import Against, Grounds
from keepwell.decisions.policy import StopRules
from tests.small_project import SmallProject

CRM = """source: crm
system: crm
folder: exports
tables:
  - file: accounts.csv
    facts:
      - {kind: account, id: id, since: created, columns: {name: name, parent: parent, lifecycle: lifecycle, created_day: created}}
  - file: contracts.csv
    facts:
      - {kind: subscription, id: id, account: account, since: created, columns: {mrr: mrr, start_day: start}}
  - file: invoices.csv
    facts:
      - kind: invoice
        id: id
        account: account
        since: created
        columns: {number: id, issued_day: issued, due_day: issued, amount: amount, disputed_day: disputed, dispute_closed_day: closed}
  - file: deals.csv
    facts:
      - {kind: opportunity, id: id, account: account, since: created, columns: {type: type, stage: stage, opened_day: opened, closed_day: closed}}
  - file: cases.csv
    facts:
      - kind: ticket
        id: id
        account: account
        since: created
        columns: {opened_at: opened, severity: severity, type: type, escalated_at: escalated, resolved_at: resolved}
  - file: flags.csv
    facts:
      - {kind: flag, id: id, account: account, since: created, columns: {type: type, raised_day: raised, expires_day: expires}}
"""
FILES = {
    "accounts": "id,name,parent,lifecycle,created\nP,Paula,,customer,2025-01-01\nK,Kid,P,customer,2025-01-01\n"
    "C,Cora,,churned,2025-01-01\nQ,Quiet,,customer,2025-01-01\n",
    "contracts": "id,account,mrr,start\n1,P,1000,2025-01-01\n2,C,500,2025-01-01\n3,Q,500,2025-01-01\n",
    "invoices": "id,account,issued,amount,disputed,closed\nI-1,P,2026-02-01,100,2026-02-10,\nI-2,Q,2026-02-01,100,2026-02-10,2026-02-20\n",
    "deals": "id,account,type,stage,opened,closed\n1,C,renewal,Negotiation,2026-02-01,\n2,Q,upsell,Negotiation,2026-01-01,2026-02-01\n"
    "3,Q,renewal,Prospecting,2026-02-01,\n4,P,upsell,InPreisVERHANDLUNG,2026-02-01,\n5,Q,upsell,Subcontract_Devis,2026-02-01,\n",
    "cases": "id,account,opened,severity,type,escalated,resolved\n810,Q,2026-02-01,high,,2026-02-03,2026-02-20\n"
    "811,Q,2026-03-02,high,,,\n812,Q,2026-03-02,high,,2026-03-05,\n813,Q,2026-03-09,critical,,,2026-04-01\n"
    "814,Q,2026-03-10,critical,duplicate,,\n",
    "flags": "id,account,type,raised,expires\n1,Q,promise,2026-03-10,\n2,Q,pricing,2026-01-10,2026-02-10\n3,C,discount,2026-03-11,\n",
}
UPSELL = "Upsell open since 2026-02-01, stage {stage}: agree with the seller before it goes on"


def test_disputes_talk_of_contracts_promises_contradictions_and_what_support_has_are_known_before_one_acts(
    tmp_path: Path,
) -> None:
    small = SmallProject(tmp_path)
    small.write("sources/crm.yml", CRM)
    for name, text in FILES.items():
        small.write(f"exports/{name}.csv", text)
    small.ingest()
    scorer, day, asked = Scorer(small.project), date(2026, 3, 31), ["P", "K", "C", "Q", "A"]
    rules = StopRules(talk={"fr": ("devis",), "en": ("negotiation",)})
    french = Grounds(scorer, [day], rules).against(day, ["C", "Q", "P"])
    assert "an open upsell opportunity stands at Subcontract_Devis" in french["Q"].commercial
    assert "an open renewal opportunity stands at Negotiation" in french["C"].commercial, "a whole word, in any case"
    as_written = StopRules(talk={"en": ("Subcontract_Devis", "InPreis*"), "de": ()})
    talks = Grounds(scorer, [day], as_written).against(day, ["P", "Q"])
    assert [one.commercial[0].split()[-1] for one in talks.values()] == ["InPreisVERHANDLUNG", "Subcontract_Devis"], (
        "a stage as the CRM writes it is its words"
    )
    rules = StopRules()
    alone, together = Grounds(scorer, [day], rules), Grounds(scorer, [day - timedelta(days=25), day], rules)
    assert alone.against(day, asked) == {
        "P": Against(
            commercial=(
                "an open upsell opportunity stands at InPreisVERHANDLUNG",
                "invoice I-1 is disputed since 2026-02-10",
            ),
            upsells=(UPSELL.format(stage="InPreisVERHANDLUNG"),),
        ),
        "K": Against(commercial=("invoice I-1 is disputed since 2026-02-10",)),
        "C": Against(
            contradictory=("it is marked churned and has a contract in force",),
            commercial=("an open renewal opportunity stands at Negotiation", "discount noted on 2026-03-11"),
        ),
        "Q": Against(
            promises=("promise noted on 2026-03-10",),
            in_hand=(
                "Critical ticket 813 is with support since 2026-03-09",
                "Escalation 812 is with support since 2026-03-05",
            ),
            upsells=(UPSELL.format(stage="Subcontract_Devis"),),
        ),
    }
    assert together.against(day, asked) == alone.against(day, asked), "read with other days, of all accounts"
    before = together.days[0]
    assert together.against(before, asked) == Grounds(scorer, [before], rules).against(before, asked), (
        "each as known on its day"
    )
    assert together.against(before, asked) != alone.against(day, asked)
    assert alone.against(day, []) == {}
