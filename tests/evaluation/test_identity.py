"""Precision and recall of identity, on papers made for it."""

from evaluation.identity import Catalogue, bare, measure, namesakes, shortened, untitled
from tests.fixtures import make_record

ONE = "Attention is all that trees have ever needed"


def catalogue(*records) -> Catalogue:
    return Catalogue(records)


def test_right_wrong_missed_and_absent():
    held = catalogue(
        make_record(ONE, arxiv="2503.00001"),
        make_record("A title that was changed later on", arxiv="2503.00002"),
        make_record("Two papers of one title and author", arxiv="2503.00003"),
        make_record("Two papers of one title and author", arxiv="2503.00004"),
    )
    asked = [
        make_record(ONE, arxiv="2503.00001"),
        make_record("A title before it was changed", arxiv="2503.00002"),
        make_record("Two papers of one title and author", arxiv="2503.00003"),
        make_record(ONE, arxiv="2503.00009"),
        make_record("Not there at all, by any name", arxiv="2503.00010"),
    ]
    done = measure([record.paper for record in asked], held, bare)
    assert (done.right, done.wrong, done.missed, done.absent) == (1, 1, 2, 1)
    assert (done.precision, done.recall) == (1 / 2, 1 / 3)
    assert [kind for kind, *_ in done.mistakes] == [
        "missed, title changed", "missed, ambiguous", "merged into another",
    ]  # fmt: skip
    assert dict(done.rules) == {"title and first author": 1}


def test_what_is_hidden():
    paper = make_record(ONE, arxiv="2503.00001", authors=["Ada B. Lovelace", "Plato"]).paper
    assert (bare(paper).identities, bare(paper).abstract) == ([], "")
    assert shortened(paper).authors == ["Lovelace, A. B.", "Plato"]
    assert (untitled(paper).authors, untitled(paper).abstract) == ([], paper.abstract)


def test_namesakes():
    held = catalogue(
        make_record(ONE, arxiv="2503.00001"), make_record(ONE, arxiv="2503.00002"),
        make_record("Another title of two", arxiv="2503.00003"),
        make_record("Another title of two", arxiv="2503.00004", authors=["Bo Ek"]),
        make_record("A third title, of one", arxiv="2503.00005"),
    )  # fmt: skip
    done = namesakes(held)
    assert (done.wrong, done.absent) == (2, 2)
