"""Score one account that a person described: readings by catalogue name, in the units people use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from keepwell.document import Document
from keepwell.scoring import meaning, sentence
from keepwell.scoring.condition import Among, Compare, leaves
from keepwell.scoring.plan import Plan
from keepwell.scoring.report import Path, Report
from keepwell.scoring.shape import half_away
from keepwell.words.account import ATTRIBUTES
from keepwell.words.problem import KeepwellError, nearest, nearest_of_many
from keepwell.words.reading import Signal, Status

NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
KEYS = ("account", "name", "as_of", "scorecard", "attributes", "readings")
STATUSES = {"missing": Status.MISSING, "not applicable": Status.NOT_APPLICABLE, "n/a": Status.NOT_APPLICABLE}
SEGMENTS = (("E", 100_000), ("M", 25_000), ("S", 0))  # lower bounds of ARR in major units

# a signal and the parts a person gave → the stored value, or None when parts are lacking
Compute = Callable[[Signal, Mapping[str, Any]], int | None]


@dataclass(frozen=True)
class Described:
    """One row of the readings relation, and the card it asks for."""

    row: dict[str, Any]
    scorecard: str | None
    name: str


def described(
    document: Document, signals: Mapping[str, Signal], as_of: date, compute: Compute, segments: Sequence[str] = ()
) -> Described:
    """Read a description of an account, to be scored by a card that tells these segments apart (none: any name will do).

    A reading is a value in shown units (`nps: 6`, `champion: gone`), `missing` or `not applicable`, or
    a mapping: `value:` with details for its sentence, or the parts from which `compute` gets the
    value (`feature_adoption: {x: 4, y: 10}`); `status: stale` and `observed: 2025-03-01` may stand beside.
    Every problem has its place; unknown names suggest the nearest, and what cannot be is refused.
    """
    return _Reader(document, signals, as_of, compute, segments).read()


def segments_of(plan: Plan) -> tuple[str, ...]:
    """The segments that a card tells apart: its conditions' and bands', and the usual ones; none where it names none."""
    found: list[str] = []
    for leaf in (leaf for condition in plan.conditions() for leaf in leaves(condition)):
        match leaf:
            case Compare("segment", _, str(name), _):
                found.append(name)
            case Among("segment", names, _):
                found += map(str, names)
    usual = [segment for segment, _ in reversed(SEGMENTS)]
    return tuple(dict.fromkeys([*usual, *found])) if found else ()


def for_plan(row: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The row with every signal of the card: a measure that was not described is missing.

    What only guards and tiers ask about (a notice, a competitor) would have been said: it does not apply.
    """
    measured = {leaf.signal.name for leaf in plan.leaves() if leaf.signal}
    silent = {
        f"q_{name}": str(Status.MISSING if name in measured else Status.NOT_APPLICABLE)
        for name in plan.signals
        if f"q_{name}" not in row
    }
    return {**silent, **row}


