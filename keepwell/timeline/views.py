"""The facts of each kind as known as of every pair's date, one relation per kind.

Each relation has one row per visible fact and subject: account_id, as_of, read_day,
day, age, source, external_id and the kind's columns, none of them from the future.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from keepwell.timeline import contract_lines
from keepwell.timeline.told import told
from keepwell.timeline.versions import KNOWN_UNTIL
from keepwell.words.fact import KINDS, PLANNED, Column, Form, Kind, Type

MADE_FROM = {
    "usage_event": "usage",
    "usage_feature_day": "usage",
    "usage_feature": "usage",
    "subscription_history": "subscription",
    "interaction_fact": "interaction",
    "open_message": "interaction",
}
FEATURE_DAYS = 28  # the window of `usage_feature`
AS_FAR = -1  # as many days back as the relation itself is read

# what a relation is made from, and how many days back it reads of that (None: all)
NEEDS: dict[str, dict[str, int | None]] = {
    "usage_feature_day": {"usage": AS_FAR},
    "usage_feature": {"usage_feature_day": FEATURE_DAYS},
    "payment": {"invoice": None},
    "role_of": {"contact": None},
    "survey": {"role_of": None},
    "interaction": {"role_of": None, "interaction_fact": AS_FAR, "open_message": AS_FAR},
    "open_message": {"interaction_fact": AS_FAR},
}
LOOKING_BACK = frozenset(
    {"survey", "invoice", "payment"}
)  # kinds of which a row also reads or is ranked among older ones
MADE_OF_FACTS = frozenset({"role_of", "interaction_fact", "open_message"})  # relations that only others read

# they wrote or came
ANSWERS = "NOT coalesce(automatic, false) AND (direction = 'inbound' OR coalesce(attended, false))"

EXTRA: dict[str, str] = {
    "invoice": """
        row_number() OVER (PARTITION BY account_id, as_of, paid_day IS NOT NULL AND void_day IS NULL
                           ORDER BY paid_day DESC, external_id DESC) AS paid_rank,
        paid_day - issued_day AS days_to_pay,
        least(coalesce(paid_day, read_day), read_day) - due_day AS days_late,
        paid_day IS NULL AND void_day IS NULL AS open,
        disputed_day IS NOT NULL AND dispute_closed_day IS NULL AND paid_day IS NULL AS disputed_open""",
    "survey": """
        row_number() OVER (PARTITION BY account_id, as_of, type
                           ORDER BY day DESC, answered_at DESC, external_id DESC) AS answer_rank,
        CASE WHEN person IS NOT NULL THEN arg_max(score, (answered_at, external_id)) OVER same END AS prev_score,
        CASE WHEN person IS NOT NULL THEN max(day) OVER same END AS prev_day""",
    "payment": """
        NOT succeeded AND coalesce(max(CASE WHEN succeeded THEN day END) OVER bill < day, true)
            AND invoice_open AS unrecovered""",
}

# what EXTRA is computed over, where the plain relation is not enough
INNER: dict[str, str] = {
    "survey": """
SELECT e.* REPLACE (coalesce(e.role, r.role) AS role) FROM ({facts}) e LEFT JOIN role_of r
    ON e.role IS NULL AND r.account_id = e.account_id AND r.as_of = e.as_of AND r.person = e.person""",
    # of its own source's invoices; a source that delivers none (a payment provider) means the only one of that id
    "payment": """
SELECT e.*, coalesce(i.open, o.open, true) AS invoice_open, coalesce(o.source, e.source) AS invoice_source
FROM ({facts}) e
LEFT JOIN known_invoice i
    ON i.account_id = e.account_id AND i.as_of = e.as_of AND i.source = e.source AND i.external_id = e.invoice
LEFT JOIN (SELECT DISTINCT source FROM feed_terms WHERE kind = 'invoice') b ON b.source = e.source
LEFT JOIN (SELECT account_id, as_of, external_id, any_value(source) AS source, any_value(open) AS open
           FROM known_invoice GROUP BY account_id, as_of, external_id HAVING count(*) = 1) o
    ON o.account_id = e.account_id AND o.as_of = e.as_of AND o.external_id = e.invoice AND b.source IS NULL""",
    "interaction": """
