"""The policy file: the agreement that a health score needs, as models that check its form."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from keepwell.decisions.rules import HandoffRules, Rules
from keepwell.decisions.talk import SHIPPED, Talk
from keepwell.document import Document
from keepwell.words.account import ATTRIBUTES
from keepwell.words.authority import Level
from keepwell.words.decision import AUTOMATIC, Kind
from keepwell.words.problem import nearest

NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
Role = Literal["owner", "seller", "cs_manager", "support_escalation", "revops"]
Cause = Literal[
    "implementation",
    "outage",
    "billing_dispute",
    "procurement_paperwork",
    "strategic_account",
    "recently_contacted",
    "custom",
]
StopRule = Literal[
    "evidence_missing",
    "evidence_stale",
    "evidence_contradictory",
    "commercially_sensitive",
    "promise_to_customer",
    "renewal_near_and_high_value",
]
ROLES: tuple[Role, ...] = get_args(Role)
CAUSES: tuple[Cause, ...] = get_args(Cause)
STOP_RULES: tuple[StopRule, ...] = get_args(StopRule)
TEXTS = [name for name, kind in ATTRIBUTES.items() if kind == "VARCHAR"]

Points = Annotated[Decimal, Field(ge=0, le=10**6)]
Days = Annotated[int, Field(ge=1, le=3650)]
Hours = Annotated[int, Field(ge=1, le=24 * 90)]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]  # true is not 1: authority would be had for nothing
Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Text = Annotated[str, Field(min_length=1)]
ENDLESS = 36_500  # days of a rehearsal that is never over


def _field(name: Any) -> Any:
    if name not in TEXTS:
        raise ValueError(f"'{name}' is no attribute of an account; {nearest(str(name), TEXTS)}")
    return name


Attribute = Annotated[str, BeforeValidator(_field)]


class Part(BaseModel):
    """Every piece of a policy: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Lasting(Part):
    """A mark that must hold for some days."""

    at_least: Points = Decimal(85)
    days: Days = 60


class Thresholds(Part):
    """When something is told. `at_risk_below` absent: the card's own border."""

    at_risk_below: Points | None = None
    confirm_days: Days = 3
    recover_days: Days = 7
    settle_days: Days = 28
    expansion: Lasting = Lasting()
    drop: Points = Decimal(20)
    weekly_drop: Points = Decimal(15)
    renewal_days: Days = 120
    snapshot_days: Days = 14
    poor_weeks: Days = 4


Late = Annotated[int, Field(ge=14, le=180)]  # days after the start; before the 14th nothing is late


class Alarms(Part):
    """What a signal tells on its own; false: nothing. Told by the headline card."""

    early_drop: Annotated[int, Field(ge=1, le=100)] | Literal[False] = 30  # % less use than at its best when new
    no_first_login: Late | Literal[False] = 14
    kickoff_late: Late | Literal[False] = 14
    risk_flag: bool = True


class Noise(Part):
    """What is too little, and how much is too much."""

    points: Points = Decimal(5)
    alerts_per_owner_a_day: Annotated[int, Field(ge=1)] = 5
    alerts_per_owner_a_week: Annotated[int, Field(ge=1)] = 15


def _person(given: Any) -> Any:
    return {"otherwise": given} if isinstance(given, str) else given


class WhoActs(Part):
    """One role: the first of an account's fields that names somebody, or else a person or another role."""

    fields: tuple[Attribute, ...] = ()
    otherwise: Text | None = Field(None, alias="else")

    @model_validator(mode="after")
    def _names_somebody(self) -> WhoActs:
        if not self.fields and self.otherwise is None:
            raise ValueError("nobody is named; expected 'fields:', 'else:' or both")
        return self


Acting = Annotated[WhoActs, BeforeValidator(_person)]


class Repeats(Part):
    """How long an alert stands, when it may come again, and of how many accounts in a hundred falls are not told at all.

    What becomes of those that are held out tells what telling is worth.
    """

    expire_days: Days = 14
    repeat_days: Days = 30
    hold_out: Annotated[int, Field(ge=0, le=20)] = 0


class Sla(Part):
    """From an alert to the first action, in business hours; `hours` by transition, the rest is `default`."""

    default: Hours = 48
    hours: dict[Kind, Hours] = {}
    holidays: tuple[date, ...] = ()
    deputies: dict[str, Text] = {}
    escalate_to: Role = "cs_manager"


class Coverage(Part):
    """Who looks after an account: a named person, a pool, or nobody one by one."""

    default: Literal["named", "pooled", "digital"] = "named"
    segments: dict[str, Literal["named", "pooled", "digital"]] = {}
    pool: Text | None = None  # who acts for pooled accounts


