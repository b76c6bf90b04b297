"""Reports about decisions, made up, for tests of how they are shown."""

from __future__ import annotations

from datetime import date

from keepwell.words.action import (
    CardDecisions,
    CardPolicy,
    CoveredBy,
    DecisionReport,
    HeldBack,
    PolicyReport,
    RoleCheck,
    SignalWeight,
    SuppressReport,
)
from keepwell.words.alert import AlertReport, AlertRow, Handling
from keepwell.words.decision import EvidenceLine, Kind, Owned, Reason, Suppression, Transition

DAY = date(2026, 3, 20)
LINE = EvidenceLine(
    "Invoice 17, 8,500 EUR, 21 days past due", "overdue_days.poor", "overdue_days", "21", "days", DAY, -9_000
)
TOLD = Transition(
    account_id="A-1",
    kind=Kind.AT_RISK,
    episode=DAY,
    as_of=DAY,
    old="steady",
    new="at_risk",
    old_milli=62_400,
    new_milli=41_250,
    old_tier="stable",
    new_tier="at risk",
    owned=Owned("[red]Acme[/red] \x1b[2J& Sons", "E", "Olaf", "Selma", "Hanna", 1_200_000, date(2026, 9, 30)),
    reason=Reason(LINE.reason, LINE.code, LINE.signal),
    evidence=(LINE,),
)
HELD = Suppression("7", "account", "A-1", "overdue_days.poor", "custom", "new bank", "Rita", DAY, date(2026, 4, 20))
CARD = CardDecisions(
    scorecard="default-ten",
    policy="default",
    baseline=DAY,
    through=DAY,
    days=(DAY,),
    statuses=(("at_risk", 12), ("steady", 300)),
    transitions=(TOLD,),
    by_recipe=3,
    rehearsal_until=date(2026, 4, 3),
)
TRANSITIONS = DecisionReport(DAY, DAY, "EUR", (CARD,))
ALERT = AlertRow(
    number=7,
    scorecard="default-ten",
    account_id="A-1",
    kind=Kind.AT_RISK,
    episode=DAY,
    as_of=DAY,
    due=date(2026, 3, 24),
    owner="Olga",
    told="alert",
    handling=Handling.SNOOZED,
    by="Olga",
    until=date(2026, 3, 26),
    note="they are on holiday",
    owned=TOLD.owned,
    reason=TOLD.reason,
)
ALERTS = AlertReport(DAY, "EUR", (ALERT,), ALERT)
SUPPRESSIONS = SuppressReport(
    DAY, (HeldBack(HELD, in_force=True, transitions=(TOLD,)), HeldBack(HELD, in_force=False)), HELD
)
POLICY = PolicyReport(
    DAY,
    (
        CardPolicy(
            scorecard="default-ten",
            policy="default",
            accounts=312,
            decision="Whom to call",
            authority="diagnose",
            signals=(SignalWeight("nps", "NPS answer", 100_000, 51),),
            suppressed=(CoveredBy(HELD, 1), CoveredBy(HELD, None)),
            roles=(RoleCheck("owner", 310, 2, 8, ("A-1", "A-2")),),
            models=(("named", 312),),
            how="Tell Rita",
            reviewer=None,
            within_days=14,
            conditions=("alerts are acted on: at least 90 % of 40 or more",),
        ),
    ),
    ("2 accounts have no owner: A-1, A-2",),
)
