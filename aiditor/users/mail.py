"""Mail to users: by SMTP, or, where none is configured, into the log for the admin to pass on."""

from __future__ import annotations

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol

from aiditor.errors import AIditorError, BadConfig
from aiditor.settings import Settings

__all__ = ["LogMailer", "Mailer", "SmtpMailer", "mailer_of"]

TIMEOUT_S = 20.0
log = logging.getLogger(__name__)


class Mailer(Protocol):
    """Sends text to somebody."""

    configured: bool
    """Whether it reaches people; where it does not, pages say so."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Raises AIditorError when it cannot be sent."""
        ...


class LogMailer:
    """Writes what would be mailed to the log: the admin reads it there and passes it on."""

    configured = False

    def send(self, to: str, subject: str, text: str) -> None:
        log.warning("no mail server is configured (SMTP_HOST), so pass this on to %s: %s\n%s", to, subject, text)


class SmtpMailer:
    """Sends by the mail server of the settings, one connection a mail."""

    configured = True

    def __init__(self, settings: Settings) -> None:
        """Raises BadConfig when SMTP_FROM is missing."""
        if "@" not in settings.smtp_from:
            raise BadConfig("SMTP_HOST is set and SMTP_FROM is not", remedy="set SMTP_FROM to the sender's address")
        self._settings = settings

    def send(self, to: str, subject: str, text: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.smtp_from, to, subject
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=self._settings.smtp_from.rsplit("@", 1)[1])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            where = f"{self._settings.smtp_host}:{self._settings.smtp_port}"
            raise AIditorError(
                f"the mail server {where} did not take a mail ({error})", remedy="look at SMTP_*"
            ) from error

    def _connected(self) -> smtplib.SMTP:
        at = self._settings
        if at.smtp_tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                at.smtp_host, at.smtp_port, timeout=TIMEOUT_S, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(at.smtp_host, at.smtp_port, timeout=TIMEOUT_S)
        try:
            if at.smtp_tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if at.smtp_user:
                server.login(at.smtp_user, at.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


def mailer_of(settings: Settings) -> Mailer:
    """The way to reach users in this deployment. Raises BadConfig when it is half configured."""
    return SmtpMailer(settings) if settings.smtp_host else LogMailer()
