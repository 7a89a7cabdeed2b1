"""A Milvus server: talking to it within bounded time, and what is wrong when it does not answer.

pymilvus is an extra: it is imported when a server is first asked.
"""

import logging
import re
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from papertide.search.engine import SearchUnavailable

PATIENCE = 3.0  # seconds that a search waits for an answer
LONG = 600.0  # seconds that bringing papers to the disk may take
_AWAY = 3.0  # seconds that a server which did not answer is not asked again
_UNLOADED = re.compile(r"not loaded|released")  # Milvus Lite forgets it when it is restarted
_GONE = re.compile(r"not found|not exist|can't find", re.I)
_DOCTOR = "Run: papertide doctor"


class Gone(Exception):
    """There is no collection or alias of a name."""


class _Unloaded(SearchUnavailable):
    """A collection is on the disk of the server only."""


class Server:
    """A server by its address, `http://user:password@host:19530/database`, or `token@host`.

    Any number of threads may ask. Raises SearchUnavailable where it does not answer, and for some
    seconds after that at once, so that a page does not wait for it again and again.
    """

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.shown = parts.hostname + (f":{parts.port}" if parts.port else "")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        self._options = {
            "uri": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            "token": f"{user}:{password}" if password else user,
            "db_name": unquote(parts.path.strip("/")),
        }
        self._lock = threading.Lock()
        self._client: Any = None
        self._away_until, self._away_because = 0.0, ""
        self._version: tuple[str, tuple[int, ...]] | None = None

    @property
    def light(self) -> bool:
        """Whether it is Milvus Lite, which has fewer kinds of indexes and analyzers."""
        return "milvus_lite" in self._versions()[0]

    @property
    def knows_words(self) -> bool:
        """Whether it can rank by BM25 and look for words: Milvus from 2.5, and Milvus Lite."""
        return self.light or self._versions()[1] >= (2, 5)

    def _versions(self) -> tuple[str, tuple[int, ...]]:
        if self._version is None:
            said = str(self.call("get_server_version"))
            numbers = tuple(map(int, re.findall(r"\d+", said)[:3]))
            if not numbers:
                raise SearchUnavailable(f"Milvus ({self.shown}) has no version: {said[:50]!r}.")
            self._version = said, numbers
        return self._version

    def call(self, name: str, *arguments: Any, timeout: float = 0, **named: Any) -> Any:
        """What a method of pymilvus' MilvusClient answers. Raises Gone, SearchUnavailable."""
        try:
            return self._call(name, *arguments, timeout=timeout or PATIENCE, **named)
        except _Unloaded:
            self._call("load_collection", arguments[0], timeout=timeout or PATIENCE)
            return self._call(name, *arguments, timeout=timeout or PATIENCE, **named)

    def _call(self, name: str, *arguments: Any, timeout: float, **named: Any) -> Any:
        if time.monotonic() < self._away_until:
            raise SearchUnavailable(self._away_because)
        MilvusException = pymilvus().MilvusException
        import grpc  # comes with pymilvus

        try:
            return getattr(self._connected(), name)(*arguments, timeout=timeout, **named)
        except grpc.RpcError as error:
            raise self._away(str(error.code()).rpartition(".")[2].lower()) from None
        except MilvusException as error:
            message = " ".join(error.message.split())[:200]
            if _GONE.search(message):
                raise Gone(message) from None
            if re.search(r"fail connecting|unavailable|timeout|deadline", message, re.I):
                raise self._away("it cannot be reached") from None
            kind = _Unloaded if _UNLOADED.search(message) else SearchUnavailable
            raise kind(f"Milvus refuses ({self.shown}: {message}). {_DOCTOR}") from None

    def _away(self, why: str) -> SearchUnavailable:
        self._away_because = (
            f"Milvus does not answer ({self.shown}: {why}). Start it, or mend "
            f"PAPERTIDE_SEARCH_URL. {_DOCTOR}"
        )
        self._away_until = time.monotonic() + _AWAY
        return SearchUnavailable(self._away_because)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = pymilvus().MilvusClient(**self._options, timeout=PATIENCE)
            return self._client

    def close(self) -> None:
        """Let go of the connection; the next call makes a new one."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()


def pymilvus() -> Any:
    """The package, made silent: what it logs of errors is in those that we raise."""
    try:
        import pymilvus
    except ImportError:
        raise SearchUnavailable(
            "PAPERTIDE_SEARCH_URL asks for Milvus, and pymilvus is not installed. "
            "Run: pip install 'papertide[milvus]'"
        ) from None
    for name in ("pymilvus", "pymilvus.milvus_client"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return pymilvus
