"""Maps that are kept: drawn once, by whom it may be, and again where a file is damaged."""

import threading

import pytest

from papertide.topics import store
from papertide.topics.drawing import Drawing
from papertide.topics.store import Busy, Store, key


def made(x=0.5):
    return Drawing(x=[x], y=[0.5], topic=[-1], topics=[])


def never():
    raise AssertionError("it was drawn before")


def test_a_map_is_drawn_once(tmp_path):
    held = Store(tmp_path / "maps")
    assert held.drawing("a", made) == made()
    assert held.drawing("a", never) == made()
    assert Store(tmp_path / "maps").drawing("a", never) == made()  # another process


def test_a_damaged_file_is_drawn_again(tmp_path):
    Store(tmp_path).drawing("a", made)
    (tmp_path / "a").write_bytes(b"\xff")
    assert Store(tmp_path).drawing("a", lambda: made(0.7)).x == [0.7]
    assert Store(tmp_path).drawing("a", never).x == [0.7]


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path):
    (tmp_path / "file").write_text("")
    held = Store(tmp_path / "file" / "maps")
    assert held.drawing("a", made) == made()
    assert held.drawing("a", never) == made()


def test_old_maps_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_ON_DISK", 3)
    monkeypatch.setattr(store, "_IN_MEMORY", 2)
    held = Store(tmp_path)
    for number in range(6):
        held.drawing(str(number), made)
    assert len([path for path in tmp_path.iterdir() if path.name != "lock"]) == 3
    assert len(held._held) == 2


def test_who_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    began, end = threading.Event(), threading.Event()

    def slow():
        began.set()
        assert end.wait(30)
        return made()

    other = threading.Thread(target=Store(tmp_path).drawing, args=("a", slow))
    other.start()
    assert began.wait(30)
    with pytest.raises(Busy):
        Store(tmp_path).drawing("b", made)
    end.set()
    other.join()
    assert Store(tmp_path).drawing("b", made) == made()


def test_the_key_is_of_papers_their_titles_and_the_model():
    keys = {key("m", [(1, "a")]), key("m", [(1, "b")]), key("m", [(2, "a")]), key("n", [(1, "a")])}
    assert len(keys) == 4
    assert key("m", [(1, "a")]) in keys
