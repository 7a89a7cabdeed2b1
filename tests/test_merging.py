"""When records are one paper, and what becomes of them."""

import copy
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.merging import (
    absorb,
    choose,
    doubt,
    merge,
    new_paper,
    same_by_text,
    same_by_title,
)
from papertide.papers import Link, Paper, Record, Version

TITLE = "Attention Is All You Need"


def paper(title=TITLE, *identities, **fields) -> Paper:
    return Paper(title=title, identities=list(identities), **fields)


def record(source="arxiv", as_of="2025-03-18", title=TITLE, **fields) -> Record:
    return Record(paper=Paper(title=title, **fields), source=source, as_of=as_of)


def merged(records) -> Paper:
    """The paper that records make, in their order; the records stay as they were."""
    first, *others = map(copy.deepcopy, records)
    known = new_paper(first)
    for other in others:
        merge(known, other)
    return known


# --- the same paper? -------------------------------------------------------------------------

ARXIV, OTHER_ARXIV = "arxiv:1706.03762", "arxiv:1706.03763"
BIORXIV = "doi:10.1101/2024.01.15.575821"
LONG, LONGER = "We propose a network. " * 20, "Something else entirely, at length. " * 20


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (paper(TITLE, ARXIV), paper(TITLE, ARXIV), True),
        (paper(TITLE, ARXIV), paper(TITLE, OTHER_ARXIV), False),
        (paper(TITLE, "doi:10.1000/a"), paper(TITLE, "doi:10.1000/b"), False),
        (paper(TITLE, "doi:10.1000/a", ARXIV, authors=["Ann Lee"]),
         paper(TITLE, "doi:10.1000/b", authors=["A. Lee"]), True),
        (paper(TITLE, "doi:10.1000/a", ARXIV), paper(TITLE, "doi:10.1000/b"), False),
        (paper(TITLE, BIORXIV, authors=["Ann Lee"]),
         paper(TITLE, "doi:10.1000/b", authors=["A. Lee"]), True),
        (paper(TITLE, BIORXIV, authors=["Ann Lee"]),
         paper(TITLE, "doi:10.1000/b", authors=["Bo Ek"]), False),
        (paper(TITLE, BIORXIV, abstract=LONG), paper(TITLE, "doi:10.1000/b", abstract=LONG), True),
        (paper(TITLE, BIORXIV), paper(TITLE, "doi:10.1000/b"), False),
        (paper(TITLE, BIORXIV, authors=["A. Lee"]),
         paper(TITLE, BIORXIV + "1", authors=["A. Lee"]), False),
        (paper(TITLE, BIORXIV, authors=["A. Lee"]),
         paper(TITLE, "doi:10.21203/rs.3.rs-1", authors=["A. Lee"]), True),
        (paper(TITLE, "doi:10.1101/gr.113985.110", authors=["A. Lee"]),
         paper(TITLE, "doi:10.1000/b", authors=["A. Lee"]), False),
        (paper(TITLE, "acl:J89-1011"), paper(TITLE, "acl:J89-2015"), False),
        (paper(TITLE, "acl:P19-1001", authors=["A. Lee"]),
         paper(TITLE, "openreview:abcd", authors=["A. Lee"]), True),
        (paper(TITLE, "openreview:abcd"), paper(TITLE, ARXIV, authors=["A. Lee"]), False),
        (paper(TITLE, "openreview:abcd", abstract=LONG),
         paper(TITLE, ARXIV, authors=["A. Lee"], abstract=LONG), True),
        (paper(TITLE, authors=["Ann B. Lee"]), paper(TITLE, authors=["A. Lee"]), True),
        (paper(TITLE, authors=["Ann Lee"]), paper(TITLE, authors=["Bo Ek"]), False),
        (paper(TITLE, authors=["Kurt Gödel"]), paper(TITLE, authors=["K. Godel"]), True),
        (paper(TITLE, authors=["B"]), paper(TITLE, authors=["B"]), True),
        (paper(TITLE, authors=["X. Y."]), paper(TITLE, authors=["X. Z."]), False),
        (paper(TITLE), paper(TITLE, ARXIV, authors=["Ann Lee"]), True),
        (paper("Editorial"), paper("Editorial", ARXIV, authors=["Ann Lee"]), False),
        (paper("Editorial"), paper("Editorial"), True),
        (paper("Editorial", abstract=LONG), paper("Editorial", ARXIV, abstract=LONG), True),
        (paper("Editorial", abstract=LONG), paper("Editorial", ARXIV, abstract=LONGER), False),
    ],
)
def test_same_by_title(one, other, same):
    assert same_by_title(one, other) is same
    assert same_by_title(other, one) is same


