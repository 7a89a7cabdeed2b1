"""What the map says where there are no papers, few, some without vectors, or no index."""

from xml.etree import ElementTree

import pytest

from tests.fixtures import make_record
from tests.site.catalog.test_map import papers, text
from tests.site.helpers import add, queries, read


def test_an_empty_library(library, client):
    page = text(client, "/map")
    read(page)
    assert "There are no papers here yet" in page
    ElementTree.fromstring(text(client, "/map.svg"))


def test_a_week_of_few_papers(library, client):
    add(library, list(papers(1)))
    assert "3 papers are too few for a map" in text(client, "/map")


def test_papers_without_vectors_are_left_out_and_told(library, client):
    add(library, [*papers(5), make_record("?!", arxiv="2503.09998", announced="2025-03-11",
                                          abstract="")])  # fmt: skip
    found = library.topic_map()
    assert (len(found.papers), found.left_out, found.total) == (15, 1, 16)
    assert [paper.title for paper in found.unplaced] == ["?!"]
    assert "1 paper without a place" in text(client, "/map")


def test_the_map_of_the_week_is_drawn_ahead(library, client, monkeypatch):
    add(library, list(papers(5)))
    library.tick()
    vars(library).pop("_maps")  # as another process
    monkeypatch.setattr("papertide.topics.drawing.draw", lambda *_: pytest.fail("drawn again"))
    assert "15 papers in" in text(client, "/map")


def test_an_index_that_cannot_answer(library, client, monkeypatch):
    from papertide.search.engine import SearchUnavailable

    add(library, list(papers(5)))

    def away(*_, **__):
        raise SearchUnavailable("The index is broken. Run: papertide index rebuild")

    monkeypatch.setattr(type(library.finder.words), "words", away)
    for address in ("/map", "/map?q=speech", "/map/points", "/map.svg"):
        assert "papertide index rebuild" in text(client, address, 503)


def test_queries_do_not_grow_with_papers(library, client):
    add(library, list(papers(5)))
    addresses = ("/map", "/map/points", "/map?q=cat:cs.LG")
    few = [queries(client, address) for address in addresses]
    add(library, list(papers(30)))
    assert [queries(client, address) for address in addresses] == few
