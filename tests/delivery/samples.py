"""Messages that the tests of delivery share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from keepwell.words.delivery import Delivered, DeliveryReport, Fate
from keepwell.words.message import Alert, DatedReason, Note, Section

BERLIN = timezone(timedelta(hours=1))
ALERT = Alert(
    key="default-ten:A-1:at_risk:2026-03-01",
    thread="default-ten:A-1:risk:2026-03-01",
    kind="at_risk",
    what="at risk",
    account_id="A-1",
    account="Ädams & Söhne",
    owner="Olaf",
    as_of=date(2026, 3, 1),
    old_milli=55_000,
    new_milli=41_250,
    old_tier="watch",
    new_tier="poor",
    reasons=(
        DatedReason("Overdue invoice $8,500, 21 days past due", date(2026, 2, 8)),
        DatedReason("No activity in 35 days", date(2026, 1, 25)),
        DatedReason("Champion left"),
        DatedReason("a fourth reason that nobody asked for"),
    ),
    fresh_through=date(2026, 2, 28),
    exception="billing dispute until 2026-03-14 (Selma): money plays wait",
    in_hand=("Escalation 812 with support since 2026-02-03",),
    mrr_minor=1_000_000,
    currency="EUR",
    renewal_day=date(2026, 9, 30),
    play="save-review",
    next_step="Meet, agree one plan and one voice",
    waits="it renews in 31 days and is of high value; Hanna is asked ('keepwell review')",
    due=datetime(2026, 3, 3, 14, tzinfo=BERLIN),
    pipeline=("Upsell open since 2026-02-11, 4,000 EUR, stage proposal: agree with the seller before it goes on",),
    link="https://keepwell.example/accounts/A-1?as_of=2026-03-01&card=default-ten",
)
RECOVERED = replace(
    ALERT,
    key="default-ten:A-1:recovered:2026-03-01",
    kind="recovered",
    what="recovered",
    as_of=date(2026, 4, 2),
    old_milli=49_000,
    new_milli=63_000,
    old_tier="poor",
    new_tier="watch",
    reasons=(DatedReason("Back at 63, at risk since 2026-03-01", date(2026, 4, 2)),),
    exception=None,
    in_hand=(),
    pipeline=(),
    next_step="",
    waits="",
    due=None,
    closes=True,
)
HOSTILE = (
    "<!channel> <@U123> <https://evil.example|click> & *bold* _it_ `code` @here @channel http://evil.example "
    "<script>alert(1)</script><img src=x onerror=alert(1)> \"'\r\nBcc: all@evil.example\x1b[31m\u202e :tada:"
)
NASTY = replace(
    ALERT,
    account=HOSTILE,
    owner=HOSTILE,
    reasons=(DatedReason(HOSTILE),) * 3,
    exception=HOSTILE,
    in_hand=(HOSTILE,) * 3,
    next_step=HOSTILE,
    waits=HOSTILE,
    play=HOSTILE,
    old_tier=HOSTILE,
    new_tier=HOSTILE,
    link="javascript:alert(1)",
)
ENDLESS = replace(
    ALERT,
    account="<&>" * 5_000,
    owner="&" * 5_000,
    reasons=tuple(DatedReason("<" * 5_000) for _ in range(3)),
    in_hand=tuple("&" * 5_000 for _ in range(200)),
    exception="&" * 9_000,
)
NOTE = Note(
    key="outage:crm:2026-03-01",
    thread="outage:crm:2026-03-01",
    kind="source_outage",
    owner="Rita",
    title="crm has been silent for 3 days",
    lines=("214 accounts are read as of 2026-02-26", "Alerts that rest on it wait until it is back"),
)
BRIEF = Note(
    key="default-ten/brief/owner/Olaf/2026-W09",
    thread="default-ten/brief/owner/Olaf/2026-W09",
    kind="brief",
    owner="Olaf",
    title="2 accounts dropped by 15 points or more: the week of 2026-02-23 to 2026-03-01, 31 accounts",
    sections=(
        Section(
            "Dropped in the week",
            (
                "Ädams & Söhne (A-1): 61.0 → 41.3 on 2026-02-27. Champion left. Next: Find out who follows. (play: new-champion)",
                f"{HOSTILE} (A-2): 70.0 → 52.0 on 2026-03-01. Nobody has used it for 21 days.",
            ),
        ),
        Section("Recovered", ()),
        Section("Renewals ahead", ("1. Acme (A-3): renews on 2026-03-20, in 19 days; at 81.0.",)),
    ),
    facts=(("Accounts", "31"), ("Empty", "")),
)
_AT = datetime(2026, 3, 2, 6, 31)
SENT = Delivered("kw1", "team", "C1TEAM", "Acme: at risk, 55.0 → 41.3", Fate.SENT, 1, _AT)
TRIED = replace(SENT, key="kw2", channel="crm", fate=Fate.WAITING, due_at=_AT, why="the receiver answers 503")
DEAD = replace(
    SENT, key="kw3", channel="mail", fate=Fate.DEAD, attempts=9, why="smtp.example.com answers 550: no such user"
)
DELIVERIES = DeliveryReport(_AT, (SENT, TRIED), (replace(TRIED, key="kw4", attempts=0, why=""),), (DEAD,))
