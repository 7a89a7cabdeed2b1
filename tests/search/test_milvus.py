"""Moving to Milvus, and a Milvus that is away: what the contract of engines does not ask."""

import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from papertide.search import catch_up, milvus_server, milvus_text
from papertide.search.engine import SearchUnavailable
from papertide.search.finder import Finder
from papertide.search.migrate import migrate
from papertide.search.milvus_collections import Collection
from papertide.search.milvus_server import Server
from papertide.search.milvus_vectors import MilvusVectors
from papertide.search.milvus_words import MilvusWords
from papertide.search.query import parse
from papertide.search.vectors import VectorIndex
from tests.fixtures import WORDS
from tests.search.documents import CATALOG, found, made, put
from tests.search.embedder import WordsEmbedder
from tests.search.test_catch_up import Log, agrees


class Counting(WordsEmbedder):
    """A model that counts the documents it embeds."""

    embedded = 0

    def embed(self, texts):
        self.embedded += len(texts)
        return super().embed(texts)


def _filled(log, folder, embedder):
    """An index in files that holds a catalogue."""
    index = VectorIndex(folder, CATALOG, embedder)
    catch_up.catch_up(index, log)
    return index


def _log(count: int) -> Log:
    log = Log()
    for n in range(1, count + 1):
        log.save(n, title=f"{WORDS[n % 20]} {n}")
    return log


def _same(index, other, numbers) -> bool:
    return np.array_equal(index.vectors(numbers), other.vectors(numbers), equal_nan=True)


def test_vectors_are_moved_and_not_made_again(milvus, tmp_path):
    log, embedder = _log(50), Counting()
    files = _filled(log, tmp_path, embedder)
    index = MilvusVectors(Server(milvus.url), tmp_path, CATALOG, embedder)
    noted = []
    before = embedder.embedded
    assert migrate(index, log, files, noted.append) == catch_up.Caught(indexed=50, rebuilt=True)
    assert embedder.embedded == before
    assert (index.position(), index.count(), noted) == (50, 50, [50, 50])
    assert _same(index, files, range(1, 51))


def test_vectors_of_an_index_that_is_behind(milvus, tmp_path):
    log, embedder = _log(30), Counting()
    files = _filled(log, tmp_path, embedder)
    log.save(7, title="quantum video")
    log.save(31, title="robot")
    log.delete(9)
    index = MilvusVectors(Server(milvus.url), tmp_path, CATALOG, embedder)
    migrate(index, log, files, lambda _: None)
    assert (index.position(), index.count()) == (33, 30)
    catch_up.catch_up(files, log)
    assert _same(index, files, range(1, 40))


def test_without_stored_vectors_all_are_made(milvus, tmp_path):
    log, embedder = _log(20), Counting()
    index = MilvusVectors(Server(milvus.url), tmp_path, CATALOG, embedder)
    migrate(index, log, VectorIndex(tmp_path, CATALOG, embedder), lambda _: None)
    assert (index.count(), embedder.embedded) == (20, 40)  # each with its title once more


def test_changes_made_meanwhile_are_there_before_the_switch(milvus, tmp_path, monkeypatch):
    log = _log(20)
    index = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    catch_up.catch_up(index, log)
    reader = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    documents, serve, seen = log.all_documents, Collection.serve, []

    def reading():
        yield from documents()
        log.save(3, title="Meanwhile")
        log.delete(4)
        seen.append(len(found(reader, "", limit=100)))

    def serving(made):
        seen.append((made.position(), made.count(), len(found(reader, "meanwhile"))))
        serve(made)
        seen.append(len(found(reader, "meanwhile")))

    monkeypatch.setattr(log, "all_documents", reading)
    monkeypatch.setattr(Collection, "serve", serving)
    migrate(index, log, None, lambda _: None)
    # The old one answers until the new one, which has caught up by then, takes its place.
    assert seen == [20, (22, 19, 0), 1]
    assert agrees(index, log)
    names = Server(milvus.url).call("list_collections")
    assert len([name for name in names if name.startswith("papertide_words_")]) == 1


