"""The word index on disk: commits, several processes, rebuilds, damage."""

import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from papertide.search import lexical
from papertide.search.engine import SearchUnavailable
from papertide.search.lexical import LexicalIndex
from tests.search.documents import CATALOG, filled, found, made, put

# --- writing ---------------------------------------------------------------------------------


def test_an_index_that_is_not_there_yet_is_empty(tmp_path):
    index = LexicalIndex(tmp_path, CATALOG)
    assert (index.position(), index.count(), index.size()) == (0, 0, 0)
    assert index.words("anything") == index.words("") == lexical.Candidates(
        ids=[], scores=[], total=0
    )  # fmt: skip


def test_documents_and_position_are_committed_together(tmp_path):
    index = filled(tmp_path, made(1), made(2), position=7)
    assert (index.position(), index.count()) == (7, 2)
    put(index, position=9)
    assert (index.position(), index.count()) == (9, 2)
    put(index, made(3), deleted=[1], position=12)
    assert (index.position(), index.count(), set(found(index, "title"))) == (12, 2, {2, 3})
    assert index.size() > 0


def test_the_mark_of_the_position_is_never_found(tmp_path):
    index = filled(tmp_path, made(1), position=7)
    for text in ("position", "kind", "7", '"position"', ""):
        assert found(index, text) == ([1] if text == "" else [])


def test_a_replaced_document_is_found_once(tmp_path):
    index = filled(tmp_path, *(made(n, "Old words") for n in range(1, 6)))
    put(index, made(3, "New words"), position=2)
    assert set(found(index, "old")) == {1, 2, 4, 5}
    assert found(index, "new") == [3]
    assert sorted(found(index, "words")) == sorted(found(index, "")) == [1, 2, 3, 4, 5]
    assert index.count() == 5
    put(index, made(3, "Newer words"), made(3, "Newest words"), position=3)
    assert found(index, "newer") == found(index, "new") == []
    assert found(index, "newest") == [3]
    assert index.count() == 5


def test_deleting(tmp_path):
    index = filled(tmp_path, made(1), made(2))
    put(index, deleted=[1, 77], position=2)
    assert found(index, "") == found(index, "title") == [2]
    put(index, made(1, "Back again"), position=3)
    assert found(index, "again") == [1]
    put(index, made(2, "Both"), deleted=[2], position=4)
    assert found(index, "both") == [2]
    put(index, deleted=[1, 2], position=5)
    assert (found(index, ""), index.count(), index.position()) == ([], 0, 5)


def test_an_error_leaves_the_last_commit(tmp_path):
    index = filled(tmp_path, made(1), position=1)

    def broken():
        yield made(2)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError), index.writing():
        index.apply(broken(), [1], 9)
    assert (found(index, ""), index.position()) == ([1], 1)
    put(index, made(3), position=2)  # and the writer's lock is free
    assert (set(found(index, "")), index.position()) == ({1, 3}, 2)


def test_hostile_documents_are_indexed(tmp_path):
    long = "x" * 100_000
    index = filled(
        tmp_path,
        made(1, "nul \x00 and \u202e override", authors=["", "\x00"], categories=[long, ""]),
        made(2, long, abstract="word " * 100_000, date=99991231),
        made(2**62, "<script>alert(1)</script>"),
        made(3, "", abstract="", authors=[], categories=[], sources=[], date=0),
    )
    assert index.count() == 4
    assert found(index, "override") == [1]
    assert found(index, "script") == [2**62]
    assert found(index, "word") == [2]


# --- several who read, one who writes --------------------------------------------------------


def test_another_instance_sees_commits(tmp_path):
    index = filled(tmp_path, made(1), position=1)
    other = LexicalIndex(tmp_path, CATALOG)
    assert (found(other, ""), other.position()) == ([1], 1)
    put(index, made(2), position=2)
    assert (set(found(other, "")), other.position()) == ({1, 2}, 2)


