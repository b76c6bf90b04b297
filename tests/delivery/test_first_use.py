"""Channels for first use, routes, and what settings and the environment make."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from keepwell import document
from keepwell.channels import Channels
from keepwell.delivery.channel import Parcel, TemporaryFailure
from keepwell.delivery.folder import Folder
from keepwell.delivery.open import open_channels
from keepwell.delivery.route import targets
from keepwell.delivery.text import text
from keepwell.project import Config
from keepwell.words.problem import KeepwellError
from tests.delivery.samples import ALERT, NASTY, NOTE

AT = datetime(2026, 3, 2, 6, 31)
PARCEL = Parcel("kw12ab", "files", ALERT, AT, AT)
SETTINGS = """version: 1
name: Acme
channels:
  screen: {kind: console}
  files: {kind: folder, folder: out}
  team: {kind: slack, channel: C1TEAM, people: {Olaf: U1OLAF}}
  mail: {kind: email, host: localhost, security: none, from: k@example.com, to: cs@example.com, only: [recovered]}
  crm: {kind: webhook, url: CRM_URL, secrets: [CRM_SECRET]}
"""


def channels(text: str = SETTINGS) -> Channels:
    return document.parse(text).check(Config).channels


def test_a_file_is_named_by_its_message_and_written_once_however_often_it_is_sent(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    for _ in range(2):
        folder.send(PARCEL)
    folder.send(replace(PARCEL, key="kw34", message=NASTY))
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names[0] == "2026-03-02-channel-u123-https-evil-example-click-bold-it-code-here-chan-kw34.txt"
    assert names[1] == "2026-03-02-dams-s-hne-at-risk-55-0-41-3-kw12ab.txt"
    assert (tmp_path / "out" / names[1]).read_text(encoding="utf-8") == text(ALERT)


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(TemporaryFailure, match="out: File exists"):
        Folder(tmp_path / "out").send(PARCEL)


def test_a_message_goes_to_its_owner_where_a_channel_knows_him_and_else_to_all() -> None:
    found = {target.channel: target.address for target in targets(channels(), ALERT)}
    assert found == {"screen": "screen", "files": "files", "team": "U1OLAF", "crm": "crm"}
    found = {target.channel: target.address for target in targets(channels(), NOTE)}
    assert (found["team"], found["mail"]) == ("C1TEAM", "cs@example.com")


def test_channels_open_with_what_the_environment_holds(tmp_path: Path) -> None:
    environment = {"SLACK_TOKEN": "xoxb", "CRM_URL": "https://crm.example/x", "CRM_SECRET": "whsec_" + "A" * 32}
    said: list[str] = []
    opened = open_channels(channels(), environment, tmp_path, said.append)
    assert [type(one).__name__ for one in opened.values()] == ["Console", "Folder", "Slack", "Email", "Webhook"]
    opened["screen", "console"].send(PARCEL)
    assert said == [text(ALERT)]


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "channel 'crm': the environment variable CRM_URL is not set"),
        ({"CRM_URL": "https://crm.example/"}, "channel 'crm': the environment variable CRM_SECRET is not set"),
        ({"CRM_URL": "ftp://crm.example/", "CRM_SECRET": "whsec_" + "A" * 32}, "is no web address"),
        ({"CRM_URL": "https://crm.example/", "CRM_SECRET": "hunter2"}, "CRM_SECRET is no secret of a webhook"),
        ({"CRM_URL": "https://crm.example/", "CRM_SECRET": "whsec_QUFB"}, "expected whsec_ and 24 to 64 bytes"),
    ],
)
def test_a_channel_without_its_secret_stops_no_other_and_says_what_it_lacks(
    environment: dict[str, str], why: str, tmp_path: Path
) -> None:
    opened = open_channels(channels(), environment, tmp_path, print)
    with pytest.raises(TemporaryFailure, match=why) as caught:
        opened["crm", "webhook"].send(PARCEL)
    assert "hunter2" not in str(caught.value)
    opened["files", "folder"].send(PARCEL)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("team: {kind: slack, channel: general}", "4:32: 'general' is no place in Slack"),
        ("team: {kind: slack, channel: C1A, token: xoxb-12}", "4:44: a secret never stands in a file"),
        ("team: {kind: slack, channel: C1A, api: 'http://slack.example/'}", "a secret in the clear"),
        ("team: {kind: slack, chanel: C1A}", "4:31: unknown key 'chanel'; did you mean 'channel'?"),
        ("team: {kind: slak}", "'channels.team.kind' is 'slak'; expected 'console', 'folder', 'slack'"),
        ("team: {channel: C1A}", "4:3: 'kind' is missing"),
        ("mail: {kind: email, host: h, from: a@b.c, to: nobody}", "4:49: 'nobody' is no mailbox"),
        ("mail: {kind: email, host: h, from: a@b.c, to: a@b.c, user: U}", "'user' and 'password' go together"),
        (
            "mail: {kind: email, host: h, from: a@b.c, to: a@b.c, user: U, password: P, security: none}",
            "a password in the clear",
        ),
        ("crm: {kind: webhook, url: 'http://crm.example/', secrets: [S]}", "it would send in the clear"),
        ("crm: {kind: webhook, url: 'https://me@crm.example/', secrets: [S]}", "holds no user"),
        ("crm: {kind: webhook, url: 'https://', secrets: [S]}", "is no web address"),
        ("crm: {kind: webhook, url: 'https://a/', secrets: [S], allow: [10.0.0.1/8]}", "has host bits set"),
        ("crm: {kind: webhook, url: 'https://a/', secrets: [S], only: [at_rsk]}", "expected 'at_risk', 'recovered'"),
    ],
)
def test_a_slip_in_the_settings_is_one_line_with_its_place(line: str, problem: Any) -> None:
    with pytest.raises(KeepwellError) as caught:
        channels(f"version: 1\nname: Acme\nchannels:\n  {line}\n")
    [found] = caught.value.problems
    assert problem in str(found)
    assert str(found).startswith("<text>:4:")
