"""The exports of the survey tool and of the calendar and mail archive."""

from __future__ import annotations

from keepwell.demo.meetings import KINDS, Interactions
from keepwell.demo.people import TITLES
from keepwell.demo.sheets import Sheet, dates, flags, moments, pick, spoil, twice
from keepwell.demo.surveys import COMMENTS, Answers
from keepwell.demo.world import World


def recommendations(world: World, answers: Answers) -> Sheet:
    """Answers to "would you recommend us?", nought to ten; one of them in letters."""
    sheet: Sheet = {
        "response_id": [f"NPS{n + 1:06d}" for n in range(len(answers))],
        "account": pick(world.customers.ids, answers.account),
        "email": pick(world.people.emails, answers.contact),
        "job_role": pick(TITLES, world.people.role[answers.contact]),
        "answered_on": dates(world.calendar, answers.day),
        "rating": [str(s) for s in answers.score],
        "comment": [COMMENTS[c // 3][c % 3] if c >= 0 else None for c in answers.comment],
    }
    spoil(sheet, "rating", 0.6, "ten")
    return sheet


def interactions(world: World, found: Interactions) -> Sheet:
    """One row per person and mail or meeting; a few are exported twice, one has an impossible date."""
    sheet: Sheet = {
        "activity_id": [f"{'MCPKQTR'[k]}{n + 1:06d}" for k, n in zip(found.kind, found.number, strict=True)],
        "account": pick(world.customers.ids, found.account),
        "participant": pick(world.people.emails, found.contact),
        "participant_role": pick(TITLES, world.people.role[found.contact]),
        "kind": pick(KINDS, found.kind),
        "direction": ["in" if i else "out" for i in found.inbound],
        "start_utc": moments(world.calendar, found.at),
        "attendance": [None if a < 0 else "attended" if a else "no_show" for a in found.attended],
        "replied_utc": moments(world.calendar, found.answered),
        "automatic": flags(found.automatic),
        "tone": [
            ("negative" if n else "neutral") if i else None for i, n in zip(found.inbound, found.negative, strict=True)
        ],
    }
    spoil(sheet, "start_utc", 0.5, "2025-13-40T09:00:00Z")
    return twice(sheet, 997)
