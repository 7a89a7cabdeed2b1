"""arXiv: rows in three forms, and what says that a paper was withdrawn."""

import json
import lzma

import pytest

from papertide.papers import Version
from papertide.sources import arxiv, files
from papertide.sources.base import Unreadable

SNAPSHOT = {
    "id": "0704.0001", "submitter": "Pavel Nadolsky",
    "authors": "C. Bal\\'azs, E. L. Berger, P. M. Nadolsky, C.-P. Yuan",
    "title": "Calculation of prompt diphoton production cross sections at Tevatron and\n  LHC",
    "comments": "37 pages, 15 figures; published version",
    "journal-ref": "Phys.Rev.D76:013009,2007", "doi": "10.1103/PhysRevD.76.013009",
    "report-no": "ANL-HEP-PR-07-12", "categories": "hep-ph cs.NE", "license": None,
    "abstract": "  A fully differential calculation is\npresented.\n",
    "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
                 {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}],
    "update_date": "2008-11-26",
    "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr."], [":", "", ""],
                       ["ATLAS Collaboration", "", "", "CERN"], ["", "", ""]],
}  # fmt: skip
ARCHIVE = {
    "id": "cs/9902027", "title": "A title", "abstract": "An abstract.",
    "authors": "Jens C. Astor, Christoph Adami (Caltech)", "date": "1998-07-16",
    "categories": ["adap-org", "cs.NE"], "primary_cat": "cs.NE", "comments": "8 pages\n  LaTeX",
    "doi": "",
}  # fmt: skip
ANNOUNCEMENT = {
    "announced": "2025-03-18", "id": "2503.11731", "title": "A title", "abstract": "An abstract.",
    "authors": ["Xianming Zeng", "Kim Nguy\\~ên", ":"], "categories": ["cs.CV", "cs.RO"],
    "comment": None, "date": "2025-03-18",
}  # fmt: skip


def without(row: dict, *keys: str) -> dict:
    return {key: value for key, value in row.items() if key not in keys}


# --- rows ------------------------------------------------------------------------------------


def test_a_row_of_the_snapshot():
    record = arxiv.snapshot_row(SNAPSHOT)
    paper = record.paper
    assert paper.title.endswith("cross sections at Tevatron and LHC")
    assert paper.abstract == "A fully differential calculation is presented."
    assert paper.authors == ["C. Balázs", "E. L. Berger, Jr.", "ATLAS Collaboration"]
    assert paper.identities == ["arxiv:0704.0001", "doi:10.1103/physrevd.76.013009"]
    assert paper.categories == ["hep-ph", "cs.NE"]
    assert (paper.published, paper.updated) == ("2007-04-02", "2007-07-24")
    assert paper.versions == [Version(1, "2007-04-02"), Version(2, "2007-07-24")]
    assert paper.venue == "Phys.Rev.D76:013009,2007"
    assert paper.comment == "37 pages, 15 figures; published version"
    assert (record.source, record.as_of, paper.licence) == ("arxiv", "2008-11-26", "")


def test_a_snapshot_row_with_little_in_it():
    record = arxiv.snapshot_row({"id": "0704.0001", "title": "A title", "update_date": None})
    assert (record.paper.published, record.as_of, record.paper.authors) == ("", "", [])
    one_version = SNAPSHOT | {"versions": SNAPSHOT["versions"][:1]}
    assert arxiv.snapshot_row(one_version).paper.updated == ""
    told = arxiv.snapshot_row(without(SNAPSHOT, "authors_parsed"))
    assert told.paper.authors == ["C. Balázs", "E. L. Berger", "P. M. Nadolsky", "C.-P. Yuan"]


def test_a_row_of_the_archive():
    record = arxiv.archive_row(ARCHIVE)
    paper = record.paper
    assert paper.authors == ["Jens C. Astor", "Christoph Adami"]
    assert paper.categories == ["cs.NE", "adap-org"]
    assert (paper.published, record.as_of) == ("1998-07-16", "1998-07-16")
    assert (paper.identities, paper.comment) == (["arxiv:cs/9902027"], "8 pages LaTeX")


def test_a_row_of_the_announcements():
    record = arxiv.announcement_row(ANNOUNCEMENT)
    paper = record.paper
    assert paper.authors == ["Xianming Zeng", "Kim Nguyễn"]
    assert (paper.announced, paper.published, record.as_of) == ("2025-03-18", "", "2025-03-18")


