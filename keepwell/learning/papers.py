"""The papers of a learned card: its file, the model card beside it, and its promotion."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from keepwell import document
from keepwell.learning.evaluation import EXPERT
from keepwell.scoring import scorecard
from keepwell.scoring.scorecard import Scorecard
from keepwell.words.learning import Estimate, PromotionReport, TrainReport
from keepwell.words.problem import KeepwellError, Problem, StopRule

LIMITS = (
    "It foretells the outcome it was taught, for accounts like those it was taught on; it does not say what to do.",
    "It knows nothing of what no signal measures. An account that was saved looks like a false alarm.",
    "Points are associations, not causes: making a number better need not keep the customer.",
)


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


def promoted(challenger: Path, folder: Path, approved: tuple[str, date], over: Path | None) -> PromotionReport:
    """Copy a challenger into `folder` as approved; StopRule where its gain over the champion may be chance."""
    card = scorecard.read(document.read(challenger))
    paper = _paper(challenger, card)
    authority, gain = str(paper["report"]["authority"]), _gain(paper)
    if authority in ("none", "diagnose"):
        reasons = "; ".join(paper["report"]["reasons"])
        raise StopRule(
            Problem(f"'{card.scorecard}' may only {authority}: {reasons}", challenger, fix="keep the champion")
        )
    if over is not None:
        _check_better(challenger, paper, gain, over)
    target = folder / challenger.name
    kept = _kept(target)
    who, on = approved
    card = scorecard.Scorecard.model_validate(
        {**card.model_dump(by_alias=True, exclude_unset=True), "approved_by": who, "approved_on": on.isoformat()}
    )
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(scorecard.dumps(card), encoding="utf-8")
    return PromotionReport(card.scorecard, str(target), who, authority, gain, str(kept) if kept else None)


def _check_better(challenger: Path, paper: dict[str, Any], gain: Estimate | None, over: Path) -> None:
    champion = scorecard.read(document.read(over)).scorecard
    if gain is None:
        what, fix = f"it was not compared with '{champion}'", f"train again with --expert {over}"
        raise StopRule(Problem(what, challenger, fix=fix))
    if gain.low <= 0:
        what = (
            f"'{paper['scorecard']}' is not better than '{champion}' beyond noise: AUC {gain.value:+.3f}"
            f" ({gain.low:+.3f} to {gain.high:+.3f})"
        )
        raise StopRule(Problem(what, challenger, fix="keep the champion, or come back with more outcomes"))


def _paper(challenger: Path, card: Scorecard) -> dict[str, Any]:
    file = challenger.with_suffix(".model.json")
    if not file.is_file():
        raise KeepwellError(Problem("no model card beside it", challenger, fix=f"expected {file.name} from training"))
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if found.get("hash") != hash_of(card):
        what = "the card was changed after it was examined"
        raise KeepwellError(Problem(what, challenger, fix="keepwell evaluate it, or train again"))
    return found


def _gain(paper: dict[str, Any]) -> Estimate | None:
    beats = dict((paper["report"].get("evaluation") or {}).get("beats", []))
    return Estimate(**beats[EXPERT]) if EXPERT in beats else None


def _kept(target: Path) -> Path | None:
    """The champion of the same name under the next free number, so that rolling back is one copy."""
    if not target.is_file():
        return None
    number = 1
    while (kept := target.with_name(f"{target.name}.before-{number}")).exists():
        number += 1
    target.replace(kept)
    return kept
