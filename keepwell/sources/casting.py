"""Text → typed values as DuckDB expressions, exact and with a reason for every text that does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from keepwell.sources.column_map import ColumnMap
from keepwell.sources.staging import literal
from keepwell.words.fact import Column, Type
from keepwell.words.money import EXPONENTS, USUAL_EXPONENT

BLANKS = "' \t\r\n\u00a0\ufeff'"
ISO_TIME = r"\d\d:\d\d(:\d\d([.,]\d{1,9})?)?"
ISO_MOMENT = rf"\d{{4}}-\d\d-\d\d([T ]{ISO_TIME})?"
OFFSET = r"(?:Z|z|UTC|[+-]\d\d(?::?\d\d)?)"
ISO_OFFSET_MOMENT = rf"\d{{4}}-\d\d-\d\d[T ]{ISO_TIME} ?{OFFSET}"
TIMED_OFFSET = rf".*:\d\d([.,]\d+)? ?{OFFSET}"
FIRST_YEAR = 1000  # "24-05-01" read with %Y is a mistake, not antiquity
MOST_OFFSET = 18 * 60  # minutes
WHOLE, FRACTION = 15, 12  # digits that stay exact in 128 bits, times a scale of up to 10^9
UNIT = "1" + "0" * FRACTION
MOST_DIGITS = 15  # what is longer is an id or a time in the wrong column, and a few thousand would not sum in 64 bits
BOUNDED = f"DECIMAL({MOST_DIGITS}, 0)"  # holds so many digits and no more
TOO_LONG = f"has more than {MOST_DIGITS} digits: is it the right column?"
THOUSAND = 1000  # who counts so many to the unit may mean three decimals
NEVER = "false"  # the condition of what cannot happen
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Zones:
    """Whose clock: `source` of naive moments in the files, `project` of days."""

    source: str
    project: str


@dataclass(frozen=True)
class Cast:
    """An expression for the value (NULL where it does not fit) and one for the reason it does not."""

    value: str
    expected: str


def cast(text: str, column: Column, mapped: ColumnMap, zones: Zones, currency: str = "NULL") -> Cast:
    """How the text expression becomes the column's stored value; `currency` is an expression too."""
    match column.type:
        case Type.INTEGER:
            return _integer(text, mapped)
        case Type.MONEY:
            return _money(text, mapped, currency)
        case Type.DAY:
            return Cast(_dated(text, mapped, zones, day=True), _dates_expected(mapped, "date", "2024-05-31"))
        case Type.MOMENT:
            return Cast(
                _dated(text, mapped, zones, day=False), _dates_expected(mapped, "moment", "2024-05-31T13:00:00Z")
            )
        case Type.FLAG:
            return Cast(_flag(text), literal(f"is not one of {', '.join((*TRUE, *FALSE))}"))
        case _ if column.name == "currency":
            fits = f"regexp_full_match(upper({text}), '[A-Z]{{3}}')"
            return Cast(f"CASE WHEN {fits} THEN upper({text}) END", literal("is not an ISO currency code such as EUR"))
        case _:
            return Cast(text, "''")


def cleaned(column: str, nulls: Iterable[str]) -> str:
    """A raw text without blanks around it; NULL where nothing is left or it is one of `nulls`."""
    # most texts need no trimming, and finding that out is five times cheaper than trimming them
    edged = f"{column} < '!' OR {column} > '~' OR right({column}, 1) NOT BETWEEN '!' AND '~'"
    text = f"CASE WHEN {edged} THEN nullif(trim({column}, {BLANKS}), '') ELSE {column} END"
    listed = ", ".join(literal(null) for null in nulls)
    return f"CASE WHEN ({text}) NOT IN ({listed}) THEN {text} END" if listed else text


def looked_up(text: str, mapped: ColumnMap) -> tuple[str, str]:
    """The text after lookup and default, and a condition that is true for an unlisted value."""
    default = "NULL" if mapped.default is None else literal(mapped.default)
    if mapped.lookup is None:
        return (text if mapped.default is None else f"coalesce({text}, {default})"), NEVER
    folds = len({key.lower() for key in mapped.lookup}) == len(mapped.lookup)
    subject = f"lower({text})" if folds else text
    keys = {(key.lower() if folds else key): value for key, value in mapped.lookup.items()}
    cases = " ".join(
        f"WHEN {literal(key)} THEN {'NULL' if value is None else literal(value)}" for key, value in keys.items()
    )
    found = f"CASE {subject} {cases} ELSE {default} END" if keys else default
    unlisted = f"{text} IS NOT NULL AND {subject} NOT IN ({', '.join(map(literal, keys))})" if keys else "true"
    return found, (NEVER if mapped.default is not None else unlisted)


