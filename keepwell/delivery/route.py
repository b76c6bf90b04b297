"""Which channels a message takes, and to which address of each."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.channels import AnySetting, EmailSetting, SlackSetting
from keepwell.delivery.outbox import Target
from keepwell.words.message import Alert, Message


def targets(channels: Mapping[str, AnySetting], message: Message) -> tuple[Target, ...]:
    """The targets of a message, in the order of keepwell.yml."""
    return tuple(
        Target(name, setting.kind, _address(name, setting, message.owner))
        for name, setting in channels.items()
        if _takes(setting, message)
    )


def _takes(setting: AnySetting, message: Message) -> bool:
    return (
        not isinstance(message, Alert) or not setting.only or not {message.kind, *message.also}.isdisjoint(setting.only)
    )


def _address(name: str, setting: AnySetting, owner: str) -> str:
    """Where it goes within a channel: the owner's own address, else everyone's; a channel without any is one place."""
    match setting:
        case SlackSetting():
            return setting.people.get(owner, setting.channel)
        case EmailSetting():
            return setting.people.get(owner, setting.to)
        case _:
            return name
