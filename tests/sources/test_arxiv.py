"""arXiv: rows in three forms, the daily feed, and fetching it from a server that misbehaves."""

import gzip
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from papertide import __version__
from papertide.papers import Version
from papertide.sources import arxiv, files
from papertide.sources.base import Rejection, SourceError, Unreadable

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


# --- the daily feed --------------------------------------------------------------------------

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
    [record] = arxiv.daily_feed(feed(entry(more=more)))
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
    [record] = arxiv.daily_feed(feed(entry(identifier, kind=kind)))
    assert record.paper.announced == announced


def test_a_bad_entry_stops_no_other():
    found = list(arxiv.daily_feed(feed(
        entry("nonsense"), entry(title=""), entry(published="someday"), "<entry/>", entry()
    )))  # fmt: skip
    assert [(row.line, row.text) for row in found[:4]] == [
        (1, "A title"), (2, ""), (3, "A title"), (4, ""),
    ]  # fmt: skip
    assert all(isinstance(row, Rejection) for row in found[:4])
    assert found[4].paper.arxiv == "2508.13426"


def test_an_entry_without_a_date_is_a_paper_all_the_same():
    [record] = arxiv.daily_feed(feed(entry(published="")))
    assert (record.paper.announced, record.as_of) == ("", "")


def test_an_empty_day():
    assert list(arxiv.daily_feed(feed())) == []


def test_hostile_titles():
    title = "&lt;script&gt;alert(1)&lt;/script&gt; \u202eevil <b>bold</b>"
    [record] = arxiv.daily_feed(feed(entry(title=title)))
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
        (b"<rss version='2.0'><channel/></rss>", "'rss'"),
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
        list(arxiv.daily_feed(body))


def test_deep_nesting_is_no_danger():
    assert list(arxiv.daily_feed(feed("<a>" * 50_000 + "</a>" * 50_000))) == []


def test_the_real_feed(shared):
    path = shared / "data/fixtures/arxiv_atom_daily/cs.AI.atom.xml"
    records = list(files.read(path))
    assert records == list(arxiv.daily_feed(path.read_bytes()))
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
    with pytest.raises(SourceError):
        list(files.read(path))


# --- fetching --------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@contextmanager
def serving(answer):
    """A server on a free port that answers each request with `answer(handler)`; its log."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            log.append((self.path, self.headers))
            answer(self)

        def log_message(self, *_):
            pass

    log: list[tuple] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/atom/", log
        finally:
            server.shutdown()
            thread.join()


def send(handler, body=b"", status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_fetching():
    body = feed(entry())
    with serving(lambda handler: send(handler, body)) as (base, log):
        assert arxiv.fetch_daily(["cs.AI", "cs.CL"], base=base, contact="me@a.example") == body
    [(path, headers)] = log
    assert path == "/atom/cs.AI+cs.CL"
    assert headers["User-Agent"].startswith(f"papertide/{__version__} (+https://")
    assert "mailto:me@a.example" in headers["User-Agent"]


def test_compressed_and_moved():
    body = feed(entry())

    def answer(handler):
        if "moved" in handler.path:
            send(handler, gzip.compress(body), Content_Encoding="gzip")
        else:
            send(handler, status=301, Location="/moved")

    with serving(answer) as (base, log):
        assert arxiv.fetch_daily(["cs.AI"], base=base) == body
    assert len(log) == 2


@pytest.mark.parametrize(
    ("status", "requests"), [(404, 1), (403, 1), (429, 1), (503, 1), (500, 2), (502, 2)]
)
def test_errors_are_told_and_only_passing_ones_tried_again(status, requests):
    with serving(lambda handler: send(handler, b"sorry", status)) as (base, log):
        with pytest.raises(SourceError, match=str(status)):
            arxiv.fetch_daily(["cs.AI"], base=base)
        assert len(log) == requests


def test_a_passing_error_passes():
    def answer(handler):
        send(handler, feed(), 502 if len(log) == 1 else 200)

    with serving(answer) as (base, log):
        assert arxiv.fetch_daily(["cs.AI"], base=base) == feed()


def drip(handler, seconds, enough):
    """A byte at a time, until nobody listens."""
    handler.send_response(200)
    handler.end_headers()
    while not enough.wait(seconds):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def test_a_server_that_falls_silent():
    enough = threading.Event()
    with serving(lambda handler: drip(handler, 30, enough)) as (base, _):
        try:
            with pytest.raises(SourceError, match="ReadTimeout"):
                arxiv.fetch_daily(["cs.AI"], base=base, timeout=0.1)
        finally:
            enough.set()


def test_a_server_that_never_ends(monkeypatch):
    monkeypatch.setattr(arxiv, "_PATIENCE", 0.2)
    enough = threading.Event()
    with serving(lambda handler: drip(handler, 0.01, enough)) as (base, _):
        started = time.monotonic()
        try:
            with pytest.raises(SourceError, match="not all there"):
                arxiv.fetch_daily(["cs.AI"], base=base, timeout=5)
        finally:
            enough.set()
    assert time.monotonic() - started < 4


def test_too_much(monkeypatch):
    monkeypatch.setattr(arxiv, "_LIMIT", 2**20)
    bomb = gzip.compress(b" " * 2**24)
    with (
        serving(lambda handler: send(handler, bomb, Content_Encoding="gzip")) as (base, log),
        pytest.raises(SourceError, match="more than 1 MB"),
    ):
        arxiv.fetch_daily(["cs.AI"], base=base)
    assert len(log) == 1


def reset(handler):
    """Close with data pending and no lingering: the other side gets a reset."""
    handler.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    handler.connection.shutdown(socket.SHUT_RD)
    handler.connection.close()


def cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<feed>")


def garbage(handler):
    handler.wfile.write(b"\x00\xff nothing of HTTP\r\n\r\n")


def loop(handler):
    send(handler, status=302, Location=handler.path)


def broken_gzip(handler):
    send(handler, b"no gzip", Content_Encoding="gzip")


@pytest.mark.parametrize("answer", [reset, cut, garbage, loop, broken_gzip])
def test_answers_that_break_off(answer):
    with (
        serving(answer) as (base, _),
        pytest.raises(SourceError, match="cannot be reached"),
    ):
        arxiv.fetch_daily(["cs.AI"], base=base)


def test_where_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for base in (f"http://127.0.0.1:{port}/", "http://127.0.0.1:99999/", "nonsense://x/"):
        with pytest.raises(SourceError, match="cannot be reached"):
            arxiv.fetch_daily(["cs.AI"], base=base, timeout=1)
