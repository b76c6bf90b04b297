"""What was pressed in Slack: taken only if Slack signed it, and not long ago."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import Clock, SignatureVerifier

from keepwell.delivery.blocks import BUTTONS, PREFIX

ACTIONS = tuple(name for name, _ in BUTTONS)


class NotFromSlack(Exception):
    """A request that Slack did not sign, or signed too long ago; nothing of it was read."""


@dataclass(frozen=True)
class Pressed:
    """One button: claim, snooze or false_alarm, of the alert `key`, by a Slack user."""

    action: str
    key: str
    user: str
    user_name: str
    trigger: str  # with which a form can be opened, for some seconds


@dataclass(frozen=True)
class _At(Clock):
    moment: datetime

    def now(self) -> float:
        return self.moment.replace(tzinfo=UTC).timestamp()


def pressed(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> tuple[Pressed, ...]:
    """The buttons of ours in a request whose signature holds; NotFromSlack otherwise. `now` is naive UTC."""
    if not _is_signed(body, headers, secret, now):
        raise NotFromSlack
    form = parse_qs(body.decode("utf-8"))
    try:
        found: dict[str, Any] = json.loads(form["payload"][0])
        user, actions = found["user"], found["actions"]
        return tuple(
            Pressed(
                name,
                str(one["value"]),
                str(user["id"]),
                str(user.get("username", "")),
                str(found.get("trigger_id", "")),
            )
            for one in actions
            if (name := str(one["action_id"]).removeprefix(PREFIX)) in ACTIONS
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()  # Slack's, but none of our buttons


def _is_signed(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    try:
        return SignatureVerifier(secret, _At(now)).is_valid_request(body, dict(headers))
    except (ValueError, TypeError):  # a timestamp that is no number, letters that no signature has, an empty secret
        return False
