"""The book on a terminal: every account one line, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from keepwell.show import figures
from keepwell.show.screen import WIDE, table, tier_text, words
from keepwell.words.report import Book, BookRow, Unscored
from keepwell.words.score import State

FEW_UNSCORED = 3  # of those without a score, where nobody asked for all of them


def show_book(book: Book, console: Console, order: str = "worst first", *, every: bool = False) -> None:
    """Print the list with what a CSM needs to choose whom to call; of unscored accounts few, unless `every` is asked for."""
    rows = [*book.rows] if every else _worth_listing(book.rows)
    console.print(_headline(book, order, len(rows)), style="bold")
    if not rows:
        console.print("No account matches.")
    else:
        _list(rows, book, console)
    if book.unscored:
        console.print(words(_unscored(book.unscored)))
    for note in book.notes:
        console.print(words(f"Note: {note}"))


def _worth_listing(rows: Sequence[BookRow]) -> list[BookRow]:
    """Without a score accounts have no order and much the same reason: a few show what that is."""
    unscored = [row for row in rows if row.state is not State.SCORED]
    return [row for row in rows if row.state is State.SCORED or row in unscored[:FEW_UNSCORED]]


def _list(rows: Iterable[BookRow], book: Book, console: Console) -> None:
    wide = console.width >= WIDE
    mrr = f"MRR {book.currency}"
    columns = ["Score", "Tier", "30 days", "Account", "Main reason", "Next step"]
    grid = table(
        *columns[:3],
        *(["7 days"] if wide else []),
        *columns[3:],
        *(["Owner", mrr, "Renewal"] if wide else []),
        right=("Score", "30 days", "7 days", mrr),
        flexible=("Account", "Main reason", "Next step"),
    )
    for name, weight in (("Account", 2), ("Main reason", 4), ("Next step", 4)):
        next(column for column in grid.columns if column.header == name).ratio = weight
    for row in rows:
        grid.add_row(*_cells(row, book, wide=wide))
    console.print(grid)


def _unscored(found: Unscored) -> str:
    reasons = ", ".join(f"{reason} ({number:,})" for reason, number in found.reasons)
    missing = ", ".join(f"{signal} ({number:,})" for signal, number in found.missing)
    text = f"{figures.count(found.accounts, 'account')} unscored: {reasons}"
    return f"{text}; missing most: {missing}" if missing else text


def _headline(book: Book, order: str, listed: int) -> Text:
    text = f"As of {book.as_of} by {book.scorecard}, {order}: {figures.count(book.total, 'account')}"
    if listed < book.total:
        text += f", the first {listed} shown (more with --limit)"
    return words(text)


def _cells(row: BookRow, book: Book, *, wide: bool) -> list[Text]:
    tier = tier_text(row.tier, book.tiers) if row.state is State.SCORED else words(row.state.value)
    name = words(row.name if row.name != row.account_id else row.account_id)
    if row.name != row.account_id:
        name.append(f" ({words(row.account_id).plain})", style="dim")
    cells = [words(figures.points(row.score_milli)), tier, words(figures.arrow(row.delta30_milli))]
    if wide:
        cells.append(words(figures.arrow(row.delta7_milli)))
    cells += [name, words(row.reason), words(row.next_step)]
    if wide:
        cells += [words(row.owner), words(figures.money(row.mrr_minor, "")), words(figures.day(row.renewal_day))]
    return cells
