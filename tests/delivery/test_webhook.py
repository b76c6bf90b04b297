"""Webhooks: signed, and never to an address that nobody allowed."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook as Verifier

from keepwell.delivery.channel import Parcel, PermanentFailure, TemporaryFailure
from keepwell.delivery.reach import Unreachable, checked, may_be_dialled
from keepwell.delivery.webhook import Webhook
from tests.delivery.receivers import OK, Receiver, Request, drips, hangs, receiving, resets
from tests.delivery.samples import ALERT

AT = datetime(2026, 3, 2, 6, 31)
PARCEL = Parcel("kw12ab", "crm", ALERT, datetime(2026, 3, 2, 6, 30), AT)
SECRET, OLD = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
HERE = (ip_network("127.0.0.0/8"),)
TLS = Path(__file__).parent / "tls"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as found:
        yield found


def hook(receiver: Receiver, **more: Any) -> Webhook:
    return Webhook(receiver.url, (SECRET,), **{"allowed": HERE, **more})


def answering(*addresses: str) -> Any:
    """A resolver; the last of its answers stays."""
    left = list(addresses)

    def resolve(_: str, port: int, **__: Any) -> Sequence[tuple[Any, ...]]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [(0, 0, 0, "", (address, port)) for address in answer.split()]

    return resolve


# --- what arrives


def test_a_webhook_can_be_verified_by_the_old_secret_and_by_the_new_one(receiver: Receiver) -> None:
    hook = Webhook(receiver.url, (SECRET, OLD), HERE)
    assert hook.send(PARCEL) is None
    [request] = receiver.accepted
    assert request.path == "/hooks?of=keepwell"
    assert (request.headers["webhook-id"], request.headers["content-type"]) == ("kw12ab", "application/json")
    with time_machine.travel(AT.replace(tzinfo=UTC), tick=False):
        for secret in (SECRET, OLD):
            assert Verifier(secret).verify(request.body, request.headers)["data"]["key"] == ALERT.key


def test_each_try_is_signed_at_its_own_moment_and_is_the_same_webhook(receiver: Receiver) -> None:
    for minutes in (0, 5):
        later = Parcel("kw12ab", "crm", ALERT, PARCEL.written_at, AT + timedelta(minutes=minutes))
        hook(receiver).send(later)
    first, second = receiver.accepted
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 300
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize(
    ("answer", "failure", "what"),
    [
        ((500, {}, b""), TemporaryFailure, "answers 500"),
        ((404, {}, b""), TemporaryFailure, "answers 404"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), TemporaryFailure, "a redirect, which is not followed"),
        ((410, {}, b""), PermanentFailure, "is gone for good"),
        ((422, {}, b""), PermanentFailure, "cannot use it"),
        (resets, TemporaryFailure, "the connection broke"),
        (hangs, TemporaryFailure, "no answer within 0.2 seconds"),
        (drips, TemporaryFailure, "no answer within 0.2 seconds"),
        ((200, {"X": "y" * 70_000}, b""), TemporaryFailure, "the connection broke"),
    ],
)
def test_what_a_receiver_does_is_a_failure_of_its_kind(
    receiver: Receiver, answer: Any, failure: type[Exception], what: str
) -> None:
    receiver.answers = [answer]
    with pytest.raises(failure, match=what):
        hook(receiver, patience=0.2).send(PARCEL)
    assert len(receiver.got) == 1


def test_a_busy_receiver_says_when_to_come_again(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "90"}, b"")]
    with pytest.raises(TemporaryFailure) as caught:
        hook(receiver).send(PARCEL)
    assert caught.value.retry_after == timedelta(seconds=90)


def test_nobody_there_is_a_temporary_failure() -> None:
    with receiving(Receiver()) as gone:
        pass
    with pytest.raises(TemporaryFailure, match=r"127\.0\.0\.1.*cannot be reached"):
        hook(gone).send(PARCEL)


# --- where it may go

PRIVATE = (
    "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255 "
    "192.0.2.1 198.18.0.1 ::1 :: fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 "
    "fec0::1 64:ff9b:1::1 192.0.0.8 3fff::1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1:: 2001:db8::1"
).split()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_also_dressed_up_as_ipv6(address: str) -> None:
    assert not may_be_dialled(ip_address(address), ())


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"])
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert may_be_dialled(ip_address(address), ())


def test_an_allowed_network_may_be_dialled_and_no_other() -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fc00::/7"))
    assert all(may_be_dialled(ip_address(one), allowed) for one in ("10.1.2.3", "fc00::1", "::ffff:10.1.2.3"))
    assert not any(may_be_dialled(ip_address(one), allowed) for one in ("10.2.0.1", "127.0.0.1", "fe80::1"))


def test_one_private_address_among_public_ones_is_enough_to_refuse_a_name() -> None:
    with pytest.raises(Unreachable, match=r"hooks\.example leads to 10\.0\.0\.1, which is not public"):
        checked("hooks.example", 443, (), answering("93.184.215.14 10.0.0.1"))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(host: str, receiver: Receiver) -> None:
    with pytest.raises(TemporaryFailure, match="not public"):
        Webhook(f"http://{host}:{receiver.port}/", (SECRET,)).send(PARCEL)
    assert receiver.got == []


def test_the_address_that_was_checked_is_the_one_that_is_dialled(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise when it is asked again (rebinding) gains nothing: it is not asked again."""
    dialled: list[str] = []

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address[0])
        return _connected(receiver.port, timeout)

    monkeypatch.setattr(socket, "create_connection", dial)
    resolve = answering("93.184.215.14", "127.0.0.1")
    Webhook(f"http://hooks.example:{receiver.port}/", (SECRET,), (), resolve=resolve).send(PARCEL)
    assert dialled == ["93.184.215.14"]
    [request] = receiver.accepted
    assert request.headers["host"] == f"hooks.example:{receiver.port}"
    with pytest.raises(TemporaryFailure, match=r"leads to 127\.0\.0\.1"):
        Webhook(f"http://hooks.example:{receiver.port}/", (SECRET,), (), resolve=resolve).send(PARCEL)
    assert len(dialled) == 1


