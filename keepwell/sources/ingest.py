"""Reads one outside system into the lake: every table, every fact, and what is no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby

from keepwell.sources import known_rules
from keepwell.sources.cast_statement import Place
from keepwell.sources.column_map import SourceMap
from keepwell.sources.context import IngestContext, SourceReport
from keepwell.sources.fact_load import fingerprint, load_fact
from keepwell.sources.loads import Count, Earlier, rows_of
from keepwell.sources.rejects import Told, keep_rejects, standing_rejects
from keepwell.sources.session import Session, open_session
from keepwell.sources.units import Input, find_files, may_be_absent, open_inputs
from keepwell.sources.vanished import NONE, Vanished, bury
from keepwell.words.fact import Load
from keepwell.words.problem import KeepwellError
from keepwell.words.report import TableReport


@dataclass
class Item:
    """One input for one fact: read now, or unchanged since an earlier load."""

    place: Place
    input: Input
    digest: str
    earlier: Earlier | None
    count: Count | None = None
    vanished: Vanished = NONE

    @property
    def kind(self) -> str:
        """The fact's kind."""
        return self.place.fact_map.kind

    @property
    def loading(self) -> Load:
        """Whether absence means gone."""
        return self.place.fact_map.loading


@dataclass
class Outcome:
    """What the loads of a source came to, gathered table by table."""

    told: list[Told] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wrote: bool = False


def load_source(source: SourceMap, context: IngestContext) -> SourceReport:
    """Read all tables of a source and write its facts under `context.batch`; publishing is the caller's.

    Files that have not changed since they were loaded, by a map that has not changed, are
    not read again. Raises KeepwellError where a map or a file cannot be read at all, StopRule
    where too much of a snapshot vanished; then nothing of the batch may be published.
    """
    found = [find_files(source, number, context) for number in range(len(source.tables))]
    files = [file.file for table in found for named in table.values() for file in named]
    with open_session(source, context, files) as session:
        inputs = [open_inputs(session, number, table) for number, table in enumerate(found)]
        items = list(_items(session, inputs))
        outcome = Outcome()
        _read_changed(session, items, outcome)
        _bury_vanished(session, items, inputs, outcome)
        changed = _write_loads(session, items) or outcome.wrote
        told = [*outcome.told, *_told_earlier(session, items)]
        rejects = tuple(reject for one in told for reject in one.rejects)
        groups = tuple(group for one in told for group in one.groups)
        notes = (*outcome.notes, *(note for one in told for note in one.notes))
        return SourceReport(
            source.source, _reports(source, items), rejects, changed, notes, groups, sum(one.new for one in told)
        )


def _items(session: Session, inputs: list[list[Input]]) -> Iterator[Item]:
    for number, table in enumerate(session.source.tables):
        for fact in range(len(table.facts)):
            place = Place(session.source, number, fact)
            how = fingerprint(session, place)
            for one in inputs[number]:
                digest = sha256(f"{one.digest} {how}".encode()).hexdigest()[:32]
                yield Item(place, one, digest, session.history.same(place.fact_map.kind, one.origin, digest))


def _read_changed(session: Session, items: list[Item], outcome: Outcome) -> None:
    for kind in sorted({item.kind for item in items}):
        session.connection.execute(f"CREATE TABLE present_{kind} (external_id VARCHAR)")
    whole = {item.kind for item in items if item.loading is Load.SNAPSHOT and _differs(session, items, item.kind)}
    for place, group in groupby(items, key=lambda item: item.place):
        again = place.fact_map.kind in whole
        changed = [item for item in group if again or item.earlier is None]
        if changed:
            _check_not_empty(session, changed)
            _read(session, place, changed, outcome)


def _differs(session: Session, items: list[Item], kind: str) -> bool:
    return session.history.last_set(kind) != {(i.input.origin, i.digest) for i in items if i.kind == kind}


