"""What to write into the map, so that texts that were rejected fit, or dates are not taken for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keepwell.sources.cast_statement import UNLISTED, Place
from keepwell.sources.casting import cast, cleaned, grouped_or_decimal
from keepwell.sources.column_map import ColumnMap
from keepwell.sources.date_formats import exchange, fitting
from keepwell.sources.map_check import DATED
from keepwell.sources.session import Session
from keepwell.words.fact import Type

SIGNS = re.compile(r"[^\d.,''’+\s-]+")  # of an amount: a currency's sign or name
AMOUNTS = {
    decimal: re.compile(rf"[+-]?(\d+|\d{{1,3}}([{group}''’]\d{{3}})+)({re.escape(decimal)}\d*)?")
    for decimal, group in ((".", ","), (",", "."))
}

Fault = tuple[str | None, str | None, str]  # the source's column, the fact's, what is wrong


@dataclass(frozen=True)
class Texts:
    """The rows of a cast beside the texts they were read from: a FROM clause, and the source's columns in it."""

    relation: str
    columns: Mapping[str, str]


def fix(session: Session, place: Place, fault: Fault, texts: Sequence[str], *, certain: bool = False) -> str:
    """What to write into the map for texts that do not fit; where it must be `certain`, only what mends all of them."""
    origin, field, what = fault
    column = place.column(field)
    if what == UNLISTED:
        return "list them under 'lookup:', or give a 'default:'"
    if column is None or not texts:
        return ""
    if column.type is Type.MONEY:
        return _amount(origin or "", _mapped(place, field), texts)
    if column.type not in DATED:
        return ""
    written = _mapped(place, field)
    other = exchange(written.format[0]) if written is not None and len(written.format) == 1 else None
    found = fitting(session.connection, list(texts), column, session.zones, (other,) if other else ())
    forms = [f'"{form}"' for form in found]
    if not forms:
        return "" if certain else "write the 'format:' that its values have"
    if len(forms) == 1:
        return f"write format: {forms[0]}"
    return f"write format: {forms[0]} or {forms[1]}, whichever is meant: both fit"


def _mapped(place: Place, field: str | None) -> ColumnMap | None:
    """How the map says a column is read."""
    if field == "known_at":
        return place.source.known_at
    return place.fact_map.version if field == "version" else place.fact_map.columns.get(field or "")


def _amount(origin: str, mapped: ColumnMap | None, texts: Sequence[str]) -> str:
    """Signs of currencies taken off, and the decimal sign that all the amounts have."""
    if mapped is None or mapped.minor:
        return ""
    bare = [re.sub(r"\s", "", SIGNS.sub("", text)) for text in texts]
    decimals = [decimal for decimal, shape in AMOUNTS.items() if all(map(shape.fullmatch, bare))]
    if not decimals:
        return ""
    advice = [] if mapped.decimal in decimals else [f'write decimal: "{decimals[0]}"']
    if not advice and all(map(re.compile(grouped_or_decimal(mapped.decimal)).fullmatch, bare)):
        other = "," if mapped.decimal == "." else "."
        advice = [f'write decimal: "{other}" where {bare[0]} means thousands, round: true where it means decimals']
    if signs := dict.fromkeys(sign for text in texts for sign in SIGNS.findall(text)):
        strip = f"regexp_replace({origin}, '[^0-9.,-]', '', 'g')"
        advice.append(f"take {', '.join(map(repr, signs))} off in a 'select:', as by {strip}")
    return " and ".join(advice)


def exchanged(session: Session, place: Place, texts: Texts) -> Iterator[str]:
    """One line per date column of which rows were rejected, and all rows fit with day and month exchanged."""
    rejected = session.connection.execute("SELECT DISTINCT field FROM bad WHERE text IS NOT NULL ORDER BY field")
    for (field,) in rejected.fetchall():
        mapped, column = _mapped(place, field), place.column(field)
        if mapped is None or column is None or column.type not in DATED or len(mapped.format) != 1 or mapped.lookup:
            continue
        other, staged = exchange(mapped.format[0]), texts.columns.get(mapped.column or "")
        if other is None or staged is None:
            continue
        now, then = (
            cast("t", column, mapped.model_copy(update={"format": (form,)}), session.zones).value
            for form in (mapped.format[0], other)
        )
        text = f"SELECT bad_reason, {cleaned(f'r.{staged}', place.table_map.nulls)} AS t FROM {texts.relation}"
        counts = f"count(*), count({then}), count(*) - count({now}), count(*) FILTER (bad_reason IS NULL)"
        query = f"SELECT {counts} FROM ({text} WHERE r._bad IS NULL) WHERE t IS NOT NULL"
        [(read, fit, unfit, taken)] = session.connection.execute(query).fetchall()
        if read == fit and taken:
            kind = place.fact_map.kind
            what = (
                f"{field}: {unfit:,} of {read:,} {kind} rows are no date in the format {mapped.format[0]}, and all are"
            )
            what += f" one in the format {other}: {taken:,} others were taken in with day and month exchanged"
            at = (*place.map_path(field), "format")
            problem = place.source.problem(at, what, fix=f'write format: "{other}"')
            yield f"error: {problem}"
