"""What an engine is given of a paper."""

from datetime import UTC, datetime, timedelta

import pytest

from papertide.papers import Paper
from papertide.search.engine import date_number, document


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
