"""The papers of a learned card: its file, the model card beside it, and its promotion."""

from __future__ import annotations

import dataclasses
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from keepwell import document
from keepwell.learning.samples import leaks
from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.learning import EXPERT, Compared, Estimate, Foretold, TrainReport
from keepwell.words.problem import KeepwellError, Problem, StopRule, nearest, nearest_of_many

LIMITS = (
    "It foretells the outcome it was taught, for accounts like those it was taught on; it does not say what to do.",
    "It knows nothing of what no signal measures. An account that was saved looks like a false alarm.",
    "Points are associations, not causes: making a number better need not keep the customer.",
)
NOT_OURS = "this file was not written by training"
ANOTHER = "train under another --name, or into another folder: --out"


@dataclasses.dataclass(frozen=True)
class _Paper:
    """What promotion reads of a model card."""

    scorecard: str
    authority: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]  # labels that contradict each other
    compared: Compared | None
    gain: Estimate | None  # over the card it was compared with


def check_place(folder: Path, name: str) -> None:
    """KeepwellError where training would overwrite what it has not written, or what somebody has changed or promoted since."""
    above = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        lacking = "this cannot be written" if above.is_dir() else "this is no folder"
        raise KeepwellError(Problem(lacking, above, fix="name a folder with --out"))
    files = [file for suffix in ("yml", "yaml", "html") if (file := folder / f"{name}.{suffix}").exists()]
    if files and (what := _not_of_training(files[0])):
        raise KeepwellError(Problem(what, files[0], fix=ANOTHER))


def _not_of_training(file: Path) -> str | None:
    """Why a file is not what training wrote there before; None: it is."""
    try:
        card = card_in(file)
    except (KeepwellError, ValueError):
        return NOT_OURS
    if card.approved_by is not None:
        return "this card was promoted, training would overwrite it"
    try:
        examined = json.loads(file.with_suffix(".model.json").read_text(encoding="utf-8"))["hash"]
    except (OSError, ValueError, KeyError, TypeError):
        return NOT_OURS
    return None if examined == hash_of(card) else "this card was changed after training, which would overwrite it"


def write_card(folder: Path, card: Scorecard, report: TrainReport) -> TrainReport:
    """Write NAME.yml and NAME.model.json; the report says where."""
    folder.mkdir(parents=True, exist_ok=True)
    file, paper = folder / f"{card.scorecard}.yml", folder / f"{card.scorecard}.model.json"
    report = dataclasses.replace(report, file=str(file), model_card=str(paper))
    paper.write_text(json.dumps(model_card(card, report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    file.write_text(scorecard.dumps(card), encoding="utf-8")  # last: no card without its papers
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


def card_file(given: Path, folder: Path) -> Path:
    """The card that a person named: by its file or one of its papers, from here or from the project's folder."""
    name = given.name
    for suffix in (".model.json", ".html"):
        name = f"{name.removesuffix(suffix)}.yml" if name.endswith(suffix) else name
    wanted = given.with_name(name) if name else given
    for place in dict.fromkeys((wanted, folder / wanted)):
        if place.is_file():
            return place
    named = [str(file.with_name(file.name.replace(".model.json", ".yml"))) for file in _papers_in(folder)]
    what = "this is a folder" if given.is_dir() else "file not found"
    fix = nearest_of_many(str(wanted), named) or nearest(str(wanted), named)
    raise KeepwellError(Problem(what, given, expected="a learned card's file", fix=fix))


def _papers_in(folder: Path) -> list[Path]:
    """The model cards of a project, as a person in its folder names them."""
    return [file.relative_to(folder) for file in sorted(folder.glob("*/*.model.json"))]


def card_in(file: Path) -> Scorecard:
    """The card of a file."""
    return scorecard.read(document.read(file))


def checked(challenger: Path, champion: Path | None, *, shadow: bool) -> tuple[Scorecard, str, Estimate | None]:
    """(card, authority, gain over the champion) of a learned card; StopRule where it may not lead.

    A shadow is scored beside the headline card and decides nothing, so that any card that is as it was examined will do.
    """
    card = card_in(challenger)
    paper = _paper(challenger, card)
    _check_labels(challenger, paper)
    if shadow:
        return card, paper.authority, paper.gain
    if paper.authority in ("none", "diagnose"):
        reasons = "; ".join(paper.reasons)
        fix = "keep the champion, or watch it beside: --shadow"
        raise StopRule(Problem(f"'{card.scorecard}' may only {paper.authority}: {reasons}", challenger, fix=fix))
    if card.predicts == Foretold.EXPANSION:
        what = f"'{card.scorecard}' foretells expansion: as the headline card it would call those who may grow the most endangered"
        raise StopRule(Problem(what, challenger, fix="have it scored beside: --shadow"))
    if champion is not None:
        _check_better(challenger, paper, champion)
    return card, paper.authority, paper.gain


def _check_labels(challenger: Path, paper: _Paper) -> None:
    """Who accepted contradictory labels wanted to see what they teach; nobody knows whether it is true."""
    if paper.doubts:
        what = f"'{paper.scorecard}' rests on labels nobody can trust: {'; '.join(paper.doubts)}"
        raise StopRule(Problem(what, challenger, fix="correct the sources and train again"))


def _check_better(challenger: Path, paper: _Paper, over: Path) -> None:
    champion, gain, compared = card_in(over), paper.gain, paper.compared
    same = compared is not None and compared.hash == scorecard.fingerprint(champion)
    if gain is None and compared is not None and compared.since is not None and same:
        what = f"'{champion.scorecard}' was made from the months on which the two would be compared"
        fix = f"train again when outcomes of months from {compared.since} on are certain, or watch it beside: --shadow"
        raise StopRule(Problem(what, challenger, fix=fix))
    if gain is None or not same:
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
        as_examined = given["hash"] == scorecard.fingerprint(card)  # it may have led before
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
