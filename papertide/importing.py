"""Importing: files of papers are read row by row and stored in batches.

Killed anywhere and run again, an import finds what it stored unchanged and goes on behind it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from papertide.papers import Record
from papertide.rejected import Rejects
from papertide.results import Imported, OnProgress, Problem, Progress
from papertide.sources import files
from papertide.sources.base import Rejection, SourceError


class Importer:
    """Imports files into the catalogue of a data folder."""

    def __init__(self, folder: Path):
        from papertide.site.catalog import services

        self._folder, self._services = folder, services

    def import_files(
        self, paths: Iterable[str | Path], year: int | None, on_progress: OnProgress
    ) -> Imported:
        """See `Library.import_files`; nothing is indexed."""
        done = Imported()
        with Rejects(self._folder / "rejected") as rejects:
            for path in paths:
                self._import_file(path, year, done, rejects, on_progress)
        done.rejected_file = str(rejects.path) if done.rejected else ""
        return done

    def add(self, rows: Iterable[Record | Rejection]) -> Imported:
        """Store the records among some rows, and count those that were rejected."""
        done, rows = Imported(), list(rows)
        done.rejected = done.entries = sum(isinstance(row, Rejection) for row in rows)
        for batch in self._services.batches(row for row in rows if isinstance(row, Record)):
            done.count(self._services.ingest(batch))
        return done

    def _import_file(self, path, year, done: Imported, rejects, on_progress: OnProgress) -> None:
        name = str(path)
        progress = Progress(stage="reading", name=name, total=_size(path))

        def on_bytes(count: int) -> None:
            progress.done = count

        def reject(row: Rejection) -> None:
            done.entries += 1
            done.rejected += 1
            rejects.write(name, row)

        def on_bad(record: Record, reason: str) -> None:
            reject(Rejection(line=record.line, reason=reason, text=record.paper.title[:200]))

        def records() -> Iterator[Record]:
            try:
                for row in files.read(path, year=year, on_bytes=on_bytes):
                    progress.rows += 1
                    if isinstance(row, Rejection):
                        reject(row)
                    else:
                        yield row
            except SourceError as error:  # what stood before it is kept
                done.problems.append(Problem(path=name, reason=str(error)))

        for batch in self._services.batches(records()):
            done.count(self._services.ingest(batch, on_bad))
            if on_progress:
                on_progress(progress)


def _size(path: str | Path) -> int:
    try:
        return Path(path).stat().st_size if str(path) != "-" else 0
    except OSError:
        return 0
