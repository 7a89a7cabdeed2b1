"""Readers' libraries: files of any kind, and their entries matched against a catalogue."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import Paper, PartialDate, Record, title_key
from papertide.sources import files
from papertide.sources.base import Rejection, SourceError, Unreadable
from papertide.sources.libraries import Candidates, LibraryEntry, entry, loose_date, match, person

BIBTEX = b"% mine\n@article{a, title={Attention}, note={Good}}\n@misc{b, doi={10.1000/x}}\n"
RIS = b"TY  - JOUR\nTI  - Attention\nN1  - Good\nER  - \nTY  - JOUR\nDO  - 10.1000/x\nER  - \n"
CSL = [{"id": 1, "type": "book", "title": "Attention", "annote": "Good", "issued": {}},
       {"id": 2, "type": "book", "DOI": "10.1000/x"}]  # fmt: skip
ZOTERO = [{"key": "A", "data": {"itemType": "book", "title": "Attention"}},
          {"key": "N", "data": {"itemType": "note", "parentItem": "A", "note": "<p>Good</p>"}},
          {"key": "B", "data": {"itemType": "book", "DOI": "10.1000/x"}}]  # fmt: skip
KINDS = {
    "bibtex": BIBTEX, "ris": RIS, "csl": json.dumps(CSL).encode(),
    "zotero": json.dumps(ZOTERO).encode(),
    "zotero export": json.dumps({"items": ZOTERO}, indent=1).encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_library_of_any_kind(kind, tmp_path):
    first, second = files.entries(KINDS[kind])
    assert (first.record.paper.title, first.notes) == ("Attention", ["Good"])
    assert second.record.paper.identities == ["doi:10.1000/x"]
    assert first.record.source == kind.split()[0]
    (tmp_path / "library").write_bytes(gzip.compress(KINDS[kind]))
    assert list(files.entries(tmp_path / "library")) == [first, second]
    # As papers: what has no title is none, and the reader's words are left out.
    [paper, rejected] = files.read(tmp_path / "library")
    assert paper == first.record
    assert (rejected.reason, rejected.text) == ("no title", "doi:10.1000/x")


def test_papers_in_other_files_are_entries_too():
    row = {"id": "1706.03762", "title": "Attention", "authors_parsed": []}
    [found] = files.entries(json.dumps(row).encode())
    assert isinstance(found, LibraryEntry)
    assert found.record.paper.arxiv == "1706.03762"


def test_works_of_apis_in_files():
    work = {"DOI": "10.1000/x", "title": ["T"], "is-referenced-by-count": 1}
    other = {"id": "https://openalex.org/W1", "display_name": "T", "abstract_inverted_index": None}
    body = b"\n".join(json.dumps(row).encode() for row in (work, other, CSL[0], ZOTERO[0]))
    assert [found.record.source for found in files.entries(body)] == [
        "crossref", "openalex", "csl", "zotero",
    ]  # fmt: skip


def test_rdf_says_what_to_do():
    with pytest.raises(SourceError, match="export the library as CSL JSON"):
        list(files.entries(b'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="x"></rdf:RDF>'))


@given(st.binary(max_size=300) | st.sampled_from(list(KINDS.values())).flatmap(
    lambda body: st.tuples(st.integers(0, len(body)), st.binary(max_size=9)).map(
        lambda cut: body[: cut[0]] + cut[1] + body[cut[0] + 3 :])))  # fmt: skip
def test_any_bytes(body):
    try:
        for found in files.entries(body):
            assert isinstance(found, LibraryEntry | Rejection)
    except SourceError as error:
        assert str(error)


# --- what formats share ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2017", "2017"), ("2017-06", "2017-06"), ("2017-06-12", "2017-06-12"),
        ("2017/06/12/", "2017-06-12"), ("2017/6/2", "2017-06-02"), ("2017.06.12", "2017-06-12"),
        ("06/2017", "2017-06"), ("12/06/2017", "2017"), ("June 2017", "2017-06"),
        ("June 12, 2017", "2017-06-12"), ("12 June 2017", "2017-06-12"), ("Jun. 2017", "2017-06"),
        ("2017-06-12T10:00:00Z", "2017-06-12"), ("2017-13-40", "2017"), ("2017-02-30", "2017-02"),
        ("Spring 2017", "2017"), ("2017//", "2017"), ("2017///Fall", "2017"), ("in press", ""),
        ("31 February 2017", "2017-02"), ("", ""), ("12345", ""), ("AD 900", ""),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(written, stored):
    assert loose_date(written) == stored


@given(st.text(st.sampled_from("0123456789-/. JunearyMarch,T:Z"), max_size=25) | st.text())
def test_a_loose_date_is_a_date_or_none(written):
    stored = loose_date(written)
    assert not stored or str(PartialDate.parse(stored)) == stored


@pytest.mark.parametrize(
    ("written", "shown"),
    [("Lee, Ann", "Ann Lee"), ("Ann Lee", "Ann Lee"), ("King, Martin, Jr.", "Martin King, Jr."),
     ("Lee,", "Lee"), (", Ann", "Ann"), ("", ""), ("A, B, C, D", "A, B, C, D"), (",,", "")],
)  # fmt: skip
def test_persons(written, shown):
    assert person(written) == shown


@given(title=st.text(max_size=9), venue=st.text(max_size=30), date=st.text(max_size=12),
       dois=st.lists(st.text(max_size=20), max_size=3), arxiv=st.text(max_size=12),
       mentions=st.lists(st.text(max_size=20), max_size=3), urls=st.lists(st.text(), max_size=3),
       pmid=st.text(max_size=5), added=st.text(max_size=12))  # fmt: skip
def test_any_values_of_fields(**fields):
    try:
        made = entry("ris", **fields)
    except Unreadable:
        return
    assert made.record.paper.title or made.record.paper.identities


@pytest.mark.parametrize("hostile", ["arxiv" + ":" * 10**6, "arxiv" + " :" * 10**6, "abs/" * 10**6])
def test_hostile_venues_end_soon(hostile):
    entry("bibtex", title="x", venue=hostile, mentions=[hostile])


# --- matching --------------------------------------------------------------------------------

LONG = "Attention is all you need"
HERE = [
    Paper(id=1, title=LONG, authors=["Ashish Vaswani"], identities=["arxiv:1706.03762"]),
    Paper(id=2, title="On the same long title", authors=["Ann Lee"], identities=["doi:10.1000/2"]),
    Paper(id=3, title="On the same long title", authors=["Bo Ek"], identities=["doi:10.1000/3"]),
    Paper(id=4, title="Part one of the work", identities=["arxiv:2001.00001", "doi:10.1000/both"]),
    Paper(id=5, title="Part two of the work", identities=["arxiv:2001.00002", "doi:10.1000/both"]),
    Paper(id=6, title="A preprint of biology", authors=["Ann Lee"],
          identities=["doi:10.1101/2024.01.01.123456"]),
]  # fmt: skip


def find(identities, title_keys) -> Candidates:
    found = Candidates({}, {})
    for paper in HERE:
        for name in set(paper.identities) & set(identities):
            found.by_identity.setdefault(name, []).append(paper)
        if title_key(paper.title) in title_keys:
            found.by_title.setdefault(title_key(paper.title), []).append(paper)
    return found


def matched(title="", authors=(), *identities):
    paper = Paper(title=title, authors=list(authors), identities=list(identities))
    [found] = match([LibraryEntry(record=Record(paper=paper, source="bibtex"))], find)
    return (found.paper.id, found.by) if found.paper else found.reason


def test_by_id_then_doi_then_title():
    assert matched("Anything", [], "doi:10.1000/2", "arxiv:1706.03762") == (1, "arxiv")
    assert matched("", [], "doi:10.1000/3") == (3, "doi")
    assert matched("ATTENTION is all you need.", ["A. Vaswani"]) == (1, "title")
    assert matched(LONG) == (1, "title")
    # A journal's DOI that is not known here, of a paper that is on arXiv here.
    assert matched(LONG, ["Vaswani, Ashish"], "doi:10.1000/new") == (1, "title")
    assert matched("A preprint of biology", ["Ann Lee"], "doi:10.1000/article") == (6, "title")
    assert matched("On the same long title", ["Bo Ek"]) == (3, "title")
    assert matched("Part two of the work", [], "doi:10.1000/both") == (5, "doi")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (("Nothing like it is here",), "no paper here has its title, and it has no id"),
        (("Nothing like it is here", [], "doi:10.1000/9"), "no paper here has its id or its title"),
        (("", [], "doi:10.1000/9"), "no paper here has its id, and it has no title"),
        ((LONG, ["Somebody Else"]),
         "the paper of this title here has other authors, or another id"),
        ((LONG, [], "arxiv:1801.00001"),
         "the paper of this title here has other authors, or another id"),
        (("On the same long title",), "2 papers here have this title, and nothing tells which"),
        (("", [], "doi:10.1000/both"), "2 papers here have doi:10.1000/both"),
    ],
)  # fmt: skip
def test_what_is_not_here_or_not_clear(entry, reason):
    assert matched(*entry).startswith(reason)


def test_the_order_of_the_file_and_few_questions():
    asked = []

    def counted(identities, title_keys):
        asked.append(len(title_keys))
        return find(identities, title_keys)

    held = [entry("bibtex", title=f"Title {n}", line=n) for n in range(1200)]
    held.insert(3, Rejection(line=0, reason="broken"))
    found = list(match(held, counted))
    assert [getattr(one, "entry", None) or one for one in found] == held
    assert len(asked) == 3
    assert list(match([], find)) == []
