"""Onboarding and success plans, the customers' own goals, and what success managers noted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.demo.calendar import NEVER
from keepwell.demo.chance import logistic
from keepwell.demo.condition import BUDGET_CUT, MERGER
from keepwell.demo.contract import NOTICE
from keepwell.demo.customers import CHILD, GROUP, SERVICES
from keepwell.demo.world import World

STEPS = (("Kickoff", 7), ("Data connected", 14), ("First team trained", 30), ("Single sign-on", 45), ("Roll-out", 60))
FIRST_VALUE = (14, 30, 60)  # days after the start, by size
SUCCESS = ("Weekly report in use", "Second team live", "Board dashboard", "Manual report retired", "Alerts agreed")
GOALS = (("Shorter planning cycle", "days"), ("More teams on data", "teams"), ("Fewer manual reports", "reports"))
GOAL_DAYS = 365
NOTED = 0.65  # share of what happens that a success manager writes down
PROMISED = 0.6  # share of new customers of whom a seller writes down what was promised
PROMISES = (
    "Single sign-on within the first quarter",
    "A named support contact in the first year",
    "Two trainings on site, free of charge",
    "Nothing beyond the contract",
)
SIGNED = 3  # days before the start that a deal is won


@dataclass(frozen=True)
class Milestone:
    """A step that was planned, when it was due and when it was reached (NEVER: not yet)."""

    account: int
    plan: str
    name: str
    created: int
    due: int
    achieved: int
    quantity: int


@dataclass(frozen=True)
class GoalUpdate:
    """How a customer's goal stood on a day."""

    account: int
    goal: int
    created: int
    due: int
    day: int
    target: int
    current: int
    on_track: bool


@dataclass(frozen=True)
class Note:
    """What was noted of an account: a pulse from 1 to 5, a risk with a type, or a promise in words."""

    account: int
    day: int
    type: str  # "pulse", "promise" or the type of risk
    score: int
    expires: int
    text: str = ""


def milestones(world: World) -> list[Milestone]:
    """Draw all plan steps that were created in the window, or were open when it began."""
    rng = world.stream("milestones")
    found: list[Milestone] = []
    for account in np.flatnonzero(world.customers.kind != GROUP):
        if world.customers.kind[account] == SERVICES:
            found += _delivery(world, int(account), rng)
        else:
            found += _onboarding(world, int(account), rng) + _success(world, int(account), rng)
    return found


def _mood(world: World, account: int, day: int) -> float:
    return float(world.mood[account, min(max(day, 0), world.calendar.last)])


def _end(world: World, account: int) -> int:
    return int(min(world.outcomes.churned[account], world.calendar.days))


def _reached(world: World, account: int, due: int, rng: np.random.Generator) -> int:
    """The day a step is reached: about on time in a good mood, late or never in a bad one."""
    mood = _mood(world, account, due)
    on_time, late = rng.random() < 1 / (1 + np.exp(-1.7 - 1.2 * mood)), rng.random() < 0.55
    delay = rng.normal(-3, 4) if on_time else rng.exponential(28) + 5
    day = due + round(float(delay))
    return day if (on_time or late) and day < _end(world, account) else NEVER


def _onboarding(world: World, account: int, rng: np.random.Generator) -> list[Milestone]:
    start = int(world.customers.start[account])
    if start < -60:
        return []
    value = FIRST_VALUE[world.customers.size[account]]
    steps = [("onboarding", name, days) for name, days in STEPS] + [("first value", "First value", value)]
    return [
        Milestone(account, plan, name, start, start + days, _reached(world, account, start + days, rng), 1)
        for plan, name, days in steps
    ]


def _success(world: World, account: int, rng: np.random.Generator) -> list[Milestone]:
    """One or two steps a quarter for M and E."""
    size, found = int(world.customers.size[account]), []
    first = max(int(world.customers.start[account]) + 90, 0) + int(rng.integers(0, 60))
    for created in range(first, _end(world, account), 91):
        for _ in range(int(rng.integers(0, 1 + size, endpoint=True))):
            due = created + int(rng.integers(40, 100))
            name = SUCCESS[int(rng.integers(0, len(SUCCESS)))]
            found.append(Milestone(account, "success", name, created, due, _reached(world, account, due, rng), 1))
    return found


