"""The facade: importing, searching, running inside an event loop, one folder a process."""

import asyncio
import datetime
import inspect
import json
import lzma
from importlib.resources import files
from pathlib import Path

import pytest

import papertide
from papertide.library import Library, NotFound
from papertide.search.engine import SearchUnavailable
from tests.fixtures import make_record, rows_of_papers, write_rows
from tests.site.helpers import add


@pytest.fixture
def some_papers(library, tmp_path):
    library.import_files([write_rows(tmp_path / "rows", rows_of_papers(200))])
    return library


def test_import_is_searchable_and_again_changes_nothing(library, tmp_path):
    file = write_rows(tmp_path / "rows.jsonl", rows_of_papers(2500))
    done = library.import_files([file])
    assert (done.entries, done.new, done.unchanged) == (2500, 2500, 0)
    assert library.index_status().behind == 0
    assert library.index_status().indexed == 2500
    again = library.import_files([file])
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2500)


def test_search(some_papers):
    found = some_papers.search("diffusion policy", limit=5)
    assert len(found.hits) == 5
    assert found.total > 5
    assert found.hits[0].score >= found.hits[-1].score
    marked = [piece.text.lower() for piece in found.hits[0].title if piece.match]
    assert set(marked) <= {"diffusion", "policy"}
    assert "papers for 'diffusion policy'" in repr(found)
    later = some_papers.search("diffusion policy", limit=5, offset=5)
    assert not {h.paper.id for h in found.hits} & {h.paper.id for h in later.hits}


def test_filters_and_dates(some_papers):
    day = datetime.date(2020, 3, 3)
    found = some_papers.search("", limit=100, since=day, until=day)
    assert found.hits
    assert all(hit.paper.published == "2020-03-03" for hit in found.hits)
    newest = some_papers.search("graph", limit=100, sort="date")
    dates = [hit.paper.published for hit in newest.hits]
    assert dates == sorted(dates, reverse=True)
    assert some_papers.search("graph", categories=["cs.XX"]).total == 0
    assert some_papers.search("graph", sources=["arxiv"]).total > 0


@pytest.mark.parametrize("text", ["2001.00007", "arXiv:2001.00007v3",
                                  "https://arxiv.org/pdf/2001.00007.pdf"])  # fmt: skip
def test_an_id_finds_its_paper_first(some_papers, text):
    assert some_papers.search(text).hits[0].paper.public_id == "2001.00007"
    assert some_papers.paper(text).public_id == "2001.00007"


def test_a_named_paper_counts_on_every_page_and_is_bound_by_the_form(library, tmp_path):
    title = "Learning What NOT to Count"  # as a query: without "to"
    rows = rows_of_papers(30)
    for row in rows:
        row["title"] = f"Learning, how we count {row['title']}"
    rows[7] |= {"title": title, "categories": ["cs.CV"]}
    library.import_files([write_rows(tmp_path / "rows", rows)])
    pages = [library.search(title, 10, offset=offset) for offset in (0, 10, 20)]
    assert pages[0].hits[0].paper.title == title
    assert len({page.total for page in pages}) == 1
    shown = [hit.paper.id for page in pages for hit in page.hits]
    assert len(shown) == len(set(shown)) == min(30, pages[0].total)
    assert library.search(title, categories=["cs.CV"]).hits[0].paper.title == title
    for found in (library.search(title, categories=["cs.XX"]),
                  library.search("2001.00007", since=datetime.date(2025, 1, 1))):  # fmt: skip
        assert (found.total, found.hits) == (0, [])


def test_not_found(some_papers):
    with pytest.raises(NotFound, match="9999"):
        some_papers.paper("9999.99999")
    with pytest.raises(NotFound):
        some_papers.listing("none")
    with pytest.raises(NotFound):
        some_papers.author("nobody")


def test_authors_near_to_a_name(library, tmp_path):
    rows = rows_of_papers(5)
    for row, authors in zip(rows, ["Ada Lovelace", "Ada Lovelace, Ida Lovelace", "Ida Lovelace",
                                   "Ida Lovelace", "李 明"], strict=True):  # fmt: skip
        row["authors"] = authors
    library.import_files([write_rows(tmp_path / "rows", rows)])
    assert library.authors_near("Lovelace") == ["Ida Lovelace", "Ada Lovelace"]  # by papers
    assert library.authors_near("lovelace", 1) == ["Ida Lovelace"]
    assert library.authors_near("Ada Lovelase") == ["Ada Lovelace"]
    assert library.authors_near("100%_") == []


def test_nothing_matches_nonsense(some_papers):
    for text in ('"', "", " ", "the", "-", "\x00", "(((", '"""', "a" * 10_000, "ﷺ", "*"):
        some_papers.search(text)


def test_inside_a_running_event_loop(some_papers):
    async def cell():
        results = some_papers.search("robot", limit=3)
        return results.hits[0].paper.public_id, some_papers.count(), repr(some_papers)

    public_id, count, shown = asyncio.run(cell())
    assert count == 200
    assert some_papers.paper(public_id).title
    assert "200 papers" in shown


def test_all_documents_also_inside_a_running_event_loop(library, tmp_path):
    library.import_files([write_rows(tmp_path / "rows", rows_of_papers(1500))])

    async def cell():
        return {document.id for document in library.documents()}

    assert len(asyncio.run(cell())) == len(list(library.documents())) == 1500


