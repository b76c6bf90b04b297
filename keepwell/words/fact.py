"""What can happen to an account: the fact kinds and their columns.

Every stored fact row has, besides its kind's own columns, the columns of `COMMON`.
It is never updated: a correction is a new row of the same (source, external_id),
known from a later moment. A row with several dates is stored once per moment at
which one of its dates became known (SEMANTICS, rules 3 and 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """How a column is written in a source and kept in the lake."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"  # major units in a source ("12.50"), integer minor units in the lake
    DAY = "day"  # a local date
    MOMENT = "moment"  # an instant; UTC in the lake
    FLAG = "flag"  # true / false
    PERSON = "person"  # an identifier of a human, theirs or ours; a pseudonym in the lake
    NOTE = "note"  # free text; a pseudonym in the lake, the words in the table `personal`


class Form(StrEnum):
    """State facts say how things stand; event facts say what happened on a day."""

    STATE = "state"
    EVENT = "event"


class Load(StrEnum):
    """What a row's absence from the next load means: gone (snapshot) or nothing (append)."""

    SNAPSHOT = "snapshot"
    APPEND = "append"


class Watermark(StrEnum):
    """Through which day a source is complete: its newest row's day, or the day it was loaded."""

    DATA = "data"
    LOAD = "load"


@dataclass(frozen=True)
class Column:
    """One column of a fact kind.

    >>> Column("seats", Type.INTEGER, "paid seats").stored
    'BIGINT'
    """

    name: str
    type: Type
    doc: str = ""
    required: bool = False
    among: tuple[str, ...] = ()  # the words that signals know; a row with another counts for none of them
    any_spelling: bool = False  # signals read the words in any case, with spaces or underscores

    def unknown(self, value: str) -> str:
        """SQL: the stored value is a word that no signal knows; "false" where any text is welcome.

        >>> Column("direction", Type.TEXT, among=("inbound", "outbound")).unknown("x")
        "x NOT IN ('inbound', 'outbound')"
        """
        if not self.among:
            return "false"
        word = f"lower(replace({value}, '_', ' '))" if self.any_spelling else value
        return f"{word} NOT IN ({', '.join(repr(known) for known in self.among)})"

    @property
    def stored(self) -> str:
        """The DuckDB type in the lake."""
        return STORED[self.type]


STORED = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.MONEY: "BIGINT",
    Type.DAY: "DATE",
    Type.MOMENT: "TIMESTAMP",
    Type.FLAG: "BOOLEAN",
    Type.PERSON: "VARCHAR",
    Type.NOTE: "VARCHAR",
}

COMMON: dict[str, str] = {
    "source": "VARCHAR",  # name of the source file in the project, e.g. "crm"
    "external_id": "VARCHAR",  # the source's own key of the row
    "system": "VARCHAR",  # whose reference `ref` is: "account" or e.g. "workspace", "billing"
    "ref": "VARCHAR",  # the reference; the account is joined from identity when read
    "valid_at": "TIMESTAMP",  # version of a history row (effective from), else NULL
    "happened_at": "TIMESTAMP",  # UTC
    "happened_day": "DATE",  # local day in the project's time zone
    "known_at": "TIMESTAMP",  # UTC
    "known_basis": "VARCHAR",  # 'recorded' or 'assumed'
    "deleted": "BOOLEAN",  # a tombstone: from known_at on, the row is gone
    "content": "VARCHAR",  # fingerprint of the whole source row
    "seq": "BIGINT",  # order within the batch
    "batch": "BIGINT",
}


@dataclass(frozen=True)
class Kind:
    """A kind of fact: its form, the column that dates it, and what it holds."""

    name: str
    form: Form
    dated_by: str
    columns: tuple[Column, ...]
    load: Load
    watermark: Watermark
    doc: str

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def dating(self) -> Column:
        """The column that dates it."""
        return next(c for c in self.columns if c.name == self.dated_by)

    @property
    def schema(self) -> dict[str, str]:
        """Column name → DuckDB type, common columns first."""
        return {**COMMON, **{c.name: c.stored for c in self.columns}}


def _state(name: str, dated_by: str, doc: str, *columns: Column) -> Kind:
    return Kind(name, Form.STATE, dated_by, columns, Load.SNAPSHOT, Watermark.LOAD, doc)


