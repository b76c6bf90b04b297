"""The e-mail channel: text and HTML by one SMTP server; the same key is the same Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from keepwell.delivery.channel import Parcel, PermanentFailure, TemporaryFailure
from keepwell.delivery.html import html
from keepwell.delivery.text import text
from keepwell.delivery.wording import wording

PATIENCE = 20  # seconds
REFUSED = 500  # from here on, a server's answer is for good


@dataclass(frozen=True)
class Email:
    """Sends by a server, with STARTTLS, TLS or, where that is said, neither."""

    host: str
    port: int
    security: str
    sender: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    pace: timedelta = timedelta()

    def send(self, parcel: Parcel) -> str | None:
        """Hand the message to the server."""
        letter = composed(parcel, self.sender)
        try:
            with self._server() as server:
                server.send_message(letter)
        except smtplib.SMTPAuthenticationError as error:
            raise TemporaryFailure(f"{self.host} refuses the login: {_said(error.smtp_error)}") from None
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _failure(self.host, code, said, alone=True) from None
        except smtplib.SMTPResponseException as error:
            raise _failure(self.host, error.smtp_code, error.smtp_error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(
                f"{self.host}:{self.port} cannot be used: {str(error) or type(error).__name__}"
            ) from None
        return None

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        domain = self.sender.partition("@")[2]
        if self.security == "tls":
            with smtplib.SMTP_SSL(
                self.host, self.port, domain, timeout=PATIENCE, context=ssl.create_default_context()
            ) as server:
                self._enter(server)
                yield server
            return
        with smtplib.SMTP(self.host, self.port, domain, timeout=PATIENCE) as server:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            self._enter(server)
            yield server

    def _enter(self, server: smtplib.SMTP) -> None:
        if self.login is not None:
            server.login(*self.login)


def composed(parcel: Parcel, sender: str) -> EmailMessage:
    """The letter, threaded by its episode, and marked so that nobody's absence answers it."""
    domain = sender.partition("@")[2]
    episode = f"<{sha256(parcel.message.thread.encode()).hexdigest()[:40]}@{domain}>"
    letter = EmailMessage()
    letter["From"] = f"Keepwell <{sender}>"
    letter["To"] = parcel.address
    letter["Subject"] = wording(parcel.message).title
    letter["Date"] = format_datetime(parcel.at.replace(tzinfo=UTC))
    letter["Message-ID"] = f"<{parcel.key}@{domain}>"
    letter["In-Reply-To"] = letter["References"] = episode
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text(parcel.message))
    letter.add_alternative(html(parcel.message), subtype="html")
    return letter


def _failure(host: str, code: int, said: bytes | str, *, alone: bool = False) -> Exception:
    what = f"{host} answers {code}: {_said(said)}"
    return PermanentFailure(what) if code >= REFUSED else TemporaryFailure(what, alone=alone)


def _said(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
