"""A mail server on loopback that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller

from tests.serving import free_port


class Mailbox:
    """`mails` are pairs of recipients and text; what comes while it `refuses` is to come again."""

    def __init__(self):
        self.mails, self.refuses = [], False
        self._server = Controller(self, hostname="127.0.0.1", port=free_port())
        self._server.start()
        self.address = f"smtp://127.0.0.1:{self._server.port}"

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "451 try again later"
        self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 kept"

    def stop(self) -> None:
        """From now on nobody is there."""
        if self._server:
            self._server.stop()
            self._server = None


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    held = Mailbox()
    try:
        yield held
    finally:
        held.stop()