def test_what_is_ambiguous_is_never_guessed():
    two = [paper(TITLE, ARXIV, abstract=LONG), paper(TITLE, OTHER_ARXIV, abstract=LONGER)]
    assert choose(paper(), two) is None
    assert choose(paper(), two[:1]) is two[0]
    assert choose(paper(), []) is None
    assert choose(paper(abstract=LONGER), two) is two[1]
    assert choose(paper(abstract="Neither."), two) is None
    assert choose(paper(TITLE, "arxiv:2501.00001"), two) is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_records_without_identities_find_their_papers_again(order):
    """In any order, and again: every public id once, and soon nothing new.

    A title that named one paper when it came, and two when it comes again, is one of its own
    from then on.
    """
    told = [
        record(authors=["Ann Lee"]),
        record(authors=["Bo Ek"]),
        record(),
        record(source="saved-page"),
    ]
    catalogue: list[Paper] = []
    for again in (0, 1, 2):
        before = len(catalogue)
        for number in order:
            given_one = copy.deepcopy(told[number])
            if (found := choose(given_one.paper, catalogue)) is not None:
                merge(found, given_one)
            else:
                catalogue.append(new_paper(given_one))
        assert again < 2 or len(catalogue) == before
    assert len({held.public_id for held in catalogue}) == len(catalogue)


# --- merging ---------------------------------------------------------------------------------


def test_gaps_are_filled_and_nothing_is_wiped():
    known = merged([record("saved-page", "", abstract=LONG)])
    fields = merge(known, record(authors=["Ann Lee"], categories=["cs.CL"], identities=[ARXIV]))
    assert (known.abstract, known.authors, known.categories) == (LONG, ["Ann Lee"], ["cs.CL"])
    assert fields >= {"authors", "categories", "identities", "sources", "origins"}
    assert "abstract" not in fields
    assert merge(known, record(as_of="2026-01-01", title="")) == set()
    assert known.title == TITLE


def test_the_better_source_wins_whichever_comes_first():
    told = [
        record("landmarks", "", abstract="Ours."),
        record("saved-page", "", abstract="Saved."),
        record("huggingface", "2025-03-20", abstract="Retold."),
        record("arxiv", "2025-03-18", abstract="As published."),
    ]
    for order in itertools.permutations(told):
        assert merged(order).abstract == "As published."
    assert merged(told[:3]).abstract == "Retold."
    moderated = merged([*told, record("moderator", "2020-01-01", abstract="Corrected.")])
    assert moderated.abstract == "Corrected."
    assert moderated.origins["abstract"] == "moderator@2020-01-01"
    assert moderated.sources == ["arxiv", "huggingface", "landmarks", "moderator", "saved-page"]


def test_who_is_believed():
    """Publishers, then who retells, then who gathers, then what readers keep."""
    order = ["arxiv", "crossref", "huggingface", "openalex", "saved-page", "bibtex", "landmarks"]
    for better, worse in itertools.pairwise(order):
        held = new_paper(record(better, "2020-01-01", "Better"))
        merge(held, record(worse, "2025-01-01", "Worse"))
        assert held.title == "Better", (better, worse)