def _delivery(world: World, account: int, rng: np.random.Generator) -> list[Milestone]:
    """Contracted hours of a services client, due month by month."""
    hours, found = int(rng.integers(15, 60)), []
    for created in range(max(int(world.customers.start[account]), 0), _end(world, account), 30):
        due = created + 29
        achieved = _reached(world, account, due, rng)
        found.append(Milestone(account, "services", f"{hours} hours", created, due, achieved, hours))
    return found


def goals(world: World) -> list[GoalUpdate]:
    """Draw up to two goals a year of M and E customers, each looked at once a quarter."""
    rng = world.stream("goals")
    found: list[GoalUpdate] = []
    for account in np.flatnonzero((world.customers.size > 0) & (world.customers.kind != GROUP)):
        first = max(int(world.customers.start[account]) + 20, 0)
        end = _end(world, int(account))
        for year, start in enumerate(range(first, end, GOAL_DAYS)):
            for number in range(int(rng.integers(0, 3))):
                found += _goal(world, int(account), 2 * year + number, (start, min(start + GOAL_DAYS, end)), rng)
    return found


def _goal(world: World, account: int, number: int, span: tuple[int, int], rng: np.random.Generator) -> list[GoalUpdate]:
    """Progress quarter by quarter: about a quarter of the way each time in an average mood."""
    start, end = span
    target, progress = int(rng.integers(5, 40)), 0.0
    found = []
    for quarter, day in enumerate(range(start, end, 88)):
        on_track = progress >= 0.17 * quarter
        current = min(round(target * progress), target)
        found.append(GoalUpdate(account, number, start, start + GOAL_DAYS, day, target, current, on_track))
        pace = logistic(np.array([0.9 + 1.1 * _mood(world, account, day)]))
        progress += float(pace[0]) * float(rng.uniform(0.2, 0.4))
    return found


def notes(world: World) -> list[Note]:
    """Draw pulses and risks as noted; a risk is noted after it happened, and not always."""
    rng = world.stream("notes")
    found: list[Note] = []
    rhythm = rng.integers(45, 100, len(world.customers))
    keeps = rng.random(len(world.customers)) < np.array([0.1, 0.55, 0.85])[world.customers.size]
    for account in np.flatnonzero(keeps & (world.customers.kind != GROUP)):
        for day in range(
            max(int(world.customers.start[account]) + 30, 5), _end(world, int(account)), int(rhythm[account])
        ):
            score = round(float(np.clip(3.4 + 0.85 * _mood(world, int(account), day) + rng.normal(0, 0.6), 1, 5)))
            found.append(Note(int(account), day, "pulse", score, NEVER))
    return sorted(found + _risks(world, rng) + _promises(world), key=lambda n: (n.day, n.account, n.type))


def _promises(world: World) -> list[Note]:
    """What sellers promised new customers, written down within days of the signature, by some of them."""
    rng, start = world.stream("promises"), world.customers.start
    found = []
    for account in np.flatnonzero((start > SIGNED) & (start <= world.calendar.last) & (world.customers.kind != GROUP)):
        day, text = (
            int(start[account]) - SIGNED + int(rng.integers(0, 6)),
            PROMISES[int(rng.integers(0, len(PROMISES)))],
        )
        if rng.random() < PROMISED and day <= world.calendar.last:
            found.append(Note(int(account), day, "promise", 0, NEVER, text))
    return found


def _risks(world: World, rng: np.random.Generator) -> list[Note]:
    happened = [("merger", 120, shock) for shock in zip(*world.state.of(MERGER), strict=True)]
    happened += [("budget_freeze", 90, shock) for shock in zip(*world.state.of(BUDGET_CUT), strict=True)]
    leaving = np.flatnonzero((world.outcomes.churned < NEVER) & (world.customers.kind != CHILD))
    happened += [("notice_given", 60, (a, world.outcomes.churned[a] - NOTICE)) for a in leaving]
    looking = np.flatnonzero(rng.random(len(world.customers)) < 0.25)
    low = world.mood[looking].argmin(axis=1)
    happened += [("competitor", 75, (a, d)) for a, d in zip(looking, low, strict=True) if world.mood[a, d] < -1.2]
    found = []
    for kind, expires, (account, day) in happened:
        noted = int(day) + int(rng.integers(1, 21) if kind != "notice_given" else rng.integers(0, 4))
        if rng.random() < NOTED and 0 <= noted < _end(world, int(account)) and world.outcomes.live[account, noted]:
            found.append(Note(int(account), noted, kind, 0, noted + expires))
    return found
