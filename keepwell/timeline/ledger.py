"""The only way to read facts: as known as of a date.

`Ledger.known_at(pairs)` prepares, in the given connection, who is who, which days each
source covers and every account's attributes as of each pair's date, and hands out the
SQL of the facts visible then. A score, a replay, a training set and a single rescoring
differ only in the pairs (SEMANTICS, rules 2, 6 and 9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

import duckdb
import pyarrow as pa

from keepwell.timeline import feeds, identity, near, profile, rollup, views
from keepwell.timeline.terms import Pair, Terms
from keepwell.timeline.told import told
from keepwell.words.days import Days
from keepwell.words.money import EXPONENTS, minor_per_major

# a corrected, re-dated or deleted rate is decided per row, before the newest day of a currency is looked for
FX_AT = """
CREATE OR REPLACE TEMP TABLE fx_at AS
WITH newest AS (
    SELECT d.as_of, f.* FROM {told}
    QUALIFY row_number() OVER (PARTITION BY d.as_of, f.source, f.external_id ORDER BY f.valid_at DESC NULLS LAST,
                               f.known_at DESC, f.batch DESC, f.seq DESC) = 1
), rates AS (
    SELECT as_of, currency, rate_ppm FROM newest WHERE NOT deleted AND rate_day <= as_of
    QUALIFY row_number() OVER (PARTITION BY as_of, currency
                               ORDER BY rate_day DESC, known_at DESC, batch DESC, seq DESC) = 1
)
SELECT r.as_of, r.currency, CAST(r.rate_ppm AS HUGEINT) * $scale AS rate,
       CAST(1000000 AS HUGEINT) * coalesce(m.scale, 100) AS per
FROM rates r LEFT JOIN minor_scale m ON m.currency = r.currency WHERE r.currency <> $currency
UNION ALL SELECT as_of, $currency, 1, 1 FROM days
UNION ALL SELECT as_of, '', 1, 1 FROM days
"""

# what that is where no rate was ever told
FX_NONE = """
CREATE OR REPLACE TEMP TABLE fx_at AS
SELECT as_of, $currency AS currency, CAST(1 AS HUGEINT) AS rate, CAST(1 AS HUGEINT) AS per FROM days
UNION ALL SELECT as_of, '', 1, 1 FROM days
"""

# most projects have neither, and each statement costs its planning
TOLD_OF = "SELECT EXISTS (SELECT 1 FROM fact_identity), EXISTS (SELECT 1 FROM fact_fx)"
HAS_PARENT = "SELECT 1 FROM profile WHERE parent IS NOT NULL LIMIT 1"

# user-days of which a later-known row exists
USAGE_REPLACED = """
CREATE OR REPLACE TEMP TABLE usage_replaced AS
SELECT d.as_of, r.source, r.system, r.ref, r.person, r.day,
       max(r.known_day) AS known_day, arg_max(r.batch, (r.known_day, r.batch)) AS batch