SELECT e.* REPLACE (coalesce(e.role, r.role) AS role), answers AS two_way, o.external_id IS NOT NULL AS unanswered
FROM interaction_fact e
LEFT JOIN role_of r ON e.role IS NULL AND r.account_id = e.account_id AND r.as_of = e.as_of AND r.person = e.person
LEFT JOIN open_message o
    ON o.account_id = e.account_id AND o.as_of = e.as_of AND o.source = e.source AND o.external_id = e.external_id""",
}
WINDOWS: dict[str, str] = {
    "survey": """ WINDOW same AS (PARTITION BY account_id, as_of, type, person ORDER BY day
    RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 60 DAYS PRECEDING)""",
    "payment": " WINDOW bill AS (PARTITION BY account_id, as_of, invoice_source, invoice)",
}
# our personal messages that nobody answered; replies are looked for where such a message was written
OPEN_MESSAGE = """
WITH message AS (
    SELECT account_id, as_of, source, external_id, occurred_at, person, thread FROM interaction_fact
    WHERE NOT coalesce(automatic, false) AND direction = 'outbound' AND type IN ('email', 'call') AND answered_at IS NULL
), reply AS (
    SELECT f.account_id, f.as_of, f.person, f.thread, f.occurred_at FROM interaction_fact f
    SEMI JOIN message m ON m.account_id = f.account_id AND m.as_of = f.as_of WHERE f.answers
)
SELECT m.account_id, m.as_of, m.source, m.external_id FROM message m
LEFT JOIN (SELECT account_id, as_of, max(occurred_at) AS last FROM reply GROUP BY account_id, as_of) a
    ON a.account_id = m.account_id AND a.as_of = m.as_of
LEFT JOIN (SELECT account_id, as_of, person, max(occurred_at) AS last FROM reply GROUP BY account_id, as_of, person) p
    ON p.account_id = m.account_id AND p.as_of = m.as_of AND p.person = m.person
LEFT JOIN (SELECT account_id, as_of, thread, max(occurred_at) AS last FROM reply GROUP BY account_id, as_of, thread) t
    ON t.account_id = m.account_id AND t.as_of = m.as_of AND t.thread = m.thread
WHERE NOT coalesce(p.last > m.occurred_at, false) AND NOT coalesce(t.last > m.occurred_at, false)
  AND NOT (m.person IS NULL AND m.thread IS NULL AND coalesce(a.last > m.occurred_at, false))"""
ROLE_OF = """
SELECT account_id, as_of, person, arg_max(role, (day, external_id)) AS role
FROM known_contact WHERE role IS NOT NULL GROUP BY account_id, as_of, person"""


@dataclass(frozen=True)
class Reading:
    """What the SQL of a kind depends on besides the kind."""

    gaps: bool = False  # some source of the kind lost days for good
    rewound: bool = False  # some day is read with knowledge from after its close
    at_once: bool = False  # one close, and no version says from when it is valid: the newest known one counts
    known_day: date | None = None  # the one day by which all that is read was known; None: several
    edge: Edge | None = None
    replaced: bool = True  # some row of use was replaced by late events
    moved: bool = True  # some reference meant an account on some days only


@dataclass(frozen=True)
class Edge:
    """How far back facts are read: `days` before the day their source is read, which is one of `oldest` .. `newest`."""

    days: int
    oldest: date | None
    newest: date | None

    def condition(self, day: str) -> str:
        """The filter; its constant part lets the files' statistics skip what is older, and is all where one day is read."""
        if self.oldest is None:
            return f"{day} <= f.read_day AND {day} > f.read_day - {self.days}"
        constant = f"{day} <= DATE '{self.newest}' AND {day} > DATE '{self.oldest - timedelta(days=self.days)}'"
        if self.oldest == self.newest:
            return constant
        return f"{day} <= f.read_day AND {day} > f.read_day - {self.days} AND {constant}"


