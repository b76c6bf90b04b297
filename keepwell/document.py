"""YAML files whose errors point at line and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import ScalarEvent

from keepwell.words.problem import CLOSE, KeepwellError, Problem, nearest

Model = TypeVar("Model", bound=BaseModel)
Step = str | int
TAG = "kind"  # the key that tells apart the forms of a union
NAMED = re.compile(r"'([^']*)'")
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping that remembers where each value stood."""

    file: Path
    data: dict[str, Any]
    text: str = ""

    def place(self, path: Sequence[Step]) -> tuple[int, int]:
        """Line and column (from 1) of the deepest part of `path` that exists."""
        line, column, node = 1, 1, self.data
        for step in path:
            try:
                if isinstance(node, CommentedMap) and step in node:
                    line, column = (n + 1 for n in node.lc.value(step))
                    key_line, key_column = (n + 1 for n in node.lc.key(step))
                    if node[step] is None or isinstance(node[step], (CommentedMap, CommentedSeq)):
                        line, column = key_line, key_column
                elif isinstance(node, CommentedSeq) and isinstance(step, int):
                    line, column = (n + 1 for n in node.lc.item(step))
                elif isinstance(node, CommentedMap) and node.get(TAG) == step:
                    continue  # which of several forms it has is no step into it
                else:
                    break
                node = node[step]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return line, column

    def problem(self, path: Sequence[Step], what: str, expected: str = "", fix: str = "") -> Problem:
        """A problem located at `path` in this file."""
        line, column = self.place(path)
        return Problem(what, self.file, line, column, expected, fix)

    def check(self, model: type[Model]) -> Model:
        """Validate against a pydantic model; every error with its place, in one KeepwellError."""
        try:
            return model.model_validate(plain(self.data))
        except ValidationError as error:
            told = _without_consequences([dict(e) for e in error.errors()])
            raise KeepwellError(*(self._problem_of(e, model) for e in told)) from None

    def _problem_of(self, error: dict[str, Any], model: type[BaseModel]) -> Problem:
        path = error["loc"]
        name = ".".join(str(step) for step in path)
        match error["type"]:
            case "literal_error" | "enum" if path[-1] == "[key]":  # of a mapping whose keys are words of a list
                close = nearest(str(path[-2]), NAMED.findall(error["ctx"]["expected"]))
                expected = "" if close.startswith("did you mean") else error["ctx"]["expected"]
                return self.problem(path[:-1], f"unknown key '{path[-2]}'", expected, close if not expected else "")
            case "missing":
                return self.problem(path[:-1], f"'{path[-1]}' is missing", fix=f"add '{path[-1]}:'")
            case "extra_forbidden":
                return self.problem(path, f"unknown key '{path[-1]}'", fix=nearest(str(path[-1]), _fields(model, path)))
            case "literal_error" | "enum":
                return self.problem(path, f"'{name}' is {error['input']!r}", error["ctx"]["expected"])
            case "union_tag_not_found":
                return self.problem(path, f"'{TAG}' is missing", fix=f"add '{TAG}:'")
            case "union_tag_invalid":
                return self.problem(
                    [*path, TAG], f"'{name}.{TAG}' is {error['ctx']['tag']!r}", error["ctx"]["expected_tags"]
                )
            case "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
                return self.problem(path, f"'{name}' is {str(error['input'])!r}", "a day as 2026-03-31")
            case "decimal_parsing" | "int_parsing" | "float_parsing" if error["input"] is not None:
                return self.problem(path, f"'{name}' is {error['input']!r}", "a number")
            case "tuple_type" | "list_type" if isinstance(error["input"], str):
                return self.problem(path, f"'{name}' is {error['input']!r}", f"a list, as [{error['input']}]")
            case "value_error":
                return self.problem(path, str(error["ctx"]["error"]))
            case _:
                said = error["msg"].replace("tuple", "list")
                return self.problem(path, f"'{name}': {said[0].lower()}{said[1:]}")


