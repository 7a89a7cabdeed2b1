"""The vector index: what is found equals an exact search; updates, deletes, readers."""

import threading
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.embedding.base import document_vectors
from papertide.search import vector_files, vector_rows, vectors
from papertide.search.tree import narrow
from papertide.search.vectors import VectorIndex
from tests.search.embedder import WordsEmbedder, make_document, make_documents

EMBEDDER = WordsEmbedder()


@pytest.fixture
def index(tmp_path):
    return VectorIndex(tmp_path, "a catalogue", EMBEDDER)


def another(index):
    """The same index as another process would open it."""
    return VectorIndex(index._folder.parent, "a catalogue", EMBEDDER)


def filled(index, documents, position=1):
    with index.writing():
        index.rebuild(iter(documents), position)
    return index


def applied(index, documents=(), deleted=(), position=2):
    with index.writing():
        index.apply(documents, deleted, position)
    return index


def generation(index):
    return vector_files.current(index._folder)


def exact(documents, query, *, categories=(), sources=(), since=None, until=None):
    """All documents that filters let through, as (-cosine, id), nearest first."""
    first, last = (int(f"{day:%Y%m%d}") for day in (since or date(1000, 1, 1), until or date.max))
    found = []
    for document in documents:
        if categories and not set(categories) & set(document.categories):
            continue
        if sources and not set(sources) & set(document.sources):
            continue
        if (since or until) and not first <= document.date <= last:
            continue
        [vector] = document_vectors(EMBEDDER, [(document.title, document.abstract)])
        if vector.any():
            cosine = vector.astype(np.float16).astype(np.float32) @ query
            found.append((-float(cosine), document.id))
    return sorted(found)


def test_an_index_that_is_not_there_finds_nothing(index):
    assert (index.position(), index.count(), index.size()) == (0, 0, 0)
    assert index.meaning("graph").ids == []
    assert np.isnan(index.scores(index.embed("graph"), [1, 2])).all()
    assert np.isnan(index.vectors([1])).all()


def test_found_by_meaning(index):
    filled(index, make_documents(1, 300), position=7)
    wanted = make_document(42)
    text = f"{wanted.title} {wanted.abstract}"
    found = index.meaning(text)
    assert found.ids[0] == 42
    # Not quite 1: in the paper's vector the title is there again.
    [vector] = document_vectors(EMBEDDER, [(wanted.title, wanted.abstract)])
    cosine = float(vector @ EMBEDDER.embed([text])[0])
    assert 0.9 < cosine < 1
    assert found.scores[0] == pytest.approx(cosine, abs=1e-3)
    assert found.scores == sorted(found.scores, reverse=True)
    assert (len(found.ids), found.total) == (20, 299)
    assert (index.position(), index.count()) == (7, 299)
    assert index.size() > 299 * 64 * 2
    assert index.meaning("graph", limit=0).ids == []
    for text in ("", "nothing here is known"):
        assert index.meaning(text).ids == []


def test_vectors_and_scores_of_papers(index):
    documents = [*make_documents(1, 50), make_document(50, "", abstract="")]
    filled(index, documents)
    query = index.embed("speech robot")
    ids = [49, 1, 50, 999, 1]
    held, scores = index.vectors(ids), index.scores(query, ids)
    texts = [(documents[i - 1].title, documents[i - 1].abstract) for i in (49, 1)]
    assert held[:2] == pytest.approx(document_vectors(EMBEDDER, texts), abs=1e-3)
    assert scores[[0, 1, 4]] == pytest.approx(held[[0, 1, 4]] @ query, abs=1e-6)
    assert np.isnan(held[[2, 3]]).all()
    assert np.isnan(scores[[2, 3]]).all()
    assert index.scores(query, []).shape == (0,)


def test_a_paper_without_a_text_counts_and_is_never_found(index):
    filled(index, [*make_documents(1, 50), make_document(50, "", abstract="")])
    query = index.embed("speech robot")
    found = index.nearest(query, limit=100)
    assert index.count() == 50
    assert 50 not in found.ids
    assert (len(found.ids), found.total) == (49, 49)
    assert np.array_equal(index.scores(query, found.ids), np.float32(found.scores))
    assert index.nearest(3 * query, limit=100).scores == pytest.approx(found.scores)


