"""Which plays a project has, and which one fits an account: one next step for book, explanation and alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keepwell import document
from keepwell.book import snapshot
from keepwell.book.scorer import Card, Scorer
from keepwell.decisions import playbook
from keepwell.decisions.playbook import GRADES, NAMED, NO_DATA, Play, Playbook, Subject, When, fits, grade_of
from keepwell.document import Document
from keepwell.words.decision import Kind
from keepwell.words.play import NextStep
from keepwell.words.problem import KeepwellError, nearest
from keepwell.words.reading import Signal
from keepwell.words.score import Score, State

SHIPPED = "shipped"
CODES = (*NO_DATA, "tier.requires", *Kind)  # reasons that are no signal's and no guard's
ENDINGS = ("poor", "watch", "healthy", "recovered", "shown", "risk", "opportunity")  # of a signal's codes


@dataclass(frozen=True)
class Account:
    """What kind of account a play is looked for."""

    segment: str | None = None
    lifecycle: str | None = None


@dataclass(frozen=True)
class Plays:
    """The plays of a project in their order: its own, then the shipped ones that it does not replace."""

    plays: tuple[Play, ...]
    origins: Mapping[str, str]  # play → its file, or that it ships with the product
    signals: Mapping[str, Signal]
    found: dict[Subject, Play | None] = field(default_factory=dict, compare=False)  # which fitted before

    def next_step(self, card: Card, score: Score, account: Account) -> NextStep:
        """What a score's owner does next, for the dearest reason that says so."""
        if score.unscored_why == snapshot.NOT_FOR_IT:
            return NextStep(snapshot.next_action(score))
        subject = self.about(card, score, account)
        if score.state is not State.SCORED:
            found = self.fitting(subject)
            return NextStep(snapshot.next_action(score), found.play if found else None)
        row = snapshot.leading(score)
        return self.step(subject, score, row.next_step if row else "")

    def about(self, card: Card, score: Score, account: Account) -> Subject:
        """What a score's next step is about: its dearest reason, or that there is no score."""
        row = snapshot.leading(score) if score.state is State.SCORED else None
        none = "" if score.state is State.SCORED else Kind.UNSCORED.value
        return self.subject(card, score, account, (row.reason_code, row.signal) if row else (none, None))

    def step(self, subject: Subject, score: Score, own: str) -> NextStep:
        """The step of the play that fits a subject; `own` is that of the reason itself."""
        found = self.fitting(subject)
        if found is None:
            return NextStep(snapshot.reviewed(score, own) if own else snapshot.next_action(score))
        return NextStep(snapshot.reviewed(score, found.next_step or own or found.tasks[0].do), found.play)

    def subject(self, card: Card, score: Score, account: Account, reason: tuple[str, str | None]) -> Subject:
        """What a play is looked for; the reason is a code, empty where there is none, and its signal."""
        code, signal = reason
        spec = self.signals.get(signal or "")
        grade = grade_of(_tiers(card, score.segment), score.tier)
        return Subject(code, signal, spec.play if spec else "", account.segment, score.tier, grade, account.lifecycle)

    def fitting(self, subject: Subject) -> Play | None:
        """The first play that fits."""
        if subject not in self.found:
            self.found[subject] = playbook.match(self.plays, subject)
        return self.found[subject]

    def named(self, name: str) -> Play:
        """A play by its name."""
        return next(one for one in self.plays if one.play == name)

    def knows(self, reason: str) -> bool:
        """Whether a word is a reason that plays can be for."""
        known = (*self.signals, *CODES, *(name for one in self.plays for name in one.when.reasons if name != NAMED))
        return reason in known or _is_code(reason, self.signals)

    def for_reason(self, reason: str) -> tuple[Play, ...]:
        """The plays that some account with a reason gets, in their order."""
        signal = reason.partition(".")[0]
        spec = self.signals.get(signal)
        subject = Subject(reason, signal if spec else None, spec.play if spec else "")
        return tuple(one for one in self.plays if fits(one.model_copy(update={"when": _any_account(one)}), subject))

    def findings(self) -> Iterator[str]:
        """Signals whose specs name plays that no file holds."""
        names = {one.play for one in self.plays}
        for signal in self.signals.values():
            if signal.play and signal.play not in names:
                yield f"the signal '{signal.name}' names the play '{signal.play}', which no playbook holds"


def _any_account(play: Play) -> When:
    """Its reasons alone."""
    return When(reasons=play.when.reasons)


def _tiers(card: Card, segment: str | None) -> Sequence[tuple[str, int]]:
    """A card's tiers in a segment of it."""
    plan = card.compiled.plan
    names = [one.name for one in plan.segments]
    found = plan.tiers[names.index(segment) if segment in names else -1]
    return [(tier.name, tier.start) for tier in found]


def plays_of(scorer: Scorer) -> Plays:
    """Read and check the project's playbooks."""
    files = [document.read(file) for file in scorer.project.playbook_files()]
    books = [(file, playbook.read(file)) for file in files]
    *own, (_, shipped) = books
    _refuse_twice(own)
    for file, book in own:
        _refuse_unknown(scorer, file, book)
    found: dict[str, Play] = {}
    origins: dict[str, str] = {}
    for file, book in books:
        for one in book.plays:
            if one.play not in found:
                found[one.play], origins[one.play] = one, SHIPPED if book is shipped else str(file.file)
    return Plays(tuple(found.values()), origins, scorer.signals)


def _refuse_twice(own: Iterable[tuple[Document, Playbook]]) -> None:
    first: dict[str, Path] = {}
    for file, book in own:
        for place, one in enumerate(book.plays):
            if one.play in first:
                what = f"two plays are named '{one.play}', this one and one in {first[one.play]}"
                raise KeepwellError(file.problem(["plays", place, "play"], what, "a name of its own for each"))
            first[one.play] = file.file


def _refuse_unknown(scorer: Scorer, file: Document, book: Playbook) -> None:
    """A reason or tier that no card has would never fit."""
    guards = [f"guard.{guard.name}" for card in scorer.cards.values() for guard in card.compiled.plan.card.guards]
    reasons = [*scorer.signals, *guards, *CODES, NAMED]
    tiers = [*GRADES, *dict.fromkeys(tier for card in scorer.cards.values() for tier in card.tiers)]
    problems = [
        file.problem(["plays", place, "when", part, number], f"'{name}' is no {what}", fix=nearest(name, known))
        for place, one in enumerate(book.plays)
        for part, what, known in (("reasons", "reason", reasons), ("tiers", "tier of a card", tiers))
        for number, name in enumerate(getattr(one.when, part))
        if name not in known and not (part == "reasons" and _is_code(name, scorer.signals))
    ]
    if problems:
        raise KeepwellError(*problems)


def _is_code(name: str, signals: Mapping[str, Signal]) -> bool:
    signal, _, ending = name.partition(".")
    return signal in signals and ending in ENDINGS