def to_utc(naive: str, zone: str) -> str:
    """A local timestamp as UTC. An hour that occurs twice is the later one, one that is skipped moves on."""
    return naive if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {naive}))"


def to_local(utc: str, zone: str) -> str:
    """A UTC timestamp as the zone's local one."""
    return utc if zone == "UTC" else f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def _flag(text: str) -> str:
    listed = {value: ", ".join(map(literal, texts)) for value, texts in (("true", TRUE), ("false", FALSE))}
    cases = " ".join(f"WHEN lower({text}) IN ({texts}) THEN {value}" for value, texts in listed.items())
    return f"CASE {cases} END"


def _integer(text: str, mapped: ColumnMap) -> Cast:
    if mapped.scale is None and not mapped.round and mapped.decimal == ".":
        whole = f"regexp_full_match({text}, '[+-]?\\d+')"
        value = f"CASE WHEN {whole} THEN CAST(TRY_CAST({text} AS {BOUNDED}) AS BIGINT) END"
        hint = f"CASE WHEN regexp_full_match({text}, '[+-]?\\d+\\.\\d*') THEN ' (write ''scale: 1'' to accept it)' ELSE '' END"
        expected = f"'is not a whole number' || {hint}"
        return Cast(value, f"CASE WHEN {whole} THEN {literal(TOO_LONG)} ELSE {expected} END")
    scale = mapped.scale or 1
    times = f"times {scale} " if scale > 1 else ""
    return _amount(text, str(scale), mapped, literal(f"{times}is not a whole number"))


def grouped_or_decimal(decimal: str) -> str:
    """The shape of an amount that is thousands to one reader and three decimals to another, as a regular expression."""
    return rf"[+-]?[1-9]\d{{0,2}}{re.escape(decimal)}\d{{3}}"


def _money(text: str, mapped: ColumnMap, currency: str) -> Cast:
    """Zeros beyond the currency's decimals do no harm, except where they could be thousands."""
    factor, expected = _minor_units(mapped, currency)
    found = _amount(text, factor, mapped, expected)
    if mapped.round:
        return found
    unclear = f"{factor} < {THOUSAND} AND regexp_full_match({text}, {literal(grouped_or_decimal(mapped.decimal))})"
    return Cast(f"CASE WHEN NOT ({unclear}) THEN {found.value} END", found.expected)


def _minor_units(mapped: ColumnMap, currency: str) -> tuple[str, str]:
    """How many minor units are one as written, and what is said of an amount that does not fit."""
    if mapped.minor:
        return "1", literal("is not a whole number of minor units")
    sizes = {e: ", ".join(literal(c) for c, x in EXPONENTS.items() if x == e) for e in sorted(set(EXPONENTS.values()))}
    cases = " ".join(f"WHEN {currency} IN ({codes}) THEN {10**e}" for e, codes in sizes.items())
    factor = f"(CASE {cases} ELSE {10**USUAL_EXPONENT} END)"
    if mapped.scale:
        factor = f"({factor} * {mapped.scale})"
    other = "." if mapped.decimal == "," else ","
    expected = f"is not an amount of ' || coalesce({currency}, 'money') || ' (decimal sign ''{mapped.decimal}'', "
    expected += f"thousands ''{other}'', no more decimals than the currency has)"
    return factor, f"'{expected}'"


def _amount(text: str, factor: str, mapped: ColumnMap, expected: str) -> Cast:
    """Decimal text times a factor, where it is not too long for a number."""
    large = f"abs(TRY_CAST({_number(text, mapped.decimal)} AS DOUBLE)) * {factor} >= 1e{MOST_DIGITS}"
    value = _scaled(text, factor, mapped, BOUNDED)
    return Cast(value, f"CASE WHEN {large} THEN {literal(TOO_LONG)} ELSE {expected} END")


def _scaled(text: str, factor: str, mapped: ColumnMap, fitting: str = "BIGINT") -> str:
    """Decimal text times an integer factor as BIGINT: exact, or half away from zero where `round` is said."""
    number = _number(text, mapped.decimal)
    fraction = f"rtrim(regexp_extract({number}, '\\.(\\d*)$', 1), '0')"
    whole = f"ltrim(regexp_extract({number}, '^[+-]?(\\d*)', 1), '0')"
    digits = f"TRY_CAST('0' || {whole} || rpad({fraction}, {FRACTION}, '0') AS HUGEINT) * {factor}"
    fits = f"length({whole}) <= {WHOLE}"
    if mapped.round:
        result = f"({digits} * 2 + {UNIT}::HUGEINT) // (2 * {UNIT}::HUGEINT)"
    else:
        fits += f" AND length({fraction}) <= {FRACTION} AND ({digits}) % {UNIT}::HUGEINT = 0"
        result = f"({digits}) // {UNIT}::HUGEINT"
    signed = f"(CASE WHEN left({number}, 1) = '-' THEN -1 ELSE 1 END) * {result}"
    return f"CASE WHEN {fits} THEN CAST(TRY_CAST({signed} AS {fitting}) AS BIGINT) END"


