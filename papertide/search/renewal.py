"""Making all vectors anew while those in use go on answering: by another model, or from scratch.

The new generation grows beside the one in use in commits, so that a kill loses little of what was
embedded. When it holds all papers as they are, and all changes made meanwhile, it is switched to
in one step, and the former one is deleted. A lock lets one process alone embed; whoever else looks
sees how far it is. What goes wrong leaves the vectors in use whole, and a line in `PROBLEM`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import filelock
import msgspec
import numpy as np

from papertide.embedding.base import Embedder, ModelError
from papertide.search import vector_files
from papertide.search.catch_up import Caught, Changes, catch_up, cut_off
from papertide.search.engine import SearchUnavailable
from papertide.search.vector_files import NEXT
from papertide.search.vector_rows import Rows
from papertide.search.vectors import VectorIndex

PROBLEM = "next.problem"  # a file: why making them stopped the last time
_PATIENCE = 1.0  # seconds; who only looks has the lock for a moment
READER = "vectors-next"  # as the change log knows who makes them

OnProgress = Callable[[int, int], None] | None


class Busy(SearchUnavailable):
    """Another process is making the vectors."""


class Cancelled(SearchUnavailable):
    """The vectors that were being made were taken away."""


class Renewal(msgspec.Struct, kw_only=True):
    """Vectors that are being made: by which model, of how many numbers (0: not known yet), and
    whether that is the one that is wanted; how many papers have theirs, whether a process is at it
    now, and why it stopped the last time."""

    model: str = ""
    dimension: int = 0
    wanted: bool = True
    indexed: int = 0
    running: bool = False
    problem: str = ""


def renew(
    folder: Path, catalog: str, embedder: Embedder, changes: Changes,
    on_progress: OnProgress = None, *, anew: bool = False,
) -> Caught:  # fmt: skip
    """Make the vectors of a model and switch to them; goes on with those that were begun.

    Where vectors of the same model are in use, those of texts that are as they were are taken over,
    or with `anew` none at all. Raises Busy where another process does the same, ModelError where
    the model fails, and Cancelled.
    """
    made = VectorIndex(folder, catalog, embedder, NEXT)
    used = VectorIndex(folder, catalog, embedder)
    place = folder / "vectors"
    try:
        with made.writing(_PATIENCE), _problem_told(place):
            try:
                _begin(made, used, anew)
                return _renewed(made, used, place, changes, on_progress)
            except OSError:
                if vector_files.current(place, NEXT) is None:
                    raise _cancelled() from None
                raise
    except filelock.Timeout:
        raise Busy("Another process is making the vectors; see: papertide index status") from None


def _begin(made: VectorIndex, used: VectorIndex, anew: bool) -> None:
    """Begin with nothing, or with the vectors in use; or find those that were begun."""
    seed = _readable(used)
    if not _readable(made) or (anew and seed):
        with used.writing():
            made.begin(None if anew else seed)


def _readable(index: VectorIndex) -> Rows | None:
    """What an index holds, where that is of its own catalogue and model."""
    try:
        return index.rows()
    except SearchUnavailable:
        return None


def _renewed(
    made: VectorIndex, used: VectorIndex, place: Path, changes: Changes, on_progress: OnProgress
) -> Caught:
    caught = Caught(rebuilt=True)
    while True:
        _fill(made, changes, caught, on_progress)
        if cut_off(made.position(), changes):
            continue
        catch_up(made, changes)
        with used.writing():  # from here on nobody else changes what is in use
            if vector_files.current(place, NEXT) is None:
                raise _cancelled()
            if cut_off(made.position(), changes):
                continue
            catch_up(made, changes)
            made.compact()
            vector_files.switch(vector_files.current(place, NEXT))
            return caught


def _fill(made: VectorIndex, changes: Changes, caught: Caught, on_progress: OnProgress) -> None:
    """Bring in all papers that are there, and take out those that are not.

    What was brought in before is compared, not embedded. Changes after the position, which is that
    of the beginning, are found again in the log.
    """
    position, total = changes.last(), changes.count()
    documents, seen = iter(changes.all_documents()), [np.zeros(0, np.int64)]
    caught.indexed = 0
    while batch := list(islice(documents, made.commit_every)):
        made.apply(batch, (), position)
        seen.append(np.array([document.id for document in batch], np.int64))
        caught.indexed += len(batch)
        if on_progress:
            on_progress(caught.indexed, max(total, caught.indexed))
    gone = np.setdiff1d(made.ids(), np.concatenate(seen))
    made.apply((), gone.tolist(), position)


def _cancelled() -> Cancelled:
    return Cancelled("The vectors that were being made were taken away; those in use stay.")


@contextmanager
def _problem_told(place: Path) -> Iterator[None]:
    """Keep in a file why something went wrong, until it goes well."""
    try:
        yield
    except (ModelError, SearchUnavailable, OSError) as error:
        with suppress(OSError):  # a full disk
            if not isinstance(error, Cancelled):
                (place / PROBLEM).write_text(str(error))
        raise
    (place / PROBLEM).unlink(missing_ok=True)


def cancel(folder: Path) -> bool:
    """Take away the vectors that are being made, if there are any; whoever is at it stops at its
    next commit."""
    place = folder / "vectors"
    there = vector_files.current(place, NEXT) is not None
    if place.exists():
        with filelock.FileLock(place / "lock"):
            vector_files.forget_next(place)
        (place / PROBLEM).unlink(missing_ok=True)
    return there


def state(folder: Path) -> Renewal | None:
    """How far vectors are that are being made; None where there are none."""
    place = folder / "vectors"
    held, problem, running = vector_files.peek(place, NEXT), "", running_now(folder)
    with suppress(OSError):
        problem = (place / PROBLEM).read_text(errors="replace")
    if held is None and not problem and not running:
        return None
    found = Renewal(running=running, problem="" if running else problem)
    if held:
        found.model, found.dimension = held.model.name, held.model.dimension
        found.indexed = held.rows
    return found


def running_now(folder: Path) -> bool:
    """Whether a process is making vectors."""
    lock = folder / "vectors" / f"{NEXT}.lock"
    try:
        if lock.exists():
            with filelock.FileLock(lock).acquire(timeout=0):
                pass
    except filelock.Timeout:
        return True
    except OSError:  # a folder that one may only read
        pass
    return False
