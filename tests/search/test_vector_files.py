"""What the vector index refuses, and that whatever fails midway leaves no trace."""

import msgspec
import numpy as np
import pytest

from papertide.search import vector_files, vectors
from papertide.search.engine import SearchUnavailable
from papertide.search.vectors import VectorIndex
from tests.search.embedder import WordsEmbedder, make_documents
from tests.search.test_vectors import EMBEDDER, another, applied, filled, generation

REBUILD = "papertide index rebuild"
FILES = ("manifest.json", "vectors.f16", "bits.u8", "rows.bin", "labels.jsonl")


@pytest.fixture
def index(tmp_path):
    """An index of 19 papers at position 3."""
    index = VectorIndex(tmp_path, "a catalogue", EMBEDDER)
    return filled(index, make_documents(1, 20), position=3)


@pytest.mark.parametrize(
    ("catalog", "embedder", "said"),
    [
        ("a catalogue", WordsEmbedder(name="other"), "made by the model words"),
        ("a catalogue", WordsEmbedder(32), "32 dimensions"),
        ("a catalogue", WordsEmbedder(checksum="f" * 64), "checksum ffffffffffff"),
        ("another", EMBEDDER, "another catalogue"),
    ],
)
def test_another_model_or_catalogue_is_refused(catalog, embedder, said, index):
    stranger = VectorIndex(index._folder.parent, catalog, embedder)
    uses = [
        stranger.position,
        stranger.count,
        lambda: stranger.meaning("graph"),
        lambda: stranger.vectors([1]),
        lambda: applied(stranger, make_documents(20, 30)),
    ]
    for use in uses:
        with pytest.raises(SearchUnavailable, match=said) as raised:
            use()
        assert REBUILD in str(raised.value)
    assert index.count() == 19
    filled(stranger, make_documents(1, 30))
    assert stranger.meaning("graph").total == 29
    if catalog == "a catalogue":
        assert index.meaning("graph").total == 19, "it goes on answering from what it has read"
    with pytest.raises(SearchUnavailable, match=REBUILD):
        applied(index, make_documents(30, 40))
    with pytest.raises(SearchUnavailable, match=REBUILD):
        another(index).meaning("graph")


def another_format(folder):
    (folder / "manifest.json").write_bytes(msgspec.json.encode({"format": 999, "new": True}))


def cut(name, left):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).unlink()  # what others have mapped must not be cut
        (folder / name).write_bytes(content[:left])

    return pytest.param(damage, id=f"{name} cut to {left}")


def removed(name):
    return pytest.param(lambda folder: (folder / name).unlink(), id=f"no {name}")


def written(name, content):
    return pytest.param(lambda folder: (folder / name).write_bytes(content), id=f"{name} wrong")


@pytest.mark.parametrize(
    "damage",
    [
        another_format,
        *(cut(name, left) for name in FILES for left in (0, -1)),
        *(removed(name) for name in FILES),
        written("labels.jsonl", b"[" * 999),
        written("rows.bin", b"\xff" * 999),
        written("manifest.json", b"[]"),
        written("../current", b"\xff\0"),
        written("../current", b""),
    ],
)
def test_damage_is_named_and_a_rebuild_mends_it(damage, index):
    damage(generation(index))
    fresh = another(index)
    for use in (fresh.position, lambda: fresh.meaning("graph"), lambda: applied(fresh)):
        with pytest.raises(SearchUnavailable, match=REBUILD):
            use()
    filled(fresh, make_documents(1, 20))
    assert (fresh.count(), index.count()) == (19, 19)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_model_that_answers_no_number(bad, index, monkeypatch):
    def embed(texts):
        answer = EMBEDDER.embed(texts)
        answer[[" 25" in text for text in texts], 5] = bad
        return answer

    broken = WordsEmbedder()
    broken.embed = embed
    other = VectorIndex(index._folder.parent, "a catalogue", broken)
    monkeypatch.setattr(vectors, "_BATCH", 3)
    for write in (applied, filled):
        with pytest.raises(SearchUnavailable, match=r"no number for the paper 25\b"):
            write(other, make_documents(20, 30), position=4)
        for one in (index, other):
            assert (one.position(), one.count()) == (3, 19)
    with pytest.raises(SearchUnavailable, match="no number"):
        other.meaning("graph 25")
    applied(index, make_documents(20, 30))
    assert index.count() == 29


def test_a_model_that_answers_another_shape(index):
    broken = WordsEmbedder()
    broken.embed = lambda texts: np.ones((len(texts), 5), np.float32)
    other = VectorIndex(index._folder.parent, "a catalogue", broken)
    with pytest.raises(SearchUnavailable, match=r"\(10, 5\)"):
        applied(other, make_documents(20, 30))
    assert index.count() == 19


def test_documents_that_fail_midway_leave_no_trace(index, monkeypatch):
    monkeypatch.setattr(vectors, "_BATCH", 4)

    def documents():
        yield from make_documents(20, 40)
        raise RuntimeError("the database went away")

    size, before = index.size(), generation(index)
    for write in (applied, filled):
        with pytest.raises(RuntimeError):
            write(index, documents())
        assert (index.count(), index.size(), generation(index)) == (19, size, before)


@pytest.mark.parametrize("write", [applied, filled])
def test_a_disk_that_fails_after_the_switch(write, index, monkeypatch):
    """What was switched to already is not taken back: readers may be there."""
    replace = vector_files.replace

    def fails(path, text):
        replace(path, text)
        if path.name == {applied: "manifest.json", filled: "current"}[write]:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_files, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        write(index, make_documents(1, 30), position=4)
    monkeypatch.undo()
    for one in (index, another(index)):
        assert (one.position(), one.count()) == (4, 29)
        assert one.meaning("graph", limit=29).total == 29
    applied(index, make_documents(20, 31), position=5)
    assert (another(index).position(), another(index).count()) == (5, 30)


def test_what_a_killed_rebuild_left_is_removed(index):
    left = index._folder / "0007"
    left.mkdir()
    (left / "vectors.f16").write_bytes(b"unfinished")
    filled(index, make_documents(1, 30))
    assert [path.name for path in index._folder.iterdir() if path.is_dir()] == ["0002"]


def test_commits_within_one_tick_of_the_clock_are_noticed(tmp_path):
    """A reader looks at the time of the manifest, whose file may have the number of one before."""
    path, times = tmp_path / "manifest.json", []
    for number in range(50):
        vector_files.replace(path, b"%d" % number)
        times.append(path.stat().st_mtime_ns)
    assert times == sorted(set(times))
