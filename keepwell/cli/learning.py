"""Commands about learning: train, evaluate, backtest, promote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.options import FINE, JsonOption, ProjectOption, message, plain, print_json, writable
from keepwell.show.evaluation import show_evaluation, show_training
from keepwell.show.evaluation_page import page
from keepwell.show.screen import screen
from keepwell.use_cases import lessons, promoting, runs
from keepwell.words.inert import clean
from keepwell.words.learning import CompanyHistory, ExampleTable, Foretold, LearningSource, TrainRequest
from keepwell.words.problem import KeepwellError, Problem

AHEAD = 90  # days until an outcome is certain, unless said otherwise: a gap of 30 and a horizon of 60
DIRECTIONS = {"riskier": 1, "safer": -1}

ExamplesOption = Annotated[
    Path | None,
    typer.Option("--examples", metavar="FILE", help="A table of examples, CSV or Parquet, instead of the project."),
]
LabelOption = Annotated[
    str | None, typer.Option("--label", metavar="COL", help="Of the table: whether the outcome followed, 1 or 0.")
]
TargetOption = Annotated[Foretold, typer.Option("--target", help="Of the project: what to foretell.")]
GapOption = Annotated[
    int, typer.Option("--gap", min=0, metavar="DAYS", help="Of the project: days too late for a warning.")
]
HorizonOption = Annotated[
    int,
    typer.Option(
        "--horizon", min=1, metavar="DAYS", help="Of the project: days after the gap in which an outcome counts."
    ),
]
MonthsOption = Annotated[
    int, typer.Option("--months", min=1, metavar="N", help="Of the project: how many month-ends to read.")
]
HtmlOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Also write the report as one page.", callback=writable)
]
OutcomeOption = Annotated[
    str | None, typer.Option("--outcome", metavar="VALUE", help="The label's word for the outcome, if not 1 or yes.")
]
TimeOption = Annotated[str | None, typer.Option("--time", metavar="COL", help="The day at which the row was known.")]
GroupOption = Annotated[
    str | None, typer.Option("--group", metavar="COL", help="The account: never on both sides of a split.")
]
MrrOption = Annotated[str | None, typer.Option("--mrr", metavar="COL", help="Revenue, to weigh figures by.")]
AheadOption = Annotated[
    int, typer.Option("--ahead", min=1, metavar="DAYS", help="Days after its time until a row's outcome is certain.")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="COL", help="A column or signal not to learn from; may be repeated."),
]
ExpertOption = Annotated[
    str | None,
    typer.Option(
        "--expert", metavar="CARD", help="A hand-written scorecard to compare with (of a project: its headline card)."
    ),
]


def train(
    examples: ExamplesOption = None,
    label: LabelOption = None,
    time: TimeOption = None,
    group: GroupOption = None,
    mrr: MrrOption = None,
    outcome: OutcomeOption = None,
    ahead: AheadOption = AHEAD,
    target: TargetOption = Foretold.CHURN,
    gap: GapOption = 30,
    horizon: HorizonOption = 60,
    months: MonthsOption = 24,
    exclude: ExcludeOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=WHY", help="Learn although this looks like a leak; kept in the card."),
    ] = None,
    direction: Annotated[
        list[str] | None, typer.Option(metavar="SIGNAL=WORD", help="More of it is always 'riskier' or 'safer'.")
    ] = None,
    expert: ExpertOption = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The scorecard's name.")] = "learned",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the card and its papers go.")] = Path("learned"),
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Learn a scorecard from the project's history or a table of examples, and say how good it is."""
    history = CompanyHistory(target, gap, horizon, months, tuple(exclude or ()))
    source = _source(history, examples, label, TableColumns(time, group, mrr, outcome, ahead))
    accepted = _pairs(accept or [], "--accept", "NAME=WHY")
    directions = {
        signal: _direction(word) for signal, word in _pairs(direction or [], "--direction", "SIGNAL=WORD").items()
    }
    request = TrainRequest(source, name, out, expert, accepted, directions)
    report = lessons.train(request, runs.open_project(project) if examples is None else None)
    for warning in report.warnings:
        message(clean(warning))
    if report.evaluation is not None:
        (out / f"{name}.html").write_text(page(report.evaluation, trained=report), encoding="utf-8")
    if json:
        print_json(plain(report))
    else:
        show_training(report, screen())
    return FINE


