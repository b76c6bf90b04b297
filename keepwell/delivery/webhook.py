"""The webhook channel: JSON, signed as Standard Webhooks say; the key is the webhook's id at every try."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event, Timer
from urllib.parse import urlsplit

from standardwebhooks import Webhook as Signer

from keepwell.delivery.channel import Parcel, PermanentFailure, TemporaryFailure
from keepwell.delivery.payload import payload
from keepwell.delivery.reach import Network, Resolve, Unreachable, connect, end

PATIENCE, CONNECTING = 15.0, 5.0  # seconds: for all of a try, and for one address to answer the door
HOPELESS = {  # the receiver says that it will never take it; all else can be mended
    400: "cannot read it",
    410: "is gone for good",
    413: "finds it too large",
    422: "cannot use it",
}


@dataclass(frozen=True)
class Webhook:
    """Posts to one web address. Redirects are not followed, and no proxy is used: the address is the one checked."""

    url: str
    secrets: Sequence[str] = field(repr=False)
    allowed: Sequence[Network] = ()
    pace: timedelta = timedelta()
    patience: float = PATIENCE
    resolve: Resolve = socket.getaddrinfo

    def send(self, parcel: Parcel) -> str | None:
        """Post the message and look at the answer's status."""
        body = payload(parcel.message, parcel.written_at)
        headers = {"Content-Type": "application/json", "User-Agent": "Keepwell", **self.signed(parcel, body)}
        parts = urlsplit(self.url)
        try:
            answer = self._post(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body.encode(), headers)
        except Unreachable as error:
            raise TemporaryFailure(str(error)) from None
        except TimeoutError:
            raise TemporaryFailure(f"no answer within {self.patience:g} seconds") from None
        except (OSError, HTTPException) as error:
            raise TemporaryFailure(f"the connection broke: {str(error) or type(error).__name__}") from None
        _look_at(answer, parcel.at)
        return None

    def signed(self, parcel: Parcel, body: str) -> dict[str, str]:
        """The three headers; each secret signs, so that a receiver may know the old one or the new one."""
        signatures = (Signer(secret).sign(parcel.key, parcel.at, body) for secret in self.secrets)
        seconds = int(parcel.at.replace(tzinfo=UTC).timestamp())
        return {
            "webhook-id": parcel.key,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signatures),
        }

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        """One request over a connection that is broken off when patience ends, however slowly bytes drip in."""
        parts = urlsplit(self.url)
        host, tls = str(parts.hostname), parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        connection = HTTPConnection(host, port)
        connection.auto_open = 0  # it never dials a name by itself
        connection.default_port = 443 if tls else 80
        connection.sock = connect(host, port, self.allowed, CONNECTING, self.resolve)
        late = Event()
        watch = Timer(self.patience, _break_off, [connection, late])
        watch.daemon = True
        watch.start()
        try:
            connection.sock.settimeout(self.patience)
            if tls:
                _secure(connection, host)
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.close()  # its status and headers are all that is asked for
        except (OSError, HTTPException) as error:
            raise TimeoutError if late.is_set() else error from None
        finally:
            watch.cancel()
            connection.close()
        if late.is_set():  # what came may be half of an answer
            raise TimeoutError
        return answer


def _break_off(connection: HTTPConnection, late: Event) -> None:
    late.set()
    end(connection.sock)


def _secure(connection: HTTPConnection, host: str) -> None:
    """Speak TLS from here on, with who can prove to be the host of the address."""
    context = ssl.create_default_context()
    secured = context.wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
    connection.sock = secured
    secured.do_handshake()


def _look_at(answer: HTTPResponse, at: datetime) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    if status in HOPELESS:
        raise PermanentFailure(f"the receiver answers {status}: it {HOPELESS[status]}")
    what = f"the receiver answers {status}"
    if 300 <= status < 400:
        what += ", a redirect, which is not followed; name the address it leads to in keepwell.yml"
    raise TemporaryFailure(what, retry_after(answer.getheader("Retry-After"), at))


def retry_after(text: str | None, at: datetime) -> timedelta | None:
    """How long a receiver asks to wait: seconds, or a moment.

    >>> retry_after("120", datetime(2026, 3, 2, 6)), retry_after("soon", datetime(2026, 3, 2, 6))
    (datetime.timedelta(seconds=120), None)
    >>> retry_after("Mon, 02 Mar 2026 06:01:00 GMT", datetime(2026, 3, 2, 6))
    datetime.timedelta(seconds=60)
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:9]))
    try:
        moment = parsedate_to_datetime(text)
        utc = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    return max(utc.replace(tzinfo=None) - at, timedelta())
