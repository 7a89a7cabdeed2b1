"""Bringing an index up to date with the change log of the catalogue it is made from."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from papertide.search.engine import Document, Engine

COMMIT_EVERY = 20_000  # changes; a commit costs some 0.1 s and a segment


class Changes(Protocol):
    """The change log as an index reads it."""

    def last(self) -> int:
        """The number of the latest change."""

    def oldest(self) -> int:
        """The number of the oldest change that is still kept; 0 where there is none."""

    def after(self, number: int, limit: int) -> list[tuple[int, int, str]]:
        """At most `limit` changes after a number: (number, paper id, "saved" or "deleted")."""

    def documents(self, ids: Iterable[int]) -> Iterator[Document]:
        """The documents of those papers that are there."""

    def all_documents(self) -> Iterator[Document]:
        """The documents of all papers."""

    def count(self) -> int:
        """How many papers there are."""


class Caught(msgspec.Struct):
    """What a catch-up did: papers put in or replaced, papers taken out, whether all anew."""

    indexed: int = 0
    deleted: int = 0
    rebuilt: bool = False


def catch_up(
    index: Engine, changes: Changes, on_progress: Callable[[int, int], None] | None = None
) -> Caught:
    """Index what changed since the index's position, in commits that can be resumed after.

    A log that was pruned beyond the position, or an index ahead of its database (restored
    from a backup), calls for a rebuild, which is done. `on_progress` is told of how many of
    how many changes are done.
    """
    with index.writing():
        position, last = index.position(), changes.last()
        if cut_off(position, changes):
            return rebuild(index, changes, on_progress, locked=True)
        caught, first = Caught(), position
        while batch := changes.after(position, getattr(index, "commit_every", COMMIT_EVERY)):
            position = batch[-1][0]
            # A paper changed twice is read once; what became of it last is what it is.
            touched = {paper_id: kind for _, paper_id, kind in batch}
            deleted = {paper_id for paper_id, kind in touched.items() if kind == "deleted"}
            documents = counted(changes.documents(touched.keys() - deleted), caught)
            index.apply(documents, deleted, position)
            caught.deleted += len(deleted)
            if on_progress:
                on_progress(position - first, max(last, position) - first)
        return caught


def cut_off(position: int, changes: Changes) -> bool:
    """Whether the log does not tell all that happened since a position: pruned, or restored."""
    last = changes.last()
    return position > last or position + 1 < (changes.oldest() or last + 1)


def rebuild(
    index: Engine,
    changes: Changes,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    locked: bool = False,
) -> Caught:
    """Make the index anew from all papers; readers see the old one until the new one is whole."""
    if not locked:
        with index.writing():
            return rebuild(index, changes, on_progress, locked=True)
    # Changes from here on are found again by the next catch-up: indexing twice does no harm.
    position, total = changes.last(), changes.count()
    caught = Caught(rebuilt=True)
    documents = counted(changes.all_documents(), caught, on_progress, total)
    index.rebuild(documents, position)
    return caught


def counted(documents, caught, on_progress=None, total=0) -> Iterator[Document]:
    for document in documents:
        caught.indexed += 1
        if on_progress and caught.indexed % 1000 == 0:
            on_progress(caught.indexed, total)
        yield document
