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
from keepwell.words.problem import KeepwellError, Problem, StopRule, nearest

LIMITS = (
    "It foretells the outcome it was taught, for accounts like those it was taught on; it does not say what to do.",
    "It knows nothing of what no signal measures. An account that was saved looks like a false alarm.",
    "Points are associations, not causes: making a number better need not keep the customer.",
)

NOTED = ("approved_by", "approved_on", "replaces", "withdrawn_by", "withdrawn_on")  # by promotion and rollback


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
    raise KeepwellError(Problem(what, given, expected="a learned card's file", fix=nearest(str(wanted), named)))


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
    if champion is not None:
        _check_better(challenger, paper, champion)
    return card, paper.authority, paper.gain


def holds(file: Path | None, card: Scorecard) -> bool:
    """Whether a file has this card, whatever was noted in it of promotions."""
    if file is None or not file.is_file():
        return False
    nothing = dict.fromkeys(NOTED)
    return hash_of(card_in(file).model_copy(update=nothing)) == hash_of(card.model_copy(update=nothing))


def approved(card: Scorecard, by: str, on: date, replaces: str | None) -> Scorecard:
    """The card with who let it lead, and instead of which card; a shadow replaces none."""
    return _noting(card, {"approved_by": by, "approved_on": on.isoformat(), "replaces": replaces})


def copy_of(target: Path, card: Scorecard) -> Path | None:
    """Where the card that stands in the target's place is kept: None if there is none, or if it is this one."""
    if not target.is_file() or holds(target, card):
        return None
    return _free(target)


def placed(card: Scorecard, target: Path, kept: Path | None) -> None:
    """Write the card in its place at once, after the one that stands there was copied to `kept`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if kept is not None:
        kept.write_bytes(target.read_bytes())
    _write(scorecard.dumps(card), target)


def before(current: Path) -> str:
    """The name of the card that leads once this one is withdrawn."""
    replaced = _replaced(card_in(current), current)
    if _is_kept(replaced):
        return current.stem
    leads = replaced.with_name(f"{replaced.name}.yml")
    if leads.is_file() and card_in(leads).withdrawn_by is not None:
        what = f"'{replaced.name}', which it replaced, was withdrawn itself"
        fix = f"name the card that leads in keepwell.yml; what stood there before is kept as {leads.name}.before-N"
        raise KeepwellError(Problem(what, current, fix=fix))
    return replaced.name


def after_withdrawal(current: Path, by: str, on: date) -> str:
    """What stands in the place of a card that is withdrawn: the copy kept of the one before it, else the card, which says so."""
    card = card_in(current)
    replaced = _replaced(card, current)
    return replaced.read_text(encoding="utf-8") if _is_kept(replaced) else scorecard.dumps(_withdrawn(card, by, on))


def withdrawn(current: Path, by: str, on: date) -> str:
    """Take back what the promotion of a card changed in its folder; the name of the card that leads again."""
    card, name = card_in(current), before(current)
    replaced = _replaced(card, current)
    _write(scorecard.dumps(_withdrawn(card, by, on)), current)
    if _is_kept(replaced):
        _free(current).write_bytes(current.read_bytes())
        replaced.replace(current)
    return name


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


def _check_labels(challenger: Path, paper: _Paper) -> None:
    """Who accepted contradictory labels wanted to see what they teach; nobody knows whether it is true."""
    if paper.doubts:
        what = f"'{paper.scorecard}' rests on labels nobody can trust: {'; '.join(paper.doubts)}"
        raise StopRule(Problem(what, challenger, fix="correct the sources and train again"))


def _check_better(challenger: Path, paper: _Paper, over: Path) -> None:
    champion, gain, compared = card_in(over), paper.gain, paper.compared
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


def _free(target: Path) -> Path:
    """Where a copy of a card goes: under the next free number, or the number under which the very same was kept."""
    number, said = 1, target.read_bytes()
    while (kept := target.with_name(f"{target.name}.before-{number}")).exists() and kept.read_bytes() != said:
        number += 1
    return kept
