"""What an engine is given of a paper, and what every engine answers: files and Milvus."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from papertide.papers import Paper
from papertide.search import catch_up, tree
from papertide.search.engine import Document, SearchUnavailable, date_number, document
from papertide.search.hybrid import hybrid
from papertide.search.lexical import LexicalIndex
from papertide.search.milvus_server import Server
from papertide.search.milvus_vectors import MilvusVectors
from papertide.search.milvus_words import MilvusWords
from papertide.search.query import parse
from papertide.search.tree import Among, Voted
from papertide.search.vectors import VectorIndex
from tests.search.documents import CATALOG, found, made, put
from tests.search.embedder import WordsEmbedder, make_document, make_documents
from tests.search.queries import CATEGORIES, structured
from tests.search.test_catch_up import Log, agrees


@pytest.mark.parametrize(
    ("text", "number"),
    [("2025-03-17", 20250317), ("2025-03", 20250301), ("2025", 20250101), ("--03-17", 0), ("", 0)],
)
def test_a_stored_date_as_a_number(text, number):
    assert date_number(text) == number


def test_the_document_of_a_paper():
    paper = Paper(
        id=7,
        title='T\\"ULU {\\it 3}',
        abstract="We use $\\ell_2$.",
        description="Ours.",
        authors=["Kurt Gödel"],
        categories=["cs.CL"],
        sources=["arxiv"],
        published="2025-03-17",
        announced="2025-03-18",
    )
    made = document(paper)
    assert (made.id, made.title, made.abstract) == (7, "TÜLU 3", "We use ℓ_2.")
    assert (made.authors, made.categories, made.sources) == (["Kurt Gödel"], ["cs.CL"], ["arxiv"])
    assert made.date == 20250318


def test_our_description_stands_in_for_an_abstract():
    assert document(Paper(title="X", description="Ours.")).abstract == "Ours."


def test_an_arxiv_id_dates_a_paper_that_nothing_else_does():
    assert document(Paper(title="X", identities=["arxiv:2503.11731"])).date == 20250301
    assert document(Paper(title="X")).date == 0


@pytest.mark.parametrize("field", ["announced", "published"])
def test_a_date_in_the_future_counts_as_unknown(field):
    today = datetime.now(UTC).date()
    for days, known in ((0, True), (1, True), (3, False), (400_000, False)):
        day = today + timedelta(days=days)
        made = document(Paper(title="X", **{field: str(day)}))
        assert made.date == (int(f"{day:%Y%m%d}") if known else 0)


# --- words -----------------------------------------------------------------------------------


@pytest.fixture(params=["files", "milvus"])
def words(request, tmp_path):
    """An empty word index of each engine."""
    return _words(request, tmp_path)


def _words(request, folder, catalog=CATALOG):
    if request.param == "files":
        return LexicalIndex(folder, catalog)
    return MilvusWords(Server(request.getfixturevalue("milvus").url), folder, catalog)


PAPERS = [
    made(1, "Learning to walk", abstract="Robots learn gaits from rewards.",
         authors=["Yann André LeCun", "Ada Lovelace"], categories=["cs.RO", "cs.LG"], date=20240131,
         identities=["id:2401.00001", "arxiv:2401.00001", "doi:10.1000/one"], has=["code"]),
    made(2, "Walking robots", abstract="A survey of gaits.", authors=["Y. LeCun", "Kurt Gödel"],
         categories=["cs.RO"], date=20230501, venue="Proceedings of ICML", sources=["crossref"]),
    made(3, "Graph kernels for speech", abstract="Kernel machines, and robot speech.",
         authors=["Yves Lecun", "Adrian Del Maestro"], categories=["stat.ML"], date=0),
    made(4, "Deep graph learning", abstract="We learn deep networks of graph kernels.",
         authors=["李明", "Ruslan Salakhutdinov"], categories=["cs.LG"], date=20240131),
    made(5, "The theory of everything", abstract="", authors=[], categories=[], sources=[],
         date=19990101, venue="J. Irreproducible Results"),
]  # fmt: skip

# What each query finds; a set where the order is the engine's own.
ANSWERS = {
    "robots": {1, 2, 3},  # by its stem
    "walks gaits": {1, 2},
    "kernels -robots": {4},
    '"graph kernels"': {3, 4},
    '"kernels graph"': set(),
    'learning "graph kernels"': {3, 4},  # where there is a phrase, words only rank
    "ti:walking": {1, 2},
    "abs:walking": set(),
    'ti:"graph kernels"': {3},
    'abs:"graph kernels"': {4},
    "ti:graph abs:networks": {4},
    "rob*": {1, 2, 3},
    "ti:rob*": {2},
    "abs:netw*": {4},
    "au:lecun": {1, 2, 3},
    'au:"Yann LeCun"': {1, 2},
    'au:"LeCun, Y."': {1, 2, 3},
    "au:del_maestro": {3},
    "au:sal*": {4},
    "au:李明": {4},
    'au:"Lovelace Yann"': set(),
    "godel": {2},
    "venue:icml": {2},
    'venue:"irreproducible results"': {5},
    "venue:irr*": {5},
    "robots OR venue:results": {1, 2, 3, 5},
    "NOT (robots OR graph)": {5},
    "theory of the": {5},
    "of the": {5},  # stop words are words where there are no others
    "cat:cs.lg": {1, 4},
    "cat:cs.*": {1, 2, 4},
    "robots cat:cs.RO": {1, 2},
    "has:code": {1},
    "source:arxiv -cat:cs.*": {3},
    "id:2401.00001": {1},
    "doi:10.1000/one": {1},
    "date:2024": {1, 4},
    "-date:1990..": {3},
    "robots date:..2023": {2},
    "zzz": set(),
    "!!!": set(),
    "-zzz": {1, 2, 3, 4, 5},
}


def test_words_fields_and_conditions(words):
    put(words, *PAPERS)
    answers = {text: set(found(words, text)) for text in ANSWERS}
    answers["of the"] &= {5}  # more than one has "of"
    assert answers == ANSWERS
    for text in ANSWERS:
        assert words.words(text).total == len(found(words, text, limit=100)), text


def test_both_engines_let_the_same_papers_through(milvus, tmp_path):
    documents = [_various(number) for number in range(1, 60)]
    files = LexicalIndex(tmp_path, CATALOG)
    cluster = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    for index in (files, cluster):
        put(index, *documents)

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(structured)
    def same(asked):
        asked = tree.replaced(asked, lambda leaf: None if isinstance(leaf, Voted) else leaf)
        if asked is not None:
            one, other = (index.words(asked, limit=100) for index in (files, cluster))
            assert (set(one.ids), one.total) == (set(other.ids), other.total), tree.show(asked)

    same()


def _various(number: int) -> Document:
    dates = (0, 19990101, 20231231, 20240101, 20240131, 20240201, 20250630)
    return made(
        number,
        categories=list({CATEGORIES[number % 5], CATEGORIES[number // 5 % 5]}),
        sources=[("arxiv", "crossref", "huggingface")[number % 3]],
        date=dates[number % 7],
        has=["abstract", "code"][: number % 3],
        identities=[["arxiv:2401.00001", "id:hep-th/9901001", "doi:10.1000/(two)"][number % 3]],
    )


def test_the_best_first_and_page_by_page(words):
    graphs = [made(n, f"Study {n}", abstract="graph " * (n % 7 + 1) + "filler " * 30)
              for n in range(1, 41)]  # fmt: skip
    put(words, *graphs, made(50, "Graph graph", abstract="graph"), made(51, "None"))
    whole = words.words("graph", limit=100)
    assert (whole.total, len(whole.ids), whole.ids[0]) == (41, 41, 50)
    assert whole.scores == sorted(whole.scores, reverse=True)
    paged = [i for at in range(0, 41, 10) for i in found(words, "graph", limit=10, offset=at)]
    assert sorted(paged) == sorted(whole.ids)
    assert found(words, "graph", limit=10, offset=41) == []
    assert found(words, "graph", limit=0) == found(words, "graph", offset=20_000) == []


def test_what_has_no_score_comes_last(words):
    put(words, made(1, "Graphs"), *(made(n, venue="ICML") for n in range(2, 30)))
    query = "graphs OR venue:icml"
    assert words.words(query).total == 29
    pages = [i for at in range(0, 29, 7) for i in found(words, query, limit=7, offset=at)]
    assert sorted(pages) == list(range(1, 30))


def test_the_newest_first(words):
    days = [20200101 + n % 28 for n in range(300)]
    put(words, *(made(n, "Graph", date=day) for n, day in enumerate(days, start=1)), made(900))
    for query, by_date in (("graph", True), ("-filter", False), ("", False)):
        ids = [i for at in range(0, 301, 60)
               for i in found(words, query, limit=60, offset=at, by_date=by_date)]  # fmt: skip
        dated = [days[i - 1] for i in ids if i < 900]
        assert (len(set(ids)), dated) == (len(ids), sorted(days, reverse=True)), query


def test_many_papers_of_one_day(milvus, tmp_path, monkeypatch):
    """Milvus cannot sort, and answers with no more than so many rows."""
    for name, few in (("MOST", 50), ("_FEW", 10)):
        monkeypatch.setattr(f"papertide.search.milvus_words.{name}", few)
    index = MilvusWords(Server(milvus.url), tmp_path, CATALOG)
    days = [20240101] * 120 + [20240501] * 5 + [20230101] * 30
    put(index, *(made(n, date=day) for n, day in enumerate(days, start=1)))
    wanted = sorted(range(1, 156), key=lambda n: (days[n - 1], n), reverse=True)
    for limit, offset in ((3, 0), (10, 0), (20, 20)):
        assert found(index, "", limit=limit, offset=offset) == wanted[offset : offset + limit]


def test_authors_are_known(words):
    put(words, *PAPERS)
    assert words.is_author("ada lovelace")
    assert words.is_author("Ruslan Salakhutdinov")
    assert words.is_author("Yann André LeCun")
    assert not words.is_author("graph kernels")
    assert not words.is_author("lovelace")
    assert not words.is_author("yann lovelace")


HOSTILE = ['a" or id > 0 or "', "\\", "\\\" ", "%", "_", "a%b_c", "x' or '1", "](", "{}", "\x07",
           "ti:%", "au:%_", 'id:"x\\"', 'cat:"a\"b"', "\u202e", "é" * 600, "w " * 900]  # fmt: skip


def test_hostile_text_finds_nothing_by_accident(words):
    put(words, *PAPERS)
    for text in HOSTILE:
        for query in (text, f'ti:"{text}"', f"{text}*", f"venue:({text})", f"-({text})"):
            held = words.words(query, limit=10)
            assert held.total in (len(held.ids), 0), query


def test_a_paper_that_is_too_large_is_kept_all_the_same(words):
    authors = [f"Author{n} Of{n} Atlas{n}" for n in range(3000)]
    huge = made(1, "Long " * 3000, abstract="word " * 40_000, authors=authors,
                categories=[f"cs.{n}" for n in range(300)],
                identities=["doi:" + "x" * 3000])  # fmt: skip
    put(words, huge, made(2))
    assert words.count() == 2
    assert found(words, "long") == found(words, "au:author7") == [1]


def test_it_follows_the_change_log(words):
    log = Log()
    log.save(1, 2, 3)
    catch_up.catch_up(words, log)
    assert agrees(words, log)
    log.save(2, title="Changed")
    log.delete(3)
    log.save(4)
    assert catch_up.catch_up(words, log).deleted == 1
    assert agrees(words, log)
    assert catch_up.catch_up(words, log) == catch_up.Caught()
    log.delete(1)
    log.prune(100)
    assert catch_up.catch_up(words, log).rebuilt
    assert agrees(words, log)


def test_an_empty_index(words):
    assert (words.position(), words.count()) == (0, 0)
    assert found(words, "graph") == found(words, "") == []
    assert not words.is_author("ada lovelace")


def test_killed_between_papers_and_position(words, monkeypatch):
    log = Log()
    log.save(1, 2)
    catch_up.catch_up(words, log)
    log.save(2, 3, title="Later")
    log.delete(1)
    where = "papertide.search.lexical._commit"
    if isinstance(words, MilvusWords):
        where = "papertide.search.milvus_collections.Collection._write_mark"
    with monkeypatch.context() as patch:
        patch.setattr(where, _killed)
        with pytest.raises(KeyboardInterrupt):
            catch_up.catch_up(words, log)
    assert words.position() == 2
    catch_up.catch_up(words, log)
    assert agrees(words, log)


def _killed(*_):
    raise KeyboardInterrupt


def test_a_rebuild_that_fails_leaves_what_was(words):
    log = Log()
    log.save(1, 2, 3)
    catch_up.catch_up(words, log)
    log.failing_at = 2
    with pytest.raises(RuntimeError):
        catch_up.rebuild(words, log)
    log.failing_at = None
    assert agrees(words, log)
    log.save(2, title="New")
    catch_up.rebuild(words, log)
    assert agrees(words, log)


@pytest.mark.parametrize("request_of", ["files", "milvus"])
def test_another_catalogue_is_refused(request_of, request, tmp_path):
    request.param = request_of
    put(_words(request, tmp_path), made(1))
    other = _words(request, tmp_path, "another")
    with pytest.raises(SearchUnavailable, match="another catalogue"):
        other.words("title")


def test_a_reader_notices_a_rebuild_and_a_change(words, request, tmp_path):
    log = Log()
    log.save(1, 2, 3)
    catch_up.catch_up(words, log)
    request.param = "milvus" if isinstance(words, MilvusWords) else "files"
    reader = _words(request, tmp_path)
    assert len(found(reader, "title")) == 3
    log.save(4)
    catch_up.catch_up(words, log)
    assert len(found(reader, "title")) == 4
    catch_up.rebuild(words, log)
    assert len(found(reader, "title")) == 4


# --- meaning ---------------------------------------------------------------------------------


@pytest.fixture(params=["files", "milvus", "real_milvus"])
def vectors(request, tmp_path):
    """An empty index of vectors of each engine."""
    return _vectors(request, tmp_path)


def _vectors(request, folder, embedder=None):
    embedder = embedder or WordsEmbedder()
    if request.param == "files":
        return VectorIndex(folder, CATALOG, embedder)
    server = Server(request.getfixturevalue(request.param).url)
    return MilvusVectors(server, folder, CATALOG, embedder)


def test_the_nearest_are_found(vectors):
    documents = [*make_documents(1, 400), make_document(500, "unknown", abstract="", date=20200102)]
    put(vectors, *documents, position=9)
    assert (vectors.position(), vectors.count()) == (9, 400)
    held = vectors.vectors([7, 500, 9999, 7])
    assert np.isnan(held[1:3]).all()
    assert np.array_equal(held[0], held[3])
    query = vectors.embed("graph kernel of a robot")
    exact = vectors.scores(query, range(1, 400))
    best = (np.argsort(-exact, kind="stable")[:10] + 1).tolist()
    near = vectors.nearest(query, limit=10)
    assert (near.ids, near.total) == (best, 399)
    assert np.allclose(near.scores, np.sort(exact)[::-1][:10], atol=1e-5)
    assert vectors.nearest(query, limit=10, exclude=best[:3]).ids[:7] == best[3:]
    assert vectors.nearest(np.zeros(64, np.float32)).ids == []


def test_the_nearest_of_what_conditions_let_through(vectors):
    put(vectors, *make_documents(1, 400))
    query = vectors.embed("graph kernel of a robot")
    exact = vectors.scores(query, range(1, 400))
    let_through = {
        "cat:stat.ml": lambda n: n % 3 == 1,
        "cat:cs.* -source:hf": lambda n: n % 3 != 2 and n % 2 == 0,
        "date:2020-01-05..2020-01-09": lambda n: 4 <= n % 28 <= 8,
        "NOT (cat:math.OC OR date:..2020-01-14)": lambda n: n % 3 != 2 and n % 28 > 13,
        "cat:none*": lambda n: False,
    }
    for text, through in let_through.items():
        numbers = sorted(filter(through, range(1, 400)), key=lambda n: -exact[n - 1])
        near = vectors.nearest(query, parse(text).tree, limit=5)
        assert (near.ids, near.total) == (numbers[:5], len(numbers)), text
    few = frozenset([3, 77, 200, 9999])
    assert set(vectors.nearest(query, Among(few)).ids) == {3, 77, 200}
    assert vectors.nearest(query, Among(frozenset())).ids == []


def test_vectors_follow(vectors):
    put(vectors, *make_documents(1, 50), position=1)
    before = vectors.vectors([2])
    put(vectors, make_document(2, "quantum video"), make_document(70), deleted=[3, 4], position=2)
    assert (vectors.position(), vectors.count()) == (2, 48)
    assert not np.array_equal(vectors.vectors([2]), before)
    assert np.isnan(vectors.vectors([3])).all()
    with vectors.writing():
        vectors.rebuild(iter(make_documents(1, 10)), 3)
    assert (vectors.position(), vectors.count()) == (3, 9)


@pytest.mark.parametrize("engine", ["files", "milvus"])
def test_vectors_of_another_model_are_refused(engine, request, tmp_path):
    request.param = engine
    put(_vectors(request, tmp_path), *make_documents(1, 9))
    for other in (WordsEmbedder(checksum="another"), WordsEmbedder(32)):
        with pytest.raises(SearchUnavailable, match="index rebuild"):
            _vectors(request, tmp_path, other).nearest(np.ones(other.dimension, np.float32))


def test_both_engines_agree_on_words_and_meaning_together(milvus, tmp_path):
    """Fusion is in Python: what differs is only how words are ranked."""
    documents = [
        make_document(n, date=int(f"{date(2020, 1, 1) + timedelta(days=n):%Y%m%d}"))
        for n in range(1, 500)
    ]
    server, embedder = Server(milvus.url), WordsEmbedder()
    files = LexicalIndex(tmp_path, CATALOG), VectorIndex(tmp_path, CATALOG, embedder)
    cluster = (
        MilvusWords(server, tmp_path, CATALOG),
        MilvusVectors(server, tmp_path, CATALOG, embedder),
    )
    for index in (*files, *cluster):
        put(index, *documents)
    for text in ("graph kernel", "robot speech video cat:cs.LG", "quantum video -memory"):
        one, other = (hybrid(*pair, text, limit=20) for pair in (files, cluster))
        found = [pair[0].words(text, limit=1).total for pair in (files, cluster)]
        assert found[0] == found[1] <= min(one.total, other.total), text
        assert len(set(one.ids) & set(other.ids)) >= 14, text
