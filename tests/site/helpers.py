"""Papers to show, and what tests of pages ask of a page."""

from html.parser import HTMLParser

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from papertide.papers import Link, ListingPlace, Paper, Record, Version
from tests.fixtures import make_record

HOSTILE = '<script>alert("1")</script> \u202eevil & <b>bold</b>'
EMPTY = {"meta", "link", "input", "br", "img", "hr"}


def some_records() -> list[Record]:
    """Papers of two days, one listing of 60, and some that are hard to show."""
    listed = [
        make_record(
            f"Listed number {n} of many",
            arxiv=f"2503.{n:05}",
            announced="2025-03-18",
            categories=["cs.LG", "cs.CL"],
            authors=["Grace Hopper", "José Ñandú"],
            listing=ListingPlace(
                key="daily", source="huggingface", title="Daily", date="2025-03-18",
                position=n, votes=61 - n, comments=1,
            ),
        )
        for n in range(1, 61)
    ]  # fmt: skip
    special = [
        make_record(
            "The whole paper with $x_1$ and 100% of everything",
            arxiv="2401.00001",
            authors=["Ada Lovelace", "Sammy Davis, Jr.", "李 明"],
            published="2024-01-02",
            announced="2024-01-03",
            updated="2024-02-01",
            categories=["cs.AI"],
            identities=["arxiv:2401.00001", "doi:10.1000/x#y?z"],
            versions=[Version(1, "2024-01-02"), Version(2, "2024-02-01")],
            licence="https://creativecommons.org/licenses/by/4.0/",
            comment="12 pages & a figure",
            venue="Journal of R&D",
            description="Ours: what it is about.",
            links=[Link("code", "https://example.org/code"), Link("page", "javascript:alert(1)")],
        ),
        make_record("Semantics of old ids", arxiv="cs/9902027", published="1999-02-16"),
        make_record("Known only by its month", arxiv="1703.00005"),
        make_record("Only a year", source="papertide", published="2017"),
        make_record(HOSTILE, arxiv="2402.00001", abstract=HOSTILE, authors=[HOSTILE],
                    categories=["<i>/x"], comment=HOSTILE, venue=HOSTILE, licence=HOSTILE,
                    published="2024-01-03"),
        make_record("Many hands", arxiv="2402.00002", published="2024-01-03",
                    authors=[f"Person {n}" for n in range(3000)]),
    ]  # fmt: skip
    renamed = [
        Record(paper=Paper(title="First seen without an id"), source="saved-page"),
        make_record("First seen without an id", arxiv="2402.00003", authors=[]),
    ]
    return [*listed, *special, *renamed]


def add(library, records) -> None:
    """Bring records in, each as if it came by itself, and index them."""
    from papertide.site.catalog import services

    for record in records:
        services.ingest([record])
    library.catch_up()


def queries(client: Client, address: str) -> int:
    """How many SQL queries a page takes, once the first one has warmed what is kept."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


class Reader(HTMLParser):
    """Checks that tags are balanced, and keeps what a page links to and loads."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids, self.attributes = [], [], [], set()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.attributes |= set(named)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [(tag, named)] if tag in ("a", "link") else []
        assert tag != "style", self.get_starttag_text()
        if tag == "script":  # our own files, never code in the page
            assert named["src"].startswith("/static/"), self.get_starttag_text()
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_data(self, data):
        assert self.open[-1:] != ["script"] or not data.strip(), data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert not reader.open
    return reader
