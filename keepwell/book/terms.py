"""What a project and its source maps tell the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keepwell.project import Project
from keepwell.sources import recording
from keepwell.sources.column_map import SourceMap
from keepwell.sources.map_check import read_source
from keepwell.sources.recording import PEOPLE
from keepwell.timeline.terms import Feed, Terms
from keepwell.words.fact import KINDS
from keepwell.words.problem import KeepwellError, Problem, nearest

RECORDED = tuple(Feed(PEOPLE, kind, KINDS[kind].watermark, recorded=True) for kind in recording.KINDS_BY_HAND)


def source_maps(project: Project, names: Iterable[str] | None = None) -> list[SourceMap]:
    """The project's checked column maps, all or the named ones."""
    maps = [read_source(file) for file in project.source_files()]
    if not maps:
        raise KeepwellError(Problem("no column maps", project.folder / "sources", fix="add sources/<name>.yml"))
    if twice := list(_named_twice(maps)):
        raise KeepwellError(*twice)
    if names is None:
        return maps
    known = [m.source for m in maps]
    for name in names:
        if name not in known:
            raise KeepwellError(Problem(f"unknown source '{name}'", fix=nearest(name, known)))
    wanted = set(names)
    return [m for m in maps if m.source in wanted]


def _named_twice(maps: Iterable[SourceMap]) -> Iterator[Problem]:
    """Maps with the name of an earlier one: their rows would be taken for one source's and revise each other."""
    first: dict[str, SourceMap] = {}
    for source in maps:
        other = first.setdefault(source.source, source)
        if other is not source:
            place = other.problem(("source",), "").place
            what = f"two maps are named '{source.source}', this one and {place}"
            fix = "change 'source:' in one of them, or move its tables into the other"
            yield source.problem(("source",), what, "a name of its own for each", fix)


def terms_of(project: Project, maps: Iterable[SourceMap]) -> Terms:
    """The ledger's terms: days, money, feeds, features, precedence."""
    config = project.config
    return Terms(
        time_zone=config.time_zone,
        day_close=config.day_close.strftime("%H:%M"),
        currency=config.currency,
        feeds=(*(feed for source in maps for feed in _feeds(source)), *RECORDED),
        segments=config.segments,
        precedence=config.precedence,
        key_features=config.features.key,
        core_features=config.features.core or (),
        plan_features=config.features.plans,
    )


def _feeds(source: SourceMap) -> list[Feed]:
    """One feed per fact kind of a source."""
    gaps = tuple((gap.since, gap.until) for gap in source.gaps)
    facts = {fact.kind: fact for table in source.tables for fact in table.facts}
    return [
        Feed(source.source, kind, fact.watermark_by, source.covers == "all", source.retired, gaps)
        for kind, fact in facts.items()
    ]
