"""E-mail: text and HTML, threaded, the same message at every try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from keepwell.delivery.channel import Parcel, PermanentFailure, TemporaryFailure
from keepwell.delivery.email import Email, composed
from keepwell.delivery.html import html
from keepwell.delivery.text import text
from tests.delivery.receivers import Mailbox, mail_server
from tests.delivery.samples import ALERT, NASTY, RECOVERED

AT = datetime(2026, 3, 2, 6, 31)
PARCEL = Parcel("kw12ab", "olaf@example.com", ALERT, AT, AT)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as found:
        yield found


def mail(mailbox: Mailbox, login: tuple[str, str] | None = None) -> Email:
    return Email("127.0.0.1", mailbox.port, "none", "keepwell@example.com", login)


def test_an_alert_arrives_as_text_and_html(mailbox: Mailbox) -> None:
    mail(mailbox).send(PARCEL)
    [letter] = mailbox.got
    assert (letter["From"], letter["To"]) == ("Keepwell <keepwell@example.com>", "olaf@example.com")
    assert letter["Subject"] == "Ädams & Söhne: at risk, 55.0 → 41.3"
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == ("<kw12ab@example.com>", "auto-generated")
    assert letter["Date"] == "Mon, 02 Mar 2026 06:31:00 +0000"
    parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in letter.iter_parts()}
    assert parts == {"text/plain": text(ALERT), "text/html": html(ALERT)}
    assert mailbox.envelopes[0][1].startswith("TO:<olaf@example.com>")


def test_an_episode_is_one_thread(mailbox: Mailbox) -> None:
    for parcel in (PARCEL, replace(PARCEL, key="kw34", message=RECOVERED)):
        mail(mailbox).send(parcel)
    alert, recovery = mailbox.got
    assert alert["References"] == recovery["References"] == recovery["In-Reply-To"]
    assert alert["Message-ID"] != recovery["Message-ID"]


def test_an_account_name_adds_no_header(mailbox: Mailbox) -> None:
    mail(mailbox).send(replace(PARCEL, message=NASTY))
    [letter] = mailbox.got
    assert letter["Bcc"] is None
    assert set(letter.keys()) == set(composed(PARCEL, "keepwell@example.com").keys())


@pytest.mark.parametrize(
    ("refuses", "failure", "what"),
    [
        ({"RCPT": "550 no such user"}, PermanentFailure, "answers 550: no such user"),
        ({"RCPT": "450 greylisted"}, TemporaryFailure, "answers 450: greylisted"),
        ({"DATA": "552 too large"}, PermanentFailure, "answers 552"),
        ({"MAIL": "451 later"}, TemporaryFailure, "answers 451"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, TemporaryFailure, "421"),
    ],
)
def test_what_a_server_answers_is_a_failure_of_its_kind(
    mailbox: Mailbox, refuses: dict[str, str], failure: type[Exception], what: str
) -> None:
    mailbox.refuses = refuses
    with pytest.raises(failure, match=what) as caught:
        mail(mailbox).send(PARCEL)
    assert mailbox.got == []
    assert getattr(caught.value, "alone", False) is (refuses == {"RCPT": "450 greylisted"}), "a full mailbox is one"


def test_a_server_without_the_wanted_security_gets_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(TemporaryFailure, match="STARTTLS"):
        replace(mail(mailbox), security="starttls").send(PARCEL)
    with pytest.raises(TemporaryFailure, match="cannot be used"):
        replace(mail(mailbox), security="tls").send(PARCEL)
    with pytest.raises(TemporaryFailure):
        mail(mailbox, login=("keepwell", "secret")).send(PARCEL)
    assert mailbox.got == []
    assert "secret" not in repr(mail(mailbox, login=("keepwell", "secret")))


def test_nobody_there_is_a_temporary_failure() -> None:
    with mail_server(Mailbox()) as gone:
        pass
    with pytest.raises(TemporaryFailure, match=r"127\.0\.0\.1:\d+ cannot be used"):
        mail(gone).send(PARCEL)