def _without_consequences(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The errors but for those that only follow from another: a list emptied by its own faults, a key that is misspelt."""
    return [error for error in errors if not any(_follows(error, other) for other in errors if other is not error)]


def _follows(error: dict[str, Any], other: dict[str, Any]) -> bool:
    path, cause = error["loc"], other["loc"]
    if error["type"] == "too_short":
        return len(cause) > len(path) and bool(cause[: len(path)] == path)
    same_place = error["type"] == "missing" and other["type"] == "extra_forbidden" and cause[:-1] == path[:-1]
    return same_place and bool(get_close_matches(str(cause[-1]), [str(path[-1])], cutoff=CLOSE))


def _fields(model: type[BaseModel], path: Sequence[Step]) -> list[str]:
    """Field names allowed where `path` ends, as far as the annotations tell."""
    found: Any = model
    forms: dict[str, type[BaseModel]] = {}
    for step in path[:-1]:
        if isinstance(step, str) and hasattr(found, "model_fields") and step in found.model_fields:
            forms = _forms_in(found.model_fields[step].annotation)
            found = _model_in(found.model_fields[step].annotation)
        found = forms.get(str(step), found)
    return [f.alias or n for n, f in found.model_fields.items()] if hasattr(found, "model_fields") else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if (found := _model_in(inner)) is not None:
            return found
    return None


def _forms_in(annotation: Any) -> dict[str, type[BaseModel]]:
    """The models in an annotation that a tag tells apart, by tag."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        tag = annotation.model_fields.get(TAG)
        return {str(one): annotation for one in getattr(tag and tag.annotation, "__args__", ())}
    inner = (_forms_in(one) for one in getattr(annotation, "__args__", ()))
    return {name: form for forms in inner for name, form in forms.items()}


def plain(node: Any) -> Any:
    """ruamel's containers and scalars as plain Python ones."""
    if isinstance(node, dict):
        return {str(k): plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [plain(v) for v in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def read(file: Path) -> Document:
    """Parse a YAML file that holds one mapping."""
    try:
        return parse(file.read_text(encoding="utf-8"), file)
    except FileNotFoundError:
        raise KeepwellError(_missing(file)) from None


def existing(file: Path) -> Path:
    """The file, if there is one; KeepwellError names the nearest in its folder."""
    if not file.is_file():
        raise KeepwellError(_missing(file))
    return file


def _missing(file: Path) -> Problem:
    alike = [other.name for other in file.parent.glob(f"[!.]*{file.suffix}")] if file.suffix else []
    close = get_close_matches(file.name, alike, n=1, cutoff=CLOSE)
    fix = f"did you mean '{file.with_name(close[0])}'?" if close else "check the path"
    return Problem("file not found", file, fix=fix)


@lru_cache(maxsize=256)
def parse(text: str, file: Path = Path("<text>")) -> Document:
    """Parse YAML text; syntax errors carry line and column. The same text of a file is parsed once."""
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        fix = "indent with spaces" if "'\\t'" in str(error.problem) else ""
        raise KeepwellError(Problem(f"not valid YAML: {error.problem}", file, line, column, fix=fix)) from None
    except ValueError:  # of a scalar that looks like a date, a number, ..; without its place
        raise KeepwellError(_unreadable(text, file)) from None
    if data is None:
        raise KeepwellError(Problem("the file is empty", file, 1, 1, "a YAML mapping"))
    if not isinstance(data, dict):
        raise KeepwellError(Problem("the file does not hold a mapping", file, 1, 1, "'key: value' lines"))
    return Document(file, data, text)


def _unreadable(text: str, file: Path) -> Problem:
    """The first value that looks like a day and is none."""
    for event in YAML(typ="rt").parse(text):
        if isinstance(event, ScalarEvent) and event.style is None and (day := DAY.match(event.value)):
            try:
                date(*(int(part) for part in day.groups()))
            except ValueError:
                mark = event.start_mark
                return Problem(
                    f"{event.value!r} is no day", file, mark.line + 1, mark.column + 1, "a day as 2026-03-31"
                )
    return Problem("a value cannot be read", file, fix="put quotation marks around it")
