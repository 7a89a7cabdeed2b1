"""Pages of other libraries, on each database: empty, without days, with a broken index."""

import shutil

from papertide.papers import ListingPlace
from tests.fixtures import make_record
from tests.site.helpers import add, queries, read


def test_home_without_days(library, client):
    """The latest listing; then whatever there is; and in an empty library, what to do."""
    empty = client.get("/").content.decode()
    assert "papertide import FILE…" in empty
    assert "papertide up" in empty
    read(empty)
    assert "There are no listings yet" in client.get("/listings").content.decode()
    add(library, [make_record("Only a year here", published="2017")])
    assert "Newest papers" in client.get("/").content.decode()
    add(library, [make_record("From a time to come", published="2999-12-31")])
    assert "None of them has a full date up to today" in client.get("/").content.decode()
    for date, title in (("--03-17", "In March"), ("--04-16", "In April")):
        place = ListingPlace(key=date, source="saved-page", title="Daily Papers", date=date)
        add(library, [make_record(title, source="saved-page", listing=place)])
    text = client.get("/").content.decode()
    assert "<bdi>Daily Papers</bdi>, <time" in text
    assert text.index("In April") < text.index("Mar 17")
    assert "In March" not in text


def test_queries_on_every_database(library, client):
    place = ListingPlace(key="l", source="huggingface", title="L", date="2025-03-18")
    first = {"announced": "2025-03-18", "listing": place}
    add(library, [make_record(arxiv="2503.00001", **first),
                  make_record("Another study 1", arxiv="2503.99999", **first)])  # fmt: skip
    addresses = ["/", "/day/2025-03-18", "/search?q=study", "/listing/huggingface-2025-03-18",
                 "/listings", "/author/ada-lovelace", "/papers/2503.00001"]  # fmt: skip
    alone = [queries(client, address) for address in addresses]
    add(library, [
        make_record(
            f"Another study {n}", arxiv=f"2503.{n:05}", announced="2025-03-18", listing=place
        )
        for n in range(2, 20)
    ])  # fmt: skip
    assert [queries(client, address) for address in addresses] == alone


def test_an_index_that_cannot_answer(library, client):
    add(library, [make_record(arxiv="2503.00001", categories=["cs.LG"], announced="2025-03-18")])
    current = library.folder / "index" / "words" / "current"
    shutil.rmtree(current.parent / current.read_text())
    shown = client.get("/search?q=study").content.decode()
    assert "are from the database" in shown and "papertide index rebuild" in shown
    assert str(library.folder) not in shown
    assert 'value="study"' in shown
    assert client.get("/category/cs.LG").content.decode().count("<article") == 1
    assert client.get("/healthz").status_code == 503
    for address in ("/", "/papers/2503.00001", "/author/ada-lovelace"):
        assert client.get(address).status_code == 200


def test_landmarks_say_whose_words_they_show(library, client):
    library.add_landmarks()
    for address in ("/", "/listing/landmarks", "/search?q=turing"):
        text = client.get(address).content.decode()
        assert text.count("Our description:") == text.count("<article") > 0
    assert "1936" in client.get("/search?q=entscheidungsproblem").content.decode()
