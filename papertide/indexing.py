"""Indexing: the indexes of a catalogue are brought up to date with it, made anew, or moved."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from papertide import config, embedding
from papertide.results import IndexStatus, OneIndex, OnProgress, Progress
from papertide.search import renewal
from papertide.search.catch_up import Caught
from papertide.search.finder import Finder

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType

log = logging.getLogger(__name__)


def open_finder(folder: Path, catalog: str) -> Finder:
    """The indexes of a catalogue as the settings have them; models are opened when first needed."""
    return Finder(folder, catalog, _model, _former, config.load().search_url)


class Indexer:
    """Keeps the indexes of a finder as the change log of some `services` has it. See `Library`."""

    def __init__(self, services: "ModuleType", finder: Finder):
        self._services, self._finder = services, finder
        self._changes = services.Changes()

    def catch_up(
        self, on_progress: OnProgress = None, *, slow: bool = True, patience: float = -1
    ) -> dict[str, Caught]:
        """See `Library.catch_up`."""
        report = _indexing(on_progress)
        caught = self._finder.catch_up(self._changes, report, slow=slow, patience=patience)
        self._note_positions()
        return caught

    def rebuild(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """See `Library.rebuild_index`."""
        with self._log_kept():
            caught = self._finder.rebuild(self._changes, _indexing(on_progress))
        self._note_positions(only=True)
        return caught

    def migrate(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """See `Library.migrate_index`."""
        if self._finder.server is None:
            raise config.ConfigError("PAPERTIDE_SEARCH_URL is not set: there is nowhere to move to")
        note, report = self._services.note_reader, _indexing(on_progress)
        caught = self._finder.migrate(self._changes, note, report)
        self.catch_up(on_progress)
        return caught

    def renew(self, on_progress: OnProgress = None) -> Caught | None:
        """See `Library.renew_vectors`."""
        if not self._finder.renewable():
            return None
        with self._log_kept():
            caught = self._finder.renew(self._changes, _indexing(on_progress))
        self._note_positions()
        return caught

    def renew_if_possible(self) -> None:
        """The same, unless somebody else is at it or the model cannot be asked: then later."""
        try:
            self.renew()
        except (renewal.Busy, renewal.Cancelled):
            pass
        except embedding.ModelError as error:
            log.warning("Vectors by another model wait: %s", error)

    def cancel_renewal(self) -> bool:
        """See `Library.cancel_renewal`."""
        return renewal.cancel(self._finder.folder)

    def status(self) -> IndexStatus:
        """See `Library.index_status`."""
        last, finder = self._changes.last(), self._finder
        each = {
            name: OneIndex(
                indexed=index.count(),
                behind=max(0, last - index.position()),
                bytes=index.size(),
            )
            for name, index in finder.indexes.items()
        }
        return IndexStatus(
            papers=self._changes.count(),
            indexed=min(index.indexed for index in each.values()),
            behind=max(index.behind for index in each.values()),
            bytes=sum(index.bytes for index in each.values()),
            folder=finder.place,
            model=vectors.embedder.name if (vectors := finder.vectors) else "",
            indexes=each,
            renewal=finder.renewal(),
        )

    @contextmanager
    def _log_kept(self) -> Iterator[None]:
        """Keep the changes from now on in the log until new vectors have taken them in."""
        if not renewal.running_now(self._finder.folder):  # else it is kept from earlier on
            self._services.note_reader(renewal.READER, self._changes.last())
        try:
            yield
        finally:
            self.keep_log_no_longer()

    def keep_log_no_longer(self) -> None:
        """Keep the log for nobody who makes new vectors, where nobody does."""
        if not renewal.running_now(self._finder.folder):
            self._services.forget_reader(renewal.READER)

    def _note_positions(self, only: bool = False) -> None:
        """Let the log be kept for the indexes in use; with `only`, for no others.

        Indexes that were moved to Milvus are known there before the setting is: files go on
        being used until then, and forget nobody. What is left behind is made anew when needed.
        """
        if self._changes.last():
            for name, index in self._finder.readers.items():
                self._services.note_reader(name, index.position())
        if only or self._finder.server is not None:
            self._services.forget_readers({*self._finder.readers, renewal.READER})


def _indexing(on_progress: OnProgress) -> Callable[[str, int, int], None] | None:
    if on_progress is None:
        return None
    return lambda name, done, total: on_progress(
        Progress(stage=f"indexing {name}", done=done, total=total)
    )


def _model() -> embedding.Embedder | None:
    settings = config.load()
    if settings.model == "none":
        return None
    return embedding.open_model(
        settings.model, settings.model_dimension, key=settings.model_key
    )


def _former(origin: str, dimension: int) -> embedding.Embedder:
    """The model that made vectors, as they remember it. The key is for the endpoint of the
    settings: another host does not see it."""
    settings = config.load()
    if not embedding.is_endpoint(origin):
        return embedding.open_model(origin, dimension)
    own = urlsplit(settings.model)[:2] == urlsplit(origin)[:2]
    return embedding.open_model(origin, key=settings.model_key if own else "")
