"""arXiv's daily feeds, Atom and RSS: read, fetched from a server that misbehaves, as a source."""


import pytest
from hypothesis import given

from papertide.papers import Announcement, Record, Version
from papertide.sources import arxiv_feeds, files
from papertide.sources.arxiv_feeds import ArxivDaily
from papertide.sources.base import Answer, Rejection, SourceError
from tests.sources.replay import Replay, Turns, hostile_xml


def daily_feed(body: bytes) -> list:
    return arxiv_feeds.daily_feed(body).rows


FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns="http://www.w3.org/2005/Atom"><title>cs.AI updates on arXiv.org</title>{}</feed>"""


def entry(identifier="2508.13426v1", title="A title", kind="new", more="",
          published="2025-08-20T00:00:00-04:00") -> str:  # fmt: skip
    return f"""<entry><id>oai:arXiv.org:{identifier}</id><title>{title}</title>
    <summary>arXiv:{identifier} Announce Type: {kind} \nAbstract: We study it.</summary>
    <category term="cs.CL"/><category term="cs.AI"/><category term="68T50"/>
    <published>{published}</published><arxiv:announce_type>{kind}</arxiv:announce_type>
    <dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
    <dc:creator>Paulo Andr\\'e Lima, Bo Ek</dc:creator>{more}</entry>"""


def feed(*entries: str) -> bytes:
    return FEED.format("".join(entries)).encode()


def test_an_entry():
    more = """<arxiv:DOI>10.1000/ABC</arxiv:DOI>
    <arxiv:journal_reference>J. Things 1 (2025)</arxiv:journal_reference>"""
    [record] = daily_feed(feed(entry(more=more)))
    paper = record.paper
    assert (paper.title, paper.abstract) == ("A title", "We study it.")
    assert paper.authors == ["Paulo André Lima", "Bo Ek"]
    assert paper.identities == ["arxiv:2508.13426", "doi:10.1000/abc"]
    assert paper.categories == ["cs.CL", "cs.AI"]
    assert (paper.announced, paper.published, record.as_of) == ("2025-08-20", "", "2025-08-20")
    assert paper.versions == [Version(1)]
    assert paper.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert paper.venue == "J. Things 1 (2025)"


@pytest.mark.parametrize(
    ("identifier", "kind", "announced"),
    [
        ("2508.13426v1", "new", "2025-08-20"),
        ("2508.13426v1", "cross", "2025-08-20"),
        ("2508.13426v2", "replace", ""),
        ("2508.13426v2", "replace-cross", ""),
        ("2401.13426v1", "cross", ""),
    ],
)
def test_what_is_replaced_is_not_announced_for_the_first_time(identifier, kind, announced):
    [record] = daily_feed(feed(entry(identifier, kind=kind)))
    assert record.paper.announced == announced


def test_a_bad_entry_stops_no_other():
    found = list(daily_feed(feed(
        entry("nonsense"), entry(title=""), entry(published="someday"), "<entry/>", entry()
    )))  # fmt: skip
    assert [(row.line, row.text) for row in found[:4]] == [
        (1, "A title"), (2, ""), (3, "A title"), (4, ""),
    ]  # fmt: skip
    assert all(isinstance(row, Rejection) for row in found[:4])
    assert found[4].paper.arxiv == "2508.13426"


def test_an_entry_without_a_date_is_a_paper_all_the_same():
    [record] = daily_feed(feed(entry(published="")))
    assert (record.paper.announced, record.as_of) == ("", "")


def test_an_empty_day():
    assert list(daily_feed(feed())) == []


def test_hostile_titles():
    title = "&lt;script&gt;alert(1)&lt;/script&gt; \u202eevil <b>bold</b>"
    [record] = daily_feed(feed(entry(title=title)))
    assert record.paper.title == "<script>alert(1)</script> evil"


