"""Reports about what people said, made up, for tests of how they are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from keepwell.decisions.followup import lift, rate
from keepwell.words.measure import (
    AlertOutcomes,
    FollowUp,
    HeldBackOutcomes,
    MeasureReport,
    OverrideOutcomes,
    ReasonFollowUp,
    ReviewThroughput,
    Times,
    VerdictCounts,
)
from keepwell.words.override import Override, OverrideReport, OverrideRow
from keepwell.words.remark import PulseReport
from keepwell.words.verdict import Cause, Said, Verdict, VerdictReport

DAY = date(2026, 3, 20)
PULSE = PulseReport("A-1", DAY, 2, "Olga", "[red]they[/red] said so", recorded=True, batch=7, since=DAY)
OVERRIDE = Override(
    "3",
    "A-1",
    "default-ten",
    80_000,
    None,
    "[red]new[/red] sponsor",
    "Olga",
    DAY,
    date(2026, 4, 30),
    None,
    41_250,
    "at risk",
)
TIER = replace(OVERRIDE, key="2", score_milli=None, tier="stable", ended=DAY)
OVERRIDES = OverrideReport(DAY, (OverrideRow(OVERRIDE, in_force=True), OverrideRow(TIER, in_force=False)), OVERRIDE)
VERDICT = Verdict(
    4,
    "A-1",
    "default-ten",
    DAY,
    Said.FALSE_ALARM,
    "champion.poor",
    "on [b]leave",
    "Ana",
    datetime(2026, 3, 21, 8),
    Cause.MODEL,
    7,
)
VERDICTS = VerdictReport(DAY, (VERDICT, replace(VERDICT, number=5, alert=None, cause=None, code="")), VERDICT)
HOURS = Times(12, 9.5, 47.25)
TOLD = FollowUp("Olga", 20, 12, 5, 2, 1, HOURS, rate(15, 17))
MEASURED = MeasureReport(
    since=date(2026, 1, 1),
    until=DAY,
    horizon_days=90,
    outcomes_until=DAY,
    all=replace(TOLD, name="all"),
    owners=(TOLD, replace(TOLD, name="nobody", hours=Times(0, None, None), followed=rate(0, 0))),
    reasons=(ReasonFollowUp(replace(TOLD, name="champion.poor"), rate(2, 9), rate(1, 8)),),
    alerts=AlertOutcomes(9, 1, 2, 3, 3, rate(1, 4)),
    lift=lift(rate(2, 20), rate(8, 20)),
    suppressed=HeldBackOutcomes(4, rate(1, 3)),
    overrides=OverrideOutcomes(5, 4, 1, rate(2, 3)),
    reviews=ReviewThroughput(6, 5, 1, 2, HOURS),
    verdicts=VerdictCounts((("right", 6), ("false_alarm", 2), ("missed_risk", 1), ("wrong_reason", 1)), 3),
)
