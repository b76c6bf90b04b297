"""The vocabulary of a project's own SQL: what it may say, and what to say instead of the rest.

Everything not listed is refused. Nothing listed reads a clock, a file, a setting or
chance, and nothing yields a fraction: readings are integers (SEMANTICS, rules 10 and 11).
"""

from __future__ import annotations

from types import MappingProxyType

from sqlglot import exp

# structure of a query → the parts of it that may be filled
SHAPES: MappingProxyType[type[exp.Expr], frozenset[str]] = MappingProxyType(
    {
        exp.Select: frozenset(
            {"expressions", "from_", "joins", "where", "group", "having", "qualify", "with_", "distinct"}
        ),
        exp.From: frozenset({"this"}),
        exp.Join: frozenset({"this", "on", "using", "kind", "side"}),
        exp.Table: frozenset({"this", "alias"}),
        exp.TableAlias: frozenset({"this"}),
        exp.Subquery: frozenset({"this", "alias"}),
        exp.With: frozenset({"expressions"}),
        exp.CTE: frozenset({"this", "alias"}),
        exp.Union: frozenset({"this", "expression", "distinct"}),
        exp.Group: frozenset({"expressions"}),
        exp.Column: frozenset({"this", "table"}),
        exp.Distinct: frozenset({"expressions"}),
        exp.Window: frozenset({"this", "partition_by", "order", "over", "spec"}),
        exp.Star: frozenset(),
    }
)
AGGREGATES = (
    exp.Count,
    exp.CountIf,
    exp.Sum,
    exp.Min,
    exp.Max,
    exp.ArgMax,
    exp.ArgMin,
    exp.PercentileDisc,
    exp.GroupConcat,
    exp.BitwiseOrAgg,
    exp.BitwiseAndAgg,
    exp.LogicalOr,
    exp.LogicalAnd,
)
ORDERED_WINDOWS = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)  # ties would be chance
RANKS = (exp.Rank, exp.DenseRank)
EXPRESSIONS = (
    *(exp.Alias, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.DataType, exp.Var),
    *(exp.Where, exp.Having, exp.Qualify, exp.Filter, exp.Order, exp.Ordered, exp.WindowSpec),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ),
    *(exp.NullSafeNEQ, exp.Between, exp.In, exp.Like, exp.ILike, exp.Case, exp.If, exp.Coalesce, exp.Nullif),
    *(exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Sign, exp.Greatest, exp.Least),
    *(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift),
    *(exp.Cast, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Replace, exp.Substring, exp.StartsWith, exp.DPipe),
    *(exp.DateDiff, exp.Extract, exp.JSONExtractScalar, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey),
    *(exp.Struct, exp.PropertyEQ),
)
NODES: frozenset[type[exp.Expr]] = frozenset(
    {*SHAPES, *AGGREGATES, *ORDERED_WINDOWS, *RANKS, *EXPRESSIONS, exp.Anonymous}
)
MACRO_ARGUMENTS = MappingProxyType({"ratio": 2, "change": 2, "div_round": 2})
NAMED_FUNCTIONS = frozenset({*MACRO_ARGUMENTS, "bit_count", "row"})  # functions sqlglot knows by name only
TYPES = frozenset({"BIGINT", "INT", "SMALLINT", "TINYINT", "INT128", "VARCHAR", "TEXT", "DATE", "BOOLEAN", "TIMESTAMP"})
EXTRACTED = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "DOY", "HOUR"})

CLOCK = "use as_of or read_day: a reading may not depend on the clock"
CHANCE = "leave chance out: the same facts must give the same reading"
FRACTION = "readings are integers: use div_round(a, b) or ratio(a, b)"
ADVICE = MappingProxyType(
    {
        **dict.fromkeys(("now", "today", "get_current_time", "get_current_timestamp", "transaction_timestamp"), CLOCK),
        **dict.fromkeys(("CurrentDate", "CurrentTime", "CurrentTimestamp", "CurrentDatetime", "Localtimestamp"), CLOCK),
        **dict.fromkeys(("Rand", "Randn", "Uuid", "setseed", "gen_random_uuid", "nextval", "uuidv4", "uuidv7"), CHANCE),
        **dict.fromkeys(
            ("AnyValue", "First", "Last"), "use arg_max(x, row(day, external_id)): a free choice is chance"
        ),
        "Div": FRACTION,
        "Avg": "readings are integers: use div_round(sum(x), count(x))",
        "Median": "readings are integers: use quantile_disc(x, 0.5)",
        "PercentileCont": "readings are integers: use quantile_disc(x, 0.5)",
        "Quantile": "readings are integers: use quantile_disc(x, 0.5)",
        "Exists": "join the relation on account_id and as_of instead",
        "Except": "use a LEFT JOIN and IS NULL",
        "Intersect": "use a JOIN on account_id and as_of",
        "Lateral": "use a JOIN on account_id and as_of",
        "Unnest": "facts have one value per column",
        "Explode": "facts have one value per column",
        "Values": "constants belong into the expression",
        "Star": "name the columns",
        "Columns": "name the columns",
        "TableSample": CHANCE,
        "limit": "leave it out: it would choose among accounts",
        "offset": "leave it out: it would choose among accounts",
        "order": "leave it out: the order of rows has no meaning",
        "sample": CHANCE,
        "windows": "write the window where it is used",
        "recursive": "leave RECURSIVE out",
        **dict.fromkeys(("Rollup", "Cube", "GroupingSets"), "write GROUP BY account_id, as_of"),
        **dict.fromkeys(("ReadCSV", "ReadParquet"), "facts come in through a source's column map"),
        "all": "write GROUP BY account_id, as_of",
        "rollup": "write GROUP BY account_id, as_of",
        "cube": "write GROUP BY account_id, as_of",
        "grouping_sets": "write GROUP BY account_id, as_of",
        "db": "name the relation alone",
        "catalog": "name the relation alone",
        "method": "use JOIN or LEFT JOIN ... ON account_id and as_of",
    }
)
