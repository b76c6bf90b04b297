"""What the account is: its age and where it stands in its life."""

from __future__ import annotations

from functools import partial

from keepwell.words.reading import DAYS, KIND, Better, Clock, Signal

LIFECYCLE_STAGES = ("customer", "onboarding", "prospect", "churned")

profile = partial(Signal, system="crm", facts="account", parts=(), family="profile", counted=False, play="review")

ACCOUNT_AGE = profile(
    name="account_age",
    title="Account age",
    value="a_age_days",
    unit=DAYS,
    better=Better.HIGHER,
    sentence="Customer for {v} days",
    next_step="Nothing to do: an age explains, it asks for nothing.",
    clock=Clock.CALENDAR,
    window_note="days since the first subscription's start, else since the account was created",
)

LIFECYCLE = profile(
    name="lifecycle",
    title="Lifecycle stage",
    value="CASE lower(a_lifecycle) WHEN 'customer' THEN 0 WHEN 'onboarding' THEN 1 WHEN 'prospect' THEN 2"
    " WHEN 'churned' THEN 3 END",
    unit=KIND,
    categories=LIFECYCLE_STAGES,
    better=Better.KIND,
    sentence="Lifecycle stage: {v}",
    next_step="Correct the stage in the CRM where it no longer fits.",
    window_note="as the account's newest record says",
)

PROFILE_SIGNALS = (ACCOUNT_AGE, LIFECYCLE)
