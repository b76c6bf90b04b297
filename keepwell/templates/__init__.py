"""What `keepwell init` writes: a project folder that reads nothing yet and says how to begin."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from keepwell.words.problem import KeepwellError, Problem

SETTINGS = Path("keepwell.yml")
CARD = Path("scorecards/default-ten.yml")
POLICY = Path("policy/default.yml")
NAMES = {"gitignore": ".gitignore"}  # stored without the dot, so that git does not obey it here


def write_project(folder: Path) -> tuple[Path, ...]:
    """Write the template into `folder`; returns the new files, relative to it.

    Files that stand there already are left alone; a folder that is a project is refused.
    """
    if (folder / SETTINGS).exists():
        raise KeepwellError(
            Problem(f"{folder / SETTINGS} exists", fix="this is a project already; nothing was written")
        )
    if folder.exists() and not folder.is_dir():
        raise KeepwellError(Problem(f"{folder} is a file", fix="name a folder"))
    written = []
    for file, text in _contents(folder.absolute().name).items():
        target = folder / file
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(file)
    return tuple(written)


def _contents(name: str) -> dict[Path, str]:
    package = Path(str(files("keepwell")))
    template = package / "templates" / "project"
    found = {
        (relative := file.relative_to(template)).with_name(NAMES.get(relative.name, relative.name)): file.read_text(
            "utf-8"
        )
        for file in sorted(template.rglob("*"))
        if file.is_file()
    }
    found[CARD] = (package / CARD).read_text("utf-8")
    found[POLICY] = (package / "policies" / POLICY.name).read_text("utf-8")
    found[SETTINGS] = found[SETTINGS].replace("{name}", json.dumps(name, ensure_ascii=False))
    return found
