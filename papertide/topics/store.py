"""Maps that were drawn, kept by what they were drawn of: in memory the last ones, on disk more."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import msgspec

from papertide.topics.drawing import Drawing

FORMAT = 1  # raise when maps are drawn differently: older ones are then drawn again
_IN_MEMORY = 8
_ON_DISK = 60  # files, of about 60 kB for each 1,000 papers
_PATIENCE = 15.0  # seconds that one waits for others' maps to be drawn


class Busy(Exception):
    """Too many maps are being drawn just now."""


class Store:
    """The maps of one folder. One is drawn at a time, by all processes together: drawing is the
    dearest thing that a page does, and other pages are to be answered meanwhile."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._held: OrderedDict[str, Drawing] = OrderedDict()
        self._lock = threading.Lock()

    def drawing(self, key: str, draw: Callable[[], Drawing]) -> Drawing:
        """The map of a key, drawn where it is not held. Raises Busy."""
        if found := self._get(key):
            return found
        with self._turn():
            if found := self._get(key):
                return found
            made = draw()
            self._keep(key, made)
            with suppress(OSError):  # a full disk: it is drawn again another time
                self._write(key, made)
            return made

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Be the one who draws; in a folder that cannot be written to, one of several."""
        lock = filelock.FileLock(self._folder / "lock", timeout=_PATIENCE)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            raise Busy("Other maps are being drawn; try again in a moment.") from None
        except OSError:
            pass
        try:
            yield
        finally:
            lock.release()

    def _get(self, key: str) -> Drawing | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        with suppress(OSError, ValueError):  # a damaged file is drawn again
            found = msgspec.msgpack.decode((self._folder / key).read_bytes(), type=Drawing)
            self._keep(key, found)
            return found
        return None

    def _keep(self, key: str, made: Drawing) -> None:
        with self._lock:
            self._held[key] = made
            while len(self._held) > _IN_MEMORY:
                self._held.popitem(last=False)

    def _write(self, key: str, made: Drawing) -> None:
        part = self._folder / f"{key}.new"
        part.write_bytes(msgspec.msgpack.encode(made))
        part.replace(self._folder / key)
        files = [path for path in self._folder.iterdir() if path.name != "lock"]
        for old in sorted(files, key=lambda path: -path.stat().st_mtime)[_ON_DISK:]:
            old.unlink(missing_ok=True)


def key(model: str, papers: Iterable[tuple[int, str]]) -> str:
    """What a map is kept by: the model, and the number and title of each paper."""
    told = msgspec.msgpack.encode((FORMAT, model, list(papers)))
    return hashlib.blake2b(told, digest_size=16).hexdigest()
