"""What is found when an index cannot answer: words by the database, with a notice that says so."""

import json
import shutil

import pytest
from django.test import Client

from papertide import fallback
from papertide.search.engine import SearchUnavailable
from papertide.search.lexical import LexicalIndex
from papertide.site.catalog import services
from papertide.site.catalog.patience import patience
from tests.fixtures import make_record, papertide, rows_of_papers, write_rows
from tests.site.helpers import add

RECORDS = [
    make_record("Robots that learn to walk", arxiv="2401.00001", announced="2024-01-02",
                categories=["cs.RO"], abstract="The robots learn from rewards."),
    make_record("Walking robots", arxiv="2402.00001", announced="2024-02-02",
                categories=["cs.LG"], abstract="A survey of gaits."),
    make_record("Graph kernels", arxiv="2403.00001", announced="2024-03-02",
                categories=["cs.LG"], abstract="Of the kernels that robots need."),
]  # fmt: skip


def _truncate(library, name: str) -> None:
    """Leave an index half written."""
    folder = library.folder / "index" / name
    for file in folder.rglob("*"):
        if file.is_file() and file.name not in ("lock", "current", "about.json"):
            with file.open("r+b") as held:
                held.truncate(file.stat().st_size // 2)
    vars(library).pop("finder", None)
    vars(library).pop("_searcher", None)


def _of_another_format(library, name: str) -> None:
    folder = library.folder / "index" / name
    for file in folder.rglob("*.json"):
        if file.name in ("about.json", "manifest.json"):
            about = json.loads(file.read_text())
            file.write_text(json.dumps(about | {"format": 999}))
    vars(library).pop("finder", None)
    vars(library).pop("_searcher", None)


def _titles(results):
    return [hit.paper.title for hit in results.hits]


@pytest.mark.parametrize("spoil", [_truncate, _of_another_format])
def test_words_are_still_found(library, spoil):
    add(library, RECORDS)
    spoil(library, "words")
    found = library.search("robots")
    assert _titles(found) == ["Graph kernels", "Walking robots", "Robots that learn to walk"]
    assert (found.total, found.sort) == (3, "date")
    assert "from the database" in found.notice and "papertide index rebuild" in found.notice
    assert str(library.folder) not in found.notice
    assert [piece.text for piece in found.hits[1].title if piece.match] == ["robots"]
    assert _titles(library.search("the robots learn")) == ["Robots that learn to walk"]  # all
    assert _titles(library.search("walking zzz")) == ["Walking robots"]  # else any
    assert _titles(library.search("robots -survey cat:cs.LG")) == ["Graph kernels"]
    assert _titles(library.search("robots", 1, offset=1)) == ["Walking robots"]
    assert _titles(library.search("2401.00001")) == ["Robots that learn to walk"]
    assert library.search("2401.00001", categories=["cs.LG"]).total == 0
    assert library.search("votes:>3").total == 0
    assert library.search("cat:cs.LG date:2024-02").total == 1
    assert library.search("").total == 3
    assert library.search("!!!").total == 0
    assert library.search("a) robots").mistakes
    library.rebuild_index()
    assert library.search("robots").notice == ""


def test_without_vectors_the_words_are_still_ranked(library):
    add(library, RECORDS)
    _truncate(library, "vectors")
    found = library.search("kernels of robots")
    assert found.hits[0].paper.title == "Graph kernels"
    assert "Search by meaning cannot answer" in found.notice
    for ask in (lambda: library.similar("2401.00001"),
                lambda: library.search("robots", mode="meaning")):  # fmt: skip
        with pytest.raises(SearchUnavailable):
            ask()


def test_papers_are_stored_when_the_index_cannot_follow(library, caplog):
    add(library, RECORDS[:1])
    _of_another_format(library, "words")
    library.add_landmarks()
    library.tick()
    assert library.count() > 10
    assert "not indexed yet" in caplog.text


def test_the_page_says_so(library, files):
    add(library, RECORDS)
    _truncate(library, "words")
    client = Client(SERVER_NAME="localhost")
    for address in ("/search?q=robots", "/search?q=", "/", "/category/cs.LG"):
        assert client.get(address).status_code == 200, address
    page = client.get("/search?q=robots").content.decode()
    assert "Walking robots" in page.replace("<mark>", "").replace("</mark>", "")
    assert 'class="warning"' in page and "papertide index rebuild" in page
    assert str(library.folder) not in page
    similar = client.get("/similar?papers=2401.00001")
    assert similar.status_code in (200, 503)


def test_the_command_line_says_so(migrated_sqlite, tmp_path):
    data = shutil.copytree(migrated_sqlite, tmp_path / "data")
    rows = tmp_path / "papers.jsonl"
    write_rows(rows, [row | {"title": "Robots"} for row in rows_of_papers(1)])
    assert papertide("import", str(rows), data=data).returncode == 0
    for current in data.rglob("current"):
        current.write_text("9999")
    done = papertide("search", "robots", "--json", data=data)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["total"] == 1 and "papertide index rebuild" in answer["notice"]
    assert "from the database" in done.stderr
    assert papertide("similar", "2001.00001", data=data).returncode == 1


def test_the_database_is_not_let_search_for_ever(library, monkeypatch):
    add(library, RECORDS)
    with pytest.raises(TimeoutError), patience(0.2):
        services.Paper.objects.raw(_ENDLESS[_vendor()])[:]
    assert services.matching(None, 1, seconds=5)[1] == 3  # and later ones take what they want
    assert services.count() == 3

    def late(*_):
        raise TimeoutError

    monkeypatch.setattr(LexicalIndex, "words", _unavailable)
    monkeypatch.setattr(services, "matching", late)
    with pytest.raises(SearchUnavailable, match="gone"):
        library.search("robots")


_ENDLESS = {
    "sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
              "SELECT count(id) AS id FROM n",
    "postgresql": "SELECT 1 AS id FROM pg_sleep(60)",
}  # fmt: skip


def _vendor() -> str:
    from django.db import connection

    return connection.vendor


def _unavailable(*_, **__):
    raise SearchUnavailable("gone")


def test_a_notice_names_no_folder():
    error = SearchUnavailable("It is broken (/home/x (y)/words: no). Run: papertide index rebuild")
    assert fallback.notice(error, "Shown.") == "It is broken. Shown. Run: papertide index rebuild"
    assert fallback.notice(SearchUnavailable("Away."), "Shown.") == "Away. Shown."


# --- with Milvus -----------------------------------------------------------------------------


@pytest.fixture
def on_milvus(milvus, library, monkeypatch):
    """A library of some papers whose indexes were moved to Milvus."""
    monkeypatch.setattr("papertide.search.milvus_server._AWAY", 0.1)
    add(library, RECORDS)
    monkeypatch.setenv("PAPERTIDE_SEARCH_URL", milvus.url)
    for name in ("finder", "_searcher"):
        vars(library).pop(name, None)
    assert set(library.migrate_index()) == {"words", "vectors"}
    return library


def test_a_library_on_milvus(on_milvus):
    library = on_milvus
    assert library.search("kernels").hits[0].paper.title == "Graph kernels"
    assert library.search("kernels").notice == ""
    assert _titles(library.search("walking -survey", mode="words")) == ["Robots that learn to walk"]
    assert library.similar("2401.00001").hits
    add(library, [make_record("Quantum robots", arxiv="2404.00001")])
    assert library.search("quantum").hits[0].paper.title == "Quantum robots"
    status = library.index_status()
    assert (status.indexed, status.behind, status.papers) == (4, 0, 4)
    assert status.folder.startswith("Milvus at 127.0.0.1")
    from papertide.site.catalog.models import LogReader

    readers = LogReader.objects.values_list("name", flat=True)
    assert sorted(readers) == ["milvus vectors", "milvus words"]
    library.rebuild_index()
    assert library.search("quantum").total >= 1


def test_back_to_files(on_milvus, monkeypatch):
    library = on_milvus
    add(library, [make_record("Quantum robots", arxiv="2404.00001")])
    library.tick()  # which prunes the log
    monkeypatch.delenv("PAPERTIDE_SEARCH_URL")
    for name in ("finder", "_searcher"):
        vars(library).pop(name, None)
    library.rebuild_index()
    assert library.search("quantum robots").hits[0].paper.title == "Quantum robots"
    from papertide.site.catalog.models import LogReader

    assert sorted(LogReader.objects.values_list("name", flat=True)) == ["vectors", "words"]


def test_the_log_is_kept_from_the_move_to_the_setting(milvus, library, monkeypatch):
    """Files go on being used after the move until the site is started with the setting."""
    add(library, RECORDS[:2])
    monkeypatch.setenv("PAPERTIDE_SEARCH_URL", milvus.url)
    _anew(library)
    library.migrate_index()
    monkeypatch.delenv("PAPERTIDE_SEARCH_URL")
    _anew(library)
    add(library, RECORDS[2:])
    library.tick()
    monkeypatch.setenv("PAPERTIDE_SEARCH_URL", milvus.url)
    _anew(library)
    caught = library.catch_up()
    assert [(done.indexed, done.rebuilt) for done in caught.values()] == [(1, False)] * 2
    assert library.search("kernels").total >= 1


def _anew(library) -> None:
    for name in ("finder", "_searcher"):
        vars(library).pop(name, None)


def test_milvus_away_and_back(on_milvus, milvus, files):
    library, client = on_milvus, Client(SERVER_NAME="localhost")
    milvus.stop()
    page = client.get("/search?q=robots")
    assert page.status_code == 200
    shown = page.content.decode().replace("<mark>", "").replace("</mark>", "")
    assert "Walking robots" in shown and "Milvus does not answer" in shown
    assert "127.0.0.1" not in shown.partition("</header>")[0].partition("warning")[2]
    assert client.get("/papers/2401.00001").status_code == 200
    assert client.get("/similar?papers=2401.00001").status_code == 503
    assert client.get("/healthz").status_code == 503
    library.tick()
    milvus.start()
    found = library.search("kernels")
    for _ in range(300):
        if not found.notice:
            break
        found = library.search("kernels")
    assert (found.notice, found.hits[0].paper.title) == ("", "Graph kernels")


def test_commands_with_a_milvus_that_is_away(migrated_sqlite, tmp_path):
    data = shutil.copytree(migrated_sqlite, tmp_path / "data")
    env = {"PAPERTIDE_SEARCH_URL": "http://user:secret@127.0.0.1:9"}
    done = papertide("search", "robots", data=data, env=env)
    assert done.returncode == 0 and "from the database" in done.stderr
    doctor = papertide("doctor", data=data, env=env)
    assert doctor.returncode == 1 and "Milvus does not answer" in doctor.stdout
    move = papertide("index", "migrate", data=data, env=env)
    assert move.returncode == 1 and "PAPERTIDE_SEARCH_URL" in move.stderr
    shown = papertide("settings", "--json", data=data, env=env)
    for said in (done, doctor, move, shown):
        assert "secret" not in said.stdout + said.stderr
    move = papertide("index", "migrate", data=data)
    assert move.returncode == 1 and "PAPERTIDE_SEARCH_URL is not set" in move.stderr
