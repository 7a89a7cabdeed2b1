"""The sample that ships with the package."""

import itertools
import re

from papertide.merging import new_paper
from papertide.papers import PartialDate, title_key
from papertide.sources import landmarks

RECORDS = list(landmarks.records())


def test_there_are_about_a_hundred_and_each_is_one():
    assert 90 <= len(RECORDS) <= 130
    papers = [record.paper for record in RECORDS]
    assert len({title_key(paper.title) for paper in papers}) == len(papers)
    identities = list(itertools.chain.from_iterable(paper.identities for paper in papers))
    assert len(set(identities)) == len(identities)
    assert len({new_paper(record).public_id for record in landmarks.records()}) == len(papers)


def test_their_facts_are_well_formed():
    for record in RECORDS:
        paper = record.paper
        assert paper.title == paper.title.strip()
        assert paper.readable_title == paper.title
        assert paper.authors, paper.title
        assert all(re.fullmatch(r"[^\W\d].*[\w.)]", name) for name in paper.authors), paper.title
        assert len(set(paper.authors)) == len(paper.authors)
        assert len(paper.identities) >= 1 or paper.venue, paper.title
        year = PartialDate.parse(paper.published)
        assert 1936 <= year.year <= 2026
        assert year.month is None
        assert paper.categories, paper.title
        assert all(
            re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", code) for code in paper.categories
        ), paper.title


def test_their_descriptions_are_ours_and_say_so():
    for record in RECORDS:
        paper = record.paper
        assert not paper.abstract
        assert 80 <= len(paper.description) <= 700, paper.title
        assert re.search(r"[.!?]\Z", paper.description), paper.title
        assert record.source == "landmarks"
    assert len({record.paper.description for record in RECORDS}) == len(RECORDS)


def test_they_are_one_listing_oldest_first():
    assert {(r.listing.key, r.listing.date) for r in RECORDS} == {("landmarks", "")}
    assert [r.listing.position for r in RECORDS] == list(range(1, len(RECORDS) + 1))
    years = [r.paper.published for r in RECORDS]
    assert years == sorted(years)