def test_another_process_sees_commits(tmp_path):
    index = filled(tmp_path, made(1), position=1)
    script = (
        "import sys, pathlib\n"
        "from papertide.search.lexical import LexicalIndex\n"
        "index = LexicalIndex(pathlib.Path(sys.argv[1]), sys.argv[2])\n"
        "for line in sys.stdin: print(index.position(), index.count(), flush=True)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path), CATALOG]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:

        def told() -> str:
            other.stdin.write("\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        assert told() == "1 1"
        put(index, made(2), position=2)
        assert told() == "2 2"
        with index.writing():
            index.rebuild(iter([made(5)]), 9)
        assert told() == "9 1"
        other.stdin.close()
        assert other.wait(timeout=20) == 0


def test_a_rebuild_takes_the_place_of_all(tmp_path):
    index = filled(tmp_path, *(made(n) for n in range(1, 10)), position=3)
    reader = LexicalIndex(tmp_path, CATALOG)
    seen = []

    def anew():
        for number in (20, 21):
            seen.append((reader.count(), reader.position()))
            yield made(number)

    with index.writing():
        index.rebuild(anew(), 8)
    assert seen == [(9, 3), (9, 3)]  # as long as it takes, the old one answers
    for one in (index, reader, LexicalIndex(tmp_path, CATALOG)):
        assert (set(found(one, "")), one.position(), one.count()) == ({20, 21}, 8, 2)
    generations = [path.name for path in (tmp_path / "words").iterdir() if path.is_dir()]
    assert generations == ["0002"]


def test_a_rebuild_that_fails_leaves_the_old_one(tmp_path):
    index = filled(tmp_path, made(1), position=3)

    def broken():
        yield made(2)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError), index.writing():
        index.rebuild(broken(), 8)
    assert (found(index, ""), index.position()) == ([1], 3)
    put(index, made(4), position=4)
    assert set(found(index, "")) == {1, 4}
    with index.writing():
        index.rebuild(iter([made(5)]), 8)
    assert found(index, "") == [5]
    assert len([path for path in (tmp_path / "words").iterdir() if path.is_dir()]) == 1


def test_a_rebuild_between_the_name_and_the_opening(tmp_path, monkeypatch):
    """The generation that `current` named is gone when it is opened."""
    index = filled(tmp_path, made(1))
    reader = LexicalIndex(tmp_path, CATALOG)
    opened = []
    real = LexicalIndex._open

    def late(self, generation):
        if self is reader and not opened:
            opened.append(generation.name)
            with index.writing():
                index.rebuild(iter([made(2)]), 5)
        return real(self, generation)

    monkeypatch.setattr(LexicalIndex, "_open", late)
    assert found(reader, "") == [2]
    assert opened == ["0001"]


def test_readers_of_all_threads_while_one_writes(tmp_path):
    index = filled(tmp_path, *(made(n, "Common") for n in range(1, 50)))
    reader = LexicalIndex(tmp_path, CATALOG)
    done, wrong = threading.Event(), []

    def search():
        while not done.is_set():
            try:
                if reader.words("common").total != 49 or reader.count() != 49:
                    wrong.append("count")
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for position in range(2, 8):
        put(index, *(made(n, "Common") for n in range(position, position + 20)), position=position)
    with index.writing():
        index.rebuild((made(n, "Common") for n in range(1, 50)), 8)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_two_writers_wait_for_each_other(tmp_path):
    one, two = LexicalIndex(tmp_path, CATALOG), LexicalIndex(tmp_path, CATALOG)
    order = []
    waiting = threading.Event()

    def second():
        waiting.set()
        with two.writing():
            order.append("second begins")
            two.apply([made(2)], [], 2)

    with one.writing():
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        one.apply([made(1)], [], 1)
        thread.join(0.1)
        order.append("first ends")
    thread.join()
    assert order == ["first ends", "second begins"]
    assert (set(found(one, "")), one.position()) == ({1, 2}, 2)


# --- an index that cannot be read ------------------------------------------------------------


def unavailable(index: LexicalIndex) -> set[str]:
    """What everything that can be asked says; it must be SearchUnavailable and say what to run."""
    asked = (index.position, index.count, lambda: index.words("title"), lambda: index.words(""),
             lambda: index.words('"title filler"'))  # fmt: skip
    messages = set()
    for ask in asked:
        with pytest.raises(SearchUnavailable) as error:
            ask()
        messages.add(str(error.value))
    assert all("papertide index rebuild" in message for message in messages)
    return messages


def generation(folder):
    return folder / "words" / (folder / "words/current").read_text()


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"format": lexical.FORMAT + 1}, "format"),
        ({"format": 0}, "format"),
        ({"catalog": "another"}, "another catalogue"),
    ],
)
def test_an_index_of_another_format_or_catalogue_is_refused(tmp_path, about, reason):
    filled(tmp_path, made(1))
    path = generation(tmp_path) / "about.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | about))
    [message] = unavailable(LexicalIndex(tmp_path, CATALOG))
    assert reason in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("about.json", b""), ("about.json", b"{}"), ("about.json", b"[]"), ("about.json", b"\xff"),
        ("about.json", None), ("meta.json", b""), ("meta.json", b"{}"), ("meta.json", None),
        ("../current", b""), ("../current", b"\xff\xfe"), ("../current", b"0099"),
        ("../current", b"x\x00y"),
    ],
)  # fmt: skip
def test_our_own_files_damaged(tmp_path, name, content):
    filled(tmp_path, made(1))
    path = generation(tmp_path) / name
    path.unlink() if content is None else path.write_bytes(content)
    unavailable(LexicalIndex(tmp_path, CATALOG))