def _read(day: str, edge: Edge | None) -> str:
    """What happened by the day its source is read, and not before the edge."""
    return edge.condition(day) if edge else f"{day} <= f.read_day"


def view_sql(kind: str, how: Reading) -> str:
    """The SELECT behind `known_<kind>`."""
    gaps, edge = how.gaps, how.edge
    fixed = {
        "subscription": contract_lines.LINES,
        "subscription_history": contract_lines.HISTORY,
        "usage_feature_day": _usage_feature_day(gaps, edge),
        "usage_feature": _usage_feature(gaps),
        "role_of": ROLE_OF,
        "open_message": OPEN_MESSAGE,
    }
    if kind in fixed:
        return fixed[kind]
    if kind == "usage":
        return _usage(how)
    if kind == "usage_event":
        return f"SELECT * FROM ({_event(KINDS['usage'], how, edge)}) WHERE NOT coalesce(staff, false)"
    if kind == "interaction_fact":
        return f"SELECT *, {ANSWERS} AS answers FROM ({_event(KINDS['interaction'], how, edge)})"
    return _facts(KINDS[kind], how)


def _facts(kind: Kind, how: Reading) -> str:
    """Facts with what a row is told about the others of its kind."""
    if kind.form is Form.STATE:
        facts = _state(kind, how)
    else:
        facts = _event(kind, how, None if kind.name in LOOKING_BACK else how.edge)
    if kind.name in INNER:
        facts = INNER[kind.name].format(facts=facts)
    if kind.name not in EXTRA:
        return facts
    return f"SELECT *, {EXTRA[kind.name].strip()} FROM ({facts}){WINDOWS.get(kind.name, '')}"


def table_name(kind: str) -> str:
    """What a relation is called in a statement."""
    return kind if kind in MADE_OF_FACTS else f"known_{kind}"


def source_kind(kind: str) -> str:
    """The fact kind whose feed a relation reads."""
    return MADE_FROM.get(kind, kind)


def feeds_behind(kinds: Iterable[str]) -> frozenset[str]:
    """The fact kinds whose feeds decide what relations of the given kinds show."""
    return frozenset(source_kind(kind) for kind in reach(dict.fromkeys(kinds))) & KINDS.keys()


def versions_of(kind: str) -> str | None:
    """The facts whose newest versions a relation finds itself; None: it is made from other relations."""
    if kind in {"usage_event", "interaction_fact"}:
        return MADE_FROM[kind]
    return kind if kind in KINDS and kind not in {"usage", "subscription", "interaction"} else None


def reach(lookbacks: Mapping[str, int | None]) -> dict[str, int | None]:
    """The relations asked for and what they are made from, in order of need, each with its days back."""
    found: dict[str, int | None] = {}
    for kind, days in lookbacks.items():
        for needed, back in NEEDS.get(kind, {}).items():
            for base, far in reach({needed: days if back == AS_FAR else back}).items():
                known = found.get(base, far)
                found[base] = None if far is None or known is None else max(far, known)
        known = found.get(kind, days)
        found[kind] = None if days is None or known is None else max(days, known)
    return found


def _column(column: Column, alias: str) -> str:
    """A fact's column as of the day its source is read: dates of things that had not happened yet are NULL."""
    name = f"{alias}.{column.name}"
    if column.type is Type.DAY and column.name not in PLANNED:
        return f"CASE WHEN {name} <= f.read_day THEN {name} END AS {column.name}"
    if column.type is Type.MOMENT:
        return (
            f"CASE WHEN {name} < f.read_end THEN {name} END AS {column.name}, "
            f"CASE WHEN {name} < f.read_end THEN local_day({name}) END AS {column.name}_day"
        )
    if column.type is Type.MONEY:
        return f"{name}, converted({name}, x.rate, x.per) AS {column.name}_rep"
    return name


def _columns(kind: Kind, alias: str) -> str:
    return ", ".join(_column(c, alias) for c in kind.columns)


