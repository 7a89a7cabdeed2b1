"""Withdrawn, retracted and removed papers: said wherever they are shown, never passed over."""

import pytest

from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add, read


@pytest.fixture
def flagged(library):
    add(library, [
        make_record("Once believed by many", arxiv="2503.00001", announced="2025-03-18",
                    status="retracted", status_note=f"By the editors: {HOSTILE}"),
        make_record("Still believed by many", arxiv="2503.00002", announced="2025-03-18"),
        make_record("", arxiv="2503.00003", abstract="", authors=[], status="removed"),
    ])  # fmt: skip
    return library


@pytest.mark.parametrize(
    "address", ["/", "/search?q=believed", "/author/ada-lovelace", "/papers/2503.00002"]
)
def test_lists_say_it(flagged, client, address):
    text = client.get(address).content.decode()
    read(text)
    assert text.count(">Retracted<") == 1
    assert "2503.00003" not in text


def test_its_page_says_why_and_who(flagged, client):
    text = client.get("/papers/2503.00001").content.decode()
    read(text)
    assert "<strong>Retracted.</strong>" in text
    assert "By the editors: &lt;script&gt;" in text
    assert "arXiv, 18 March 2025" in text
    assert "note = {Retracted}" in client.get("/papers/2503.00001.bib").content.decode()
    assert "Retracted" not in client.get("/papers/2503.00002.bib").content.decode()


def test_a_removed_paper_leaves_its_name(flagged, client):
    for address in ("/papers/2503.00003", "/papers/2503.00003.bib"):
        answer = client.get(address)
        assert answer.status_code == 410
        text = answer.content.decode()
        read(text)
        assert "This paper was removed" in text
        assert "arxiv:2503.00003" in text


def test_a_saved_paper_that_is_removed_is_not_counted(flagged, client):
    client.post("/saved", {"save": "2503.00001"})
    client.post("/saved", {"save": "2503.00002"})
    add(flagged, [make_record("", arxiv="2503.00002", abstract="", authors=[], status="removed",
                              as_of="2026-01-01")])  # fmt: skip
    assert "1 paper," in client.get("/saved").content.decode()
