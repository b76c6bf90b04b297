"""Small servers on this machine that receive what leaves the house: HTTP, Slack's API, SMTP."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes] | Callable[["Handler"], None]
OK: Answer = (204, {}, b"")


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Notes requests; answers as `answers` says, one after the other, the last one for ever."""

    answers: list[Answer] = field(default_factory=lambda: [OK])
    got: list[Request] = field(default_factory=list)
    accepted: list[Request] = field(default_factory=list)  # those that were answered by 2xx
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)  # what hangs, hangs until then

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=keepwell"

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.accepted]


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.receiver.got.append(request)
        answers = self.receiver.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer(self)
            return
        status, headers, content = answer
        if 200 <= status < 300:
            self.receiver.accepted.append(request)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def resets(handler: Handler) -> None:
    """Break off without an answer."""
    handler.connection.close()
    handler.close_connection = True


def hangs(handler: Handler) -> None:
    """Say nothing for as long as the test lasts."""
    handler.receiver.released.wait(20)
    handler.close_connection = True


def drips(handler: Handler) -> None:
    """Answer one byte now and then, for as long as the test lasts."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not handler.receiver.released.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()
    handler.close_connection = True


def slack_says(**answer: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def posts(handler: Handler) -> None:
    """What Slack answers where all is well."""
    count = len(handler.receiver.got)
    content = json.dumps({"ok": True, "channel": "C1", "ts": f"17000000.{count:04}"}).encode()
    handler.receiver.accepted.append(handler.receiver.got[-1])
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def receiving(receiver: Receiver, port: int = 0) -> Iterator[Receiver]:
    """The receiver, listening on this machine."""
    server = Quiet(("127.0.0.1", port), type("Its", (Handler,), {"receiver": receiver}))
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


# --- SMTP


@dataclass
class Mailbox:
    """An SMTP server that keeps what it is handed; `refuses` maps a command's first word to an answer."""

    refuses: dict[str, str] = field(default_factory=dict)
    got: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0


class Session(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        self.say("220 here")
        sender = recipient = ""
        while line := self.rfile.readline().decode().strip():
            word, _, rest = line.partition(" ")
            if answer := self.mailbox.refuses.get(word.upper()):
                self.say(answer)
            elif word.upper() == "DATA":
                self.say("354 go on")
                self.mailbox.got.append(self.letter())
                self.mailbox.envelopes.append((sender, recipient))
                self.say("250 taken")
            elif word.upper() == "QUIT":
                self.say("221 bye")
                return
            else:
                sender = rest if word.upper() == "MAIL" else sender
                recipient = rest if word.upper() == "RCPT" else recipient
                self.say("250 fine")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        found = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(mailbox: Mailbox) -> Iterator[Mailbox]:
    """The mailbox, listening on this machine."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Its", (Session,), {"mailbox": mailbox}))
    server.daemon_threads = True
    mailbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mailbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
