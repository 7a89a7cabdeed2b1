"""The polite gate of a host: one request at a time and a pause between two, for all processes.

A gate is a file. Its lock is held for the length of a request, and goes with its process however
that ends; in it stands the time (seconds since 1970) before which nobody is to ask again.
"""

import fcntl
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from papertide.sources.base import SourceError

FURTHEST = 86_400.0  # seconds; what stands further ahead was written by a clock that was wrong

# Hosts that count as one. arXiv asks for one request every three seconds over one connection,
# over all its services together: https://info.arxiv.org/help/api/tou.html
_ARXIV = ("arxiv.org", "www.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org")
_GROUPS = dict.fromkeys(_ARXIV, "arxiv.org")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")  # a server of one's own needs no rest
INTERVALS = {"arxiv.org": 3.0, **dict.fromkeys(_LOOPBACK, 0.0)}  # seconds between two requests
OTHERS = 1.0


def group(host: str) -> str:
    """The name under which a host is asked: the same for hosts that count as one."""
    return _GROUPS.get(host, host)


class Gate:
    """The gate of a group of hosts, open to whoever holds it."""

    def __init__(self, file: int, name: str, interval: float):
        self._file, self._name, self.interval = file, name, interval

    @property
    def opens(self) -> float:
        """When the next request may begin."""
        try:
            opens = float(os.pread(self._file, 32, 0))
        except ValueError:  # new
            return 0.0
        return opens if opens < time.time() + FURTHEST else 0.0

    def close_for(self, seconds: float) -> None:
        """Let no request begin for so long; one write, which a kill cannot cut in two."""
        until = max(self.opens, time.time() + min(seconds, FURTHEST - 60))
        os.pwrite(self._file, b"%032.6f" % until, 0)

    def wait(self, until: float) -> None:
        """Wait till a request may begin, and begin its pause; raises SourceError, its reason
        "later", where that is after a time (seconds since 1970)."""
        opens = self.opens
        if opens > until:
            again = datetime.fromtimestamp(opens, UTC)
            raise SourceError(
                f"{self._name} asks to be left alone until {again:%Y-%m-%d %H:%M} UTC; "
                "what was brought in is kept",
                reason="later",
                again=again,
            )
        time.sleep(max(0.0, opens - time.time()))
        self.close_for(self.interval)


@contextmanager
def entered(
    folder: Path, host: str, intervals=INTERVALS, until: float = math.inf
) -> Iterator[Gate]:
    """The gate of a host, held; waits for whoever holds it, who does so for one request only, until
    a time (seconds since 1970) and then raises SourceError, its reason "later"."""
    name = group(host)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "".join(c if c.isalnum() or c in ".-" else "_" for c in name)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(file, name, until)
        yield Gate(file, name, intervals.get(name, OTHERS))
    finally:
        os.close(file)


def _lock(file: int, name: str, until: float) -> None:
    """Take a lock: without an end in turn with all others, else whenever it is found free."""
    if until == math.inf:
        return fcntl.flock(file, fcntl.LOCK_EX)
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.time() > until:
                raise SourceError(f"{name} is being asked already", reason="later") from None
            time.sleep(0.05)