class _Reader:
    """Collects a row; the report holds what does not fit."""

    def __init__(
        self,
        document: Document,
        signals: Mapping[str, Signal],
        as_of: date,
        compute: Compute,
        segments: Sequence[str],
    ) -> None:
        self.document, self.signals, self.compute, self.segments = document, signals, compute, segments
        self.report = Report(document, str(document.file))
        self.row: dict[str, Any] = {"as_of": as_of}

    def read(self) -> Described:
        data = self.document.data
        for key in data:
            if key not in KEYS:
                self.report.add((key,), f"unknown key '{key}'", "", nearest(str(key), KEYS))
        self.row["account_id"] = str(data.get("account") or data.get("name") or "account")
        if "as_of" in data:
            self.row["as_of"] = self._day(("as_of",), data["as_of"])
        self._attributes(self._mapping("attributes"))
        for name, given in self._mapping("readings").items():
            self._reading(str(name), given)
        if not self._mapping("readings"):
            self.report.add((), "nothing to score", "readings: by signal name")
        if self.report.problems:
            raise KeepwellError(*self.report.problems)
        card = data.get("scorecard")
        return Described(self.row, None if card is None else str(card), str(data.get("name") or self.row["account_id"]))

    def _mapping(self, key: str) -> Mapping[str, Any]:
        given = self.document.data.get(key) or {}
        if isinstance(given, Mapping):
            return given
        self.report.add((key,), f"'{key}' holds no names", "name: value lines")
        return {}

    def _day(self, path: Path, given: Any) -> date | None:
        if isinstance(given, date) and not isinstance(given, datetime):
            return given
        try:
            return date.fromisoformat(str(given))
        except ValueError:
            self.report.add(path, f"'{given}' is not a date", "YYYY-MM-DD")
            return None

    # --- attributes

    def _attributes(self, given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            found = meaning.attribute(str(name))
            if found is None:
                known = [*ATTRIBUTES, *meaning.ALIASES]
                self.report.add(("attributes", str(name)), f"unknown attribute '{name}'", "", nearest(str(name), known))
            else:
                self.row[f"a_{found.name}"] = self._attribute(("attributes", str(name)), found, value)
        if self.row.get("a_segment") is None and self.row.get("a_arr_minor") is not None:
            arr = self.row["a_arr_minor"] // meaning.ALIASES["arr"][1]
            self.row["a_segment"] = next(segment for segment, least in SEGMENTS if arr >= least or least == 0)
        if self.row.get("a_arr_minor") is not None:
            self.row.setdefault("a_mrr_minor", self.row["a_arr_minor"] // 12)

    def _attribute(self, path: Path, found: meaning.Attribute, value: Any) -> Any:
        match found.kind:
            case "BIGINT":
                number = self._number(path, value)
                if number is not None and number < 0:
                    self.report.add(path, f"'{path[-1]}' is {value}", "0 or more")
                return None if number is None else half_away(number * found.scale)
            case "BOOLEAN":
                if isinstance(value, bool):
                    return value
                self.report.add(path, f"'{value}' is neither true nor false", "true or false")
                return None
            case "DATE":
                return self._day(path, value)
            case _:
                if found.name == "segment" and self.segments and str(value) not in self.segments:
                    fix = f"leave it out where the ARR tells it: {', '.join(f'{s} from {n:,}' for s, n in SEGMENTS)}"
                    self.report.add(
                        path, f"no measure of the card knows the segment '{value}'", ", ".join(self.segments), fix
                    )
                return str(value)

    def _number(self, path: Path, value: Any) -> Fraction | None:
        text = str(value).replace("_", "").removesuffix("%").strip()
        if NUMBER.fullmatch(text):
            return Fraction(text)
        self.report.add(path, f"'{value}' is not a number", "a number")
        return None

    # --- readings

    def _reading(self, name: str, given: Any) -> None:
        path: Path = ("readings", name)
        signal = self.signals.get(name)
        if signal is None:
            self.report.add(path, f"unknown signal '{name}'", "", nearest(name, list(self.signals)))
            return
        if given is None or (isinstance(given, str) and given.lower() in STATUSES):
            self._put(signal, None, STATUSES[given.lower()] if given else Status.MISSING)
        elif isinstance(given, Mapping):
            self._parts(signal, given, path)
        else:
            self._put(signal, self._stored(signal, given, path), Status.FRESH)

    def _parts(self, signal: Signal, given: Mapping[str, Any], path: Path) -> None:
        rest = {str(k): v for k, v in given.items() if k not in ("value", "status", "observed")}
        if "value" in given:
            value = self._stored(signal, given["value"], (*path, "value"))
        else:
            value = self.compute(signal, rest)
            if value is None:
                names = ", ".join(part.name for part in signal.parts)
                self.report.add(
                    path, f"'{signal.name}' cannot be computed from these", f"value:, or its parts ({names})"
                )
            else:
                self._possible(signal, value, path)
        for part, word in rest.items():
            self.row[f"d_{signal.name}_{part}"] = word if isinstance(word, (int, date)) else str(word)
        status = str(given.get("status", "fresh")).lower()
        if status not in ("fresh", "stale"):
            self.report.add((*path, "status"), f"unknown status '{status}'", "fresh or stale")
        if "observed" in given:
            day = self._day((*path, "observed"), given["observed"])
            if day is not None and self.row["as_of"] is not None and day > self.row["as_of"]:
                self.report.add(
                    (*path, "observed"), f"{day} is after the day of the score", f"{self.row['as_of']} at most"
                )
            self.row[f"o_{signal.name}"] = day
        self._put(signal, value, Status.STALE if status == "stale" else Status.FRESH)

    def _stored(self, signal: Signal, given: Any, path: Path) -> int | None:
        """A shown value as the signal stores it."""
        if signal.categories:
            word = ("yes" if given else "no") if isinstance(given, bool) else str(given)
            position = meaning.category(signal, word)
            if position is None:
                fix = nearest_of_many(word, list(signal.categories))
                self.report.add(path, f"'{signal.name}' has no category '{word}'", ", ".join(signal.categories), fix)
            return position
        number = self._number(path, given)
        if number is None:
            return None
        value = half_away(number * signal.unit.scale)
        self._possible(signal, value, path)
        return value

    def _possible(self, signal: Signal, stored: int, path: Path) -> None:
        """Note a reading that no account can have, with what the signal means."""
        least, most = (None if end is None else end * signal.unit.scale for end in (signal.least, signal.most))
        if (least is None or stored >= least) and (most is None or stored <= most):
            return
        unit = f" {name}" if (name := sentence.unit_name(signal)) else ""
        ends = [f"{signal.least} or more", f"{signal.most} at most", f"{signal.least} to {signal.most}"]
        expected = ends[2 if None not in (least, most) else 0 if most is None else 1] + unit
        fix = f"it means: {signal.window_note}" if signal.window_note else ""
        self.report.add(path, f"'{signal.name}' is {sentence.shown(signal, stored)}{unit}", expected, fix)

    def _put(self, signal: Signal, value: int | None, status: Status) -> None:
        self.row[f"v_{signal.name}"] = value
        self.row[f"q_{signal.name}"] = str(
            status if value is not None or status is not Status.FRESH else Status.MISSING
        )
