"""The command line's own promises: one clear line for wrong use, exit codes, streams."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from keepwell import document
from keepwell.cli import app, run
from keepwell.decisions.playbook import read
from keepwell.project import Project
from keepwell.sources.map_check import read_source

COMMANDS = (
    *("init", "demo", "check", "ingest", "score", "backfill", "book", "explain", "diff", "assess", "signals"),
    *("suggest", "train", "evaluate", "backtest", "promote", "rollback", "monitor"),
    *("transitions", "alerts", "suppress", "policy", "handoff", "deliver", "run"),
    *("review", "audit", "authority", "pulse", "override", "verdict", "measure"),
    *("playbook", "brief", "qbr", "postmortem"),
)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on standard error of a command that must exit 2 and print nothing else."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.strip()


def keepwell(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keepwell", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "keepwell.yml").write_text("version: 1\nname: Acme\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_promised_commands_exist_and_each_has_json_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert {command.callback.__name__ for command in app.registered_commands if command.callback} == set(COMMANDS)
    for command in COMMANDS:
        assert run([command, "--help"]) == 0
        assert "--json" in capsys.readouterr().out


def test_no_command_prints_the_help_and_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "explain" in capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("keepwell 0.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["boook"], "keepwell: No such command 'boook'. Did you mean 'book', 'playbook'?"),
        (["explain"], "keepwell explain: Missing argument 'account'; see 'keepwell explain --help'"),
        (["book", "--as-of", "31/12/2024"], "'31/12/2024' is not a day; expected YYYY-MM-DD"),
        (["book", "--as-of", "2024-02-30"], "'2024-02-30' is not a day; expected YYYY-MM-DD"),
        (["score", "--as-of", "2024-1-1"], "'2024-1-1' is not a day; expected YYYY-MM-DD"),
        (["explain", "A", "--since", "last week"], "'last week' is not a day; expected YYYY-MM-DD"),
        (["explain", "A", "--since", "2026-02-01", "--as-of", "2026-01-01"], "2026-02-01 is after 2026-01-01"),
        (["backfill", "--from", "2026-02-01", "--to", "2026-01-01"], "expected the earlier day first"),
        (["backfill", "--from", "2026-02-01"], "Missing option '--to'"),
        (["book", "--limit", "-1"], "'--limit'"),
        (["book", "--no-such"], "No such option"),
        (["signals", "--format", "pdf"], "'pdf' is not one of 'table', 'csv', 'xlsx'"),
        (["signals", "--format", "xlsx"], "--format xlsx needs a file; add -o inventory.xlsx"),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_use_is_one_line_on_stderr_and_exit_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, *arguments)


@pytest.mark.parametrize("command", ["check", "ingest", "score", "book", "signals"])
def test_without_a_project_every_command_says_so(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(capsys, command) == "no keepwell.yml here or above; run 'keepwell init'"
    assert "no such folder" in refused(capsys, command, "--project", str(tmp_path / "nowhere"))


@pytest.mark.parametrize("command", [["score"], ["explain", "A"], ["check"], ["signals"]])
def test_a_day_that_lies_ahead_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (project / "keepwell.yml").write_text("version: 1\nname: Acme\nclock: 2026-03-16T08:00:00Z\n", encoding="utf-8")
    told = "2026-03-17 lies ahead, today is 2026-03-16; the newest closed day is 2026-03-15"
    assert refused(capsys, *command, "--as-of", "2026-03-17") == told


def test_a_change_since_a_later_day_than_the_score_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "keepwell.yml").write_text("version: 1\nname: Acme\nclock: 2026-03-16T08:00:00Z\n", encoding="utf-8")
    told = "--since: 2026-03-16 is after 2026-03-15, the day of the score; choose an earlier day"
    assert refused(capsys, "explain", "A", "--since", "2026-03-16") == told


def test_mistakes_in_the_settings_are_told_with_file_line_and_column(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "keepwell.yml").write_text("version: 1\nname: Acme\ntime_zone: Berlin\ncurrency: euro\n")
    assert run(["book"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["keepwell.yml:3:12", "keepwell.yml:4:11"]


def test_unexpected_failure_never_looks_like_findings(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> Project:
        raise ZeroDivisionError

    monkeypatch.setattr("keepwell.use_cases.runs.open_project", broken)
    assert run(["book", "--project", str(project)]) == 2
    assert "this is a bug in Keepwell" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_ctrl_c_is_one_line_and_no_bug(
    stop: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise stop

    monkeypatch.setattr("keepwell.use_cases.runs.open_project", stopped)
    assert run(["ingest"]) == 130
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "stopped; what was published before stays as it was")


def test_init_writes_a_project_that_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / 'Acme: "the" company'
    assert run(["init", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "keepwell.yml" in out
    assert "keepwell ingest" in err
    opened = Project.open(folder)
    assert opened.config.name == folder.name
    assert opened.source_files() == ()
    assert opened.scorecard_file("default-ten") == folder / "scorecards" / "default-ten.yml"
    assert (folder / ".gitignore").read_text() == ".keepwell/\nalerts/\n"
    assert sorted(file.name for file in (folder / "sources").iterdir()) == [
        "billing.yml.example",
        "crm.yml.example",
        "product.yml.example",
        "support.yml.example",
    ]


def test_init_refuses_a_project_and_leaves_other_files_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("mine")
    assert run(["init", str(tmp_path)]) == 0
    assert (tmp_path / "README.md").read_text() == "mine"
    capsys.readouterr()
    assert "this is a project already; nothing was written" in refused(capsys, "init", str(tmp_path))
    (tmp_path / "file").touch()
    assert "is a file; name a folder" in refused(capsys, "init", str(tmp_path / "file"))


def test_example_maps_of_init_are_valid_column_maps(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 0
    for example in (tmp_path / "sources").iterdir():
        assert read_source(example.rename(example.with_suffix(""))).source == example.name.split(".")[0]


def test_the_example_of_a_playbook_is_one(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path)]) == 0
    example = tmp_path / "playbooks" / "ours.yml.example"
    example.rename(example.with_suffix(""))
    assert [one.play for one in read(document.read(example.with_suffix(""))).plays] == ["large-and-late"]


def test_a_command_loads_nothing_that_only_others_need() -> None:
    heavy = ("alembic", "xlsxwriter", "slack_sdk", "smtplib", "standardwebhooks", "keepwell.demo.company")
    loaded = f"import sys, keepwell.cli; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout == "[]\n"


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = keepwell("book", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "no keepwell.yml here or above; run 'keepwell init'\n"


def test_help_needs_no_project_and_names_the_purpose(tmp_path: Path) -> None:
    done = keepwell("--help", folder=tmp_path)
    assert done.returncode == 0
    assert "without hindsight" in " ".join(done.stdout.split())
