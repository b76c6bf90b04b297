"""Which files a table's map means, and whether they have changed since they were last loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keepwell.document import Step
from keepwell.sources.column_map import SourceMap
from keepwell.sources.variables import fill
from keepwell.words.problem import KeepwellError


@dataclass(frozen=True)
class InputFile:
    """One file of a table; `origin` is its path as people know it, relative to the source's folder."""

    origin: str
    file: Path
    digest: str


def folder_of(source: SourceMap, environment: Mapping[str, str]) -> Path:
    """The folder of the source's files; relative ones lie in the project."""
    return source.project / filled(source, ("folder",), source.folder, environment)


def filled(source: SourceMap, path: tuple[Step, ...], text: str, environment: Mapping[str, str]) -> str:
    """A text of the map with its variables; KeepwellError at its place when one is not set."""
    try:
        return fill(text, environment)
    except ValueError as error:
        raise KeepwellError(source.problem(path, str(error), fix="set it, or write ${NAME:-default}")) from None


def find(source: SourceMap, path: tuple[Step, ...], pattern: str, environment: Mapping[str, str]) -> list[InputFile]:
    """All files of a name or glob pattern, in order of their names."""
    folder = folder_of(source, environment)
    name = filled(source, path, pattern, environment)
    if not folder.is_dir():
        raise KeepwellError(source.problem(("folder",), f"the folder {folder} does not exist", fix="check 'folder:'"))
    exact = folder / name
    files = [exact] if exact.is_file() else sorted(f for f in _matches(folder, name) if f.is_file())
    return [InputFile(_origin(file, folder), file, _digest(file)) for file in files]


def _matches(folder: Path, pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_absolute():
        return list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    return list(folder.glob(pattern))


def _origin(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