class Scope(Part):
    """What a suppression covers: exactly one of the four; `code` narrows an account to one reason."""

    account: Text | None = None
    segment: Text | None = None
    portfolio: Text | None = None  # an owner's accounts
    source: Text | None = None
    code: Text | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Scope:
        given = [n for n in ("account", "segment", "portfolio", "source") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(
                "a scope names one of account, segment, portfolio, source; " + (", ".join(given) or "none")
            )
        if self.code and self.account is None:
            raise ValueError("'code' narrows an account: add 'account:'")
        return self


class Exempt(Scope):
    """A dated exception that holds actions back; its end is required."""

    reason: Cause
    note: str = ""
    author: Text
    since: date
    until: date

    @model_validator(mode="after")
    def _ends(self) -> Exempt:
        if self.until < self.since:
            raise ValueError(f"it ends on {self.until}, before it starts on {self.since}")
        if self.reason == "custom" and not self.note:
            raise ValueError("a custom reason needs 'note:'")
        if self.author.strip().casefold() in ("", AUTOMATIC):
            raise ValueError(f"its author is '{self.author}', which is nobody; expected the name of a person")
        return self


class Conditions(Part):
    """What a score must show before a level may be granted: percent, and of how many before a share counts.

    What is only assumed to have been known may order accounts and start nothing: `recorded` may only be raised.
    """

    fresh_sources: Percent = 90
    matched: Percent = 95
    scored: Percent = 90
    reasoned: Percent = 95
    dated: Percent = 95
    of_falls: Count = 1  # what nothing has changed by yet has shown nothing
    owned: Percent = 100
    recorded: Annotated[int, Field(ge=95, le=100)] = 95
    days: Count = 28  # decided
    true_alarms: Percent = 75
    of_alerts: Count = 20  # before true_alarms and acted count
    approved: Percent = 70
    of_proposals: Count = 10
    steady_sources: Percent = 100
    on_time: Percent = 90
    of_questions: Count = 10
    acted: Percent = 80


class Authority(Part):
    """What the score may do, at most; each level has conditions of its own."""

    level: Level = "diagnose"
    segments: dict[str, Level] = {}
    conditions: Conditions = Conditions()


class StopRules(Part):
    """When the action waits and a person is asked. `high_value` is monthly revenue in major units.

    `talk`: by language, the words that tell of prices and contracts; a language that is not named keeps its shipped ones.
    """

    rules: tuple[StopRule, ...] = STOP_RULES
    renewal_days: Days = 60
    high_value: Points = Decimal(10_000)
    ask: Role = "cs_manager"
    talk: Talk = dict(SHIPPED)


class HandoffTerms(Part):
    """When an account goes from sales to customer success, on which track, and how long things may take.

    The points are those of the card `handoff-readiness`; days count from the day the account crossed.
    """

    gate: Points = Decimal(65)
    high_potential: Points = Decimal(80)
    sales_review: Points = Decimal(50)  # below: back to sales
    decline: Points = Decimal(10)  # of behaviour and silence within 30 days
    owner_days: Days = 1
    accept_days: Days = 3
    kickoff_days: Days = 14
    first_login_days: Days = 14

    @model_validator(mode="after")
    def _ascends(self) -> HandoffTerms:
        if not self.sales_review <= self.gate <= self.high_potential:
            given = f"{self.sales_review}, {self.gate}, {self.high_potential}"
            raise ValueError(
                f"sales_review, gate and high_potential are {given}; expected each at least the one before"
            )
        return self

    def rules(self) -> HandoffRules:
        """The terms as they are compared."""
        return HandoffRules(
            gate_milli=milli(self.gate),
            high_milli=milli(self.high_potential),
            review_milli=milli(self.sales_review),
            decline_milli=milli(self.decline),
            owner_days=self.owner_days,
            accept_days=self.accept_days,
            kickoff_days=self.kickoff_days,
            first_login_days=self.first_login_days,
        )


class Feedback(Part):
    """How people say that the score was wrong, and who turns it into a change."""

    how: Text = "'keepwell explain ACCOUNT' shows the evidence; tell the reviewer what is wrong with it"
    reviewer: Role = "revops"
    within_days: Days = 14


class Policy(Part):
    """One file of `policy/`: what a score is for, and what may follow from it."""

    policy: Annotated[str, Field(pattern=NAME)]
    decision: Text
    scorecards: tuple[str, ...] | None = None  # None: every card that no other policy names
    thresholds: Thresholds = Thresholds()
    alarms: Alarms = Alarms()
    noise: Noise = Noise()
    rehearsal_days: Annotated[int, Field(ge=0, le=365)] = 14
    owners: dict[Role, Acting] = {}
    alerts: Repeats = Repeats()
    sla: Sla = Sla()
    coverage: Coverage = Coverage()
    suppressions: tuple[Exempt, ...] = ()
    stop_rules: StopRules = StopRules()
    authority: Authority = Authority()
    feedback: Feedback = Feedback()
    handoff: HandoffTerms = HandoffTerms()

    @model_validator(mode="after")
    def _ends_with_a_person(self) -> Policy:
        for role in self.owners:
            seen: list[str] = []
            step: str | None = role
            while step in self.owners:
                if step in seen:
                    raise ValueError(f"'owners' goes in a circle: {' -> '.join([*seen, step])}; name a person")
                seen.append(step)
                step = self.owners[step].otherwise
        return self

    def rules(self) -> Rules:
        """The thresholds as they are compared."""
        told, noise = self.thresholds, self.noise
        return Rules(
            at_risk_milli=None if told.at_risk_below is None else milli(told.at_risk_below),
            noise_milli=milli(noise.points),
            confirm_days=told.confirm_days,
            recover_days=told.recover_days,
            settle_days=told.settle_days,
            expansion_milli=milli(told.expansion.at_least),
            expansion_days=told.expansion.days,
            drop_milli=milli(told.drop),
            weekly_drop_milli=milli(told.weekly_drop),
            renewal_days=told.renewal_days,
            snapshot_days=told.snapshot_days,
            poor_days=7 * told.poor_weeks,
        )

    def rehearses(self, first: date, day: date) -> bool:
        """Whether a day lies in the first days, of which transitions are only shown."""
        return day < first + timedelta(days=self.rehearsal_days + 1)


def milli(points: Decimal) -> int:
    """Points as milli-points."""
    return int(points * 1000)


def read(file: Document) -> Policy:
    """The checked policy of a parsed file."""
    return file.check(Policy)