LAUGHS = b"""<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&c;</title></feed>"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not well-formed"),
        (b"\x00\x01\x02", "not well-formed"),
        (feed(entry())[:-40], "not well-formed"),
        (feed(entry(title="no <end")), "not well-formed"),
        (feed(entry(title="an &unknown; entity")), "not well-formed"),
        (feed(entry(title="bell \x07")), "not well-formed"),
        (b"<html><head><title>Sorry</title></head></html>", "'html'"),
        (b"<!DOCTYPE html>\n<html><body>Sorry<br></body></html>", "forbidden"),
        (b"<rss version='2.0'/>", "'rss'"),
        (b"<feed><title>of no namespace</title></feed>", "'feed'"),
        (LAUGHS, "forbidden"),
        (b'<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/x.dtd"><feed/>', "forbidden"),
        (b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]><feed>&x;</feed>', "forbidden"),
        (b"<?xml version='1.0' encoding='no-such'?><feed/>", "forbidden|not well-formed"),
        (feed(entry(title="caf\xe9")).decode().encode("latin-1"), "not well-formed"),
    ],
)
def test_what_is_no_feed(body, reason):
    with pytest.raises(SourceError, match=reason):
        list(daily_feed(body))


def test_deep_nesting_is_no_danger():
    assert list(daily_feed(feed("<a>" * 50_000 + "</a>" * 50_000))) == []


def test_the_real_feed(shared):
    path = shared / "data/fixtures/arxiv_atom_daily/cs.AI.atom.xml"
    records = list(files.read(path))
    assert records == list(daily_feed(path.read_bytes()))
    assert len(records) == path.read_text().count("<entry>")
    for record in records:
        assert record.paper.announced == "2025-08-20"
        assert not record.paper.abstract.startswith("arXiv:")
        assert not any("\\" in name for name in record.paper.authors)


def test_answers_of_the_api_announce_nothing(shared):
    folder = shared / "data/fixtures/arxiv_api"
    [record] = files.read(next(folder.glob("id_1707.08567_*.xml")))
    paper = record.paper
    assert paper.arxiv == "1707.08567"
    assert (paper.published[:7], paper.announced) == ("2017-07", "")
    assert paper.authors
    assert record.as_of >= paper.published
    found = [row for path in sorted(folder.glob("*.xml")) for row in files.read(path)]
    rejected = [row for row in found if isinstance(row, Rejection)]
    assert len(found) > 100
    assert [row.text for row in rejected] == ["Error"]
    assert all(row.paper.authors for row in found if row not in rejected)


def test_a_truncated_rss_feed_is_an_error(shared):
    path = shared / "data/fixtures/arxiv_rss2/cs.AI.2025-09-18.TRUNCATED.xml"
    with pytest.raises(SourceError, match="cut short"):
        list(files.read(path))
    whole = arxiv_feeds.daily_feed(path.read_bytes() + b"</description></item></channel></rss>")
    assert (whole.day, whole.categories) == ("2025-09-18", ["cs.AI"])
    assert whole.skip_days == ["Saturday", "Sunday"]
    [record] = whole.rows
    assert record.paper.arxiv == "2509.13332"
    assert record.paper.abstract.startswith("As Large Language Models (LLMs)")


# --- RSS, announcements, days ----------------------------------------------------------------

RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 version="2.0"><channel><title>{asked} updates on arXiv.org</title>
<link>http://rss.arxiv.org/rss/{asked}</link>
<lastBuildDate>Thu, 18 Sep 2025 04:00:02 +0000</lastBuildDate>
<pubDate>Thu, 18 Sep 2025 00:00:00 -0400</pubDate>
<skipDays><day>Sunday</day><day>Saturday</day></skipDays>{items}</channel></rss>"""


def item(identifier="2509.13332v1", kind="new", codes=("cs.AI", "cs.CL"), title="A title") -> str:
    categories = "".join(f"<category>{code}</category>" for code in codes)
    return f"""<item><title>{title}</title>
    <link>https://arxiv.org/abs/{identifier.partition("v")[0]}</link>
    <description>arXiv:{identifier} Announce Type: {kind} \nAbstract: We study it.</description>
    <guid isPermaLink="false">oai:arXiv.org:{identifier}</guid>{categories}
    <pubDate>Thu, 18 Sep 2025 00:00:00 -0400</pubDate>
    <arxiv:announce_type>{kind}</arxiv:announce_type><arxiv:DOI>10.1000/x</arxiv:DOI>
    <dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
    <dc:creator>Ann Lee, Bo Ek</dc:creator></item>"""


def rss(*items: str, asked="cs.AI") -> bytes:
    return RSS.format(asked=asked, items="".join(items)).encode()


def test_an_item_of_rss_tells_what_an_entry_of_atom_tells():
    [one] = daily_feed(rss(item()))
    [other] = daily_feed(feed(entry("2509.13332v1", published="2025-09-18T00:00:00-04:00")))
    assert one.paper.authors == ["Ann Lee", "Bo Ek"]
    assert one.paper.identities == ["arxiv:2509.13332", "doi:10.1000/x"]
    assert one.paper.categories == ["cs.AI", "cs.CL"]
    assert (one.paper.announced, one.as_of) == ("2025-09-18", "2025-09-18")
    for field in ("title", "abstract", "versions", "licence", "published", "announced"):
        assert getattr(one.paper, field) == getattr(other.paper, field)
    assert one.announcements == [Announcement(day="2025-09-18", kind="new", category="cs.AI")]


