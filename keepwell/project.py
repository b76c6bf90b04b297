"""A project: the folder with `keepwell.yml` that says how one company is read and scored."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from keepwell import document
from keepwell.channels import Channels
from keepwell.document import Document
from keepwell.engine import engine, time_zones
from keepwell.settings import Settings, from_environment
from keepwell.words.account import ATTRIBUTES
from keepwell.words.days import Days
from keepwell.words.fact import KINDS
from keepwell.words.link import checked_link
from keepwell.words.problem import KeepwellError, Problem, nearest

FILE = "keepwell.yml"
SCORECARDS = "scorecards"
HEADLINE = re.compile(r"""^(["']?)scorecard\1[ \t]*:[^\r\n]*""", re.MULTILINE)
MOST_KEY_FEATURES = 62  # bits of a signed 64-bit mask that stay positive after a shift


def _zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError(f"unknown time zone '{name}'; {nearest(name, time_zones())}")
    return name


def _time_of_day(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise ValueError(f"'{value}' is not a time of day; expected HH:MM in quotes, as in \"06:00\"")


def _utc(moment: datetime) -> datetime:
    plain = datetime.fromisoformat(moment.isoformat())  # ruamel's own subclass would stay in reports
    return plain.astimezone(UTC).replace(tzinfo=None) if plain.tzinfo else plain


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"'{code}' is not a currency; expected three capital letters, as in EUR")
    return code


class Strict(BaseModel):
    """Frozen, and an unknown key is an error with its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Features(Strict):
    """What usage features mean; bit i of a rollup's mask is the i-th key feature.

    `core` None: every feature is a core action. A plan without an entry has all key features.
    """

    key: tuple[str, ...] = ()
    core: tuple[str, ...] | None = None
    plans: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _checked(self) -> Features:
        if len(self.key) > MOST_KEY_FEATURES:
            raise ValueError(f"{len(self.key)} key features; expected at most {MOST_KEY_FEATURES}")
        if twice := sorted({name for name in self.key if self.key.count(name) > 1}):
            raise ValueError(f"key feature '{twice[0]}' is named twice")
        for plan, names in self.plans.items():
            for name in names:
                if name not in self.key:
                    raise ValueError(f"plan '{plan}' names '{name}', not a key feature; {nearest(name, self.key)}")
        return self


class Config(Strict):
    """`keepwell.yml`. `clock` (naive UTC) stands still for "now" in sample projects."""

    version: Literal[1]
    name: str
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    day_close: Annotated[time, BeforeValidator(_time_of_day)] = time(6)
    currency: Annotated[str, AfterValidator(_currency)] = "EUR"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    clock: Annotated[datetime, AfterValidator(_utc)] | None = None
    scorecard: str = "default-ten"
    features: Features = Features()
    segments: dict[str, Annotated[int, Field(ge=0)]] = {"S": 0, "M": 25_000, "E": 100_000}
    precedence: dict[str, tuple[str, ...]] = {}
    channels: Channels = {}
    link: Annotated[str, AfterValidator(checked_link)] | None = None  # where an account is looked up

    @model_validator(mode="after")
    def _checked(self) -> Config:
        bounds = list(self.segments.values())
        if len(set(bounds)) < len(bounds):
            raise ValueError("two segments have the same lower bound; expected one bound each")
        known = sorted({*ATTRIBUTES, *(column.name for column in KINDS["account"].columns)})
        for attribute in self.precedence:
            if attribute not in known:
                raise ValueError(f"precedence names '{attribute}', not an attribute; {nearest(attribute, known)}")
        return self


@dataclass(frozen=True)
class Project:
    """An opened project folder.

    Days are local days of `config.time_zone`; moments are naive UTC.
    """

    folder: Path
    config: Config
    settings: Settings = Settings()
    document: Document | None = field(default=None, compare=False, repr=False)
    tried: Path | None = field(default=None, compare=False, repr=False)  # a card taken for one of the project's own

    @classmethod
    def open(cls, folder: Path | None = None, settings: Settings | None = None) -> Project:
        """Open the project in `folder` (default: here) or the nearest folder above it."""
        start = (folder or Path()).absolute()
        if not start.is_dir():
            raise KeepwellError(Problem(f"no such folder: {folder}", fix="check --project"))
        found = next((place for place in (start, *start.parents) if (place / FILE).is_file()), None)
        if found is None:
            where = "here" if folder is None else f"in {folder}"
            raise KeepwellError(Problem(f"no {FILE} {where} or above", fix="run 'keepwell init'"))
        read = document.read(_shown(found / FILE))
        return cls(found, read.check(Config), settings or from_environment(), read)

    # --- days ---

    def local_day(self, moment: datetime) -> date:
        """The local day of a moment."""
        [(day,)] = _told("SELECT " + self._days.day_of(f"TIMESTAMP '{moment}'"))
        return cast("date", day)

    def local_days(self, moments: Iterable[datetime]) -> dict[datetime, date]:
        """Moment → its local day, of many at once."""
        query = f"SELECT DISTINCT m, {self._days.day_of('m')} FROM (SELECT unnest(?::TIMESTAMP[]) AS m)"
        with engine() as connection:
            return dict(connection.execute(query, [list(moments)]).fetchall())

    def close_at(self, day: date) -> datetime:
        """The moment at which a day closes: `day_close` on the morning after (SEMANTICS, rule 2).

        A close inside an hour that the clocks skip falls as if they had not; in an hour
        that happens twice, the first counts.
        """
        return _closes(self._days, day.year)[day]

    def begins_at(self, day: date) -> datetime:
        """The moment at which a day begins, by the calendar."""
        [(moment,)] = _told("SELECT " + self._days.start_of(f"DATE '{day}'"))
        return cast("datetime", moment)

    def last_closed_day(self, now: datetime) -> date:
        """The newest day that has closed."""
        day = now.date()
        while self.close_at(day) > now:
            day -= timedelta(days=1)
        return day

    @cached_property
    def _days(self) -> Days:
        return Days(self.config.time_zone, self.config.day_close)

    # --- files ---

    def source_files(self) -> tuple[Path, ...]:
        """The column maps, by name."""
        return self._files("sources")

    def signal_files(self) -> tuple[Path, ...]:
        """The project's own signals, by name."""
        return self._files("signals")

    def scorecard_files(self) -> tuple[Path, ...]:
        """The project's own scorecards, by name."""
        own = {file.stem: file for file in self._files(SCORECARDS)}
        if self.tried is not None:
            own[self.tried.stem] = self.tried
        return tuple(file for _, file in sorted(own.items()))

    def place_of_card(self, name: str) -> Path:
        """The file of the project's own card of that name, or where one would stand; KeepwellError where another is named so."""
        own = {file.stem: file for file in self.scorecard_files()}
        named = (
            file for stem, file in own.items() if stem != name and document.read(file).data.get("scorecard") == name
        )
        if (other := next(named, None)) is not None:
            problem = Problem(f"a card of the project is named '{name}' too", other, expected="a name of its own")
            raise KeepwellError(replace(problem, fix="change 'scorecard:' there, or train under another --name"))
        return own.get(name, self.folder / SCORECARDS / f"{name}.yml")

    def trying(self, card: Path, headline: str) -> Project:
        """The project as it would be if the file stood among its scorecards and `headline` led."""
        return replace(self, config=self.config.model_copy(update={"scorecard": headline}), tried=card)

    def policy_files(self) -> tuple[Path, ...]:
        """The project's own policies, by name; without one, the packaged policy holds."""
        return self._files("policy") or (packaged_policy(),)

    def playbook_files(self) -> tuple[Path, ...]:
        """The project's own playbooks, by name, then the packaged one."""
        return (*self._files("playbooks"), packaged_playbook())

    def scorecard_file(self, name: str) -> Path:
        """A scorecard by name: a path to a file, else the project's own card, else a packaged one."""
        if name.endswith((".yml", ".yaml")):
            return document.existing(Path(name))
        cards = {**packaged_scorecards(), **{file.stem: file for file in self.scorecard_files()}}
        if name not in cards:
            problem = Problem(f"unknown scorecard '{name}'", fix=nearest(name, list(cards)))
            raise KeepwellError(problem)
        return cards[name]

    def named_scorecard(self, name: str) -> Path:
        """The same, also by the name that a card of the project gives itself."""
        own = {_own_name(file): file for file in self.scorecard_files()}
        return own.get(name) or self.scorecard_file(name)

    def scorecards(self) -> dict[str, Path]:
        """The scorecards that a run computes, by name: the headline card first, then the project's own."""
        name = self.config.scorecard
        try:
            headline = self.scorecard_file(name)
        except KeepwellError as error:
            if self.document is None:
                raise
            problem = error.problems[0]
            raise KeepwellError(self.document.problem(["scorecard"], problem.what, fix=problem.fix)) from None
        return {name: headline, **{file.stem: file for file in self.scorecard_files()}}

    def with_headline(self, name: str) -> str:
        """The project's file with another headline card, its other lines as they are; KeepwellError where that is not sure."""
        file = self.folder / FILE
        text = file.read_bytes().decode("utf-8")
        end = "\r\n" if "\r\n" in text else "\n"
        is_text = document.parse(f"scorecard: {name}").data["scorecard"] == name  # null and true are none
        line = f"scorecard: {name}" if is_text else f'scorecard: "{name}"'
        changed, found = HEADLINE.subn(line, text)
        changed = changed if found else f"{text.rstrip()}{end}{line}{end}"
        try:
            as_meant = document.parse(changed).data == {**document.parse(text).data, "scorecard": name}
        except KeepwellError:
            as_meant = False
        if not as_meant:
            what = "the headline card cannot be changed without changing other lines"
            raise KeepwellError(
                Problem(what, file, expected=f"'{line}' on a line of its own", fix="write it so, then repeat")
            )
        return changed

    def rewrite(self, text: str) -> None:
        """Replace the project's file at once."""
        new = self.folder / f"{FILE}.new"
        new.write_bytes(text.encode("utf-8"))
        new.replace(self.folder / FILE)

    def _files(self, folder: str) -> tuple[Path, ...]:
        found = sorted((self.folder / folder).glob("[!.]*"))
        return tuple(_shown(file) for file in found if file.suffix in {".yml", ".yaml"})

    # --- what the project keeps ---

    @property
    def home(self) -> Path:
        """Where everything computed lives; safe to delete together with its history."""
        return self.folder / ".keepwell"

    @property
    def lake_folder(self) -> Path:
        """The Delta tables."""
        return self.home / "lake"

    @property
    def state_url(self) -> str:
        """The state database: from the environment, else SQLite in the project."""
        own = sa.URL.create("sqlite", database=str(self.home / "state.db"))
        return self.settings.state_url or own.render_as_string(hide_password=False)

    @property
    def engine(self) -> dict[str, str | int]:
        """Settings for DuckDB connections."""
        return self.settings.engine.duckdb(self.home / "spill")

    def salt(self) -> str:
        """The secret behind pseudonyms of people; made at first use, readable by its owner only."""
        file = self.home / "salt"
        if not file.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            _write_once(file, secrets.token_hex(32))
        return file.read_text(encoding="ascii")


@lru_cache
def _closes(days: Days, year: int) -> dict[date, datetime]:
    """Each day of a year → when it closes."""
    last = f"least(DATE '{year:04}-12-31' + 1, DATE '9999-12-31')"
    of_year = f"SELECT unnest(range(DATE '{year:04}-01-01', {last}, INTERVAL 1 DAY))::DATE AS day"
    return dict(_told(f"SELECT day, {days.opening_of('day + 1')} FROM ({of_year})"))


def _told(query: str) -> list[tuple[Any, ...]]:
    """Rows of a query about local time: by the clock data that facts are read with, which Python's may differ from."""
    with engine() as connection:
        return connection.execute(query).fetchall()


def packaged_scorecards() -> dict[str, Path]:
    """The scorecards that ship with the product, by name."""
    folder = Path(str(files("keepwell"))) / "scorecards"
    return {file.stem: file for file in sorted(folder.glob("*.yml"))}


def packaged_policy() -> Path:
    """The policy that ships with the product."""
    return Path(str(files("keepwell"))) / "policies" / "default.yml"


def packaged_playbook() -> Path:
    """The playbook that ships with the product."""
    return Path(str(files("keepwell"))) / "playbooks" / "default.yml"


def _own_name(file: Path) -> str | None:
    """What a card names itself; None where it cannot be read, which is told where it is used."""
    try:
        return str(document.read(file).data.get("scorecard"))
    except KeepwellError:
        return None


def _shown(file: Path) -> Path:
    """The path as a person typed in this folder would name it, so that errors are short."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _write_once(file: Path, text: str) -> None:
    """Create the file whole and private; when another process was first, keep its content."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