def test_papers_left_out(index):
    filled(index, make_documents(1, 60))
    query = index.embed("kernel proof")
    every = index.nearest(query, limit=59)
    some = index.nearest(query, limit=59, exclude=[*every.ids[:3], every.ids[0], 12345])
    assert some.ids == every.ids[3:]
    assert (every.total, some.total) == (59, 56)
    filters = narrow(categories=("math.OC",))
    of_it = index.nearest(query, filters, limit=59)
    assert index.nearest(query, filters, limit=59, exclude=every.ids).total == 0
    assert index.nearest(query, filters, limit=59, exclude=of_it.ids[1:]).ids == of_it.ids[:1]


@pytest.mark.parametrize("vector", [np.zeros(64), np.full(64, np.nan), np.full(64, np.inf)])
def test_a_vector_that_is_none_has_no_neighbours(vector, index):
    filled(index, make_documents(1, 10))
    assert index.nearest(vector).ids == []
    assert np.isnan(index.scores(vector, [1])).all()


def test_a_vector_of_another_length(index):
    filled(index, make_documents(1, 20))
    with pytest.raises(ValueError, match="64 numbers"):
        index.nearest(np.ones(65))


papers = st.lists(
    st.builds(
        make_document,
        st.integers(1, 40),
        st.none() | st.sampled_from(["", "graph", "unknowable words"]),
        categories=st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
        sources=st.lists(st.sampled_from(["x", "y"]), max_size=2),
        date=st.sampled_from([0, 20200101, 20200131, 20211231]),
    ),
    max_size=30,
)
some_filters = st.builds(
    dict,
    categories=st.lists(st.sampled_from(["a", "b", "z"]), max_size=2).map(tuple),
    sources=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
    since=st.none() | st.sampled_from([date(2020, 1, 2), date(2021, 12, 31)]),
    until=st.none() | st.sampled_from([date(2020, 1, 1), date(2021, 12, 30)]),
)
batches = st.lists(
    st.tuples(papers, st.sets(st.integers(1, 45), max_size=12)), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(batches=batches, filters=some_filters)
def test_equals_an_exact_search(batches, filters, tmp_path_factory):
    """Whatever was put in, changed and taken out, in whatever batches: as numpy finds it."""
    index = VectorIndex(tmp_path_factory.mktemp("index"), "a catalogue", EMBEDDER)
    reader, held = another(index), {}
    query = index.embed("graph diffusion memory")
    for position, (documents, deleted) in enumerate(batches, start=1):
        applied(index, documents, deleted, position)
        held = {number: held[number] for number in held.keys() - deleted}
        held |= {document.id: document for document in documents}
        wanted = exact(held.values(), query, **filters)
        cosines = {number: -cosine for cosine, number in wanted}
        for one in (index, reader):
            found = one.nearest(query, narrow(**filters), limit=100)
            assert found.total == len(found.ids) == len(wanted)
            assert dict(zip(found.ids, found.scores, strict=True)) == pytest.approx(
                cosines, abs=1e-5
            )
            assert found.scores == sorted(found.scores, reverse=True)
            assert (one.position(), one.count()) == (position, len(held))


@pytest.mark.parametrize(("block", "large"), [(65_536, 512), (100, 512), (100, 1)])
def test_the_scan_finds_what_exact_search_finds(block, large, index, monkeypatch):
    """Fewer papers rescored than there are: recall with and without filters, in one step or two."""
    monkeypatch.setattr(vector_rows, "_BLOCK", block)
    monkeypatch.setattr(vector_rows, "_LARGE", large)
    monkeypatch.setattr(vector_rows, "_FIRST", 6)  # there are hardly more than 16 times as many
    filled(index, make_documents(1, 4001))
    hits = asked = 0
    for number in range(0, 200, 10):
        text = make_document(10**6 + number).abstract
        for filters in (None, narrow(categories=("cs.LG",)), narrow(sources=("hf",))):
            scanned = index.meaning(text, filters, limit=10, depth=200).ids
            every = index.meaning(text, filters, limit=10, depth=4000).ids
            hits, asked = hits + len(set(scanned) & set(every)), asked + 10
    assert hits / asked > 0.99


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(1, 300), st.integers(0, 5), st.integers(0, 99))
def test_the_least_of_many(count, spread, seed):
    values = np.random.default_rng(seed).integers(0, 10**spread, 300, dtype=np.int32)
    places = vector_rows._least(values, count)
    assert len(places) == count
    assert (np.diff(places) > 0).all()
    assert sorted(values[places]) == sorted(values)[:count]


