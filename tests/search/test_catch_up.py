"""An index follows the change log: it resumes, it rebuilds where it must, it loses nothing."""

import pytest

from papertide.search import catch_up as module
from papertide.search.catch_up import Caught, catch_up, rebuild
from papertide.search.engine import SearchUnavailable
from papertide.search.lexical import LexicalIndex
from tests.search.documents import CATALOG, found, made


class Log:
    """A catalogue in memory: papers by number, and what changed."""

    def __init__(self):
        self.papers: dict[int, str] = {}
        self.changes: list[tuple[int, int, str]] = []
        self.number = 0
        self.read: list[int] = []  # the papers whose documents were asked for
        self.failing_at: int | None = None

    def save(self, *numbers: int, title: str = "Title") -> None:
        for number in numbers:
            self.papers[number] = title
            self._note(number, "saved")

    def delete(self, *numbers: int) -> None:
        for number in numbers:
            self.papers.pop(number, None)
            self._note(number, "deleted")

    def _note(self, paper_id: int, kind: str) -> None:
        self.number += 1
        self.changes.append((self.number, paper_id, kind))

    def prune(self, before: int) -> None:
        self.changes = [change for change in self.changes if change[0] >= before]

    # what an index asks

    def last(self):
        return self.number

    def oldest(self):
        return self.changes[0][0] if self.changes else 0

    def after(self, number, limit):
        return [change for change in self.changes if change[0] > number][:limit]

    def documents(self, ids):
        for number in sorted(ids):
            if number == self.failing_at:
                raise RuntimeError("the database went away")
            if number in self.papers:
                self.read.append(number)
                yield made(number, self.papers[number], date=20250101)

    def all_documents(self):
        return self.documents(self.papers)

    def count(self):
        return len(self.papers)


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def index(tmp_path):
    return LexicalIndex(tmp_path, CATALOG)


def agrees(index: LexicalIndex, log: Log) -> bool:
    """Whether the index holds exactly what the catalogue does."""
    held = {number: title for title in set(log.papers.values()) for number in
            found(index, f'"{title}"', limit=10_000)}  # fmt: skip
    return (
        held == log.papers
        and index.count() == log.count()
        and sorted(found(index, "", limit=10_000)) == sorted(log.papers)
        and index.position() == log.last()
    )


def test_an_empty_catalogue(index, log):
    assert catch_up(index, log) == Caught()
    assert (index.position(), index.count()) == (0, 0)


def test_it_follows(index, log):
    log.save(1, 2, 3)
    assert catch_up(index, log) == Caught(indexed=3)
    assert agrees(index, log)
    log.save(2, title="Changed")
    log.delete(3)
    log.save(4)
    assert catch_up(index, log) == Caught(indexed=2, deleted=1)
    assert agrees(index, log)
    log.read.clear()
    assert catch_up(index, log) == Caught()
    assert log.read == []


def test_a_paper_changed_twice_is_read_once(index, log):
    for title in ("One", "Two", "Three"):
        log.save(1, title=title)
    log.save(2)
    assert catch_up(index, log) == Caught(indexed=2)
    assert log.read == [1, 2]
    assert agrees(index, log)


def test_saved_and_deleted_before_it_was_seen(index, log):
    log.save(1, 2)
    log.delete(1)
    assert catch_up(index, log).indexed == 1
    assert agrees(index, log)


def test_in_batches(index, log, monkeypatch):
    monkeypatch.setattr(module, "COMMIT_EVERY", 3)
    log.save(*range(1, 11))
    log.delete(2, 9)
    told = []
    caught = catch_up(index, log, lambda done, total: told.append((done, total)))
    assert (caught.indexed, caught.deleted) == (8, 2)  # 2 and 9 are gone when they are read
    assert told == [(3, 12), (6, 12), (9, 12), (12, 12)]
    assert agrees(index, log)


@pytest.mark.parametrize("failing_at", [1, 5, 9])
def test_after_an_error_it_resumes_at_the_last_commit(index, log, monkeypatch, failing_at):
    monkeypatch.setattr(module, "COMMIT_EVERY", 3)
    log.save(*range(1, 11))
    log.failing_at = failing_at
    with pytest.raises(RuntimeError):
        catch_up(index, log)
    committed = (failing_at - 1) // 3 * 3
    assert (index.position(), index.count()) == (committed, committed)
    log.failing_at, log.read = None, []
    catch_up(index, log)
    assert log.read == list(range(committed + 1, 11))
    assert agrees(index, log)


def test_changes_written_meanwhile_are_seen_too(index, log, monkeypatch):
    monkeypatch.setattr(module, "COMMIT_EVERY", 2)
    log.save(1, 2, 3)
    real = log.documents

    def documents(ids):
        yield from real(ids)
        if log.number < 6:
            log.save(log.number + 1, title="Meanwhile")

    log.documents = documents
    catch_up(index, log)
    assert log.number == 6
    assert agrees(index, log)


@pytest.mark.parametrize("kept_from", [6, 7, 100])
def test_a_log_pruned_beyond_the_position_calls_for_a_rebuild(index, log, kept_from):
    log.save(1, 2, 3)
    catch_up(index, log)
    log.save(4, 5)
    log.delete(1)
    log.save(6)
    log.prune(kept_from)
    assert catch_up(index, log) == Caught(indexed=5, rebuilt=True)
    assert agrees(index, log)


def test_a_log_pruned_up_to_the_position_does_not(index, log):
    log.save(1, 2, 3)
    catch_up(index, log)
    log.save(4)
    log.prune(4)
    assert catch_up(index, log) == Caught(indexed=1)
    log.prune(100)  # nothing is left, and nothing is missing
    assert catch_up(index, log) == Caught()
    assert agrees(index, log)


def test_a_new_index_of_a_pruned_log(index, log):
    log.save(1, 2, 3)
    log.prune(3)
    assert catch_up(index, log).rebuilt
    assert agrees(index, log)


def test_an_index_ahead_of_its_database_is_rebuilt(index, log):
    log.save(1, 2, 3)
    catch_up(index, log)
    restored = Log()
    restored.save(1, title="Before")
    assert catch_up(index, restored) == Caught(indexed=1, rebuilt=True)
    assert agrees(index, restored)


def test_a_rebuild_reports_and_frees_the_lock(index, log):
    log.save(*range(1, 2502))
    catch_up(index, log)
    told = []
    assert rebuild(index, log, lambda *progress: told.append(progress)).indexed == 2501
    assert told == [(1000, 2501), (2000, 2501)]
    assert agrees(index, log)
    log.save(3000)
    assert catch_up(index, log).indexed == 1


def test_a_rebuild_that_fails_leaves_the_old_index(index, log):
    log.save(1, 2, 3)
    catch_up(index, log)
    log.failing_at = 2
    with pytest.raises(RuntimeError):
        rebuild(index, log)
    log.failing_at = None
    assert agrees(index, log)


def test_a_broken_index_is_not_written_to(index, log, tmp_path):
    log.save(1)
    catch_up(index, log)
    (tmp_path / "words/0001/meta.json").unlink()
    log.save(2)
    with pytest.raises(SearchUnavailable):
        catch_up(index, log)
    rebuild(index, log)
    assert agrees(index, log)
