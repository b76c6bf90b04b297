"""Channels as their settings and the environment make them; one that lacks a secret says so when it is used."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from pathlib import Path

from keepwell.channels import (
    AnySetting,
    ConsoleSetting,
    EmailSetting,
    FolderSetting,
    SlackSetting,
    WebhookSetting,
    web_address,
)
from keepwell.delivery.channel import Channel, Unusable
from keepwell.delivery.console import Console
from keepwell.delivery.folder import Folder

SHORTEST, LONGEST = 24, 64  # bytes of a webhook's secret, by the standard
PREFIX = "whsec_"


def open_channels(
    settings: Mapping[str, AnySetting], environment: Mapping[str, str], folder: Path, echo: Callable[[str], None]
) -> dict[tuple[str, str], Channel]:
    """Every channel of keepwell.yml by name and kind; `folder` is the project's."""
    found: dict[tuple[str, str], Channel] = {}
    for name, setting in settings.items():
        try:
            found[name, setting.kind] = _open(setting, environment, folder, echo)
        except ValueError as error:
            found[name, setting.kind] = Unusable(f"channel '{name}': {error}")
    return found


def _open(setting: AnySetting, environment: Mapping[str, str], folder: Path, echo: Callable[[str], None]) -> Channel:
    match setting:
        case ConsoleSetting():
            return Console(echo)
        case FolderSetting():
            return Folder(folder / setting.folder)
        case SlackSetting():
            from keepwell.delivery.slack import Slack  # noqa: PLC0415  its library takes a while to load

            return Slack(_value(setting.token, environment), setting.api, setting.buttons)
        case EmailSetting():
            from keepwell.delivery.email import Email  # noqa: PLC0415  as above

            login = None
            if setting.user and setting.password:
                login = _value(setting.user, environment), _value(setting.password, environment)
            return Email(setting.host, setting.port, setting.security, setting.sender, login)
        case WebhookSetting():
            from keepwell.delivery.webhook import Webhook  # noqa: PLC0415  as above

            url = setting.url if "://" in setting.url else web_address(_value(setting.url, environment))
            secrets = [_secret(name, _value(name, environment)) for name in setting.secrets]
            return Webhook(url, secrets, setting.allow)


def _value(name: str, environment: Mapping[str, str]) -> str:
    found = environment.get(name, "").strip()
    if not found:
        raise ValueError(f"the environment variable {name} is not set")
    return found


def _secret(name: str, text: str) -> str:
    """A webhook's secret, in the form of the standard; what is wrong with it is said without it."""
    expected = f"{name} is no secret of a webhook; expected {PREFIX} and {SHORTEST} to {LONGEST} bytes in base64"
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(expected) from None
    if not SHORTEST <= len(raw) <= LONGEST:
        raise ValueError(expected)
    return text
