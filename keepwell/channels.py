"""The ways out of the house as keepwell.yml names them; secrets stand in the environment, under the names given here."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from keepwell.words.decision import Kind

SLACK_API = "https://slack.com/api/"
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
MAILBOX = re.compile(r"[^@\s<>,;:\"()\\]+@[A-Za-z0-9.-]+", re.ASCII)
SLACK_PLACE = re.compile(r"[CDGUW][A-Z0-9]{2,}|#[\w.-]+")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _variable(name: str) -> str:
    if not VARIABLE.fullmatch(name):
        raise ValueError(
            "a secret never stands in a file; expected the name of an environment variable that holds it, as in SLACK_TOKEN"
        )
    return name


def _mailbox(text: str) -> str:
    if not MAILBOX.fullmatch(text):
        raise ValueError(f"'{text}' is no mailbox; expected one, as in ana@example.com")
    return text


def _slack_place(text: str) -> str:
    if not SLACK_PLACE.fullmatch(text):
        raise ValueError(f"'{text}' is no place in Slack; expected an id, as in C0123ABC (a person: U0123ABC)")
    return text


def _network(given: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(given))
    except ValueError as error:
        raise ValueError(f"{error}; expected an address or a network, as in 10.1.2.0/24") from None


def web_address(text: str) -> str:
    """A web address that messages can be sent to; ValueError says what is wrong with it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"'{text}' is no web address: {error}") from None
    plain = text.isascii() and text.isprintable() and " " not in text
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0 or not plain:
        raise ValueError(f"'{text}' is no web address; expected one, as in https://example.com/hooks")
    if parts.username is not None or parts.fragment:
        raise ValueError("a web address of a webhook holds no user and no '#'; requests are signed instead")
    return text


def _encrypted(text: str) -> str:
    parts = urlsplit(web_address(text))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("it would send a secret in the clear; expected https://")
    return text


Variable = Annotated[str, AfterValidator(_variable)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
SlackPlace = Annotated[str, AfterValidator(_slack_place)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Setting(BaseModel):
    """What all channels have; `only` these kinds of alerts (none named: all). Notes go everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    only: tuple[Kind, ...] = ()


class ConsoleSetting(Setting):
    """The terminal of who runs `keepwell deliver`."""

    kind: Literal["console"]


class FolderSetting(Setting):
    """A folder with one text file a message."""

    kind: Literal["folder"]
    folder: str = "alerts"


class SlackSetting(Setting):
    """Slack: a channel for all, and owners' own addresses there."""

    kind: Literal["slack"]
    channel: SlackPlace
    people: dict[str, SlackPlace] = {}
    token: Variable = "SLACK_TOKEN"  # noqa: S105  a name
    buttons: bool = False
    api: Annotated[str, AfterValidator(_encrypted)] = SLACK_API


class EmailSetting(Setting):
    """E-mail by one SMTP server; `to` gets what is for nobody in `people`."""

    kind: Literal["email"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Mailbox = Field(alias="from")
    to: Mailbox
    people: dict[str, Mailbox] = {}
    user: Variable | None = None
    password: Variable | None = None

    @model_validator(mode="after")
    def _checked(self) -> EmailSetting:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' go together; expected both or neither")
        if self.password and self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("it would send a password in the clear; expected 'security: starttls' or 'tls'")
        return self


class WebhookSetting(Setting):
    """A web address that gets signed JSON; every one of `secrets` signs, so that they can be changed."""

    kind: Literal["webhook"]
    url: str
    secrets: Annotated[tuple[Variable, ...], Field(min_length=1)]
    allow: tuple[Network, ...] = ()

    @model_validator(mode="after")
    def _checked(self) -> WebhookSetting:
        if not VARIABLE.fullmatch(self.url):
            web_address(self.url)
            if urlsplit(self.url).scheme != "https" and not self.allow:
                raise ValueError("it would send in the clear; expected https://, or 'allow:' with its private network")
        return self


Channels = dict[
    Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=120)],
    Annotated[
        ConsoleSetting | FolderSetting | SlackSetting | EmailSetting | WebhookSetting, Field(discriminator="kind")
    ],
]
AnySetting = ConsoleSetting | FolderSetting | SlackSetting | EmailSetting | WebhookSetting
