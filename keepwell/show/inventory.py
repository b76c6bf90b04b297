"""The data inventory: every signal, where it comes from, how fresh and complete; terminal, CSV and XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO

from rich.console import Console
from rich.text import Text

from keepwell.show import figures
from keepwell.show.screen import fitted, table, words
from keepwell.words.report import Inventory, InventoryRow

HEADINGS = (
    "Signal",
    "Title",
    "System",
    "Source",
    "Column",
    "Owner",
    "Update interval (days)",
    "Last load (UTC)",
    "Coverage",
    "Issues",
    "Gaps",
    "Counted by",
)
WIDTHS = (24, 32, 12, 14, 36, 14, 12, 18, 10, 48, 28, 28)  # of the sheet's columns, in characters
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a text that begins so


def show_inventory(inventory: Inventory, console: Console) -> None:
    """Print one line per signal, and once what is wrong with several; the sheet formats have all columns."""
    console.print(words(f"As of {inventory.as_of}: {figures.count(len(inventory.rows), 'signal')}", "bold"))
    told = list(dict.fromkeys(text for row in inventory.rows for text in _wrong(row)))
    grid = table(
        "Signal",
        "Source",
        "Every",
        "Last load",
        "Coverage",
        "Issues",
        right=("Every", "Coverage"),
        flexible=("Source", "Issues"),
    )
    for row in inventory.rows:
        grid.add_row(
            words(row.signal),
            words(row.source or f"none ({row.system})"),
            words(_interval(row)),
            words(figures.day(row.last_load.date() if row.last_load else None)),
            words(figures.share(row.coverage_ppm)),
            Text(" ".join(str(told.index(text) + 1) for text in _wrong(row))),
        )
    console.print(fitted(grid, console.width, ("Last load", "Every")))
    if told:
        console.print()
        console.print("Issues and gaps, by number", style="bold")
    for number, text in enumerate(told, start=1):
        console.print(words(f"{number}. {text}"))


def _wrong(row: InventoryRow) -> tuple[str, ...]:
    return (*row.issues, *row.gaps)


def _interval(row: InventoryRow) -> str:
    return "–" if row.update_interval_days is None else f"{row.update_interval_days} d"


def inventory_csv(inventory: Inventory) -> str:
    """The inventory as CSV with a heading line; texts that a spreadsheet would run as a formula are disarmed."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in inventory.rows:
        writer.writerow([_disarmed(cell) for cell in _cells(row)])
    return text.getvalue()


def inventory_xlsx(inventory: Inventory) -> bytes:
    """The inventory as a workbook of one sheet, ready to filter."""
    import xlsxwriter  # noqa: PLC0415  needed by one format of one command

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Data inventory")
        bold, wrap = (
            book.add_format({"bold": True, "text_wrap": True}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        percent = book.add_format({"num_format": "0 %", "valign": "top"})
        for place, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
            sheet.set_column(place, place, width, percent if heading == "Coverage" else wrap)
            sheet.write_string(0, place, heading, bold)
        for line, row in enumerate(inventory.rows, start=1):
            for place, cell in enumerate(_cells(row)):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell)
                elif cell is not None:
                    sheet.write_number(line, place, cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(inventory.rows), len(HEADINGS) - 1)
    return content.getvalue()


def _cells(row: InventoryRow) -> Iterator[str | float | None]:
    yield from (row.signal, row.title, row.system, row.source or "", row.column, row.owner or "")
    yield row.update_interval_days
    yield f"{row.last_load:%Y-%m-%d %H:%M}" if row.last_load else ""
    yield None if row.coverage_ppm is None else row.coverage_ppm / 1_000_000
    yield from ("; ".join(texts) for texts in (row.issues, row.gaps, row.scorecards))


def _disarmed(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