@pytest.mark.parametrize("killed_in", ["_put", "_write_mark", "serve"])
def test_killed_it_goes_on(milvus, tmp_path, monkeypatch, killed_in):
    monkeypatch.setattr("papertide.search.milvus_collections._BATCH", 10)
    monkeypatch.setattr("papertide.search.milvus_collections._MARK_EVERY", 1)
    log, embedder = _log(50), Counting()
    files = _filled(log, tmp_path, embedder)
    index = MilvusVectors(Server(milvus.url), tmp_path, CATALOG, embedder)
    real, calls = getattr(Collection, killed_in), []

    def killed(self, *given):
        calls.append(given)
        if len(calls) == (1 if killed_in == "serve" else 4):
            raise KeyboardInterrupt
        return real(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Collection, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            migrate(index, log, files, lambda _: None)
    assert (index.position(), index.count()) == (0, 0)
    log.save(2, title="quantum")
    log.delete(40)
    put_in = []
    real_put = Collection._put
    monkeypatch.setattr(Collection, "_put", lambda self, name, documents, seen: real_put(
        self, name, (put_in.append(d.id) or d for d in documents), seen))  # fmt: skip
    migrate(index, log, files, lambda _: None)
    assert 2 in put_in and len(put_in) < 40
    catch_up.catch_up(files, log)
    assert (index.position(), index.count()) == (52, 49)
    assert _same(index, files, range(1, 51))


def test_another_catalogue_is_not_replaced(milvus, tmp_path):
    put(MilvusWords(Server(milvus.url), tmp_path, CATALOG), made(1))
    other = MilvusWords(Server(milvus.url), tmp_path, "another")
    for work in (lambda: migrate(other, Log(), None, lambda _: None),
                 lambda: catch_up.rebuild(other, Log())):  # fmt: skip
        with pytest.raises(SearchUnavailable, match="another catalogue"):
            work()
    assert found(MilvusWords(Server(milvus.url), tmp_path, CATALOG), "title") == [1]


def test_an_index_of_another_format_is_refused(milvus, tmp_path, monkeypatch):
    put(MilvusWords(Server(milvus.url), tmp_path, CATALOG), made(1))
    monkeypatch.setattr("papertide.search.milvus_collections.FORMAT", 99)
    with pytest.raises(SearchUnavailable, match="format 1, this version reads 99"):
        MilvusWords(Server(milvus.url), tmp_path, CATALOG).words("title")


def test_a_collection_without_a_mark_is_refused(milvus, tmp_path):
    index = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    put(index, made(1))
    index.server.call("drop_collection", "papertide_marks")
    with pytest.raises(SearchUnavailable, match=r"unfinished.*index rebuild"):
        MilvusWords(Server(milvus.url), tmp_path, CATALOG).words("title")
    catch_up.rebuild(index, Log())


# --- away ------------------------------------------------------------------------------------


def test_stopped_and_back_again(milvus, tmp_path, monkeypatch):
    monkeypatch.setattr(milvus_server, "_AWAY", 0.1)
    monkeypatch.setattr(milvus_server, "PATIENCE", 1.0)
    index = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    put(index, made(1))
    assert found(index, "title") == [1]
    milvus.stop()
    for ask in (lambda: index.words("title"), index.position, lambda: index.is_author("a b")):
        with pytest.raises(SearchUnavailable, match=r"does not answer.*PAPERTIDE_SEARCH_URL"):
            ask()
    milvus.start()
    until = time.monotonic() + 30
    while True:
        try:
            assert found(index, "title") == [1]
            break
        except SearchUnavailable as error:
            assert time.monotonic() < until, error


def test_a_server_that_is_away_is_not_waited_for_twice(monkeypatch):
    pytest.importorskip("pymilvus")
    monkeypatch.setattr(milvus_server, "PATIENCE", 0.5)
    with socket.socket() as silent:  # it takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = Server(f"http://user:secret@127.0.0.1:{silent.getsockname()[1]}")
        tried = []
        connected = Server._connected
        monkeypatch.setattr(
            Server, "_connected", lambda self: tried.append(1) or connected(self)
        )
        for _ in range(5):
            with pytest.raises(SearchUnavailable, match="does not answer") as raised:
                server.call("list_collections")
            assert "secret" not in str(raised.value)
        assert len(tried) == 1


def test_terms_need_no_server(tmp_path):
    words = MilvusWords(Server("http://127.0.0.1:9"), tmp_path, CATALOG)
    assert words.terms("graph kernels") == {"graph", "kernel"}


def test_pymilvus_is_imported_when_a_server_is_asked(tmp_path):
    """The default install has none of it."""
    code = (
        "import sys; sys.modules['pymilvus'] = None\n"
        "from pathlib import Path\n"
        "from papertide.search.finder import Finder\n"
        "from papertide.search.engine import SearchUnavailable\n"
        f"Finder(Path({str(tmp_path)!r}), 'one', lambda: None).words.words('x')\n"
        f"finder = Finder(Path({str(tmp_path)!r}), 'one', lambda: None, url='http://127.0.0.1:9')\n"
        "try: finder.words\n"
        "except SearchUnavailable as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install 'papertide[milvus]'" in done.stdout, done.stderr


def test_a_server_without_words_has_the_vectors_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(Server, "_versions", lambda self: ("v2.3.5-lite", (2, 3, 5)))
    finder = Finder(tmp_path, CATALOG, WordsEmbedder, url="http://127.0.0.1:9")
    assert {name: type(index).__name__ for name, index in finder.indexes.items()} == {
        "words": "LexicalIndex", "vectors": "MilvusVectors",
    }  # fmt: skip
    assert list(finder.readers) == ["words", "milvus vectors"]
    monkeypatch.setattr(Server, "_versions", lambda self: ("v2.6.1", (2, 6, 1)))
    finder = Finder(tmp_path, CATALOG, WordsEmbedder, url="http://127.0.0.1:9")
    assert list(finder.readers) == ["milvus words", "milvus vectors"]


# --- words as expressions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deep graphs", 'TEXT_MATCH(text, "deep graph graphs")'),
        ("ti:graphs", '(TEXT_MATCH(text, "graph")) and (text like "% graph %|%|%")'),
        ("rob*", 'spelt like "% rob%"'),
        ("graph~", 'spelt like "% graph %"'),
        ("au:lecun_y", 'ARRAY_CONTAINS_ANY(names, ["lecun y", "y lecun", "lecun y*", "y* lecun"])'),
        ('"of graphs"', '((TEXT_MATCH(text, "of")) and (TEXT_MATCH(text, "graph")) and '
         '(text like "% of graph %")) or ((TEXT_MATCH(text, "of")) and '
         '(TEXT_MATCH(text, "graphs")) and (text like "% of graphs %"))'),
        ("!!!", ""),
    ],
)  # fmt: skip
def test_expressions_of_words(text, said):
    assert milvus_text.said(parse(text).tree) == said


def test_terms_have_nothing_that_patterns_or_strings_could_take_for_their_own():
    for text in ('%_"\\', "a%b_c", "x\\\"y", "|/|", "a|b"):
        for words in (f'ti:"{text}"', f'"{text}"', f"ti:{text}x*"):
            asked = parse(words).tree
            held = milvus_text.said(asked) if type(asked).__name__ == "Words" else ""
            plain = held.replace("TEXT_MATCH", "").replace('\\"', "!")
            assert not set(plain) & set("_\\!"), words