FROM usage_rollup r JOIN days d ON r.known_day <= d.known_day
WHERE r.replaces IS NOT NULL GROUP BY ALL
"""


# pairs are closed over descendants: a parent is scored from its children
ASKED_PAIRS = """
SELECT DISTINCT l.as_of, l.account_id FROM lineage l
JOIN asked_pairs a ON a.as_of = l.as_of AND a.account_id = l.ancestor
"""

# whose facts are read: the pairs' own and those of the ancestors that hold their contracts; numbered, because the
# largest facts are grouped faster by a number than by a text and a date
SUBJECTS = """
CREATE OR REPLACE TEMP TABLE subjects AS
SELECT as_of, account_id, CAST(row_number() OVER (ORDER BY as_of, account_id) AS INTEGER) AS pair FROM (
    SELECT as_of, account_id FROM pairs
    UNION
    SELECT h.as_of, h.holder FROM holder h JOIN pairs p ON p.as_of = h.as_of AND p.account_id = h.account_id
)
"""


@dataclass(frozen=True)
class Known:
    """What was known as of the pairs' dates; relations live in the connection."""

    connection: duckdb.DuckDBPyConnection
    lost: Mapping[str, int]  # kind → days that some source of it lost for good
    rewound: bool = False  # some day is read with knowledge from after its close
    one_close: bool = False  # all of it is known by one moment, and read from the whole book

    def relation(self, kind: str, lookback: int | None = None) -> str:
        """SQL of the visible facts of a kind, events at most `lookback` days old (see `views.view_sql`)."""
        return self._sql(kind, lookback, self._plain([kind]))

    def _sql(self, kind: str, lookback: int | None, plain: Collection[str]) -> str:
        source = views.source_kind(kind)
        edge = None
        if lookback is not None:
            edge = views.Edge(lookback + self.lost.get(source, 0), *self._read_days.get(source, (None, None)))
        how = views.Reading(
            gaps=source in self.lost,
            rewound=self.rewound,
            at_once=kind in plain,
            known_day=self._known_day,
            edge=edge,
            replaced=self._replaced,
            moved=self._moved,
        )
        return views.view_sql(kind, how)

    @cached_property
    def _known_day(self) -> date | None:
        """The day by which everything read was known, where one day is read."""
        found = self.connection.execute("SELECT DISTINCT known_day FROM days").fetchall()
        return found[0][0] if len(found) == 1 else None

    @cached_property
    def _read_days(self) -> dict[str, tuple[date, date]]:
        """The oldest and newest day to which the sources of each kind are read."""
        sql = "SELECT kind, min(read_day), max(read_day) FROM feed_at GROUP BY kind"
        return {kind: (oldest, newest) for kind, oldest, newest in self.connection.execute(sql).fetchall()}

    @cached_property
    def _replaced(self) -> bool:
        """Whether late events replaced rows of use."""
        return bool(self.connection.execute("SELECT 1 FROM usage_replaced LIMIT 1").fetchall())

    @cached_property
    def _moved(self) -> bool:
        """Whether some reference did not mean the same account on every day."""
        return bool(self.connection.execute(identity.MOVED).fetchall())

    def _plain(self, relations: Iterable[str]) -> list[str]:
        """Those whose newest version is the one known last: one close is read, and none says from when it is valid.

        Nor was any known before `recency` can tell.
        """
        made = {relation: views.versions_of(relation) for relation in relations} if self.one_close else {}
        asked = ("valid_at IS NOT NULL", "known_at < TIMESTAMP '1900-01-01'")
        parts = [
            f"(SELECT '{kind}' FROM fact_{kind} WHERE {condition} LIMIT 1)"
            for kind in sorted({kind for kind in made.values() if kind})
            for condition in asked
        ]
        odd = {kind for (kind,) in self.connection.execute(" UNION ALL ".join(parts)).fetchall()} if parts else set()
        return [relation for relation, kind in made.items() if kind and kind not in odd]

    def relations(self, lookbacks: Mapping[str, int | None]) -> dict[str, str]:
        """`known_<kind>` → SQL for the kinds and what they are made from, in order of need.

        `lookbacks` says for each relation how many days back are read at most; None: all.
        """
        reach = views.reach(lookbacks)
        plain = self._plain(reach)
        return {views.table_name(kind): self._sql(kind, days, plain) for kind, days in reach.items()}

    def unmatched(self, as_of: date) -> list[tuple[str, str, str]]:
        """(source, system, reference) of references that no mapping resolves as of the date."""
        near.widen(self.connection)
        self.connection.execute(identity.IDENTITY_AT)
        return [row[:3] for row in self.connection.execute(identity.UNMATCHED, [as_of]).fetchall()]


