"""Playbooks: from the reason behind a score to the next action, as files that people review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from keepwell.decisions.border import border_of
from keepwell.decisions.policy import NAME, Hours, Part, Role, Text
from keepwell.document import Document
from keepwell.words.discreet import indiscreet

Action = Literal[
    "review",
    "call",
    "escalate",
    "route_to_support",
    "wait",
    "suppress",
    "qbr",
    "expansion_outreach",
    "success_plan",
    "retention",
]
Grade = Literal["healthy", "watch", "at_risk", "critical"]
Lifecycle = Literal["prospect", "onboarding", "customer", "churned"]
ACTIONS: tuple[Action, ...] = get_args(Action)
GRADES: tuple[Grade, ...] = get_args(Grade)
PLACES = ("account", "owner", "seller")  # what a text for the customer may hold in braces
MISSING = "data.missing"  # what no data says has one code, whatever is missing
NO_DATA = (MISSING, "data.stale")
NAMED = "named"  # among reasons: the signals whose specs name the play


def _for_the_customer(text: str) -> str:
    """Refuse what a customer should not read, and braces that nothing fills."""
    if found := indiscreet(text):
        raise ValueError(f"a customer may read this, and it says '{found}'; say it in words of theirs")
    try:
        named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise ValueError(f"braces do not pair: {error}; expected {{account}}, {{owner}} or {{seller}}") from None
    for name in named:
        if name not in PLACES:
            raise ValueError(f"'{{{name}}}' is filled by nothing; expected {{account}}, {{owner}} or {{seller}}")
    return text


ForTheCustomer = Annotated[str, Field(min_length=1), AfterValidator(_for_the_customer)]


class Task(Part):
    """A step for one person; `hours` are business hours, as the SLA counts them."""

    do: Text
    who: Role = "owner"
    hours: Hours = 48


class Draft(Part):
    """What could be written to the customer: text for a person, never sent by itself."""

    subject: ForTheCustomer
    body: ForTheCustomer


class When(Part):
    """Whom a play is for: all of what is given must hold. A reason is a code, or a signal with all its codes."""

    reasons: tuple[Text, ...] = ()  # `named`: the signals whose specs name the play
    segments: tuple[Text, ...] = ()
    tiers: tuple[Text, ...] = ()  # by the card's name, or healthy, watch, at_risk, critical by its place
    lifecycles: tuple[Lifecycle, ...] = ()


OF_ITS_SIGNALS = When(reasons=(NAMED,))


class Play(Part):
    """One play. Without `when` it is for the signals whose specs name it."""

    play: Annotated[str, Field(pattern=NAME)]
    title: Text
    action: Action
    when: When = OF_ITS_SIGNALS
    next_step: Text | None = None  # absent: the first step of the reason itself
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    opener: ForTheCustomer | None = None
    draft: Draft | None = None


class Playbook(Part):
    """One file of `playbooks/`: plays in order, of which the first that fits holds."""

    playbook: Annotated[str, Field(pattern=NAME)]
    plays: Annotated[tuple[Play, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Playbook:
        names = [one.play for one in self.plays]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two plays are named '{twice[0]}'; expected a name of its own for each")
        return self


@dataclass(frozen=True)
class Subject:
    """What a play is looked for: the reason of an account, and what kind of account it is.

    `named` is the play that the spec of the reason's signal names.
    """

    code: str = ""
    signal: str | None = None
    named: str = ""
    segment: str | None = None
    tier: str | None = None
    grade: Grade | None = None
    lifecycle: str | None = None


def read(file: Document) -> Playbook:
    """The checked playbook of a parsed file."""
    return file.check(Playbook)


def match(plays: Iterable[Play], subject: Subject) -> Play | None:
    """The first play that fits.

    >>> calm = Play(play="calm", title="Calm", action="wait", when=When(tiers=("healthy",)), tasks=(Task(do="wait"),))
    >>> match([calm], Subject(grade="healthy")).play, match([calm], Subject(grade="critical"))
    ('calm', None)
    """
    return next((one for one in plays if fits(one, subject)), None)


def fits(play: Play, it: Subject) -> bool:
    """Whether a play is for a subject."""
    when, reasons = play.when, {reason_of(it.code)}
    if reason_of(it.code) not in NO_DATA:  # a gap in the data is not what the signal's play is about
        reasons |= {it.signal or "", NAMED if play.play == it.named else ""}
    checks = (
        (when.reasons, reasons),
        (when.segments, {it.segment}),
        (tuple(_plain(tier) for tier in when.tiers), {_plain(it.tier or ""), it.grade}),
        (when.lifecycles, {_plain(it.lifecycle or "")}),
    )
    return all(not wanted or not found.isdisjoint(wanted) for wanted, found in checks)


def why(play: Play, it: Subject) -> str:
    """Why a play fits, in words."""
    when = play.when
    named = NAMED in when.reasons and it.named == play.play
    parts = [
        *([f"reason {it.code}, whose signal names it" if named else f"reason {it.code}"] if when.reasons else []),
        *([f"segment {it.segment}"] if when.segments else []),
        *([f"tier {it.tier}"] if when.tiers else []),
        *([f"lifecycle {it.lifecycle}"] if when.lifecycles else []),
    ]
    return ", ".join(parts) or "it is for all that no other play is for"


def reason_of(code: str) -> str:
    """A code as plays name it: what is missing is one reason, whatever it is.

    >>> reason_of("nps.missing"), reason_of("nps.poor")
    ('data.missing', 'nps.poor')
    """
    return MISSING if code.endswith(".missing") else code


def grade_of(tiers: Sequence[tuple[str, int]], tier: str | None) -> Grade | None:
    """A tier by its place among a card's (name, start), best first: cards name them as they like.

    >>> card = [("healthy", 80_000), ("stable", 60_000), ("at risk", 40_000), ("critical", 0)]
    >>> [grade_of(card, name) for name, _ in card]
    ['healthy', 'watch', 'at_risk', 'critical']
    >>> [grade_of([("good", 50_000), ("bad", 0)], name) for name in ("good", "bad", None)]
    ['healthy', 'at_risk', None]
    """
    names = [name for name, _ in tiers]
    if tier not in names:
        return None
    border = border_of(tiers)
    below = border.below if border else frozenset()
    if tier in below:
        return "critical" if len(below) > 1 and tier == names[-1] else "at_risk"
    return "healthy" if tier == names[0] else "watch"


def filled(text: str, account: str, owner: str | None, seller: str | None) -> str:
    """A text for the customer with its braces filled.

    >>> filled("Hello {account}, {owner}", "Acme", "Ana", None)
    'Hello Acme, Ana'
    """
    return text.format(account=account, owner=owner or "your contact with us", seller=seller or "your contact with us")


def drafted(play: Play, account: str, owner: str | None, seller: str | None) -> str | None:
    """What could be written to the customer, as one text for a person to approve or edit; None: nothing."""
    if play.draft is None:
        return None
    return filled(f"{play.draft.subject}\n\n{play.draft.body}", account, owner, seller)


def _plain(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ") if name not in GRADES else name
