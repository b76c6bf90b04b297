"""Imports the program once, uses nothing of it, and forks a process for each command line that it is told.

A process that has used the lake's library cannot be forked: so this one never does.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module

from keepwell import document
from keepwell.cli import run
from keepwell.project import packaged_playbook

LATER = (
    *("alembic.command", "keepwell.delivery.webhook", "pyarrow.compute", "sqlalchemy.dialects.sqlite"),
    *("sqlglot.dialects.duckdb", "sqlglot.optimizer.annotate_types", "sqlite3", "standardwebhooks"),
)


def main() -> None:
    """Per line {arguments, environment, log}: tell the child's number, then its exit code."""
    for name in LATER:  # what a command imports once it needs it
        import_module(name)
    document.read(packaged_playbook())  # a document is parsed once
    gc.freeze()  # or each child would visit, and so copy, all that was imported
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(told["environment"])
            log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os._exit(run(told["arguments"]))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
