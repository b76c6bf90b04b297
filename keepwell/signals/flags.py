"""Dated observations by a person or a source: competitors, freezes, mergers, notice given."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import for_all, newest
from keepwell.words.reading import COUNT, KIND, Better, Detail, Part, Signal

# a flag without an expiry speaks for 90 days
STANDING = "(date_diff('day', expires_day, read_day) <= 0 OR (expires_day IS NULL AND age < 90))"
RISKS = (
    "type IN ('competitor', 'competitor_evaluation', 'data_export', 'budget_freeze', 'reorganisation', 'merger',"
    " 'layoffs', 'notice_given')"
)
NOTICE = "type = 'notice_given'"
COMPETITOR = "type IN ('competitor', 'competitor_evaluation')"
NEWS = "type IN ('funding', 'hiring', 'layoffs')"

flag = partial(Signal, system="crm", facts="flag", family="flag", lookback_days=90, play="save-review")


def _parts(which: str) -> tuple[Part, ...]:
    where = f"{which} AND {STANDING}"
    return (
        Part("n", "flag", "count(*)", where),
        Part("kind", "flag", newest("replace(type, '_', ' ')"), where, text=True),
        Part("raised", "flag", "max(day)", where),
    )


STORY = Detail(
    "story",
    "CASE WHEN n = 0 THEN 'none' ELSE kind || ', raised ' || CAST(raised AS VARCHAR) END",
    text=True,
)

RISK_FLAG = flag(
    name="risk_flag",
    title="Risk flag",
    parts=_parts(RISKS),
    details=(STORY,),
    value="CASE WHEN n > 0 THEN 1 ELSE 0 END",
    unit=KIND,
    categories=("none", "any"),
    better=Better.KIND,
    sentence="Open risk flag: {story}",
    next_step="Meet internally, agree one plan and one voice, before anybody speaks to the customer.",
    bands=for_all(0, 1),
    observed="raised",
    window_note="competitor, data export, budget freeze, reorganisation, merger, layoffs or notice given, "
    "until its expiry, else for 90 days",
)

NOTICE_GIVEN = flag(
    name="notice_given",
    title="Notice given",
    parts=_parts(NOTICE),
    details=(STORY,),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="Notice given: {story}",
    next_step="Confirm the date with the account manager and learn the reason before anything is offered.",
    bands=for_all(0, 1),
    counted=False,
    observed="raised",
    window_note="standing flags of the type notice_given",
)

COMPETITOR_OPEN = flag(
    name="competitor_open",
    title="Competitor evaluation open",
    parts=_parts(COMPETITOR),
    details=(STORY,),
    value="n",
    unit=COUNT,
    better=Better.LOWER,
    sentence="Competitor evaluation: {story}",
    next_step="Ask what they hope to find elsewhere, and bring it to the save review.",
    bands=for_all(0, 1),
    counted=False,
    observed="raised",
    window_note="standing flags of the types competitor and competitor_evaluation",
)

EXTERNAL_EVENT = flag(
    name="external_event",
    title="External event",
    parts=_parts(NEWS),
    details=(STORY,),
    value="CASE WHEN n > 0 THEN 1 ELSE 0 END",
    unit=KIND,
    categories=("none", "any"),
    better=Better.KIND,
    sentence="News about the company: {story}",
    next_step="Ask what the news means for their team's plans.",
    counted=False,
    observed="raised",
    play="review",
    window_note="standing flags of the types funding, hiring and layoffs",
)

FLAG_SIGNALS = (RISK_FLAG, NOTICE_GIVEN, COMPETITOR_OPEN, EXTERNAL_EVENT)