@pytest.mark.parametrize(
    ("identifier", "announced", "is_first"),
    [
        ("2503.11731", "2025-03-18", True),
        ("2502.20001", "2025-03-03", True),
        ("2412.20001", "2025-01-02", True),
        ("2501.20001", "2025-03-18", False),  # cross-listed or replaced since
        ("2504.00001", "2025-03-31", False),
        ("cs/9902027", "2025-03-18", False),
        ("2503.11731", "2025-03", False),
        ("2503.11731", None, False),
    ],
)
def test_only_a_new_paper_is_first_announced_that_day(identifier, announced, is_first):
    record = arxiv.announcement_row(ANNOUNCEMENT | {"id": identifier, "announced": announced})
    assert record.paper.announced == (announced if is_first else "")


def test_subject_classes_are_no_categories():
    codes = ["cs.CV", "68T07, 92C55", "I.2.7", "math-ph", "I.2.10; I.4.8", "03", "cs.CV", "q-bio",
             "cond-mat.stat-mech", "cond-mat.quant-gas", "physics.space-ph", "eess.IV", "Primary",
             "x" * 99]  # fmt: skip
    record = arxiv.announcement_row(ANNOUNCEMENT | {"categories": codes})
    assert record.paper.categories == [
        "cs.CV", "math-ph", "q-bio", "cond-mat.stat-mech", "cond-mat.quant-gas", "physics.space-ph",
        "eess.IV",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "dois"),
    [
        ("10.1145/3154499.", ["10.1145/3154499"]),
        ("10.1214/08-AOS667; 10.1214/08-AOS668", ["10.1214/08-aos667", "10.1214/08-aos668"]),
        ("10.5120/1 10.5120/1\n 10.5120/1", ["10.5120/1"]),
        ("10.1007/s00440- 010-0276-9", []),  # neither half is the article's
        ("10.1007/978-94-007-4902-3 55", []),
        ("1904.04794", []),
        ("", []),
        (None, []),
    ],
)
def test_dois_of_rows(told, dois):
    record = arxiv.archive_row(ARCHIVE | {"doi": told})
    assert record.paper.identities[1:] == [f"doi:{name}" for name in dois]


def test_an_id_with_a_version_is_the_paper_and_its_version():
    record = arxiv.archive_row(ARCHIVE | {"id": "math.GT/0309136v3"})
    assert record.paper.identities == ["arxiv:math/0309136"]
    assert record.paper.versions == [Version(3)]


@pytest.mark.parametrize(
    ("read", "row", "changed"),
    [
        *((read, row, changed)
          for read, row in ((arxiv.snapshot_row, SNAPSHOT), (arxiv.archive_row, ARCHIVE),
                            (arxiv.announcement_row, ANNOUNCEMENT))
          for changed in ({"id": None}, {"id": 704.0001}, {"id": "astro"}, {"title": None},
                          {"title": " \x00"}, {"title": 5}, {"abstract": ["x"]}, {"doi": 5})),
        (arxiv.snapshot_row, SNAPSHOT, {"versions": ["v1", "v2"]}),
        (arxiv.snapshot_row, SNAPSHOT, {"versions": {"version": "v1"}}),
        (arxiv.snapshot_row, SNAPSHOT, {"versions": 2}),
        (arxiv.snapshot_row, SNAPSHOT, {"versions": [{"version": "v1", "created": "once"}]}),
        (arxiv.snapshot_row, SNAPSHOT, {"authors_parsed": 5}),
        (arxiv.snapshot_row, SNAPSHOT, {"authors_parsed": ["Ann Lee"]}),
        (arxiv.snapshot_row, SNAPSHOT, {"authors_parsed": [[5, 6]]}),
        (arxiv.snapshot_row, SNAPSHOT, {"categories": ["cs.CV"]}),
        (arxiv.snapshot_row, SNAPSHOT, {"update_date": "0000-00-00"}),
        (arxiv.archive_row, ARCHIVE, {"date": "16 July"}),
        (arxiv.archive_row, ARCHIVE, {"categories": "cs.CV"}),
        (arxiv.announcement_row, ANNOUNCEMENT, {"announced": "today"}),
        (arxiv.announcement_row, ANNOUNCEMENT, {"authors": "Ann Lee"}),
    ],
)  # fmt: skip
def test_rows_that_are_no_papers(read, row, changed):
    with pytest.raises(Unreadable):
        read(row | changed)