def _event(name: str, dated_by: str, doc: str, *columns: Column, watermark: Watermark = Watermark.LOAD) -> Kind:
    return Kind(name, Form.EVENT, dated_by, columns, Load.APPEND, watermark, doc)


def _word(name: str, *among: str, default: str = "", any_spelling: bool = False, required: bool = False) -> Column:
    """A column of words that signals compare with; without a word it is the default one, if there is any."""
    told = ", ".join(f"{word} (default)" if word == default else word for word in among)
    return Column(name, Type.TEXT, told, required, among, any_spelling)


ROLES = ("champion", "sponsor", "executive", "decision maker", "billing", "user")

# dates that may lie ahead of the day one reads: agreed, not yet happened
PLANNED = frozenset(
    {"start_day", "end_day", "notice_day", "cancelled_day", "due_day", "expires_day", "valid_from", "valid_to"}
)

T = Type

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _state(
            "account",
            "created_day",
            "attributes of an account as of a date; external_id is the account's id",
            Column("name", T.TEXT),
            Column("parent", T.TEXT, "account id of the parent"),
            Column("segment", T.TEXT),
            Column("industry", T.TEXT),
            Column("region", T.TEXT),
            Column("country", T.TEXT),
            Column("territory", T.TEXT),
            Column("plan", T.TEXT),
            Column("owner", T.TEXT, "customer-success manager"),
            Column("seller", T.TEXT),
            Column("manager", T.TEXT),
            _word("lifecycle", "prospect", "onboarding", "customer", "churned", any_spelling=True),
            Column("arr", T.MONEY),
            Column("currency", T.TEXT),
            Column("created_day", T.DAY),
            Column("extra", T.TEXT, "further attributes as a JSON object"),
        ),
        _state(
            "identity",
            "valid_from",
            "a system's reference belongs to an account, from a day to a day",
            Column("account", T.TEXT, "account id", required=True),
            Column("valid_from", T.DAY, "first day; absent: since ever"),
            Column("valid_to", T.DAY, "last day; absent: until further notice"),
        ),
        _state(
            "contact",
            "joined_day",
            "a person at the customer and their role",
            Column("person", T.PERSON, required=True),
            _word("role", *ROLES, any_spelling=True),
            Column("name", T.NOTE),
            Column("primary_contact", T.FLAG),
            Column("joined_day", T.DAY),
            Column("left_day", T.DAY),
            Column("bounced_day", T.DAY),
        ),
        _state(
            "subscription",
            "start_day",
            "a contract line; MRR is per month",
            Column("product", T.TEXT),
            Column("plan", T.TEXT),
            Column("seats", T.INTEGER),
            Column("mrr", T.MONEY),
            Column("currency", T.TEXT),
            Column("start_day", T.DAY, required=True),
            Column("end_day", T.DAY, "last day of the term"),
            Column("notice_day", T.DAY, "last day to give notice"),
            Column("cancelled_day", T.DAY, "day the cancellation takes effect"),
            Column("auto_renew", T.FLAG),
            Column("month_to_month", T.FLAG),
            Column("trial", T.FLAG),
            Column("one_off", T.FLAG),
        ),
        _event(
            "invoice",
            "issued_day",
            "an invoice",
            Column("number", T.TEXT),
            Column("issued_day", T.DAY, required=True),
            Column("due_day", T.DAY),
            Column("paid_day", T.DAY),
            Column("amount", T.MONEY),
            Column("currency", T.TEXT),
            Column("disputed_day", T.DAY),
            Column("dispute_closed_day", T.DAY),
            Column("void_day", T.DAY),
        ),
        _event(
            "payment",
            "attempted_day",
            "an attempt to collect an invoice",
            Column("invoice", T.TEXT, "id of the invoice in this source, or in any if this source has none"),
            Column("attempted_day", T.DAY, required=True),
            Column("succeeded", T.FLAG, required=True),
            _word("method", "card", "debit", "transfer"),
        ),
        _event(
            "usage",
            "used_at",
            "a person used a feature; count = how often",
            Column("used_at", T.MOMENT, required=True),
            Column("person", T.PERSON),
            Column("feature", T.TEXT),
            Column("count", T.INTEGER, "absent: 1"),
            Column("seconds", T.INTEGER),
            Column("staff", T.FLAG, "our own, test or bot users never count as use"),
            watermark=Watermark.DATA,
        ),
        _event(
            "ticket",
            "opened_at",
            "a support case",
            Column("opened_at", T.MOMENT, required=True),
            _word("severity", "critical", "high", "medium", "low", default="medium"),
            _word("type", "problem", "question", "wish", "duplicate", default="problem"),
            Column("escalated_at", T.MOMENT),
            Column("resolved_at", T.MOMENT),
            Column("target_seconds", T.INTEGER, "own target for resolution"),
            Column("csat", T.INTEGER, "1-5"),
            Column("requester", T.PERSON),
            Column("bot", T.FLAG),
            Column("assignee", T.PERSON, "who in support"),
            Column("subject", T.NOTE),
        ),
        _event(
            "interaction",
            "occurred_at",
            "one person's part in an e-mail, call, meeting, QBR, training, campaign or plan review",
            Column("occurred_at", T.MOMENT, required=True),
            _word("type", "email", "call", "meeting", "qbr", "training", "campaign", "plan_review"),
            _word("direction", "inbound", "outbound"),
            Column("person", T.PERSON, "the customer's person"),
            _word("role", *ROLES, any_spelling=True),
            Column("thread", T.TEXT, "meeting or conversation id"),
            Column("attended", T.FLAG, "for meetings: invited and came"),
            Column("automatic", T.FLAG, "auto-replies and bulk mail"),
            Column("answered_at", T.MOMENT, "when an outbound message was answered"),
            Column("negative", T.FLAG, "text read as negative"),
            Column("text", T.NOTE),
        ),
        _event(
            "survey",
            "answered_at",
            "an answer to NPS (0-10) or CSAT (1-5)",
            Column("answered_at", T.MOMENT, required=True),
            _word("type", "nps", "csat"),
            Column("score", T.INTEGER, required=True),
            Column("person", T.PERSON),
            _word("role", *ROLES, any_spelling=True),
            Column("text", T.NOTE),
        ),
        _state(
            "opportunity",
            "opened_day",
            "a deal in the pipeline",
            _word("type", "new", "upsell", "renewal"),
            Column("stage", T.TEXT),
            Column("amount", T.MONEY),
            Column("currency", T.TEXT),
            Column("opened_day", T.DAY),
            Column("closed_day", T.DAY),
            Column("won", T.FLAG),
        ),
        _state(
            "milestone",
            "created_day",
            "a step of an onboarding, success or services plan",
            Column("name", T.TEXT),
            _word("plan", "success", "onboarding", "first_value", "services", default="success"),
            Column("created_day", T.DAY),
            Column("due_day", T.DAY),
            Column("achieved_day", T.DAY),
            Column("quantity", T.INTEGER, "hours or deliverables; absent: 1"),
            Column("delivered", T.INTEGER, "of quantity, so far"),
        ),
        _state(
            "goal",
            "created_day",
            "the customer's own goal",
            Column("name", T.TEXT),
            Column("metric", T.TEXT),
            Column("created_day", T.DAY),
            Column("due_day", T.DAY),
            Column("target", T.INTEGER),
            Column("current", T.INTEGER),
            Column("on_track", T.FLAG),
        ),
        _event(
            "pulse",
            "given_day",
            "a CSM's own judgement, 1 expects to lose .. 5 thriving",
            Column("given_day", T.DAY, required=True),
            Column("score", T.INTEGER, required=True),
            Column("author", T.PERSON, "who of ours"),
            Column("note", T.NOTE),
        ),
        _event(
            "flag",
            "raised_day",
            "a dated observation: competitor, budget_freeze, merger, notice_given",
            Column("raised_day", T.DAY, required=True),
            Column("type", T.TEXT, required=True),
            Column("author", T.PERSON, "who of ours"),
            Column("expires_day", T.DAY),
            Column("text", T.NOTE),
        ),
        _event(
            "outcome",
            "outcome_day",
            "renewed, churned, contracted or expanded",
            Column("outcome_day", T.DAY, required=True),
            _word("type", "renewed", "churned", "contracted", "expanded", required=True),
            Column("reason", T.TEXT),
            Column("mrr", T.MONEY),
            Column("currency", T.TEXT),
        ),
        _event(
            "fx",
            "rate_day",
            "one unit of the currency in the reporting currency, parts per million",
            Column("rate_day", T.DAY, required=True),
            Column("currency", T.TEXT, required=True),
            Column("rate_ppm", T.INTEGER, required=True),
        ),
    )
}
