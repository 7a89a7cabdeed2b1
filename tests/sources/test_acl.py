"""The ACL Anthology: its XML of old and new, and the source by collections.

The files are written by hand after the Anthology's schema and its own tests.
"""

import pytest
from hypothesis import given

from papertide.papers import Link, Record, Version
from papertide.sources import acl, files
from papertide.sources.acl import Acl, collection
from papertide.sources.base import Answer, Rejection, SourceError
from tests.sources.replay import Replay, Turns, hostile_xml

PAPER = """<paper id="1">
<title><fixed-case>S</fixed-case>afe<fixed-case>C</fixed-case>onv: <tex-math>n^2</tex-math> for $5
</title>
<author id="yang-liu"><first>Yang</first><last>Liu</last><affiliation>A Lab</affiliation>
<variant script="hani"><first>洋</first><last>刘</last></variant></author>
<author><last>Mausam</last></author><author><first/><last>BigScience Collaboration</last></author>
<pages>1-21</pages><abstract>We use <i>it</i> at <url>https://a.example</url> &amp; more.</abstract>
<url hash="fc5742f5">2023.acl-long.1</url><bibkey>liu-2023</bibkey>
<doi>10.18653/v1/2023.ACL-long.1</doi><award>Best Paper</award><language>eng</language>
<pwccode url="https://github.com/a/b" additional="false">a/b</pwccode>
<erratum id="1" hash="7bc1a7f6" date="2023-11-01">2023.acl-long.1e1</erratum>
<revision id="1" href="2023.acl-long.1v1" hash="x"/>
<revision id="2" href="2023.acl-long.1v2" hash="x" date="2023-10-03">Some explanation</revision>
<video href="2023.acl-long.1.mp4"/></paper>"""
FILE = """<?xml version='1.0' encoding='UTF-8'?>
<collection id="{id}"><volume id="{volume}" ingest-date="2023-07-08"><meta>
<booktitle>Proceedings of the 61st <fixed-case>ACL</fixed-case></booktitle>
<editor><first>Anna</first><last>Rogers</last></editor><month>{month}</month><year>{year}</year>
</meta><frontmatter><url hash="x">2023.acl-long.0</url></frontmatter>{papers}</volume>
</collection>"""


def made(*papers: str, id="2023.acl", volume="long", month="July", year="2023") -> bytes:
    return FILE.format(id=id, volume=volume, month=month, year=year,
                       papers="".join(papers)).encode()  # fmt: skip


def read(*papers: str, **named) -> list:
    return list(collection(made(*papers, **named)))


def test_a_paper():
    [record] = read(PAPER)
    paper = record.paper
    assert paper.title == r"SafeConv: $n^2$ for \$5"
    assert paper.readable_title == "SafeConv: n^2 for $5"
    assert paper.authors == ["Yang Liu", "Mausam", "BigScience Collaboration"]
    assert paper.abstract == "We use it at https://a.example & more."
    assert paper.identities == ["acl:2023.acl-long.1", "doi:10.18653/v1/2023.acl-long.1"]
    assert (paper.published, paper.updated) == ("2023-07", "2023-10-03")
    assert paper.versions == [Version(1, "2023-07"), Version(2, "2023-10-03")]
    assert paper.venue == "Proceedings of the 61st ACL"
    assert paper.links == [
        Link("page", "https://aclanthology.org/2023.acl-long.1/"),
        Link("pdf", "https://aclanthology.org/2023.acl-long.1.pdf"),
        Link("code", "https://github.com/a/b"),
        Link("page", "https://aclanthology.org/2023.acl-long.1e1.pdf"),
    ]
    assert paper.extra["acl"] == {
        "awards": ["Best Paper"], "language": "eng", "errata": ["2023.acl-long.1e1"],
        "as_of": "2023-07-08",
    }  # fmt: skip
    assert (record.source, record.as_of, paper.status) == ("acl", "2023-10-03", "")


@pytest.mark.parametrize(
    ("notice", "status", "note"),
    [
        ('<retracted date="2022-05-06">Was for the non-archival track.</retracted>', "retracted",
         "2022-05-06: Was for the non-archival track."),
        ('<removed date="1984-01-01">Scientific misconduct</removed>', "removed",
         "1984-01-01: Scientific misconduct"),
        ("<retracted/>", "retracted", ""),
    ],
)  # fmt: skip
def test_retractions(notice, status, note):
    [record] = read(f'<paper id="1"><title>A title</title>{notice}</paper>')
    assert (record.paper.status, record.paper.status_note) == (status, note)


@pytest.mark.parametrize(
    ("collection_id", "volume", "number", "url", "known"),
    [
        ("2023.acl", "long", "1", "2023.acl-long.1", "2023.acl-long.1"),
        ("2023.acl", "long", "1", "", "2023.acl-long.1"),
        ("2023.findings-x", "1", "1", "", None),
        ("P19", "1", "1", "P19-1001", "P19-1001"),
        ("P19", "1", "1", "", "P19-1001"),
        ("W18", "5", "12", "", "W18-0512"),
        ("J89", "3", "14", "https://aclanthology.org/J89-3014/", "J89-3014"),
        ("L06", "1", "5", "http://www.lrec-conf.org/pdf/5_pdf.pdf", "L06-1005"),
        ("2023.acl", "long", "../../x", "", None),
    ],
)
def test_ids_of_old_and_new(collection_id, volume, number, url, known):
    [row] = read(f'<paper id="{number}"><title>A title</title><url>{url}</url></paper>',
                 id=collection_id, volume=volume)  # fmt: skip
    if known is None:
        assert isinstance(row, Rejection)
    else:
        assert row.paper.identity("acl") == known


