"""The command `keepwell`: parse, call a use-case, show its report."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from functools import cache
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException
from typer.main import get_command_name, get_group
from typer.models import CommandInfo

from keepwell.cli import (
    briefs,
    cards,
    data,
    day,
    decisions,
    delivery,
    folder,
    handoff,
    health,
    learning,
    remarks,
    review,
    watch,
)
from keepwell.cli.options import FINE
from keepwell.words.inert import clean
from keepwell.words.problem import KeepwellError

WRONG_USE = 2
PLAINER = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "expected a whole number",
}
INTERRUPTED = 130  # as shells say it
ENGINE_INTERRUPTED = "Query interrupted"  # how the engine tells of Ctrl-C in the middle of a statement

app = typer.Typer(
    name="keepwell",
    help="Customer health scores with the evidence behind every point, as of any date, without hindsight.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    folder.init,
    folder.demo,
    day.run,
    data.check,
    data.ingest,
    health.score,
    health.backfill,
    health.book,
    health.explain,
    cards.diff,
    cards.assess,
    data.signals,
    cards.suggest,
    decisions.transitions,
    decisions.alerts,
    decisions.suppress,
    decisions.policy,
    review.review,
    review.audit,
    review.authority,
    handoff.handoff,
    briefs.playbook,
    briefs.brief,
    briefs.qbr,
    briefs.postmortem,
    delivery.deliver,
    remarks.pulse,
    remarks.override,
    remarks.verdict,
    remarks.measure,
    learning.train,
    learning.evaluate,
    learning.backtest,
    learning.promote,
    learning.rollback,
    watch.monitor,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if show_version:
        typer.echo(f"keepwell {version('keepwell')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command of this process and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a name the terminal cannot show is no failure
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has enough; nothing is left to say at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; 0 fine, 1 findings, 2 wrong use or failure, 3 stopped by a stop rule.

    What a person can mend is one line per problem on standard error, never a traceback.
    """
    try:
        parser = _parser(arguments[0] if arguments else "")
        code = int(parser.main(list(arguments), prog_name="keepwell", standalone_mode=False) or 0)
        return _stopped() if code == INTERRUPTED else code
    except KeepwellError as error:
        _say(*(str(problem) for problem in error.problems))
        return error.exit_code
    except TyperException as error:
        _say(_usage(error))
        return WRONG_USE
    except (Abort, KeyboardInterrupt):
        return _stopped()
    except SystemExit:  # typer leaves so when the reader of a pipe has gone
        return FINE
    except OSError as error:
        _say(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return WRONG_USE
    except Exception as error:  # noqa: BLE001  the last resort, so that a bug never looks like "findings" (exit 1)
        if str(error) == ENGINE_INTERRUPTED:
            return _stopped()
        traceback.print_exc()
        _say("this is a bug in Keepwell; please report it with the lines above")
        return WRONG_USE


@cache
def _parser(name: str) -> TyperGroup:
    """What reads a command line that begins with `name`: one command if it is one, which is built far sooner than all."""
    part = copy(app)
    part.registered_commands = [it for it in app.registered_commands if _name(it) == name] or app.registered_commands
    return get_group(part)


def _name(it: CommandInfo) -> str:
    return get_command_name(it.callback.__name__) if it.callback else ""


def _stopped() -> int:
    _say("stopped; what was published before stays as it was")
    return INTERRUPTED


def _usage(error: TyperException) -> str:
    """A parser's complaint in one line, with the command whose help to read."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "keepwell"
    sentence = error.format_message().rstrip(".")
    for said, plain in PLAINER.items():
        sentence = sentence.replace(said, plain)
    return f"{path}: {sentence}; see '{path} --help'"


def _say(*lines: str) -> None:
    for line in lines:
        typer.echo(clean(line), err=True)
