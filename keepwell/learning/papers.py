"""The papers of a learned card: its file, the model card beside it, and its promotion."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from keepwell import document
from keepwell.learning.judging.evaluation import EXPERT
from keepwell.learning.samples import leaks
from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.learning import Compared, Estimate, TrainReport
from keepwell.words.problem import KeepwellError, Problem, StopRule

LIMITS = (
    "It foretells the outcome it was taught, for accounts like those it was taught on; it does not say what to do.",
    "It knows nothing of what no signal measures. An account that was saved looks like a false alarm.",
    "Points are associations, not causes: making a number better need not keep the customer.",
)


@dataclasses.dataclass(frozen=True)
class _Paper:
    """What promotion reads of a model card."""

    scorecard: str
    authority: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]  # labels that contradict each other
    compared: Compared | None
    gain: Estimate | None  # over the card it was compared with


def write_card(folder: Path, card: Scorecard, report: TrainReport) -> TrainReport:
    """Write NAME.yml and NAME.model.json; the report says where."""
    folder.mkdir(parents=True, exist_ok=True)
    file, paper = folder / f"{card.scorecard}.yml", folder / f"{card.scorecard}.model.json"
    file.write_text(scorecard.dumps(card), encoding="utf-8")
    report = dataclasses.replace(report, file=str(file), model_card=str(paper))
    paper.write_text(json.dumps(model_card(card, report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def model_card(card: Scorecard, report: TrainReport) -> dict[str, Any]:
    """What the card was learned from, how good it is, and where its limits are."""
    return {
        "scorecard": card.scorecard,
        "hash": hash_of(card),
        "predicts": card.predicts,
        "horizon_days": card.horizon_days,
        "trained": card.trained,
        "limits": LIMITS,
        "report": dataclasses.asdict(report),
    }


def hash_of(card: Scorecard) -> str:
    """A card's hash, layout aside."""
    return sha256(scorecard.canonical(card).encode()).hexdigest()


def checked(challenger: Path, champion: Path | None, *, shadow: bool) -> tuple[Scorecard, str, Estimate | None]:
    """(card, authority, gain over the champion) of a learned card; StopRule where it may not lead.

    A shadow is scored beside the headline card and decides nothing, so that any card that is as it was examined will do.
    """
    card = scorecard.read(document.read(challenger))
    paper = _paper(challenger, card)
    _check_labels(challenger, paper)
    if shadow:
        return card, paper.authority, paper.gain
    if paper.authority in ("none", "diagnose"):
        reasons = "; ".join(paper.reasons)
        fix = "keep the champion, or watch it beside: --shadow"
        raise StopRule(Problem(f"'{card.scorecard}' may only {paper.authority}: {reasons}", challenger, fix=fix))
    if champion is not None:
        _check_better(challenger, paper, champion)
    return card, paper.authority, paper.gain


def placed(card: Scorecard, target: Path, said: Mapping[str, str]) -> str | None:
    """Write the card with what is `said` of it; where a card of the same name was kept, None if there was none."""
    kept = _kept(target)
    if kept is not None and said.get("replaces") == target.stem:
        said = {**said, "replaces": kept.name}
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(card, target, said)
    return str(kept) if kept is not None else None


def before(current: Path) -> str:
    """The name of the card that leads once this one is withdrawn."""
    replaced = _replaced(scorecard.read(document.read(current)), current)
    if _is_kept(replaced):
        return current.stem
    leads = replaced.with_name(f"{replaced.name}.yml")
    if leads.is_file() and scorecard.read(document.read(leads)).withdrawn_by is not None:
        what = f"'{replaced.name}', which it replaced, was withdrawn itself"
        fix = f"name the card that leads in keepwell.yml; what stood there before is kept as {leads.name}.before-N"
        raise KeepwellError(Problem(what, current, fix=fix))
    return replaced.name


def withdrawn(current: Path, by: str, on: date) -> str:
    """Take back what the promotion of a card changed in its folder; the name of the card that leads again."""
    card, name = scorecard.read(document.read(current)), before(current)
    replaced = _replaced(card, current)
    _write(card, current, {"withdrawn_by": by, "withdrawn_on": on.isoformat()})
    if _is_kept(replaced):
        _kept(current)
        replaced.replace(current)
    return name


