"""The book on a terminal: every account one line, worst first."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from keepwell.show import figures
from keepwell.show.screen import WIDE, table, tier_text, words
from keepwell.words.report import Book, BookRow
from keepwell.words.score import State


def show_book(book: Book, console: Console, order: str = "worst first") -> None:
    """Print the list with what a CSM needs to choose whom to call."""
    console.print(_headline(book, order), style="bold")
    if not book.rows:
        console.print("No account matches.")
    else:
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
        for row in book.rows:
            grid.add_row(*_cells(row, book, wide=wide))
        console.print(grid)
    for note in book.notes:
        console.print(words(f"Note: {note}"))


def _headline(book: Book, order: str) -> Text:
    text = f"As of {book.as_of} by {book.scorecard}, {order}: {figures.count(book.total, 'account')}"
    if len(book.rows) < book.total:
        text += f", the first {len(book.rows)} shown (more with --limit)"
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