def _connected(port: int, timeout: float) -> socket.socket:
    found = socket.socket()
    found.settimeout(timeout)
    found.connect(("127.0.0.1", port))
    return found


def test_a_redirect_to_a_private_address_is_not_followed(receiver: Receiver) -> None:
    with receiving(Receiver()) as inner:
        receiver.answers = [(307, {"Location": inner.url}, b"")]
        with pytest.raises(TemporaryFailure, match="redirect"):
            hook(receiver).send(PARCEL)
        assert inner.got == []


def test_a_second_address_is_tried_where_the_first_does_not_answer(receiver: Receiver) -> None:
    resolve = answering("127.0.0.9 127.0.0.1")
    Webhook(f"http://hooks.example:{receiver.port}/", (SECRET,), HERE, resolve=resolve).send(PARCEL)
    assert len(receiver.accepted) == 1


# --- TLS


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server that proves to be hooks.example, to who trusts its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                plain, _ = server.accept()
                try:
                    with context.wrap_socket(plain, server_side=True) as one:
                        while not (got := one.recv(65_536)).endswith(b"}}") and got:
                            pass
                        one.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        with socket.create_connection(server.getsockname()):
            pass
        thread.join()


def test_tls_is_spoken_with_who_proves_to_be_the_host_and_with_nobody_else(secure: int) -> None:
    resolve = answering("127.0.0.1")
    Webhook(f"https://hooks.example:{secure}/", (SECRET,), HERE, resolve=resolve).send(PARCEL)
    with pytest.raises(TemporaryFailure, match="certificate is not valid for 'other"):
        Webhook(f"https://other.example:{secure}/", (SECRET,), HERE, resolve=resolve).send(PARCEL)


def test_a_receiver_reads_what_the_snapshot_of_the_body_shows(receiver: Receiver) -> None:
    hook(receiver).send(PARCEL)
    shown = (Path(__file__).parent / "snapshots" / "at-risk.webhook.json").read_text(encoding="utf-8")
    request: Request = receiver.accepted[0]
    assert request.json == json.loads(shown)
    assert receiver.answers == [OK]
