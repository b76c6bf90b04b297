"""A dossier and handoffs made by hand, with the awkward cases that real ones have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from keepwell.decisions.handoff import clocks
from keepwell.decisions.rules import HandoffRules
from keepwell.words.decision import Owned
from keepwell.words.dossier import Commitment, CustomerGoal, Deal, Dossier, Flag, Person, Purpose, Vitals
from keepwell.words.handoff import (
    Awaited,
    Baseline,
    Because,
    DecidedHandoffs,
    Handoff,
    HandoffReport,
    HandoffRow,
    Input,
    Mark,
    News,
    Step,
    Tidings,
    Track,
)
from tests.show.samples import DAY, EXPLANATION

NASTY = "*bold* [link](http://x) `code` <script>alert(1)</script> #let x = 1; $a$ @here \x1b[31m"
SINCE = date(2026, 5, 1)
HANDOFF = Handoff(
    account_id="A-1",
    since=SINCE,
    because=Because.CLOSED_WON,
    as_of=DAY,
    owned=Owned("Hansen", "S", "Ana", "Sven", "Hanna", 41_650, date(2027, 4, 30)),
    score_milli=62_000,
    track=Track.AT_RISK,
    missing=(Input.GOALS, Input.COMMITMENTS),
    owner_on=SINCE,
    kickoff_on=date(2026, 5, 12),
    baseline=Baseline("default-ten", "5eed", SINCE, 88_000, {}),
    marks=(Mark(30, date(2026, 5, 31), 79_000, "stable", 11_500), Mark(60, DAY, None, None, None)),
    declined_on=date(2026, 5, 28),
    decline_milli=11_500,
    told=(Awaited.ACCEPTED,),
)
DOSSIER = Dossier(
    purpose=Purpose.SALE,
    as_of=DAY,
    currency="EUR",
    health=EXPLANATION,
    readiness=EXPLANATION,
    track=Track.AT_RISK,
    gate_milli=65_000,
    passes=False,
    missing=HANDOFF.missing,
    vitals=Vitals("S", "Transport", "DE", "pro", "onboarding", None, "Ana", "Sven", "Hanna", 41_650, 499_800, 40,
                  date(2026, 5, 1), date(2027, 4, 30), date(2027, 3, 31)),
    goals=(CustomerGoal("Shorter planning", "days", 22, 30, date(2027, 1, 31), on_track=False),),
    people=(
        Person("Ada | Berg", "decision maker", primary=False, since=SINCE, last=date(2026, 5, 10)),
        Person(NASTY, "champion", primary=True, since=None, last=None),
    ),
    commitments=(
        Commitment(f"Single sign-on, {NASTY}", "promise", SINCE, date(2026, 7, 31), None, "Sven"),
        Commitment("Kickoff", "onboarding", SINCE, date(2026, 5, 8), date(2026, 5, 12)),
        Commitment("First value", "first_value", SINCE, date(2026, 6, 1), None),
    ),
    deals=(Deal("upsell", "Talks", 1_200_000, date(2026, 6, 2)),),
    flags=(Flag("competitor", date(2026, 6, 20), "they look at another tool"),),
    open_tickets=2,
    growth=("38 of 40 paid seats active in 28 days (95 %)",),
    handoff=HANDOFF,
    clocks=clocks(HandoffRules(), HANDOFF),
)  # fmt: skip
CHANGE_OF_CSM = replace(DOSSIER, purpose=Purpose.CSM_CHANGE, handoff=None, clocks=(), track=None, goals=(), people=())
ROW = HandoffRow(HANDOFF, DOSSIER.clocks, passes=False)
REPORT = HandoffReport(DAY, "EUR", 65_000, (ROW,), replace(ROW, handoff=replace(HANDOFF, step=Step.ACCEPTED, by="Ana")))
DECIDED = DecidedHandoffs((DAY,), (Tidings(News.DECLINED, HANDOFF),), DAY)