def _replaced(card: Scorecard, current: Path) -> Path:
    if card.replaces is None:
        raise KeepwellError(Problem(f"'{card.scorecard}' has replaced no card", current, fix="nothing to roll back"))
    return current.with_name(card.replaces)


def _is_kept(replaced: Path) -> bool:
    """Whether it is a copy that was kept of a card of the same name."""
    return replaced.suffix not in (".yml", "") and replaced.is_file()


def _write(card: Scorecard, file: Path, said: Mapping[str, str]) -> None:
    model = {**card.model_dump(by_alias=True, exclude_unset=True), **said}
    new = file.with_name(f"{file.name}.new")
    new.write_text(scorecard.dumps(scorecard.Scorecard.model_validate(model)), encoding="utf-8")
    new.replace(file)


def _check_labels(challenger: Path, paper: _Paper) -> None:
    """Who accepted contradictory labels wanted to see what they teach; nobody knows whether it is true."""
    if paper.doubts:
        what = f"'{paper.scorecard}' rests on labels nobody can trust: {'; '.join(paper.doubts)}"
        raise StopRule(Problem(what, challenger, fix="correct the sources and train again"))


def _check_better(challenger: Path, paper: _Paper, over: Path) -> None:
    champion, gain, compared = scorecard.read(document.read(over)), paper.gain, paper.compared
    if gain is None and compared is not None and compared.since is not None and compared.hash == hash_of(champion):
        what = f"'{champion.scorecard}' was learned from the months on which the two would be compared"
        fix = f"train again when outcomes of months from {compared.since} on are certain, or watch it beside: --shadow"
        raise StopRule(Problem(what, challenger, fix=fix))
    if gain is None or compared is None or compared.hash != hash_of(champion):
        other = f", but with '{compared.scorecard}'" if compared else ""
        what, fix = (
            f"it was not compared with '{champion.scorecard}' as it is{other}",
            f"train again with --expert {over}",
        )
        raise StopRule(Problem(what, challenger, fix=fix))
    if not gain.low > 0:  # what is no number is no proof either
        what = (
            f"'{paper.scorecard}' is not better than '{champion.scorecard}' beyond noise: AUC {gain.value:+.3f}"
            f" ({gain.low:+.3f} to {gain.high:+.3f})"
        )
        raise StopRule(Problem(what, challenger, fix="keep the champion, or come back with more outcomes"))


def _paper(challenger: Path, card: Scorecard) -> _Paper:
    """The model card beside a card; KeepwellError where there is none, or it is not the one written with the card."""
    file = challenger.with_suffix(".model.json")
    if not file.is_file():
        raise KeepwellError(Problem("no model card beside it", challenger, fix=f"expected {file.name} from training"))
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        found = _read(given)
        as_examined = given["hash"] == hash_of(card)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeepwellError(Problem("this is no model card as training writes it", file, fix="train again")) from None
    if not as_examined:
        what = "the card was changed after it was examined"
        raise KeepwellError(Problem(what, challenger, fix="keepwell evaluate it, or train again"))
    if found.authority != card.trained.get("authority", found.authority):
        what = f"the model card says '{found.authority}', its card '{card.trained['authority']}'"
        raise KeepwellError(Problem(what, file, fix="train again"))
    return found


def _read(given: dict[str, Any]) -> _Paper:
    report = given["report"]
    compared = report.get("compared_with")
    beats = dict((report.get("evaluation") or {}).get("beats", []))
    return _Paper(
        str(given["scorecard"]),
        str(report["authority"]),
        tuple(map(str, report["reasons"])),
        tuple(str(leak["text"]) for leak in report.get("leaks", []) if leak["kind"] == leaks.LABELS),
        Compared(**compared) if compared else None,
        Estimate(**beats[EXPERT]) if EXPERT in beats else None,
    )


def _kept(target: Path) -> Path | None:
    """Where a copy of the champion of the same name is kept: under the next free number."""
    if not target.is_file():
        return None
    number = 1
    while (kept := target.with_name(f"{target.name}.before-{number}")).exists():
        number += 1
    kept.write_bytes(target.read_bytes())
    return kept
