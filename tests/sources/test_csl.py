"""CSL-JSON: items of citation processors."""

import contextlib

import pytest
from hypothesis import given

from papertide.sources import csl
from papertide.sources.base import Unreadable
from papertide.sources.libraries import LibraryEntry
from tests.sources.served import JSON, damaged

ITEM = {
    "id": "vaswani2017", "type": "paper-conference", "title": "Attention <i>is</i> all",
    "author": [{"family": "Berg", "given": "Bo", "non-dropping-particle": "van der"},
               {"literal": "The ATLAS Collaboration"}, {"family": "King", "given": "M",
                                                        "suffix": "Jr."}],
    "issued": {"date-parts": [["2017", 6]]}, "container-title": "NeurIPS", "DOI": "10.1000/XYZ",
    "URL": "https://arxiv.org/abs/1706.03762", "abstract": "<p>We study.</p>",
    "note": "PMID: 29456894\nRead it.", "keyword": "attention, nlp", "annote": "The one.",
}  # fmt: skip


def test_an_item():
    entry = csl.item(ITEM, 3)
    paper = entry.record.paper
    assert (paper.title, paper.abstract) == ("Attention is all", "We study.")
    assert paper.authors == ["Bo van der Berg", "The ATLAS Collaboration", "M King, Jr."]
    assert paper.identities == ["doi:10.1000/xyz", "arxiv:1706.03762", "pmid:29456894"]
    assert (paper.published, paper.venue) == ("2017-06", "NeurIPS")
    assert (entry.key, entry.tags) == ("vaswani2017", ["attention", "nlp"])
    assert entry.notes == ["Read it.", "The one."]
    assert entry.record.line == 3


@pytest.mark.parametrize(
    ("changed", "field", "read"),
    [
        ({"issued": {"raw": "June 12, 2017"}}, "published", "2017-06-12"),
        ({"issued": {"literal": "Spring 2017"}}, "published", "2017"),
        ({"issued": "2017-06-12"}, "published", "2017-06-12"),
        ({"issued": {"date-parts": [["soon"]]}}, "published", ""),
        ({"issued": 5}, "published", ""),
        ({"author": "Ann Lee and Bo Ek"}, "authors", ["Ann Lee", "Bo Ek"]),
        ({"author": ["Lee, Ann"]}, "authors", ["Ann Lee"]),
        ({"author": []}, "authors", []),
        ({"title": ["In a list", "second"]}, "title", "In a list"),
        ({"title": None}, "title", ""),
    ],
)
def test_what_programs_make_of_it(changed, field, read):
    assert getattr(csl.item(ITEM | changed).record.paper, field) == read


def test_items_that_are_none():
    with pytest.raises(Unreadable, match="neither a title nor an id"):
        csl.item({"type": "book"})
    assert csl.recognise(ITEM)
    assert not csl.recognise({"type": "article", "title": "x"})


@given(damaged(ITEM))
def test_damaged_items_are_rejected_and_nothing_else(row):
    with contextlib.suppress(Unreadable):
        assert isinstance(csl.item(row), LibraryEntry)


@given(JSON)
def test_anything_for_a_name_or_a_date(value):
    with contextlib.suppress(Unreadable):
        csl.item(ITEM | {"author": value, "issued": value, "id": value})
