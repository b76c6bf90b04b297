"""The customer's own words in figures, and the owner's judgement."""

from __future__ import annotations

from functools import partial

from keepwell.signals.phrases import ROLE, for_all, has_role, newest
from keepwell.words.reading import DAYS, KIND, SCORE, Better, Detail, Part, Signal, Window

HALF_YEAR = Window(180)
NPS_ANSWER = "type = 'nps'"
KEY_PERSON = has_role("decision maker", "champion")
SAME_PERSON = f"{NPS_ANSWER} AND prev_score IS NOT NULL"
PULSE_DAYS = 75

survey = partial(Signal, system="survey", facts="survey", family="voice", lookback_days=180, play="listen")

NPS = survey(
    name="nps",
    title="NPS answer",
    parts=(
        Part("key_score", "survey", newest("score"), f"{NPS_ANSWER} AND {KEY_PERSON}", HALF_YEAR),
        Part("key_role", "survey", newest(ROLE), f"{NPS_ANSWER} AND {KEY_PERSON}", HALF_YEAR, text=True),
        Part("key_day", "survey", "max(day)", f"{NPS_ANSWER} AND {KEY_PERSON}", HALF_YEAR),
        Part("median", "survey", "quantile_disc(score, 0.5)", NPS_ANSWER, HALF_YEAR),
        Part("n", "survey", "count(*)", NPS_ANSWER, HALF_YEAR),
        Part("last_day", "survey", "max(day)", NPS_ANSWER, HALF_YEAR),
    ),
    details=(
        Detail(
            "role",
            "CASE WHEN key_score IS NOT NULL THEN 'the ' || key_role"
            " ELSE 'the median of ' || CAST(n AS VARCHAR) || ' answers' END",
            text=True,
        ),
        Detail("date", "CAST(coalesce(key_day, last_day) AS VARCHAR)", text=True),
    ),
    value="coalesce(key_score, median)",
    unit=SCORE,
    most=10,
    better=Better.HIGHER,
    sentence="NPS {v}: {role}, {date}",
    next_step="Read the words behind the answer, reply to the person, and log the cause.",
    bands=for_all(9, 5),
    observed="coalesce(key_day, last_day)",
    window_note="latest answer of a decision maker or champion in 180 days, else the median of all answers",
)

NPS_CHANGE = survey(
    name="nps_change",
    title="Change in NPS",
    parts=(
        Part("own_now", "survey", newest("score"), SAME_PERSON, HALF_YEAR),
        Part("own_prev", "survey", newest("prev_score"), SAME_PERSON, HALF_YEAR),
        Part("own_role", "survey", newest(f"coalesce({ROLE}, 'same person')"), SAME_PERSON, HALF_YEAR, text=True),
        Part("all_now", "survey", "quantile_disc(score, 0.5)", NPS_ANSWER, Window(90)),
        Part("all_prev", "survey", "quantile_disc(score, 0.5)", NPS_ANSWER, Window(330, 150)),
        Part("n_now", "survey", "count(*)", NPS_ANSWER, Window(90)),
        Part("n_prev", "survey", "count(*)", NPS_ANSWER, Window(330, 150)),
        Part("last_day", "survey", "max(day)", NPS_ANSWER, HALF_YEAR),
    ),
    details=(
        Detail("now", "CASE WHEN own_now IS NOT NULL THEN own_now WHEN n_now >= 3 AND n_prev >= 3 THEN all_now END"),
        Detail("prev", "CASE WHEN own_now IS NOT NULL THEN own_prev WHEN n_now >= 3 AND n_prev >= 3 THEN all_prev END"),
        Detail("role", "coalesce(own_role, 'median of all')", text=True),
    ),
    value="now - prev",
    unit=SCORE,
    least=-10,
    most=10,
    better=Better.HIGHER,
    sentence="NPS {prev} → {now} ({role})",
    next_step="Ask the person what changed since the last answer.",
    bands=for_all(0, -3),
    observed="last_day",
    window_note="latest answer against the same person's at least 60 days earlier; else medians of at least 3 answers, "
    "last 90 days against those 150 to 329 days back",
)

CSM_PULSE = Signal(
    name="csm_pulse",
    title="The owner's pulse",
    family="judgement",
    system="crm",
    facts="pulse",
    parts=(
        Part("score", "pulse", newest("score"), "", Window(PULSE_DAYS + 1)),
        Part("given", "pulse", "max(day)", "", Window(PULSE_DAYS + 1)),
    ),
    details=(Detail("date", "CAST(given AS VARCHAR)", text=True),),
    value="score",
    unit=SCORE,
    least=1,
    most=5,
    better=Better.HIGHER,
    sentence="The owner's pulse of {date}: {v} of 5",
    next_step="Read the evidence beside the pulse and renew it.",
    bands=for_all(4, 2),
    lookback_days=PULSE_DAYS,
    observed="given",
    play="review",
    window_note="the owner's own view, 1 expects to lose to 5 thriving; expires after 75 days",
)

ADVOCATE_READY = survey(
    name="advocate_ready",
    title="Ready to be an advocate",
    parts=(
        *NPS.parts,
        Part("open_serious", "ticket", "count(*)", "severity IN ('critical', 'high') AND resolved_at IS NULL"),
        Part("owed", "invoice", "count(*)", "open AND void_day IS NULL AND (days_late > 7 OR disputed_open)"),
    ),
    value="CASE WHEN coalesce(key_score, median) >= 9 AND coalesce(open_serious, 0) = 0 AND coalesce(owed, 0) = 0"
    " THEN 0 ELSE 1 END",
    needs="n >= 1",
    unit=KIND,
    categories=("yes", "no"),
    better=Better.KIND,
    sentence="Happy and nothing open: {v}",
    next_step="Ask for a reference only once their health has been steady for 60 days.",
    counted=False,
    observed="last_day",
    window_note="NPS 9 or 10 in 180 days, no serious ticket, overdue or disputed invoice open",
)

NPS_AGE = survey(
    name="nps_age",
    title="Age of the NPS answer",
    lookback_days=730,
    parts=(Part("quiet", "survey", "min(age)", NPS_ANSWER, Window(730)),),
    value="quiet",
    unit=DAYS,
    better=Better.LOWER,
    sentence="Last NPS answer {v} days ago",
    next_step="Ask again, one question, by name.",
    counted=False,
    window_note="days since anyone there last answered, up to 730",
)

VOICE_SIGNALS = (NPS, NPS_CHANGE, CSM_PULSE, ADVOCATE_READY, NPS_AGE)
