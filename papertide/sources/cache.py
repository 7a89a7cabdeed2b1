"""Answers kept with their validators, so that only what changed is sent again (RFC 9110, 13.1)."""

import hashlib
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

_LARGEST = 16 * 2**20  # bytes of an answer that is kept
_ALL = 128 * 2**20  # bytes of all together; the oldest go first
_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


class Kept(msgspec.Struct):
    """An answer that was kept: its headers and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def questions(self) -> dict[str, str]:
        """The headers that ask whether it still holds."""
        return {
            question: self.headers[validator]
            for validator, question in _VALIDATORS.items()
            if validator in self.headers
        }


class Cache:
    """Answers by their address, in a folder of bounded size; whatever is broken is not there."""

    def __init__(self, folder: Path):
        self._folder = folder

    def get(self, url: str) -> Kept | None:
        try:
            return msgspec.msgpack.decode(self._path(url).read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return None

    def put(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Keep an answer if it can be asked for again; a full disk only means that it is not."""
        if len(body) > _LARGEST or not _VALIDATORS.keys() & headers.keys():
            return
        made = self._folder / f"{threading.get_native_id()}.new"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            made.write_bytes(msgspec.msgpack.encode(Kept(headers, body)))
            made.replace(self._path(url))
            self._prune()

    def _path(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.encode()).hexdigest()[:32]

    def _prune(self) -> None:
        files = sorted(
            ((held.stat().st_mtime, held.stat().st_size, held) for held in self._folder.iterdir()),
            reverse=True,
        )
        total = 0
        for _, size, held in files:
            total += size
            if total > _ALL:
                held.unlink(missing_ok=True)