def _money_join(kind: Kind, alias: str) -> str:
    if not any(c.type is Type.MONEY for c in kind.columns):
        return ""
    return f"LEFT JOIN fx_at x ON x.as_of = {alias}.as_of AND x.currency = coalesce({alias}.currency, '')"


def _age(day: str, gaps: bool) -> str:
    """Days from `day` to the day the source is read, without the days the source lost."""
    age = f"CAST(f.read_day - {day} AS BIGINT)"
    return f"{age} - coalesce(lost_read.lost, 0) + coalesce(lost_day.lost, 0)" if gaps else age


def _lost(alias: str, day: str, gaps: bool) -> str:
    """Joins to the cumulative days lost by the source, where any were."""
    if not gaps:
        return ""
    return (
        f"LEFT JOIN lost_days lost_read ON lost_read.source = {alias}.source AND lost_read.day = f.read_day\n"
        f"LEFT JOIN lost_days lost_day ON lost_day.source = {alias}.source AND lost_day.day = {day}"
    )


def _newest_at_once(kind: Kind) -> str:
    """The newest version of each row by the one close; most rows have a single version and need no sorting."""
    return f"""
    SELECT v.*, d.as_of FROM fact_{kind.name} v JOIN days d ON v.known_at < d.close_at
    LEFT JOIN (
        SELECT r.source, r.external_id, max(recency(r.known_at, r.batch, r.seq)) AS newest
        FROM fact_{kind.name} r JOIN (SELECT DISTINCT close_at FROM days) d ON r.known_at < d.close_at
        GROUP BY r.source, r.external_id HAVING count(*) > 1
    ) n ON n.source = v.source AND n.external_id = v.external_id
    WHERE (n.newest IS NULL OR n.newest = recency(v.known_at, v.batch, v.seq)) AND NOT v.deleted"""


def _newest_event(kind: Kind) -> str:
    """Each version with the stretch of time in which it was the newest, on all days that fall into it."""
    return f"""
    SELECT v.*, d.as_of FROM (
        SELECT *, {KNOWN_UNTIL} AS known_until FROM fact_{kind.name}
    ) v JOIN days d ON v.known_at < d.close_at AND (v.known_until IS NULL OR v.known_until >= d.close_at)
    WHERE NOT v.deleted"""


def _event(kind: Kind, how: Reading, edge: Edge | None) -> str:
    """Newest known version of each event that happened by the day its source is read."""
    gaps = how.gaps
    versions = _newest_at_once(kind) if how.at_once else _newest_event(kind)
    return f"""
SELECT i.account_id, e.as_of, f.read_day, e.happened_day AS day, {_age("e.happened_day", gaps)} AS age,
       e.source, e.external_id, e.known_basis, close_day(e.known_at) AS known_day,
       {_columns(kind, "e")}
FROM ({versions}
) e
JOIN identity_at i ON i.as_of = e.as_of AND i.system = e.system AND i.ref = e.ref
 AND e.happened_day BETWEEN i.from_day AND i.to_day
JOIN subjects s ON s.as_of = i.as_of AND s.account_id = i.account_id
JOIN feed_at f ON f.kind = '{kind.name}' AND f.as_of = i.as_of AND f.account_id = i.account_id
{_money_join(kind, "e")}
{_lost("e", "e.happened_day", gaps)}
WHERE {_read("e.happened_day", edge)}"""


def _newest_state(kind: Kind, rewound: bool) -> str:
    """The version of each state that held on each day, as known then."""
    return f"""
    SELECT * FROM (
        SELECT d.as_of, v.* FROM {told(kind.name, "v", rewound=rewound)}
        WHERE v.valid_at IS NULL OR v.valid_at < d.day_end
        QUALIFY row_number() OVER (
            PARTITION BY d.as_of, v.source, v.external_id ORDER BY v.valid_at DESC NULLS LAST,
            v.known_at DESC, v.batch DESC, v.seq DESC) = 1
    ) WHERE NOT deleted AND happened_day <= as_of"""