def _number(text: str, decimal: str) -> str:
    """The text as [+-]digits[.digits] without thousands separators; NULL where it is no number."""
    point, group = ("\\.", "[,''’ \u00a0\u202f]") if decimal == "." else (",", "[.''’ \u00a0\u202f]")
    plain = f"regexp_full_match({text}, '[+-]?(\\d+({point}\\d*)?|{point}\\d+)')"
    grouped = f"regexp_full_match({text}, '[+-]?\\d{{1,3}}({group}\\d{{3}})+({point}\\d*)?')"
    number = f"CASE WHEN {plain} THEN {text} WHEN {grouped} THEN regexp_replace({text}, '{group}', '', 'g') END"
    return f"replace({number}, ',', '.')" if decimal == "," else f"({number})"


def _dated(text: str, mapped: ColumnMap, zones: Zones, day: bool) -> str:
    readings = [_by_format(text, f, zones, day) for f in mapped.format] or [_by_iso(text, zones, day)]
    found = f"coalesce({', '.join(readings)})" if len(readings) > 1 else readings[0]
    return f"CASE WHEN year({found}) >= {FIRST_YEAR} THEN {found} END"


def _dates_expected(mapped: ColumnMap, what: str, example: str) -> str:
    shape = " or ".join(mapped.format) or f"such as {example}"
    return literal(f"is not a {what} {'in the format ' if mapped.format else ''}{shape}")


def _by_iso(text: str, zones: Zones, day: bool) -> str:
    point = f"replace({text}, ',', '.')"
    naive = _placed(f"TRY_CAST({point} AS TIMESTAMP)", zones, day)
    bare = f"TRY_CAST(trim(regexp_replace({point}, '{OFFSET}$', '')) AS TIMESTAMP)"
    return (
        f"CASE WHEN regexp_full_match({text}, '{ISO_MOMENT}') THEN {naive} "
        f"WHEN regexp_full_match({text}, '{ISO_OFFSET_MOMENT}') THEN {_shifted(bare, text, zones, day)} END"
    )


def _by_format(text: str, written: str, zones: Zones, day: bool) -> str:
    if written in ("epoch", "epoch_ms"):
        micros = 1_000_000 if written == "epoch" else 1_000
        count = _scaled(text, str(micros), ColumnMap(column="epoch", round=True))
        utc = f"make_timestamp(CASE WHEN abs({count}) < 200000000000000000 THEN {count} END)"
        return f"CAST({to_local(utc, zones.project)} AS DATE)" if day else utc
    offset_said = written.endswith("%z")
    shape = literal(written.removesuffix("%z").rstrip())
    bare = f"try_strptime(trim(regexp_replace({text}, '{OFFSET}$', '')), {shape})"
    shifted = _shifted(bare, text, zones, day)
    if offset_said:
        return f"CASE WHEN regexp_matches({text}, '{OFFSET}$') THEN {shifted} END"
    naive = _placed(f"try_strptime({text}, {shape})", zones, day)
    return f"CASE WHEN regexp_full_match({text}, '{TIMED_OFFSET}') THEN {shifted} ELSE {naive} END"


def _placed(naive: str, zones: Zones, day: bool) -> str:
    """A moment without offset: the source's zone tells UTC; a day is the day as written."""
    return f"CAST({naive} AS DATE)" if day else to_utc(naive, zones.source)


def _shifted(naive: str, text: str, zones: Zones, day: bool) -> str:
    """A moment with offset, in UTC; a day is the project's day at that moment."""
    digits = f"replace(regexp_extract({text}, '{OFFSET}$'), ':', '')"
    minutes = f"(TRY_CAST({digits}[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST({digits}[4:5] AS INTEGER), 0))"
    signed = f"CASE WHEN {digits}[1:1] = '-' THEN -{minutes} WHEN {digits}[1:1] = '+' THEN {minutes} ELSE 0 END"
    utc = f"({naive} - to_minutes(CASE WHEN abs({signed}) <= {MOST_OFFSET} THEN {signed} END))"
    return f"CAST({to_local(utc, zones.project)} AS DATE)" if day else utc
