"""Are we in touch: replies, meetings, attendance, and how messages sound."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import MEETING, ROLE, SINCE_START, START_DAY, by_size, for_all, oldest
from keepwell.words.reading import COUNT, DAYS, PERCENT, Band, Better, Clock, Detail, Part, Signal, Window

QUARTER = Window(90)
PERSONAL = "direction = 'outbound' AND automatic IS NOT TRUE AND coalesce(type, 'email') IN ('email', 'call')"
INVITED = f"{MEETING} AND attended IS NOT NULL"
READ = "direction = 'inbound' AND automatic IS NOT TRUE AND negative IS NOT NULL"

meetings = partial(Signal, system="meetings", facts="interaction", feed_days=3, inherited=True)

TWO_WAY_CONTACT = meetings(
    name="two_way_contact",
    title="Two-way contact",
    family="contact",
    parts=(
        Part("quiet", "interaction", "min(age)", "two_way"),
        Part("last_day", "interaction", "max(day)", "two_way"),
        Part("our_day", "interaction", "max(day)", PERSONAL),
    ),
    details=(
        Detail("date", "coalesce(CAST(last_day AS VARCHAR), 'never')", text=True),
        Detail("date2", "coalesce(CAST(our_day AS VARCHAR), 'never')", text=True),
    ),
    value=f"coalesce(quiet, {SINCE_START})",
    unit=DAYS,
    better=Better.LOWER,
    sentence="Last real exchange {date}, {v} days without one; we last wrote {date2}",
    next_step="Write a short personal question to a second contact; do not repeat the last message.",
    bands=by_size(Band(60, 120), Band(30, 75), Band(21, 60)),
    clock=Clock.SILENCE,
    observed=f"coalesce(last_day, {START_DAY})",
    play="re-engage",
    window_note="from the last inbound message or attended meeting, else from the contract's start; "
    "auto-replies and bulk mail are left out",
)

AWAITING_REPLY = meetings(
    name="awaiting_reply",
    title="Awaiting reply",
    family="contact",
    feed_days=2,
    parts=(
        Part("waiting", "interaction", "max(age)", "unanswered", Window(364)),
        Part("asked_day", "interaction", "min(day)", "unanswered", Window(364)),
        Part("role", "interaction", oldest(ROLE), "unanswered", Window(364), text=True),
        Part("written", "interaction", "count(*)", PERSONAL),
    ),
    details=(
        Detail(
            "story",
            "CASE WHEN waiting IS NULL THEN 'No message of ours is unanswered'"
            " ELSE 'No answer from ' || coalesce('their ' || CASE role WHEN 'billing' THEN 'billing contact' ELSE role END, 'them') || ' since ' || CAST(asked_day AS VARCHAR)"
            " || ', ' || CAST(waiting AS VARCHAR) || ' days' END",
            text=True,
        ),
    ),
    value="coalesce(waiting, 0)",
    applies="written > 0",
    unit=DAYS,
    better=Better.LOWER,
    sentence="{story}",
    next_step="Read our last message as they would, then try a second contact instead of a reminder.",
    bands=by_size(Band(10, 28), Band(7, 20), Band(7, 20)),
    clock=Clock.SILENCE,
    observed="asked_day",
    play="re-engage",
    window_note="age of our oldest personal message of the last 364 days that nobody answered; nothing open reads 0; "
    "where we never wrote it does not apply",
)

ATTENDANCE = meetings(
    name="attendance",
    title="Attendance",
    family="contact",
    parts=(
        Part("x", "interaction", "count_if(attended)", INVITED, QUARTER),
        Part("y", "interaction", "count(*)", INVITED, QUARTER),
        Part("n", "interaction", "count(DISTINCT coalesce(thread, external_id))", INVITED, QUARTER),
    ),
    value="ratio(x, y)",
    needs="n >= 3",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} invited people came to the last {n} meetings",
    next_step="Ask what would make the meeting worth their time, or replace it by a written note.",
    bands=for_all(75, 40),
    play="re-engage",
    window_note="customer people invited to meetings and QBRs in the last 90 days; from 3 meetings",
)

SENTIMENT = meetings(
    name="sentiment",
    title="Sentiment of messages",
    family="voice",
    parts=(
        Part("x", "interaction", "count_if(negative)", READ, Window(28)),
        Part("y", "interaction", "count(*)", READ, Window(28)),
    ),
    value="ratio(x, y)",
    needs="y >= 5",
    unit=PERCENT,
    most=100,
    better=Better.LOWER,
    sentence="{x} of {y} messages in 28 days sound unhappy",
    next_step="Read the unhappy messages yourself before you answer any of them.",
    bands=for_all(10, 35),
    play="listen",
    window_note="inbound messages of the last 28 days that were read as negative; from 5 messages",
)

MEETING_CADENCE = meetings(
    name="meeting_cadence",
    title="Meeting cadence",
    family="contact",
    parts=(
        Part("now", "interaction", "count(DISTINCT coalesce(thread, external_id))", f"{MEETING} AND attended", QUARTER),
        Part(
            "prev",
            "interaction",
            "count(DISTINCT coalesce(thread, external_id))",
            f"{MEETING} AND attended",
            Window(180, 90),
        ),
    ),
    value="now",
    unit=COUNT,
    better=Better.HIGHER,
    sentence="{v} meetings in 90 days, was {prev}",
    next_step="Put the next meeting into the calendar with one question to decide.",
    counted=False,
    play="re-engage",
    window_note="meetings and QBRs in the last 90 days that someone of theirs attended",
)

REPLIES = meetings(
    name="replies",
    title="Replies",
    family="contact",
    parts=(
        Part("x", "interaction", "count_if(answered_at IS NOT NULL OR unanswered IS NOT TRUE)", PERSONAL, QUARTER),
        Part("y", "interaction", "count(*)", PERSONAL, QUARTER),
    ),
    value="ratio(x, y)",
    needs="y >= 3",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of our {y} messages in 90 days were answered",
    next_step="Ask one question per message, and one that only they can answer.",
    counted=False,
    play="re-engage",
    window_note="our personal messages of the last 90 days that were answered; from 3 messages",
)

TRAINING_ATTENDANCE = meetings(
    name="training_attendance",
    title="Attendance at training",
    family="onboarding",
    parts=(
        Part("x", "interaction", "count_if(attended)", "type = 'training' AND attended IS NOT NULL", Window(180)),
        Part("y", "interaction", "count(*)", "type = 'training' AND attended IS NOT NULL", Window(180)),
    ),
    value="ratio(x, y)",
    needs="y >= 1",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} invited people came to training",
    next_step="Offer the session again at the time of day when they use it.",
    counted=False,
    play="onboarding",
    window_note="people invited to trainings in the last 180 days",
)

MAIL_OPENS_CLICKS = meetings(
    name="mail_opens_clicks",
    title="Opens and clicks of mailings",
    family="campaign",
    parts=(
        Part("x", "interaction", "count_if(attended)", "type = 'campaign'", QUARTER),
        Part("y", "interaction", "count(*)", "type = 'campaign'", QUARTER),
    ),
    value="ratio(x, y)",
    needs="y >= 1",
    unit=PERCENT,
    most=100,
    better=Better.HIGHER,
    sentence="{x} of {y} mailings in 90 days were opened or clicked",
    next_step="Leave it: opens say little until your own history shows otherwise.",
    counted=False,
    play="review",
    window_note="campaign mails of the last 90 days; `attended` says opened or clicked",
)

CONTACT_SIGNALS = (
    TWO_WAY_CONTACT,
    AWAITING_REPLY,
    ATTENDANCE,
    SENTIMENT,
    MEETING_CADENCE,
    REPLIES,
    TRAINING_ATTENDANCE,
    MAIL_OPENS_CLICKS,
)