class Ledger:
    """Facts of the published batches behind one DuckDB connection (see `Lake.connect`)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
        self.connection = connection
        self.terms = terms
        days = Days(terms.time_zone, time.fromisoformat(terms.day_close))
        connection.execute(f"CREATE OR REPLACE TEMP MACRO local_day(moment) AS {days.day_of('moment')}")
        connection.execute(f"CREATE OR REPLACE TEMP MACRO close_day(moment) AS {days.close_day_of('moment')}")
        connection.execute(f"CREATE OR REPLACE TEMP MACRO local_end(day) AS {days.start_of('day + 1')}")
        connection.execute(f"CREATE OR REPLACE TEMP MACRO first_close(day) AS {days.opening_of('day + 1')}")
        connection.execute(
            "CREATE OR REPLACE TEMP MACRO converted(amount, rate, per) AS TRY_CAST(CASE WHEN amount < 0"
            " THEN -((2 * -amount * rate + per) // (2 * per)) ELSE (2 * amount * rate + per) // (2 * per) END AS BIGINT)"
        )
        # a version's place among those of its row, from 1900 on; 2 ** 74 and 2 ** 54 leave room for batch and seq
        connection.execute(
            "CREATE OR REPLACE TEMP MACRO recency(known_at, batch, seq) AS"
            " CAST(epoch_us(least(known_at, TIMESTAMP '2250-01-01')) AS HUGEINT) * 18889465931478580854784"
            " + CAST(batch AS HUGEINT) * 18014398509481984 + seq"
        )
        scales = {c: minor_per_major(c) for c in EXPONENTS}
        connection.register("minor_scale", pa.table({"currency": list(scales), "scale": list(scales.values())}))
        bits = [(n, 1 << n) for n in range(len(terms.key_features))]
        connection.register(
            "feature_bit",
            pa.table(
                {"bit": [b for b, _ in bits], "mask": [m for _, m in bits]},
                schema=pa.schema([("bit", pa.int64()), ("mask", pa.int64())]),
            ),
        )

    def accounts(self, as_of: date, close_at: datetime) -> list[str]:
        """Ids of the accounts known and not deleted as of the date."""
        near.widen(self.connection)
        self._days([(as_of, close_at)])
        self._profiles()
        return [r[0] for r in self.connection.execute("SELECT account_id FROM profile ORDER BY 1").fetchall()]

    def watermarks(self, days: Iterable[tuple[date, datetime]]) -> None:
        """Prepare `source_at`: through which day each source can be read as of each (day, close), as known then."""
        near.widen(self.connection)
        self._days(sorted(set(days)))
        feeds.prepare_terms(self.connection, self.terms)
        self.connection.execute(feeds.SOURCES_AT)

    def cycles(self, as_of: date, close_at: datetime) -> list[tuple[str, str, str]]:
        """(account, parent, source that says so) of the accounts that are their own ancestors as of the date."""
        self.accounts(as_of, close_at)
        sql = f"SELECT account_id, parent, source FROM ({identity.CYCLES}) ORDER BY ALL"
        return self.connection.execute(sql).fetchall()

    def known_at(self, pairs: Iterable[Pair]) -> Known:
        """Prepare every relation for the pairs, closed over descendants. Pairs of one date must share `close_at`."""
        wanted = list(pairs)
        frame = pa.table(
            {
                "account_id": pa.array([p.account_id for p in wanted], pa.string()),
                "as_of": pa.array([p.as_of for p in wanted], pa.date32()),
            }
        )
        self.connection.register("asked_pairs", frame)
        accounts = {p.account_id for p in wanted}
        if near.is_worth_it(self.connection, accounts):
            near.narrow(self.connection, accounts)
        else:
            near.widen(self.connection)
        return self._prepare(
            sorted({(p.as_of, p.close_at) for p in wanted}), ASKED_PAIRS, few=len(accounts) <= near.FEW
        )

    def known_of_all(self, days: Iterable[tuple[date, datetime]]) -> Known:
        """Prepare every relation for all accounts known on each of the (day, close) given."""
        near.widen(self.connection)
        return self._prepare(sorted(set(days)), "SELECT as_of, account_id FROM profile")

    def _prepare(self, days: list[tuple[date, datetime]], pairs: str, *, few: bool = False) -> Known:
        rollup.check_features(self.connection, self.terms)
        self._days(days)
        [(rewound,)] = self.connection.execute(
            "SELECT coalesce(bool_or(known_day > as_of), false) FROM days"
        ).fetchall()
        related = self._profiles(rewound=rewound)
        one_close = not few and len({close_at for _, close_at in days}) == 1
        known = Known(self.connection, self._lost(), rewound, one_close)
        self.connection.execute(identity.LINEAGE if related else identity.ALONE)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS {pairs}")
        sold = rewound or self.connection.execute("SELECT 1 FROM fact_subscription LIMIT 1").fetchall()
        self.connection.execute(profile.contracts_sql(rewound=rewound) if sold else profile.NO_CONTRACT)
        for statement in (profile.HOLDERS, feeds.SOURCES_AT, feeds.FEED_AT, profile.attributes_sql(self.terms)):
            self.connection.execute(statement)
        for statement in (feeds.SOLD_NOT_SEEN, SUBJECTS, USAGE_REPLACED):
            self.connection.execute(statement)
        return known

    def _lost(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for feed in self.terms.feeds:
            days = sum((last - first).days + 1 for first, last in feed.gaps)
            if days:
                found[feed.kind] = max(days, found.get(feed.kind, 0))
        return found

    def _days(self, days: list[tuple[date, datetime]]) -> None:
        frame = pa.table(
            {
                "as_of": pa.array([d for d, _ in days], pa.date32()),
                "close_at": pa.array([c for _, c in days], pa.timestamp("us")),
            }
        )
        self.connection.register("asked_days", frame)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE days AS"
            " SELECT *, close_day(close_at - INTERVAL 1 MICROSECOND) AS known_day,"
            " local_end(as_of) AS day_end, first_close(as_of) AS first_close FROM asked_days"
        )

    def _profiles(self, *, rewound: bool = False) -> bool:
        """Who is who and what each account is; by default with all that was known, whatever day it tells of.

        Whether any account has a parent.
        """
        feeds.prepare_terms(self.connection, self.terms)
        [(mapped, rated)] = self.connection.execute(TOLD_OF).fetchall()
        self.connection.execute(identity.IDENTITY_AT if mapped else identity.UNMAPPED)
        if rated:
            self._rates(rewound=rewound)
        else:
            self.connection.execute(FX_NONE, {"currency": self.terms.currency})
        self.connection.execute(profile.profile_sql(self.terms, rewound=rewound))
        related = bool(self.connection.execute(HAS_PARENT).fetchall())
        for statement in (identity.CYCLIC, identity.CUT_CYCLES) if related else (identity.NO_CYCLE,):
            self.connection.execute(statement)
        return related

    def _rates(self, *, rewound: bool) -> None:
        rates = FX_AT.format(told=told("fx", "f", rewound=rewound))
        scale = minor_per_major(self.terms.currency)
        self.connection.execute(rates, {"currency": self.terms.currency, "scale": scale})
