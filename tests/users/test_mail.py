"""Mail, through a server on loopback that speaks SMTP."""

from __future__ import annotations

import email
import email.policy
import logging
import socketserver
import threading
from collections.abc import Iterator

import pytest

from aiditor.errors import AIditorError, BadConfig
from aiditor.users.mail import LogMailer, SmtpMailer, mailer_of


class _Speaks(socketserver.StreamRequestHandler):
    """RFC 5321, as much of it as a client needs that sends one mail."""

    def handle(self) -> None:
        self._say("220 test ESMTP")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            self.server.heard.append(line)
            if verb == "DATA":
                self._say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part[1:] if part.startswith(b"..") else part
                self.server.mails.append(body)
                self._say("250 taken")
            elif verb == "EHLO":
                self._say("250-test\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self._say("235 welcome" if self.server.lets_in else "535 no")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[socketserver.TCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Speaks) as served:
        served.daemon_threads = True
        served.heard, served.mails, served.lets_in = [], [], True
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def mailer(settings_of, port, **more):
    where = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_from": "Studio <studio@example.com>"}
    return mailer_of(settings_of(**where, smtp_tls="none", **more))


def test_a_mail_arrives_whole(settings_of, server):
    sends = mailer(settings_of, server.server_address[1], smtp_user="me", smtp_password="secret")
    assert isinstance(sends, SmtpMailer)
    sends.send("ada@example.com", "Ein neues Paßwort", "See\n.dots\nhttps://x/#reset=abc\n")
    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "Ein neues Paßwort"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail.get_content().replace("\r\n", "\n") == "See\n.dots\nhttps://x/#reset=abc\n"
    assert any(line.upper().startswith("MAIL FROM:<STUDIO@EXAMPLE.COM>") for line in server.heard)


def test_a_server_that_refuses_is_said(settings_of, server):
    server.lets_in = False
    with pytest.raises(AIditorError, match="did not take a mail"):
        mailer(settings_of, server.server_address[1], smtp_user="me").send("ada@example.com", "x", "x")


def test_no_server_there_is_said(settings_of, server):
    port = server.server_address[1]
    server.server_close()
    with pytest.raises(AIditorError, match="did not take a mail"):
        mailer(settings_of, port).send("ada@example.com", "x", "x")


def test_a_server_without_encryption_is_not_sent_to_when_it_is_asked_for(settings_of, server):
    where = {"smtp_host": "127.0.0.1", "smtp_port": server.server_address[1], "smtp_from": "s@example.com"}
    with pytest.raises(AIditorError, match="did not take a mail"):
        mailer_of(settings_of(**where)).send("ada@example.com", "x", "x")
    assert server.mails == []


def test_half_a_configuration_is_said(settings_of):
    with pytest.raises(BadConfig, match="SMTP_FROM"):
        mailer_of(settings_of(smtp_host="mail.example.com"))


def test_without_a_server_the_log_says_what_to_pass_on(settings_of, caplog):
    sends = mailer_of(settings_of())
    assert isinstance(sends, LogMailer)
    assert sends.configured is False
    with caplog.at_level(logging.WARNING):
        sends.send("ada@example.com", "A new password", "https://x/#reset=abc")
    assert "pass this on to ada@example.com" in caplog.text
    assert "#reset=abc" in caplog.text