def _state(kind: Kind, how: Reading) -> str:
    """How each state stood on the as-of day, as known then."""
    if how.at_once and not how.rewound:
        versions = f"{_newest_at_once(kind)} AND v.happened_day <= d.as_of"
    else:
        versions = _newest_state(kind, how.rewound)
    return f"""
SELECT i.account_id, k.as_of, f.read_day, k.happened_day AS day,
       CAST(f.read_day - k.{kind.dated_by} AS BIGINT) AS age, k.source, k.external_id, k.known_basis, close_day(k.known_at) AS known_day,
       {_columns(kind, "k")}
FROM ({versions}
) k
JOIN identity_at i ON i.as_of = k.as_of AND i.system = k.system AND i.ref = k.ref
 AND k.as_of BETWEEN i.from_day AND i.to_day
JOIN subjects s ON s.as_of = i.as_of AND s.account_id = i.account_id
JOIN feed_at f ON f.kind = '{kind.name}' AND f.as_of = i.as_of AND f.account_id = i.account_id
{_money_join(kind, "k")}"""


# the newest row of a user-day counts, where late events made another
REPLACED_BY = """LEFT JOIN usage_replaced n
    ON n.as_of = i.as_of AND n.source = r.source AND n.system = r.system AND n.ref = r.ref
    AND n.person = r.person AND n.day = r.day"""
IS_NEWEST = "(n.known_day IS NULL OR n.known_day < r.known_day OR (n.known_day = r.known_day AND n.batch <= r.batch))"


def _usage(how: Reading) -> str:
    """User-days as known; late events replaced rows of earlier known days (SEMANTICS, rule 7)."""
    days, known = "JOIN days d ON r.known_day <= d.known_day\n", "i.as_of = d.as_of AND "
    if how.known_day:
        days, known = "", f"r.known_day <= DATE '{how.known_day}' AND "
    join, newest = (REPLACED_BY, f"AND {IS_NEWEST}") if how.replaced else ("", "")
    on_day = " AND r.day BETWEEN i.from_day AND i.to_day\n" if how.moved else ""
    return f"""
SELECT s.pair, i.account_id, i.as_of, f.read_day, r.day, {_age("r.day", how.gaps)} AS age,
       r.source, nullif(r.person, '') AS person, r.uses, r.core_uses, r.features
FROM usage_rollup r
{days}JOIN identity_at i ON {known}i.system = r.system AND i.ref = r.ref
{on_day}JOIN subjects s ON s.as_of = i.as_of AND s.account_id = i.account_id
JOIN feed_at f ON f.kind = 'usage' AND f.as_of = i.as_of AND f.account_id = i.account_id
{join}
{_lost("r", "r.day", how.gaps)}
WHERE {_read("r.day", how.edge)} AND r.uses > 0 {newest}"""


def _usage_feature_day(gaps: bool, edge: Edge | None) -> str:
    """Days of use; without lost days the day alone tells its age."""
    keys = "read_day, day, age" if gaps else "day"
    days = "read_day, day, age" if gaps else "any_value(read_day) AS read_day, day, any_value(age) AS age"
    recent = f"WHERE day > read_day - {edge.days}" if edge else ""
    return f"""
SELECT s.account_id, s.as_of, g.read_day, g.day, g.age, g.uses, g.core_uses, g.features
FROM (SELECT pair, {days}, CAST(sum(uses) AS BIGINT) AS uses, CAST(sum(core_uses) AS BIGINT) AS core_uses,
             bit_or(features) AS features FROM known_usage {recent} GROUP BY pair, {keys}) g
JOIN subjects s ON s.pair = g.pair"""


def _usage_feature(gaps: bool) -> str:
    """Key features with the days they were used on; without lost days each day is one row."""
    return f"""
SELECT u.account_id, u.as_of, any_value(u.read_day) AS read_day, max(u.day) AS day, min(u.age) AS age, b.bit,
       count({"DISTINCT u.day" if gaps else "*"}) AS days28
FROM known_usage_feature_day u JOIN feature_bit b ON (u.features & b.mask) <> 0
WHERE u.age < {FEATURE_DAYS}
GROUP BY u.account_id, u.as_of, {"u.read_day, " if gaps else ""}b.bit"""