def evaluate(
    scorecard: Annotated[str, typer.Argument(help="The scorecard's file, or its name in the project.")],
    examples: ExamplesOption = None,
    label: LabelOption = None,
    time: TimeOption = None,
    group: GroupOption = None,
    mrr: MrrOption = None,
    outcome: OutcomeOption = None,
    ahead: AheadOption = AHEAD,
    target: TargetOption = Foretold.CHURN,
    gap: GapOption = 30,
    horizon: HorizonOption = 60,
    months: MonthsOption = 24,
    exclude: ExcludeOption = None,
    expert: ExpertOption = None,
    html: HtmlOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Examine a scorecard on the project's history or on a table of examples with known outcomes."""
    history = CompanyHistory(target, gap, horizon, months, tuple(exclude or ()))
    source = _source(history, examples, label, TableColumns(time, group, mrr, outcome, ahead))
    found = lessons.evaluate(scorecard, source, expert, runs.open_project(project) if examples is None else None)
    if html is not None:
        html.write_text(page(found), encoding="utf-8")
    if json:
        print_json(plain(found))
    else:
        show_evaluation(found, screen())
    return FINE


def backtest(
    scorecards: Annotated[list[str], typer.Argument(help="Scorecards by file or name; the first beside the others.")],
    target: TargetOption = Foretold.CHURN,
    gap: GapOption = 30,
    horizon: HorizonOption = 60,
    months: MonthsOption = 24,
    html: HtmlOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Judge hand-written scorecards on what became of the project's customers."""
    found = lessons.backtest(scorecards, CompanyHistory(target, gap, horizon, months), runs.open_project(project))
    if html is not None:
        html.write_text(page(*found), encoding="utf-8")
    if json:
        print_json({"scorecards": [plain(one) for one in found]})
        return FINE
    for one in found:
        show_evaluation(one, screen())
    return FINE


def promote(
    challenger: Annotated[Path, typer.Argument(help="A learned scorecard's file, its model card beside it.")],
    by: Annotated[str, typer.Option(metavar="WHO", help="Who approves it.")],
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Only score it beside the headline card, which goes on leading.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Let a learned scorecard lead the project; refused when it is not better beyond noise."""
    report = promoting.promote(runs.open_project(project), challenger, by, shadow=shadow)
    if json:
        print_json(plain(report))
        return FINE
    if report.led_already:
        typer.echo(clean(f"{report.scorecard} leads already, approved by {report.approved_by}: {report.file}"))
        typer.echo(f"{report.days_scored} past days are scored by it")
        return FINE
    role = "is scored beside the headline card" if report.shadow else f"leads instead of {report.headline_before}"
    typer.echo(clean(f"{report.scorecard} {role}, approved by {report.approved_by}: {report.file}"))
    if report.replaced:
        typer.echo(clean(f"the card of the same name is kept as {report.replaced}"))
    typer.echo(f"{report.days_scored} past days are scored by it")
    return FINE


def rollback(
    by: Annotated[str, typer.Option(metavar="WHO", help="Who decides it.")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Let the scorecard lead again that the last promotion replaced."""
    report = promoting.roll_back(runs.open_project(project), by)
    if json:
        print_json(plain(report))
    else:
        typer.echo(clean(f"{report.scorecard} leads again; {report.withdrawn} was withdrawn by {report.by}"))
    return FINE


@dataclass(frozen=True)
class TableColumns:
    """What the columns of a table of examples are, apart from the label."""

    time: str | None
    group: str | None
    mrr: str | None
    outcome: str | None
    ahead_days: int


def _source(history: CompanyHistory, file: Path | None, label: str | None, columns: TableColumns) -> LearningSource:
    """The table that was named, else the project's history."""
    if file is None:
        return history
    if label is None:
        raise KeepwellError(Problem("--examples needs --label", fix="name the column that says what followed"))
    c = columns
    return ExampleTable(file, label, c.time, c.group, c.mrr, history.leave_out, c.ahead_days, c.outcome)


def _pairs(given: list[str], option: str, form: str) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, word = text.partition("=")
        if not sign or not name.strip() or not word.strip():
            raise KeepwellError(Problem(f"{option}: '{text}' does not fit", expected=form))
        found[name.strip()] = word.strip()
    return found


def _direction(word: str) -> int:
    if word not in DIRECTIONS:
        raise KeepwellError(Problem(f"--direction: '{word}' is no direction", expected=" or ".join(DIRECTIONS)))
    return DIRECTIONS[word]