def test_the_scan_is_a_product_with_the_rounded_query():
    """What the scan adds up, worked out with plain products."""
    rng, most = np.random.default_rng(7), 2**vector_rows._DIGITS - 1
    for dimension in (8, 64, 100, 384):
        signs = rng.random((50, dimension)) < 0.5
        query = rng.standard_normal(dimension).astype(np.float32)
        query -= query.mean()
        levels = np.clip(np.rint((query / (2 * query.std()) + 1) / 2 * most), 0, most)
        product = np.where(signs, 1, -1) @ (2 * levels - most)
        unlike = vector_rows._unlike(vector_files.packed(signs), vector_rows._digits(query))
        assert (most * dimension - product).tolist() == (2 * unlike).tolist()


@pytest.mark.parametrize("large", [512, 1])
def test_dead_rows_do_not_hide_the_living(large, index, monkeypatch):
    """Taken out and changed papers stay in the files for a while; the scan looks past them."""
    monkeypatch.setattr(vector_rows, "_LARGE", large)
    monkeypatch.setattr(vectors, "_DEAD_FROM", 10**9)
    filled(index, make_documents(1, 2001))
    near = [make_document(number, "graph kernel") for number in range(5000, 7000)]
    applied(index, near)
    applied(index, deleted=[document.id for document in near[:-1]])
    changed = make_document(3, "graph kernel proof", abstract="")
    applied(index, [changed] * 10)
    living = {document.id: document for document in make_documents(1, 2001)}
    living |= {3: changed, 6999: near[-1]}
    query = index.embed("graph kernel")
    assert len(index._read().id) > 6000
    found = index.nearest(query, limit=3, depth=100)
    assert found.ids == [number for _, number in exact(living.values(), query)[:3]]
    assert found.total == index.count() == 2001


def test_a_changed_paper_has_its_new_vector_and_date(index):
    filled(index, make_documents(1, 20))
    reader = another(index)
    assert reader.meaning("quantum video", limit=1).ids != [7]
    changed = make_document(7, "quantum video", abstract="", categories=["new"], date=20300101)
    applied(index, [make_document(7), changed], position=9)
    for one in (index, reader):
        assert one.meaning("quantum video", limit=1).ids == [7]
        assert one.meaning("quantum", narrow(categories=("new",))).ids == [7]
        assert one.meaning("graph", narrow(since=date(2030, 1, 1))).ids == [7]
        assert (one.count(), one.position()) == (19, 9)


def test_what_was_embedded_is_not_embedded_again(tmp_path):
    class Counting(WordsEmbedder):
        texts = ()

        def embed(self, texts):
            self.texts = [*self.texts, *texts]
            return super().embed(texts)

    embedder = Counting()
    index = filled(VectorIndex(tmp_path, "a catalogue", embedder), make_documents(1, 50))
    applied(index, [make_document(7, "")], position=2)
    embedder.texts, rows = [], index._read().manifest.rows
    changed = [make_document(3, categories=["new"]), make_document(4, date=20300101),
               make_document(5, has=["code"]), make_document(6), make_document(7, "")]  # fmt: skip
    before = index.vectors(range(1, 50))
    applied(index, changed, deleted=[9], position=3)
    assert embedder.texts == []
    assert index._read().manifest.rows == rows + 4, "what is just as it was is not put in again"
    assert index.position() == 3
    assert np.array_equal(index.vectors(range(1, 9)), before[:8])
    assert index.meaning("graph", narrow(categories=("new",))).ids == [3]
    embedder.texts = []
    applied(index, [make_document(6, "graph")], position=4)
    assert len(embedder.texts) == 2  # the paper, and its title once more
    applied(index, [make_document(9), make_document(8, "graph"), make_document(8)], [8], position=5)
    assert np.array_equal(index.vectors([8, 9]), before[7:9]), "taken out, put in, and changed back"
    assert another(index).count() == 49


def test_deleting_what_is_not_there_adds_nothing(index):
    filled(index, make_documents(1, 20))
    for deleted in ([100, 200], [5], [5]):
        applied(index, deleted=deleted)
    assert (index._read().manifest.rows, index.count()) == (20, 18)
    applied(index, [make_document(5)], deleted=[5])
    assert index.count() == 19


