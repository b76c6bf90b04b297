"""Plays on the terminal."""

from __future__ import annotations

from rich.console import Console

from keepwell.show.screen import table, words
from keepwell.words.inert import clean
from keepwell.words.play import PlayReport, PlayRow, TaskRow


def show_plays(report: PlayReport, console: Console) -> None:
    """All plays as a list; of an account the one that fits, in full."""
    if report.account_id is None:
        _list(report, console)
    else:
        _of_account(report, console)
    for line in report.findings:
        console.print(words(line))


def _list(report: PlayReport, console: Console) -> None:
    grid = table("play", "action", "for", "first task", flexible=("for", "first task"))
    for row in report.plays:
        grid.add_row(words(row.play), words(_spoken(row.action)), words(_for(row)), words(row.tasks[0].do))
    console.print(grid)
    console.print(words("The first that fits an account holds: 'keepwell playbook ACCOUNT' says which and why."))


def _of_account(report: PlayReport, console: Console) -> None:
    name = clean(report.name or report.account_id or "")
    console.print(words(f"{name} ({report.account_id}): {report.reason or report.reason_code or 'no reason'}", "bold"))
    console.print(words(f"Next: {report.next_step}"))
    if not report.plays:
        console.print(words("No play fits."))
        return
    [row] = report.plays
    console.print(words(f"Play: {row.play}, {row.title} ({_spoken(row.action)}); {row.why}; from {row.playbook}"))
    for number, task in enumerate(row.tasks, 1):
        console.print(words(f"  {number}. {task.do} {_whose(task)}"))
    if row.opener:
        console.print(words(f"To begin with: “{row.opener}”"))
    if row.draft_subject and row.draft_body:
        console.print()
        console.print(words("A draft for a person to send, or not:", "bold"))
        for line in (row.draft_subject, *row.draft_body.splitlines()):
            console.print(words(f"  {line}") if line.strip() else "")


def _for(row: PlayRow) -> str:
    parts = [
        ", ".join(row.reasons) or "any reason",
        *(f"{name} {', '.join(given)}" for name, given in (("segment", row.segments), ("tier", row.tiers)) if given),
        *([f"lifecycle {', '.join(row.lifecycles)}"] if row.lifecycles else []),
    ]
    return "; ".join(parts)


def _whose(task: TaskRow) -> str:
    return f"[{task.who or 'nobody'}, {_spoken(task.role)}; by {task.due}]"


def _spoken(code: str) -> str:
    return code.replace("_", " ")


def plays(report: PlayReport) -> dict[str, object]:
    """`playbook` as a JSON object."""
    return {
        "as_of": report.as_of.isoformat(),
        "account_id": report.account_id,
        "name": report.name,
        "reason": report.reason,
        "reason_code": report.reason_code,
        "next_step": report.next_step,
        "plays": [_play(row) for row in report.plays],
        "findings": list(report.findings),
    }


def _play(row: PlayRow) -> dict[str, object]:
    draft = {"subject": row.draft_subject, "body": row.draft_body} if row.draft_subject else None
    return {
        "play": row.play,
        "title": row.title,
        "action": row.action,
        "playbook": row.playbook,
        "why": row.why,
        "reasons": list(row.reasons),
        "segments": list(row.segments),
        "tiers": list(row.tiers),
        "lifecycles": list(row.lifecycles),
        "next_step": row.next_step,
        "tasks": [
            {
                "do": task.do,
                "role": task.role,
                "who": task.who,
                "due": task.due and task.due.isoformat(),
                "hours": task.hours,
            }
            for task in row.tasks
        ],
        "opener": row.opener,
        "draft": draft,
    }