def _check_not_empty(session: Session, items: list[Item]) -> None:
    place, inputs = items[0].place, [item.input for item in items]
    scans = " UNION ALL ".join(f"(SELECT 1 FROM {one.unit.scan} LIMIT 1)" for one in inputs)
    known = any(item.earlier and item.earlier.count.read for item in items)
    if known or may_be_absent(session.source, place.table_map, session.context):
        return
    if not session.count(f"SELECT count(*) FROM ({scans})"):
        names = ", ".join(one.origin for one in inputs)
        fix = "export it again, or say 'may_be_absent: true'"
        raise KeepwellError(session.source.problem(("tables", place.table), f"{names} has no rows", fix=fix))


def _read(session: Session, place: Place, items: list[Item], outcome: Outcome) -> None:
    kind = place.fact_map.kind
    load = load_fact(session, place, [item.input.unit for item in items], f"present_{kind}")
    for item, count in zip(items, load.counts, strict=True):
        item.count = count
    outcome.told.append(load.told)
    outcome.wrote |= load.wrote
    outcome.notes += load.notes
    before = session.history.known_rules(kind, [item.input.origin for item in items])
    outcome.notes += known_rules.changed(place, before)
    if load.late:
        columns = ", ".join(load.late)
        outcome.notes.append(
            f"{session.source.source}: history does not know {columns} of {kind}: they are known from this load on"
            " (declare 'since: created' where they never change)"
        )


def _bury_vanished(session: Session, items: list[Item], inputs: list[list[Input]], outcome: Outcome) -> None:
    """Only where every table of the kind was read: an absent file says nothing about its rows."""
    facts = [(number, fact) for number, table in enumerate(session.source.tables) for fact in table.facts]
    absent = {fact.kind for number, fact in facts if not inputs[number]}
    read = [item for item in items if item.loading is Load.SNAPSHOT and item.count and item.kind not in absent]
    for item in {item.kind: item for item in reversed(read)}.values():
        item.vanished = bury(session, item.kind, f"present_{item.kind}")
        outcome.wrote |= item.vanished.rows > 0


def _write_loads(session: Session, items: list[Item]) -> bool:
    """One row per item, for all or for none; none when nothing was read on a day that has its rows already."""
    today = session.context.today
    if all(item.count is None and item.earlier and item.earlier.loaded_day == today for item in items):
        return False
    session.context.lake.append("loads", rows_of(_load_row(session, item) for item in items))
    for kind, origin, batch in {(i.kind, i.input.origin, i.earlier.batch) for i in items if not i.count and i.earlier}:
        keep_rejects(session, kind, origin, batch)
    return True


def _load_row(session: Session, item: Item) -> tuple[object, ...]:
    source, context, count = session.source, session.context, _count(item)
    counts = (count.read, count.accepted, count.duplicates, count.quarantined, count.unattributed, item.vanished.rows)
    when = (context.now, context.today, count.max_day, item.digest)
    first = (source.source, item.kind, item.input.origin, session.history.span(item.kind) is None)
    return (*first, *when, *counts, source.covers == "all", known_rules.told(item.place), context.batch)


def _count(item: Item) -> Count:
    """What was read, or what reading the unchanged input again would come to."""
    if item.count is not None or item.earlier is None:
        return item.count or Count(0, 0, 0, 0, None)
    was = item.earlier.count
    return Count(was.read, 0, was.read - was.quarantined, was.quarantined, was.max_day, was.unattributed)


def _reports(source: SourceMap, items: list[Item]) -> tuple[TableReport, ...]:
    reports = []
    for item in items:
        c = _count(item)
        counts = (c.read, c.accepted, c.duplicates, c.quarantined, item.vanished.rows, item.vanished.ids)
        reports.append(TableReport(source.source, item.kind, item.input.origin, *counts))
    return tuple(reports)


def _told_earlier(session: Session, items: list[Item]) -> Iterator[Told]:
    """What unchanged inputs still hold back, said again."""
    for place, group in groupby(items, key=lambda item: item.place):
        same = [(item.input.origin, item.earlier) for item in group if item.count is None and item.earlier]
        loads = [(origin, earlier.batch) for origin, earlier in same if earlier.count.quarantined]
        if loads:
            yield standing_rejects(session, place, loads, sum(earlier.count.read for _, earlier in same))