def test_compaction_drops_dead_rows(index, monkeypatch):
    monkeypatch.setattr(vectors, "_DEAD_FROM", 50)
    filled(index, make_documents(1, 201))
    reader, first = another(index), generation(index)
    found, held = reader.meaning("graph memory", limit=200), reader._read()
    applied(index, [make_document(number, date=20300101) for number in range(1, 51)])
    assert generation(index) == first
    applied(index, [make_document(1, categories=["new"])], deleted=[200])
    assert generation(index) != first
    assert not first.exists()
    assert held.vectors.any(axis=1).all(), "what a reader has mapped stays"
    assert index._read().manifest.rows == 199
    again = reader.meaning("graph memory", limit=200)
    assert again.ids == [number for number in found.ids if number != 200]
    assert (reader.position(), reader.count()) == (2, 199)
    assert reader.meaning("graph", narrow(categories=("new",))).ids == [1]
    assert reader.meaning("graph", narrow(categories=("stat.ML",))).total == 66


def test_the_mean_is_taken_once_there_are_rows_enough(index):
    filled(index, make_documents(1, 500))
    manifest = index._read().manifest
    assert (manifest.mean_rows, set(manifest.mean)) == (0, {0.0})
    applied(index, make_documents(500, 1100))
    manifest = index._read().manifest
    assert manifest.mean_rows == 1099
    assert manifest.mean == pytest.approx(index.vectors(range(1, 1100)).mean(axis=0), abs=1e-6)
    applied(index, make_documents(2000, 2600))
    rows = index._read()
    assert rows.manifest.mean == manifest.mean, "it stays while rows are added"
    bits = vector_files.packed(rows.vectors > np.array(manifest.mean, np.float32))
    assert np.array_equal(bits, rows.bits)


def test_what_papers_have_keeps_none_of_them_from_the_mean(index):
    """Else nothing would be subtracted, and every commit would write all vectors anew."""
    documents = [make_document(n, has=["abstract", "code"]) for n in range(1, 1301)]
    filled(index, documents[:1200])
    before = index._read()
    assert (before.manifest.mean_rows, any(before.manifest.mean)) == (1200, True)
    applied(index, documents[1200:])
    assert index._read().generation == before.generation
    assert index._read().manifest.mean_rows == 1200


def test_a_mean_of_few_rows_is_taken_again(index):
    """Papers that come first are like each other: a mean of an eighth is a mean of some."""
    filled(index, make_documents(1, 1101))
    applied(index, make_documents(1101, 10_000))
    assert index._read().manifest.mean_rows == 9999


def test_a_rebuild_of_nothing(index):
    filled(index, [], position=5)
    assert (index.position(), index.count(), index.meaning("graph").ids) == (5, 0, [])
    applied(index, make_documents(1, 1200), position=6)
    assert (index.count(), index._read().manifest.mean_rows) == (1199, 1199)


def test_dimensions_that_fill_no_byte(tmp_path):
    index = VectorIndex(tmp_path, "a catalogue", WordsEmbedder(13))
    filled(index, make_documents(1, 100))
    applied(index, make_documents(100, 200))
    wanted = make_document(150)
    [vector] = document_vectors(WordsEmbedder(13), [(wanted.title, wanted.abstract)])
    assert index.nearest(vector, depth=40).ids[0] == 150


def test_readers_while_one_writes(index, monkeypatch):
    """Each answer is that of one commit: position, count and what is found agree."""
    monkeypatch.setattr(vectors, "_DEAD_FROM", 100)
    filled(index, make_documents(1, 301), position=0)
    readers = [another(index) for _ in range(2)]
    query = index.embed("attention graph")
    stop, wrong, answers = threading.Event(), [], []

    def read(reader):
        last = 0
        while not stop.is_set():
            try:
                rows, found = reader._read(), reader.nearest(query, limit=1000)
                position, later = rows.manifest.position, another(index).position()
                if not last <= position <= later:
                    wrong.append(("went back", last, position, later))
                if rows.count != 300 + position or len(found.ids) != found.total:
                    wrong.append(("differs", rows.count, position, len(found.ids), found.total))
                last = position
                answers.append(found.total)
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=read, args=(readers[n % 2],)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        held = make_documents(1, 301)
        for position in range(1, 41):
            held.append(make_document(300 + position))
            if position % 10 == 0:
                filled(index, held, position)
            else:
                applied(index, held[-30:], position=position)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[:3]
    assert answers
    assert readers[0].count() == 340
