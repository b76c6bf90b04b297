"""Items, a record and authority, made up, for tests of how they are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from keepwell.words.authority import AuthorityReport, CardAuthority, Condition, Grant
from keepwell.words.review import AuditCheck, AuditReport, AuditRow, Fate, Item, ReviewReport, ReviewRow
from tests.show.decision_samples import TOLD

DAY, AT = date(2026, 3, 20), datetime(2026, 3, 20, 9, 30)
ITEM = Item(
    *("action/k", "stop_rule", "A-1", "default-ten", "Acme: at risk. No use for 30 days", "it renews in 31 days"),
    *("Hanna", date(2026, 3, 19), AT),
)
ROW = ReviewRow(7, ITEM, owned=TOLD.owned)
DRAFT = replace(ITEM, key="d", kind="draft", title="Invite Acme", draft="[red]Hello[/red] \x1b[2J", due=None)
DEFERRED = ReviewRow(8, DRAFT, Fate.DEFERRED, 1, "Hanna", "on holiday", AT, date(2026, 4, 1), None, TOLD.owned)
REVIEWS = ReviewReport(DAY, "EUR", (ROW, replace(DEFERRED, fate=Fate.OPEN, until=None)), DEFERRED)
AUDIT = AuditReport(
    9, (AuditRow(9, AT, "[b]Eve[/b]", "review.approved", "review 7", "A-1", {"reason": "yes"}, "a" * 64, "b" * 64),)
)
CHECK = AuditCheck(9, "b" * 64)
GRANT = Grant("default-ten", "E", "trigger", "Rita", "a good quarter", AT)
AUTHORITY = AuthorityReport(
    DAY,
    (
        CardAuthority(
            *("default-ten", "E", "prioritise", "assist", "prioritise", GRANT),
            (Condition("trigger", "it was watched for long enough", "3 of 28 days", met=False),),
        ),
    ),
    GRANT,
    ("trigger: it was watched for long enough: 3 of 28 days",),
)