def test_the_later_statement_of_a_source_wins():
    told = [record(as_of="2025-03-18", abstract="First."), record(as_of="2025-05-01", abstract="2")]
    assert merged(told).abstract == merged(reversed(told)).abstract == "2"


@pytest.mark.parametrize(
    ("dates", "earliest"),
    [
        (("2025-03-18", "2025-03-17"), "2025-03-17"),
        (("2025-03-18", "2025-03"), "2025-03-18"),
        (("2025", "2025-03", "2025-03-18", "2025-03-20"), "2025-03-18"),
        (("2025", "2024-12"), "2024-12"),
        (("--03-17", "2025-03-18"), "2025-03-18"),
        (("", "2025"), "2025"),
    ],
)
def test_dates_of_first_appearance_are_the_earliest(dates, earliest):
    for order in itertools.permutations(dates):
        assert merged(record(published=day) for day in order).published == earliest


def test_a_better_source_knows_the_date_better():
    told = [record("landmarks", "", published="2016"), record(published="2017-06-12")]
    assert merged(told).published == merged(reversed(told)).published == "2017-06-12"


def test_two_versions_of_one_paper():
    known = merged([record(versions=[Version(2, "2025-04-01")]), record(versions=[Version(1)])])
    assert known.versions == [Version(1), Version(2, "2025-04-01")]
    merge(known, record(versions=[Version(1, "2025-03-01"), Version(2)]))
    assert known.versions == [Version(1, "2025-03-01"), Version(2, "2025-04-01")]


def test_links_are_united_by_address():
    known = merged([record(links=[Link("code", "https://a.example")])])
    merge(known, record(links=[Link("page", "https://a.example"), Link("pdf", "https://b.example")]))
    assert known.links == [Link("code", "https://a.example"), Link("pdf", "https://b.example")]


def test_what_only_one_source_says_is_kept_by_source():
    older = {"as_of": "2025-03-01", "stars": 3, "keywords": ["x"]}
    newer = {"as_of": "2025-03-02", "stars": 5}
    told = [record("huggingface", extra={"huggingface": facts}) for facts in (older, newer)]
    told.append(record("other", extra={"other": {"note": "y"}}))
    for order in itertools.permutations(told):
        assert merged(order).extra == {"huggingface": older | newer, "other": {"note": "y"}}


def test_absorbing_is_merging_with_the_other_papers_origins():
    known = merged([record("saved-page", "", abstract="Saved.")])
    other = merged([record(abstract="Published.", identities=[ARXIV]), record("landmarks", "",
                    description="Ours.")])  # fmt: skip
    fields = absorb(known, other)
    assert known.abstract == "Published."
    assert known.origins["abstract"] == "arxiv@2025-03-18"
    assert known.origins["description"] == "landmarks@"
    assert known.sources == ["arxiv", "landmarks", "saved-page"]
    assert fields >= {"abstract", "identities", "description", "origins", "sources"}
    assert absorb(known, other) == set()


def test_merging_leaves_the_record_alone():
    told = record(authors=["Ann Lee"], links=[Link("pdf", "https://a.example")])
    before = copy.deepcopy(told)
    known = merged([record()])
    merge(known, told)
    merge(known, record(as_of="2026-01-01", links=[Link("page", "https://c.example")]))
    assert told == before


days = st.sampled_from(["", "2025", "2025-03", "2025-03-17", "2025-03-18", "2024-12-30", "--03-17"])
words = st.sampled_from(["", "One", "Two", "Another one", "z"])
lists = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True)
records = st.builds(
    record,
    source=st.sampled_from(["arxiv", "huggingface", "papertide", "saved-page", "landmarks"]),
    as_of=st.sampled_from(["", "2025-03-17", "2025-03-18"]),
    title=st.sampled_from([TITLE, TITLE.upper()]),
    abstract=words,
    comment=words,
    status=st.sampled_from(["", "", "concern", "withdrawn", "retracted", "removed"]),
    status_note=words,
    authors=lists,
    categories=lists,
    identities=st.lists(st.sampled_from([ARXIV, "doi:10.1000/x"]), max_size=2, unique=True),
    published=days,
    announced=days,
    versions=st.lists(
        st.builds(Version, st.integers(1, 3), days), max_size=3, unique_by=lambda v: v.number
    ),
    links=st.lists(st.builds(Link, st.just("page"), st.sampled_from(["u", "v"])), max_size=2),
)


