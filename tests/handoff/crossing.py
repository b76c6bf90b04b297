"""A small project in which N crosses from sales on 10 March and declines on the 20th; O crossed on New Year's Eve, P by its stage."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.small_project import DESK, SmallProject

BASELINE, WON, STAGED, FELL = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 20)
LAST = date(2026, 3, 31)
NAME = "Nova #[Corp](x) *<b>*"
PROMISE = "Single sign-on by June, <script>alert(1)</script>"
POLICY = """policy: ours
decision: whom to call
rehearsal_days: 0
owners: {owner: {fields: [owner], else: Olga}, seller: {fields: [seller], else: Selma}, cs_manager: Hanna}
"""
CRM = """source: crm
system: crm
folder: exports
covers: all
tables:
  - file: accounts.csv
    facts:
      - kind: account
        id: id
        version: changed
        columns: {name: name, created_day: created, owner: owner, seller: seller, segment: segment, lifecycle: stage}
  - file: deals.csv
    facts:
      - kind: opportunity
        id: id
        account: account
        version: changed
        columns: {type: type, stage: stage, opened_day: opened, closed_day: closed, won: won}
  - file: contacts.csv
    facts:
      - kind: contact
        id: id
        account: account
        since: created
        columns: {person: mail, name: name, role: role, joined_day: since}
  - file: goals.csv
    facts:
      - kind: goal
        id: id
        account: account
        since: created
        columns: {name: name, metric: metric, created_day: created, due_day: {column: due, known: at_start}, target: target}
  - file: steps.csv
    facts:
      - kind: milestone
        id: id
        account: account
        since: created
        columns:
          {name: name, plan: plan, created_day: created, due_day: {column: due, known: at_start}, achieved_day: done}
  - file: promises.csv
    facts:
      - kind: flag
        id: id
        account: account
        since: created
        columns: {type: type, raised_day: raised, text: text}
  - file: calls.csv
    facts:
      - kind: interaction
        id: id
        account: account
        since: created
        columns: {occurred_at: at, type: type, direction: direction, person: mail}
  - file: lost.csv
    facts:
      - kind: outcome
        id: id
        account: account
        since: created
        columns: {type: type, outcome_day: day}
"""
FILES = {
    "accounts": f"""id,name,changed,created,owner,seller,segment,stage
N,{NAME},2026-02-01,2026-02-01,,Sven,M,
N,{NAME},2026-03-11,2026-02-01,Olaf,Sven,M,
O,Old,2025-12-01,2025-12-01,Olaf,Sven,S,
P,Pine,2026-02-01,2026-02-01,Olaf,,M,prospect
P,Pine,2026-03-12,2026-02-01,Olaf,,M,onboarding
""",
    "deals": """id,account,type,stage,opened,changed,closed,won
D1,N,new,Talks,2026-02-01,2026-02-01,,
D1,N,new,Won,2026-02-01,2026-03-10,2026-03-10,true
D2,O,new,Won,2025-12-01,2025-12-31,2025-12-31,true
D3,N,upsell,Talks,2026-03-12,2026-03-12,,
""",
    "contacts": """id,account,mail,name,role,since
C1,N,ada@nova.example,Ada | Berg,sponsor,2026-03-01
C2,N,ben@nova.example,Ben Cole,decision maker,2026-03-01
C3,N,cleo@nova.example,Cleo Dorn,champion,2026-03-01
""",
    "goals": """id,account,name,metric,created,due,target
G1,N,Fewer manual reports,reports,2026-03-01,2026-09-01,12
""",
    "steps": """id,account,plan,name,created,due,done
M1,N,onboarding,Kickoff,2026-03-10,2026-03-17,2026-03-16
M2,N,onboarding,Data connected,2026-03-10,2026-03-24,
M3,N,first_value,First value,2026-03-10,2026-04-10,
M4,N,success,Second team live,2026-03-10,2026-06-10,
""",
    "promises": f'id,account,type,raised,text\nF1,N,promise,2026-03-11,"{PROMISE}"\nF2,N,competitor,2026-03-15,\n',
    "calls": "id,account,at,type,direction,mail\nI1,N,2026-03-10,call,inbound,cleo@nova.example\n",
    "lost": "id,account,type,day\nL1,O,churned,2026-03-25\n",
    "tickets": "id,account,opened,severity\n1,N,2026-03-20,critical\n2,O,2026-01-05,low\n",
}


def prepared(folder: Path) -> SmallProject:
    """Its sources, read."""
    small = SmallProject(folder, today=str(LAST))
    small.write("policy/ours.yml", POLICY)
    small.write("sources/crm.yml", CRM)
    small.write("sources/desk.yml", DESK.replace("folder: exports", "folder: exports\ncovers: all"))
    for name, text in FILES.items():
        small.write(f"exports/{name}.csv", text)
    small.settings["channels"] = "{team: {kind: folder, folder: told}}"
    small.ingest()
    return small
