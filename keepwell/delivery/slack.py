"""The Slack channel: Block Kit messages, one thread an episode, at most one message a second to each address."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from keepwell.delivery.blocks import blocks, fallback
from keepwell.delivery.channel import Parcel, PermanentFailure, Root, TemporaryFailure
from keepwell.words.message import Alert

PATIENCE = 15  # seconds
PACE = timedelta(seconds=1)  # Slack's own limit, for each of its channels
HOPELESS = {  # what Slack says of a message or an address that it will never take; all else can be mended
    "channel_not_found",
    "is_archived",
    "user_not_found",
    "cannot_dm_bot",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_arguments",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
}
GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"}
SILENT = logging.getLogger("keepwell.slack")
SILENT.setLevel(logging.CRITICAL + 1)  # the outbox says what failed


@dataclass(frozen=True)
class Slack:
    """Posts by a bot's token. What Slack calls a message is kept as "channel/timestamp"."""

    token: str = field(repr=False)
    api: str
    buttons: bool = False
    pace: timedelta = PACE

    def send(self, parcel: Parcel) -> str | None:
        """Post the message, in its episode's thread if there is one; what closes an episode marks its first message."""
        client = WebClient(self.token, self.api, timeout=PATIENCE, logger=SILENT, retry_handlers=[])
        thread = {}
        if parcel.root is not None:
            thread = {"thread_ts": parcel.root.reference.partition("/")[2]}
            if isinstance(parcel.message, Alert) and parcel.message.closes:
                self._close(client, parcel.root, parcel)
        answer = _call(
            client,
            "chat.postMessage",
            {
                "channel": parcel.address,
                "blocks": blocks(parcel.message, buttons=self.buttons),
                "metadata": {"event_type": "keepwell_message", "event_payload": {"key": parcel.key}},
                **_quiet(parcel),
                **thread,
            },
        )
        return f"{answer['channel']}/{answer['ts']}"

    def _close(self, client: WebClient, root: Root, parcel: Parcel) -> None:
        """Show at the first message that its episode is over; somebody may have deleted it meanwhile."""
        channel, _, ts = root.reference.partition("/")
        shown = blocks(root.message, closed_by=parcel.message)
        try:
            _call(
                client, "chat.update", {"channel": channel, "ts": ts, "blocks": shown, "text": fallback(root.message)}
            )
        except PermanentFailure:
            return


def _quiet(parcel: Parcel) -> dict[str, Any]:
    """The notification's line, in which Slack looks for nothing, and no previews of links."""
    return {
        "text": fallback(parcel.message),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _call(client: WebClient, method: str, body: dict[str, Any]) -> Mapping[str, Any]:
    try:
        answer = client.api_call(method, json=body)
    except SlackApiError as error:
        raise _failure(error) from None
    except (OSError, HTTPException, SlackClientError) as error:
        why = str(getattr(error, "reason", error)) or type(error).__name__
        raise TemporaryFailure(f"Slack cannot be reached: {why}") from None
    except ValueError:  # whose text holds the token
        raise TemporaryFailure("Slack's token holds a character that no token has: look for a second line") from None
    found: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    return found


def _failure(error: SlackApiError) -> Exception:
    answer = error.response
    said = str(answer.data.get("error")) if isinstance(answer.data, dict) else "no answer that it could read"
    if said in HOPELESS | GONE:
        return PermanentFailure(f"Slack refuses it: {said}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    asked = headers.get("retry-after", "")
    after = timedelta(seconds=int(asked)) if str(asked).isdigit() else None
    return TemporaryFailure(f"Slack answers {answer.status_code}: {said}", after)