@pytest.mark.parametrize(
    ("kind", "codes", "asked", "told"),
    [
        ("new", ["cs.CL", "cs.AI"], "cs.CL", [("new", "cs.CL")]),
        ("cross", ["cs.CL", "cs.AI"], "cs.AI", [("cross", "cs.AI")]),
        ("cross", ["cs.CL", "cs.AI", "cs.CV"], "cs.AI+cs.CV",
         [("cross", "cs.AI"), ("cross", "cs.CV")]),
        ("cross", ["math.AG", "cs.AI"], "cs", [("cross", "cs.AI")]),
        ("cross", ["cs.CL"], "cs.AI", [("cross", "")]),
        ("replace", ["cs.CL", "cs.AI"], "cs.CL", [("replace", "cs.CL")]),
        ("replace-cross", ["cs.CL", "cs.AI"], "cs.AI", [("replace", "cs.AI")]),
        ("new", [], "cs.AI", [("new", "")]),
        ("strange", ["cs.CL"], "cs.CL", []),
    ],
)  # fmt: skip
def test_announcements(kind, codes, asked, told):
    [record] = daily_feed(rss(item(kind=kind, codes=codes), asked=asked))
    assert [(one.kind, one.category) for one in record.announcements] == told
    assert {one.day for one in record.announcements} <= {"2025-09-18"}


def test_the_day_of_a_feed(shared):
    path = shared / "data/fixtures/arxiv_atom_daily/cs.AI.atom.xml"
    real = arxiv_feeds.daily_feed(path.read_bytes())
    assert (real.day, real.categories, real.skip_days) == ("2025-08-20", ["cs.AI"], [])
    assert real.announced == sum(r.announcements[0].kind == "new" for r in real.rows) > 0
    empty = arxiv_feeds.daily_feed(rss())
    assert (empty.day, empty.rows, empty.announced) == ("2025-09-18", [], 0)
    undated = arxiv_feeds.daily_feed(b"<rss><channel><pubDate>soon</pubDate></channel></rss>")
    assert (undated.day, undated.categories) == ("", [])


# --- the source ------------------------------------------------------------------------------

BASE = "https://rss.example/"


def answer(body: bytes, **headers) -> Answer:
    return Answer(url="", status=200, headers=headers, body=body)


def test_the_source_keeps_the_feeds_day():
    url = BASE + "cs.AI"
    same = Answer(url=url, status=304, headers={}, body=b"")
    fetch = Replay({url: Turns([answer(rss(item()), etag='"a"'), same, answer(rss())])})
    source = ArxivDaily(["cs.AI"], BASE)
    [first] = source.pages(fetch, {}, None)
    assert len(first.rows) == first.total == 1
    assert first.cursor == {
        "day": "2025-09-18", "new": 1, "skip_days": ["Saturday", "Sunday"], "silent_since": "",
        "seen": {url: {"If-None-Match": '"a"'}},
    }  # fmt: skip
    [second] = source.pages(fetch, first.cursor, None)
    assert (second.rows, second.cursor) == ([], first.cursor)
    assert fetch.headers == [{}, {"If-None-Match": '"a"'}]
    [third] = source.pages(fetch, second.cursor, None)
    assert (third.rows, third.cursor["new"], third.cursor["silent_since"]) == ([], 0, "2025-09-18")


def test_a_broken_feed_loses_nothing():
    fetch = Replay({BASE + "cs.AI": rss(item())[:-30]})
    with pytest.raises(SourceError, match="cut short"):
        list(ArxivDaily(["cs.AI"], BASE).pages(fetch, {"day": "2025-09-17"}, None))


def test_a_feed_that_is_full_is_asked_for_in_halves(monkeypatch):
    monkeypatch.setattr(arxiv_feeds, "_FULL", 2)
    whole = rss(item("2509.00001v1"), item("2509.00002v1"), asked="a+b")
    fetch = Replay({BASE + "cs.AI+cs.CV": answer(whole, etag='"w"'),
                    BASE + "cs.AI": rss(item("2509.00001v1")),
                    BASE + "cs.CV": rss(item("2509.00002v1"), item("2509.00003v1"))})  # fmt: skip
    [page] = ArxivDaily(["cs.AI", "cs.CV"], BASE).pages(fetch, {}, None)
    found = [row.paper.arxiv for row in page.rows if not isinstance(row, Rejection)]
    assert found == ["2509.00001", "2509.00002", "2509.00003"]
    assert "arxiv-oai" in page.rows[-1].reason  # cs.CV alone is full too: that is told
    assert page.cursor["seen"] == {BASE + "cs.AI+cs.CV": {"If-None-Match": '"w"'}}


@given(hostile_xml(["title", "link", "guid", "description", "category", "pubDate", "day",
                    "skipDays", "{http://arxiv.org/schemas/atom}announce_type",
                    "{http://purl.org/dc/elements/1.1/}creator", "item"]))  # fmt: skip
def test_whatever_a_feed_holds_is_read_or_refused(body):
    for outside in (
        b"<rss><channel>%s</channel></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>%s</entry></feed>',
    ):
        rows = daily_feed(outside % body)
        assert all(isinstance(row, Record | Rejection) for row in rows)
