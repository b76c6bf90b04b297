"""Slack: posts, threads, limits, and what is pressed there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from keepwell.delivery.buttons import NotFromSlack, Pressed, pressed
from keepwell.delivery.channel import Parcel, PermanentFailure, Root, TemporaryFailure
from keepwell.delivery.slack import Slack
from tests.delivery.receivers import Receiver, hangs, posts, receiving, resets, slack_says
from tests.delivery.samples import ALERT, HOSTILE, NASTY, RECOVERED

AT = datetime(2026, 3, 2, 6, 31)
PARCEL = Parcel("kw12ab", "C1", ALERT, AT, AT)


@pytest.fixture
def api() -> Iterator[Receiver]:
    with receiving(Receiver([posts])) as found:
        yield found


def slack(api: Receiver, *, buttons: bool = False) -> Slack:
    return Slack("xoxb-secret", f"http://127.0.0.1:{api.port}/api/", buttons)


def test_an_alert_is_posted_with_its_key_and_no_previews(api: Receiver) -> None:
    assert slack(api, buttons=True).send(PARCEL) == "C1/17000000.0001"
    [request] = api.accepted
    assert (request.path, request.headers["authorization"]) == ("/api/chat.postMessage", "Bearer xoxb-secret")
    body = request.json
    assert (body["channel"], body["metadata"]["event_payload"]) == ("C1", {"key": "kw12ab"})
    assert body["text"] == "Ädams &amp; Söhne: at risk, 55.0 → 41.3"
    assert {name: body[name] for name in ("parse", "link_names", "mrkdwn", "unfurl_links", "unfurl_media")} == {
        "parse": "none",
        **dict.fromkeys(("link_names", "mrkdwn", "unfurl_links", "unfurl_media"), False),
    }
    assert "thread_ts" not in body
    assert "keepwell_claim" in json.dumps(body["blocks"])


def test_an_account_name_mentions_nobody(api: Receiver) -> None:
    slack(api).send(replace(PARCEL, message=NASTY))
    raw = api.accepted[0].body.decode()
    assert "<!channel>" in HOSTILE
    assert "<" not in raw


def test_a_recovery_marks_the_first_message_and_answers_in_its_thread(api: Receiver) -> None:
    root = Root("C1/17000000.0001", ALERT)
    slack(api, buttons=True).send(replace(PARCEL, key="kw34", message=RECOVERED, root=root))
    update, post = api.accepted
    assert (update.path, update.json["ts"], update.json["channel"]) == ("/api/chat.update", "17000000.0001", "C1")
    assert "recovered" in update.json["blocks"][1]["text"]["text"]
    assert "keepwell_claim" not in json.dumps(update.json["blocks"])
    assert (post.path, post.json["thread_ts"]) == ("/api/chat.postMessage", "17000000.0001")


def test_more_of_an_open_episode_is_an_answer_in_its_thread_and_nothing_else(api: Receiver) -> None:
    slack(api).send(replace(PARCEL, root=Root("C1/17000000.0001", ALERT)))
    [post] = api.accepted
    assert post.json["thread_ts"] == "17000000.0001"


def test_a_first_message_that_somebody_deleted_does_not_keep_the_recovery(api: Receiver) -> None:
    api.answers = [slack_says(ok=False, error="message_not_found"), posts]
    assert slack(api).send(replace(PARCEL, message=RECOVERED, root=Root("C1/1.2", ALERT)))


@pytest.mark.parametrize(
    ("answer", "failure", "what"),
    [
        (slack_says(ok=False, error="channel_not_found"), PermanentFailure, "channel_not_found"),
        (slack_says(ok=False, error="is_archived"), PermanentFailure, "is_archived"),
        (slack_says(ok=False, error="invalid_auth"), TemporaryFailure, "invalid_auth"),
        (slack_says(ok=False, error="not_in_channel"), TemporaryFailure, "not_in_channel"),
        ((503, {}, b"<html>"), TemporaryFailure, "503"),
        ((200, {}, b"<html>"), TemporaryFailure, "200"),
        (resets, TemporaryFailure, "cannot be reached"),
    ],
)
def test_what_slack_answers_is_a_failure_of_its_kind(
    api: Receiver, answer: Any, failure: type[Exception], what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    api.answers = [answer]
    with pytest.raises(failure, match=what):
        slack(api).send(PARCEL)
    assert len(api.got) == 1, "the outbox tries again, nobody else"
    assert capfd.readouterr() == ("", "")


def test_slack_that_hangs_is_left_after_a_while(api: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keepwell.delivery.slack.PATIENCE", 0.2)
    api.answers = [hangs]
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        slack(api).send(PARCEL)


def test_slack_says_when_to_come_again(api: Receiver) -> None:
    api.answers = [(429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}')]
    with pytest.raises(TemporaryFailure) as caught:
        slack(api).send(PARCEL)
    assert caught.value.retry_after == timedelta(seconds=30)


def test_a_token_is_not_shown_where_a_channel_is(api: Receiver) -> None:
    assert "xoxb" not in repr(slack(api))


@pytest.mark.parametrize("token", ["xoxb-secret\nxoxb-other", "xoxb-secr\u2026et"])
def test_a_token_that_no_request_can_hold_is_not_shown_where_it_fails(api: Receiver, token: str) -> None:
    with pytest.raises(TemporaryFailure, match="holds a character that no token has") as failure:
        replace(slack(api), token=token).send(PARCEL)
    assert "xoxb" not in str(failure.value)


# --- buttons

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  of the tests
PAYLOAD = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ana"},
    "trigger_id": "t1",
    "actions": [
        {"action_id": "keepwell_claim", "value": ALERT.key},
        {"action_id": "keepwell_open"},
        {"action_id": "somebody_else", "value": "x"},
    ],
}


def signed(payload: Any, at: datetime = AT) -> tuple[bytes, dict[str, str]]:
    body = urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)})
    timestamp = str(int(at.replace(tzinfo=UTC).timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    return body.encode(), {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


def test_what_slack_signed_is_read() -> None:
    only = PAYLOAD | {"actions": [PAYLOAD["actions"][0], PAYLOAD["actions"][2]]}  # type: ignore[index]
    body, headers = signed(only)
    assert pressed(body, headers, SECRET, AT) == (Pressed("claim", ALERT.key, "U1", "ana", "t1"),)
    assert pressed(*signed(PAYLOAD), SECRET, AT) == (Pressed("claim", ALERT.key, "U1", "ana", "t1"),)


@pytest.mark.parametrize("payload", ["no json", "[]", {}, {"user": 1, "actions": 2}, {"user": {}, "actions": [None]}])
def test_what_slack_signed_and_is_no_button_of_ours_is_nothing(payload: Any) -> None:
    assert pressed(*signed(payload), SECRET, AT) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Signature": "v0=ä"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": str(int(AT.replace(tzinfo=UTC).timestamp()) + 1)},
    ],
)
def test_what_slack_did_not_sign_is_refused(changed: dict[str, str]) -> None:
    body, headers = signed(PAYLOAD)
    with pytest.raises(NotFromSlack):
        pressed(body, headers | changed, SECRET, AT)


def test_a_request_without_signature_with_another_body_or_of_an_hour_ago_is_refused() -> None:
    body, headers = signed(PAYLOAD)
    for given, when in ((({}), AT), (headers, AT + timedelta(hours=1)), (headers, AT - timedelta(hours=1))):
        with pytest.raises(NotFromSlack):
            pressed(body, given, SECRET, when)
    for other in (body + b"x", b"\xff"):
        with pytest.raises(NotFromSlack):
            pressed(other, headers, SECRET, AT)
    with pytest.raises(NotFromSlack):
        pressed(body, headers, "", AT)