@pytest.mark.parametrize(
    ("month", "year", "date"),
    [
        ("July", "2023", "2023-07"), ("August 11-16", "2023", "2023-08"), ("", "1989", "1989"),
        ("July–August", "2023", "2023-07"), ("7", "2023", "2023-07"), ("Spring", "2023", "2023"),
        ("May", "soon", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_dates_of_months_only(month, year, date):
    [record] = read('<paper id="1"><title>A title</title></paper>', month=month, year=year)
    assert record.paper.published == date


def test_a_bad_paper_stops_no_other_and_matter_is_no_paper():
    found = read(
        '<paper id="1"><title/></paper>',
        '<paper id="2" type="backmatter"><title>X</title></paper>',
        '<paper id="x"><title>A title</title></paper>', '<paper id="3"><title>Good</title></paper>',
    )  # fmt: skip
    assert [type(row) for row in found] == [Rejection, Rejection, Record]
    assert [row.line for row in found[:2]] == [1, 3]
    authors = "".join(f"<author><last>Author{n}</last></author>" for n in range(3000))
    [record] = read(f'<paper id="1"><title>A title</title>{authors}</paper>')
    assert len(record.paper.authors) == 3000


BOMB = '<!DOCTYPE c [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><collection id="x">&b;</collection>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not well-formed"), (made(PAPER)[:-40], "cut short"), (BOMB.encode(), "forbidden"),
        (b"<html/>", "'html'"), (b"<collection/>", "'collection'"),
        (b"<volume id='P19'/>", "'volume'"),
    ],
)  # fmt: skip
def test_what_is_no_collection(body, reason):
    with pytest.raises(SourceError, match=reason):
        list(collection(body))


def test_deep_nesting_is_no_danger():
    deep = "<b>" * 50_000 + "x" + "</b>" * 50_000
    [record] = read(f'<paper id="1"><title>A title</title><abstract>{deep}</abstract></paper>')
    assert record.paper.abstract == "x"


@given(hostile_xml(["paper", "title", "author", "first", "last", "url", "doi", "abstract", "meta",
                    "revision", "retracted", "removed", "erratum", "video", "tex-math", "year",
                    "fixed-case", "volume", "month", "award", "language", "pwccode"]))  # fmt: skip
def test_whatever_a_file_holds_is_read_or_rejected(body):
    for wrapped in (b'<collection id="P19"><volume id="1">%s</volume></collection>',
                    b'<collection id="P19">%s</collection>',
                    b'<collection id="P19"><volume id="1"><paper id="1"><title>x</title>%s</paper>'
                    b"</volume></collection>"):  # fmt: skip
        assert all(isinstance(row, Record | Rejection) for row in collection(wrapped % body))


def test_a_file_is_recognised(tmp_path):
    path = tmp_path / "2023.acl.xml"
    path.write_bytes(made(PAPER))
    assert list(files.read(path)) == read(PAPER)


# --- the source ------------------------------------------------------------------------------

BASE = "https://raw.example/"


def answer(body: bytes = b"", status=200, **headers) -> Answer:
    return Answer(url="", status=status, headers=headers, body=body)


def test_collections_are_fetched_when_they_changed():
    first, second = BASE + "2023.acl.xml", BASE + "P19.xml"
    fetch = Replay({
        first: Turns([answer(made(PAPER), etag='"1"'), answer(status=304)]),
        second: answer(made('<paper id="1"><title>A title</title></paper>', id="P19", volume="1")),
    })  # fmt: skip
    source = Acl(["2023.acl", "P19", "2099.none"], BASE)
    pages = list(source.pages(fetch, {}, None))
    assert [type(row) for page in pages for row in page.rows] == [Record, Record, Rejection]
    assert "no such collection" in pages[2].rows[0].reason
    assert [page.cursor["at"] for page in pages] == [1, 2, 0]
    again = list(source.pages(fetch, pages[-1].cursor, None))
    assert [len(page.rows) for page in again] == [0, 1, 1]
    assert fetch.headers[3] == {"If-None-Match": '"1"'}
    resumed = list(source.pages(fetch, pages[0].cursor, None))
    assert [len(page.rows) for page in resumed] == [1, 1]


def test_a_broken_collection_keeps_those_before_it():
    fetch = Replay({BASE + "a.xml": made(PAPER), BASE + "b.xml": made(PAPER)[:-50]})
    pages, held = Acl(["a", "b"], BASE).pages(fetch, {}, None), []
    with pytest.raises(SourceError, match="cut short"):
        held.extend(pages)
    assert [page.cursor["at"] for page in held] == [1]
    assert held[0].rows[0].source == acl.NAME