@pytest.mark.parametrize("version", ["v0", "", None, "v" + "9" * 5000, "first"])
def test_versions_that_are_none(version):
    row = SNAPSHOT | {"versions": [{"version": version}, {"version": "v2"}]}
    assert arxiv.snapshot_row(row).paper.versions == [Version(2)]


def test_the_announced_rows_of_a_day_can_be_read(shared):
    rows = files.read(shared / "data/arxiv/announcements.jsonl.xz")
    for record in (next(rows) for _ in range(2000)):
        assert record.paper.arxiv
        assert record.paper.authors
        assert record.paper.categories
    rows.close()


# --- withdrawals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn",
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
        "15 pages, 7 figures. This paper has been withdrawn",
        "6 pages, 3 figures Withdrawn due to an error in search subroutine",
        "arXiv admin note: submission has been withdrawn by arXiv administrators due to overlap",
        "Admin note: withdrawn by arXiv admin because of the use of a pseudonym",
        "Withdrawn",
        "Withdrawn - as that was a trial upload only",
        "withdrawn by arXiv admin due to authorship dispute",
        "Article withdrawn under the request of W. K.",
        "The current version is withdrawn due to a error",
        "There are errors in this article. Because of this, I want to withdrawl it",
        "Due to some mathematical issues, we want to withdraw this article",
        "This paper is withdrwan due to duplication",
        "This preliminary version has been temporarily withdrawn by the author",
    ],
)
def test_a_withdrawn_paper(comment):
    paper = arxiv.archive_row(ARCHIVE | {"comments": comment}).paper
    assert (paper.status, paper.status_note) == ("withdrawn", comment)
    snapshot = arxiv.snapshot_row(SNAPSHOT | {"comments": comment, "abstract": ""}).paper
    assert (snapshot.status, snapshot.abstract) == ("withdrawn", "")


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        ("Accepted but withdrawn from AIAA Scitech 2017", ""),
        ("Submitted to IEEE Transactions on Things. Withdrawn following a review of 3 years", ""),
        ("Previous version was withdrawn to be updated by the journal's pdf version", ""),
        ("A major overhaul of the withdrawn paper Orthogonal symmetric Toeplitz matrices", ""),
        ("The author's preceding paper [arXiv:1607.03877] was withdrawn because of an error", ""),
        ("I am not formally withdrawing the paper from arXiv", ""),
        ("One author has withdrawn", ""),
        ("12 pages. Was accepted at ICUFN 2018 but later withdrawn due to financial issues", ""),
        ("Submission withdrawn from the International Journal of Digital Curation", ""),
        ("", "ADRs are one of most common causes to withdraw some drugs from markets."),
        ("", "In this paper we study books withdrawn from circulation in public libraries."),
        ("", "Withdrawals of robots are modelled as a game. " * 5),
        ("", "We study it at length. " * 20 + "This paper has been withdrawn."),
    ],
)
def test_what_only_speaks_of_withdrawals(comment, abstract):
    paper = arxiv.archive_row(ARCHIVE | {"comments": comment, "abstract": abstract}).paper
    assert (paper.status, paper.status_note) == ("", "")


def test_an_abstract_may_say_it():
    for abstract in ("This submission has been withdrawn at the request of the author.",
                     "withdrawn by author", "This paper is withdrawn"):  # fmt: skip
        paper = arxiv.announcement_row(ANNOUNCEMENT | {"abstract": abstract}).paper
        assert (paper.status, paper.status_note) == ("withdrawn", abstract)


@pytest.mark.parametrize(
    "hostile",
    ["withdr " * 300_000, "this paper " * 99_999 + "withdrawn", "withdrawn. " * 99_999,
     "a paper is a b " * 9999 + "withdr"],
)  # fmt: skip
def test_hostile_comments_take_no_time(hostile):
    arxiv.withdrawal(hostile, hostile)


def test_withdrawals_in_the_archive(shared):
    """Of 206,755 rows 1,117 speak of withdrawing; 893 are withdrawn papers."""
    with lzma.open(shared / "data/arxiv/archive_cs_stat_eess.jsonl.xz", "rt") as lines:
        rows = [json.loads(line) for line in lines if "withdr" in line.lower()]
    found = [row for row in map(arxiv.archive_row, rows) if row.paper.status]
    assert 880 <= len(found) <= 910
    assert all(row.paper.status == "withdrawn" and row.paper.status_note for row in found)
