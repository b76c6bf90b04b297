"""Which card follows which: what promotion and rollback write into cards, and where the one before is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from keepwell.learning import papers
from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.problem import KeepwellError, Problem


def leads_already(card: Scorecard, champion: Path) -> bool:
    """Whether the headline card is this very one, by a promotion."""
    leads = papers.card_in(champion)
    return leads.replaces is not None and scorecard.fingerprint(leads) == scorecard.fingerprint(card)


def approved(card: Scorecard, by: str, on: date, replaces: str | None) -> Scorecard:
    """The card with who let it lead, and instead of which card; a shadow replaces none. It is not withdrawn any more."""
    said = {"approved_by": by, "approved_on": on.isoformat(), "replaces": replaces}
    return _noting(card, {**said, **dict.fromkeys(("withdrawn_by", "withdrawn_on"))})


@dataclass(frozen=True)
class Copy:
    """A card that another takes the place of, and where it is kept."""

    of: Path
    to: Path


def copy_of(target: Path, standing: Path, card: Scorecard) -> Copy | None:
    """Of the card that stands there, for one that takes its place in `target`: None if there is none, or if it is this one."""
    if not standing.is_file() or scorecard.fingerprint(papers.card_in(standing)) == scorecard.fingerprint(card):
        return None
    return Copy(standing, _free(target, standing))


def placed(card: Scorecard, target: Path, kept: Copy | None) -> None:
    """Write the card in its place at once, after the one that stands there was copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if kept is not None:
        kept.to.write_bytes(kept.of.read_bytes())
    _write(scorecard.dumps(card), target)


def before(current: Path) -> str:
    """The name of the card that leads once this one is withdrawn."""
    replaced = _replaced(papers.card_in(current), current)
    if _is_kept(replaced):
        return current.stem
    leads = replaced.with_name(f"{replaced.name}.yml")
    if leads.is_file() and papers.card_in(leads).withdrawn_by is not None:
        what = f"'{replaced.name}', which it replaced, was withdrawn itself"
        fix = f"name the card that leads in keepwell.yml; what stood there before is kept as {leads.name}.before-N"
        raise KeepwellError(Problem(what, current, fix=fix))
    return replaced.name


def after_withdrawal(current: Path, by: str, on: date) -> str:
    """What stands in the place of a card that is withdrawn: the copy kept of the one before it, else the card, which says so."""
    card = papers.card_in(current)
    replaced = _replaced(card, current)
    return replaced.read_text(encoding="utf-8") if _is_kept(replaced) else scorecard.dumps(_withdrawn(card, by, on))


def withdrawn(current: Path, by: str, on: date) -> str:
    """Take back what the promotion of a card changed in its folder; the name of the card that leads again."""
    card, name = papers.card_in(current), before(current)
    replaced = _replaced(card, current)
    _write(scorecard.dumps(_withdrawn(card, by, on)), current)
    if _is_kept(replaced):
        _free(current, current).write_bytes(current.read_bytes())
        replaced.replace(current)
    return name


def withdrawn_since(place: Path, leads: Path, promoted: str) -> str | None:
    """Who withdrew the card that was promoted to a place under that hash; None: nobody, or it leads all the same."""
    if _as_promoted(papers.card_in(leads)) == promoted:
        return None
    kept = (papers.card_in(file) for file in (place, *place.parent.glob(f"{place.name}.before-*")) if file.is_file())
    return next((card.withdrawn_by for card in kept if card.withdrawn_by and _as_promoted(card) == promoted), None)


def _as_promoted(card: Scorecard) -> str:
    return papers.hash_of(card.model_copy(update={"withdrawn_by": None, "withdrawn_on": None}))


def _withdrawn(card: Scorecard, by: str, on: date) -> Scorecard:
    return _noting(card, {"withdrawn_by": by, "withdrawn_on": on.isoformat()})


def _replaced(card: Scorecard, current: Path) -> Path:
    if card.replaces is None:
        raise KeepwellError(Problem(f"'{card.scorecard}' has replaced no card", current, fix="nothing to roll back"))
    return current.with_name(card.replaces)


def _is_kept(replaced: Path) -> bool:
    """Whether it is a copy that was kept of a card of the same name."""
    return replaced.suffix not in (".yml", "") and replaced.is_file()


def _noting(card: Scorecard, said: Mapping[str, str | None]) -> Scorecard:
    return scorecard.Scorecard.model_validate({**card.model_dump(by_alias=True, exclude_unset=True), **said})


def _write(text: str, file: Path) -> None:
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def _free(target: Path, of: Path) -> Path:
    """Where a copy of a card goes: under the next free number, or the number under which the very same was kept."""
    number, said = 1, of.read_bytes()
    while (kept := target.with_name(f"{target.name}.before-{number}")).exists() and kept.read_bytes() != said:
        number += 1
    return kept