SUFFIXES = [".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term"]


@pytest.mark.parametrize("damage", ["emptied", "cut", "garbage", "gone"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tantivys_files_damaged(tmp_path, suffix, damage):
    filled(tmp_path, *(made(n) for n in range(1, 50)))
    for path in generation(tmp_path).glob(f"*{suffix}"):
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes({
                "emptied": b"", "cut": content[: len(content) // 2],
                "garbage": random.Random(1).randbytes(len(content)),
            }[damage])  # fmt: skip
    index = LexicalIndex(tmp_path, CATALOG)
    if (suffix, damage) == (".pos", "gone"):  # opened only where it is needed
        with pytest.raises(SearchUnavailable, match="papertide index rebuild"):
            index.words('"title filler"')
    else:
        unavailable(index)
    with index.writing():
        index.rebuild(iter([made(1)]), 5)
    assert (found(index, "title"), index.position()) == ([1], 5)


def test_flipped_bits_never_crash(tmp_path):
    """Whatever a damaged file says: an answer or SearchUnavailable, and no panic."""
    documents = [made(n, f"Title {n} of words") for n in range(1, 200)]
    filled(tmp_path, *documents)
    chance = random.Random(7)
    contents = {
        path: path.read_bytes()
        for suffix in SUFFIXES
        for path in sorted(generation(tmp_path).glob(f"*{suffix}"))
    }
    for path, content in contents.items():
        for _ in range(4):
            damaged = bytearray(content)
            for _ in range(5):
                damaged[chance.randrange(max(1, len(content) - 30))] ^= 1 << chance.randrange(8)
            _replace(path, damaged)
            index = LexicalIndex(tmp_path, CATALOG)
            for ask in (index.position, index.count, lambda: index.words("title words"),  # noqa: B023
                        lambda: index.words(""), lambda: index.words('"of words"')):  # noqa: B023  # fmt: skip
                try:
                    ask()
                except SearchUnavailable as error:
                    assert "papertide index rebuild" in str(error)
        _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    """Another file of that name: one that is cut while an earlier reader maps it is a SIGBUS."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def test_an_index_that_breaks_while_it_is_read(tmp_path):
    index = filled(tmp_path, made(1))
    assert found(index, "title") == [1]
    meta = generation(tmp_path) / "meta.json"
    whole = meta.read_bytes()
    meta.write_bytes(whole[:50])
    unavailable(index)
    meta.write_bytes(whole)
    assert found(index, "title") == [1]