def test_types_are_told():
    """For editors and type checkers: the marker, and what each method gives."""
    assert files("papertide").joinpath("py.typed").is_file()
    methods = [papertide.open_library, *vars(Library).values()]
    for method in filter(inspect.isfunction, methods):
        returned = inspect.signature(method).return_annotation
        assert returned is not inspect.Signature.empty or method.__name__.startswith("_"), method


def test_one_folder_a_process(library, tmp_path):
    assert papertide.open_library(library.folder) is library
    assert papertide.open_library() is library
    with pytest.raises(RuntimeError, match="close"):
        papertide.open_library(tmp_path / "other")


def test_problems_do_not_stop_other_files(library, tmp_path):
    good = write_rows(tmp_path / "good", rows_of_papers(50))
    broken = tmp_path / "broken.xz"
    broken.write_bytes(lzma.compress(good.read_bytes() * 50)[:-40])
    empty = tmp_path / "empty"
    empty.touch()
    done = library.import_files([empty, tmp_path / "nowhere", broken, good])
    assert [problem.path for problem in done.problems] == [
        str(empty), str(tmp_path / "nowhere"), str(broken),
    ]  # fmt: skip
    assert done.new == library.count() == library.index_status().indexed == 50


def test_rejected_rows_are_kept_with_line_and_reason(library, tmp_path):
    rows = rows_of_papers(3)
    rows[1]["id"] = "nonsense"
    done = library.import_files([write_rows(tmp_path / "rows", rows)])
    assert (done.entries, done.new, done.rejected) == (3, 2, 1)
    [line] = Path(done.rejected_file).read_text().splitlines()
    assert '"line":2' in line
    assert "nonsense" in line


def test_progress_is_reported(library, tmp_path):
    seen = []
    file = write_rows(tmp_path / "rows", rows_of_papers(1500))
    library.import_files([file], on_progress=lambda p: seen.append((p.stage, p.done, p.total)))
    assert {stage for stage, *_ in seen} == {"reading", "indexing words", "indexing vectors"}
    assert all(done <= total for _, done, total in seen)
    assert max(done for stage, done, _ in seen if stage == "reading") == file.stat().st_size


def test_files_that_end_alike_are_told_apart(library, tmp_path):
    paths = [tmp_path / folder / "rows" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        write_rows(path, [*rows_of_papers(2), {"no": "paper"}])
    seen = []
    done = library.import_files(paths, on_progress=lambda p: seen.append((p.stage, p.name)))
    assert {name for stage, name in seen if stage == "reading"} == set(map(str, paths))
    rejected = Path(done.rejected_file).read_text().splitlines()
    assert [json.loads(line)["file"] for line in rejected] == list(map(str, paths))


def test_landmarks(library):
    done = library.add_landmarks()
    assert 90 <= done.new <= 120
    assert library.add_landmarks().new == 0
    assert library.latest_day() is None  # they have years only
    assert library.listings()[0].count == done.new
    paper = library.paper("1706.03762")
    assert paper.description
    assert not paper.abstract
    assert library.search("attention is all you need").hits[0].paper.public_id == "1706.03762"


def test_a_better_source_takes_over_a_landmark(library):
    library.add_landmarks()
    from papertide.site.catalog import services

    services.ingest([make_record("Attention Is All You Need", arxiv="1706.03762",
                                 published="2017-06-12", abstract="Theirs.")])  # fmt: skip
    paper = library.paper("1706.03762")
    assert (paper.published, paper.abstract) == ("2017-06-12", "Theirs.")
    assert paper.description
    assert paper.sources == ["arxiv", "landmarks"]


def test_an_index_of_another_database_is_refused(some_papers):
    from papertide.site.catalog.models import Catalog

    Catalog.objects.update(uuid="00000000-0000-0000-0000-000000000000")
    del some_papers.finder
    found = some_papers.search("robot")
    assert "another catalogue" in found.notice and "index rebuild" in found.notice
    with pytest.raises(SearchUnavailable, match="another catalogue"):
        some_papers.similar(found.hits[0].paper)
    some_papers.rebuild_index()
    found = some_papers.search("robot")
    assert found.hits and not found.notice


def test_a_database_older_than_its_index_is_indexed_anew(some_papers):
    from papertide.site.catalog.models import Change

    Change.objects.filter(number__gt=150).delete()
    caught = some_papers.catch_up()
    assert all(done.rebuilt for done in caught.values())
    assert some_papers.index_status().behind == 0


def test_tick_indexes_and_prunes(some_papers):
    from papertide.site.catalog import log, services

    services.ingest([make_record("Something unheard of", arxiv="2503.00001")])
    some_papers.tick()
    assert some_papers.search("unheard").total == 1
    assert log.oldest() == log.last()


def test_a_title_that_reads_as_operators_finds_its_paper(library):
    titles = ["Learning What NOT to Count", "Short -Answer Grading", "AND Protocols of Shuffles",
              "Learning to Count"]  # fmt: skip
    add(library, [make_record(title, abstract="Nothing of it.") for title in titles])
    for title in titles:
        assert library.search(title).hits[0].paper.title == title
        assert library.search(title.lower()).hits[0].paper.title == title
    found = library.search("learning NOT to")
    assert {hit.paper.title for hit in found.hits} == set()


def test_results_carry_what_was_not_understood(library):
    add(library, [make_record("A robot")])
    found = library.search("robot date:then")
    assert (found.total, found.sort) == (1, "relevance")
    assert [(m.position, m.text[:5]) for m in found.mistakes] == [(11, "date:")]
    assert library.search("date:then").total == 0
    assert library.search("cat:none OR robot").total == 1
    assert library.search("-robot").sort == "date"