def canonical(known: Paper) -> Paper:
    """A paper with what may stand in any order sorted, and without its number and public id."""
    known.identities, known.public_id = sorted(known.identities), ""
    known.links = sorted(known.links, key=lambda link: link.url)
    return known


@settings(max_examples=300, deadline=None)
@given(st.lists(records, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_records_make_the_same_paper_in_any_order_and_number(told, chance: random.Random):
    shuffled = [*told, *chance.choices(told, k=3)]
    chance.shuffle(shuffled)
    assert canonical(merged(shuffled)) == canonical(merged(told))


@settings(max_examples=200, deadline=None)
@given(st.lists(records, min_size=1, max_size=5))
def test_merging_again_changes_nothing(told):
    known = merged(told)
    before = copy.deepcopy(known)
    for again in told:
        assert merge(known, copy.deepcopy(again)) == set()
    assert absorb(known, before) == set()
    assert known == before


@settings(max_examples=100, deadline=None)
@given(st.lists(records, min_size=2, max_size=6), st.integers(1, 5))
def test_merging_halves_is_merging_all(told, cut):
    cut = min(cut, len(told) - 1)
    left, right = merged(told[:cut]), merged(told[cut:])
    absorb(left, right)
    assert canonical(left) == canonical(merged(told))


# --- what people are to decide ---------------------------------------------------------------

WORDS_OF_ONE = "Grammars of unification are compiled into automata whose states are types."
OTHER_WORDS = "Speech recognisers profit from syntax when their lattices are rescored by parsers."


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({}, {}, "Several papers fit"),
        ({"authors": []}, {"abstract": ""}, "Hardly more than the title agrees"),
        ({}, {"authors": ["Alan Turing"]}, "Title and abstract agree, the first authors do not"),
        ({"authors": []}, {"abstract": OTHER_WORDS}, ""),
        ({}, {"authors": ["Alan Turing"], "abstract": OTHER_WORDS}, ""),
        ({"identities": ["arxiv:2503.00001"]}, {"identities": ["arxiv:2503.00002"]}, ""),
        ({"identities": ["acl:P19-1"]}, {"identities": ["acl:P19-2"]}, ""),
        ({"identities": ["doi:10.1000/1"]}, {"identities": ["doi:10.1000/2"]}, ""),
    ],
)
def test_what_might_be_one_work(one, other, reason):
    common = {"title": "Unification with automata of types", "authors": ["Ada Lovelace"],
              "abstract": WORDS_OF_ONE}  # fmt: skip
    one = Paper(**common | {"identities": ["openreview:1"]} | one)
    other = Paper(**common | {"identities": ["openreview:2"]} | other)
    assert doubt(one, other) == doubt(other, one) == reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({}, {"abstract": ""}, True),
        ({}, {"title": "Renamed since then"}, True),
        ({}, {"title": "Renamed since then", "abstract": ""}, False),
        ({}, {"title": "Renamed since then", "authors": ["Alan Turing"]}, False),
        ({"identities": ["arxiv:2503.00001"]}, {"identities": ["arxiv:2503.00002"]}, False),
        ({"identities": ["arxiv:1", "arxiv:2"]}, {"identities": ["arxiv:2"]}, True),
        ({"title": ""}, {"title": "", "abstract": ""}, False),
    ],
)
def test_texts_that_bear_out_a_source(one, other, same):
    common = {"title": "Unification with automata of types", "authors": ["Ada Lovelace"],
              "abstract": WORDS_OF_ONE}  # fmt: skip
    one, other = Paper(**common | one), Paper(**common | other)
    assert same_by_text(one, other) is same_by_text(other, one) is same
