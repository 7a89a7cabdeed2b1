"""arXiv's API: recorded answers, paging that fails on the way, and the client everybody uses."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from papertide.papers import Paper, Record, author_name
from papertide.sources.arxiv_api import ArxivApi
from papertide.sources.base import Answer, Rejection, SourceError, text
from tests.fixtures import missing
from tests.sources.replay import Replay

FEED = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">
<id>https://arxiv.org/api/x</id><title>arXiv Query</title><updated>2026-04-12T22:09:26Z</updated>
<o:totalResults>{}</o:totalResults>{}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/{0}v1</id><title>Title {0}</title>
<summary>We study it.</summary><published>2025-01-01T00:00:00Z</published>
<updated>2025-01-01T00:00:00Z</updated><author><name>Ann Lee</name></author></entry>"""


def answer(ids, total=None, status=200) -> Answer:
    body = FEED.format(len(ids) if total is None else total, "".join(map(ENTRY.format, ids)))
    return Answer(url="", status=status, headers={}, body=body.encode())


def error(message: str) -> Answer:
    body = FEED.format(1, f"<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
                          f"<updated>2026-04-12T22:09:26Z</updated><summary>{message}</summary>"
                          "</entry>")  # fmt: skip
    return Answer(url="", status=400, headers={}, body=body.encode())


def asked(address: str) -> dict[str, str]:
    return {name: held[0] for name, held in parse_qs(urlsplit(address).query).items()}


def server(known: set[str], total=None):
    """arXiv as a function of the address, for ids."""

    def answers(address):
        ids = asked(address)["id_list"].split(",")
        if "0808.05394" in ids and len(ids) > 1:
            return error("incorrect id format for 0808.05394")
        return answer([name for name in ids if name in known])

    return Replay(answers)


# --- recorded answers ------------------------------------------------------------------------


def recorded(folder: Path) -> dict[tuple, dict]:
    """The recorded answers by what was asked."""
    held = {}
    for path in sorted(folder.glob("*.json")):
        call = json.loads(path.read_text())
        query = parse_qs(urlsplit(call["url"]).query, keep_blank_values=True)
        key = tuple(query[name][0] for name in ("search_query", "id_list", "start", "max_results"))
        held[key] = call
    return held


def test_recorded_answers_of_ids(shared):
    calls = recorded(shared / "data/fixtures/arxiv_api")

    def answers(address):
        query = asked(address)
        call = calls["", query["id_list"], "0", "100"]
        return Answer(url=address, status=call["status_code"], headers={},
                      body=call["body"].encode())  # fmt: skip

    api = ArxivApi()
    for told, found in [("1707.08567", "1707.08567"), ("astro-ph/0601001", "astro-ph/0601001")]:
        [record] = api.by_ids(Replay(answers), [told])
        assert record.paper.arxiv == found
        assert record.paper.authors
        assert record.paper.categories
        assert (record.paper.announced, record.announcements) == ("", [])
    [refused] = api.by_ids(Replay(answers), ["0808.05394"])
    assert (refused.line, refused.text) == (1, "0808.05394")
    assert "no such paper" in refused.reason
    unknown = api.by_ids(Replay(answers), ["abc", ""])
    assert [row.reason for row in unknown] == ["not an arXiv id"] * 2


def test_recorded_pages_of_a_query(shared):
    calls = recorded(shared / "data/fixtures/arxiv_api")

    def answers(address):
        query = asked(address)
        call = calls[query["search_query"], "", query["start"], query["max_results"]]
        return Answer(url=address, status=200, headers={}, body=call["body"].encode())

    pages = list(ArxivApi().search(Replay(answers), "testing", page=10, limit=50))
    assert [len(page.rows) for page in pages] == [10] * 5
    assert [page.cursor for page in pages] == [{"start": at} for at in range(10, 60, 10)]
    assert all(page.total == 214_881 for page in pages)
    ids = [row.paper.arxiv for page in pages for row in page.rows]
    assert len(set(ids)) == 50
    [resumed] = ArxivApi().search(Replay(answers), "testing", page=10, limit=50,
                                  cursor={"start": 40})  # fmt: skip
    assert [row.paper.arxiv for row in resumed.rows] == ids[40:]


def test_a_refused_query_is_told(shared):
    call = recorded(shared / "data/fixtures/arxiv_api")["", "abc", "0", "100"]
    body = call["body"].encode()
    fetch = Replay(lambda url: Answer(url=url, status=400, headers={}, body=body))
    with pytest.raises(SourceError, match="incorrect id format for abc") as raised:
        list(ArxivApi().search(fetch, "abc"))
    assert raised.value.status == 400


# --- by ids ----------------------------------------------------------------------------------


def test_ids_are_asked_in_batches_and_missing_ones_told():
    ids = [f"2501.{n:05}" for n in range(1, 251)]
    fetch = server(set(ids) - {"2501.00007"})
    found = ArxivApi().by_ids(fetch, ids)
    assert [asked(address)["max_results"] for address in fetch.asked] == ["100", "100", "50"]
    rejected = [row for row in found if isinstance(row, Rejection)]
    assert [(row.line, row.text) for row in rejected] == [(7, "2501.00007")]
    records = [row for row in found if isinstance(row, Record)]
    assert [row.paper.arxiv for row in records] == [name for name in ids if name != "2501.00007"]


def test_one_id_that_spoils_an_answer():
    ids = [f"2501.{n:05}" for n in range(1, 60)] + ["0808.05394"]
    found = ArxivApi().by_ids(server(set(ids[:-1])), ids)
    assert sum(isinstance(row, Record) for row in found) == 59
    assert isinstance(found[-1], Rejection)


def test_ids_in_all_forms_and_twice():
    fetch = server({"2501.00001"})
    found = ArxivApi().by_ids(fetch, ["https://arxiv.org/abs/2501.00001v3", "arXiv:2501.00001"])
    assert [row.paper.arxiv for row in found] == ["2501.00001"]
    assert ArxivApi().by_ids(fetch, []) == []
    papers = [Paper(title="x", identities=["arxiv:2501.00001"]), Paper(title="of none")]
    assert len(ArxivApi().ask(fetch, papers)) == 1


# --- paging ----------------------------------------------------------------------------------


def pager(total: int, empty=()):
    """A query of so many results, whose requests of these numbers are answered empty."""
    ids = [f"{2001 + n // 99_999:04}.{n % 99_999 + 1:05}" for n in range(total)]
    count = iter(range(10_000))

    def answers(address):
        at = int(asked(address)["start"])
        shown = [] if next(count) in empty else ids[at : at + int(asked(address)["max_results"])]
        return answer(shown, total)

    return Replay(answers)


def test_an_empty_page_in_the_middle_is_asked_again():
    fetch = pager(50, empty={1, 2, 3})
    pages = list(ArxivApi().search(fetch, "x", page=20))
    assert [len(page.rows) for page in pages] == [20, 20, 10]
    assert len(fetch.asked) == 6


def test_a_page_that_stays_empty_is_an_error_and_the_cursor_stays():
    pages, held = ArxivApi().search(pager(50, empty=range(1, 99)), "x", page=20), []
    with pytest.raises(SourceError, match="from 20 on"):
        held.extend(pages)
    assert [page.cursor for page in held] == [{"start": 20}]


@pytest.mark.parametrize(
    ("total", "limit", "sizes"),
    [(0, None, []), (5, None, [5]), (40, None, [20, 20]), (45, 30, [20, 10]), (45, 0, [])],
)
def test_paging_ends(total, limit, sizes):
    pages = list(ArxivApi().search(pager(total), "x", page=20, limit=limit))
    assert [len(page.rows) for page in pages] == sizes


def test_what_cannot_be_paged_through_is_told():
    with pytest.raises(SourceError, match="arxiv-oai"):
        list(ArxivApi().search(pager(40_000), "x", page=2000, cursor={"start": 28_000}))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Sorry</body></html>", "'html'"),
        (b"<!DOCTYPE html><html><br></html>", "forbidden"),
        (b"Rate exceeded.", "not well-formed"),
        (b"", "not well-formed"),
        (FEED.format(1, ENTRY.format("2501.00001"))[:-9].encode(), "cut short"),
    ],
)
def test_what_is_no_answer(body, reason):
    fetch = Replay(lambda url: Answer(url=url, status=200, headers={}, body=body))
    with pytest.raises(SourceError, match=reason):
        list(ArxivApi().search(fetch, "x"))


@pytest.mark.parametrize("total", ["", "many", "-1", "9" * 40, "٣"])
def test_a_total_that_is_none(total):
    fetch = Replay(lambda _: answer(["2501.00001"], total))
    [page] = ArxivApi().search(fetch, "x", limit=1)
    assert len(page.rows) == 1


# --- the client that everybody uses ----------------------------------------------------------


@contextmanager
def serving(calls):
    """A loopback server that replays the recorded answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            key = tuple(query[name][0] for name in
                        ("search_query", "id_list", "start", "max_results"))  # fmt: skip
            call = calls.get(key, {"status_code": 404, "body": ""})
            body = call["body"].encode()
            self.send_response(call["status_code"])
            self.send_header("Content-Type", "application/atom+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/api/query"
        finally:
            running.shutdown()
            thread.join()


def test_the_replay_satisfies_the_real_client_and_both_read_the_same(shared):
    try:
        import arxiv
    except ImportError:
        missing("the client arxiv is not installed")
    calls = recorded(shared / "data/fixtures/arxiv_api")
    with serving(calls) as url:
        client = arxiv.Client(page_size=10, delay_seconds=0, num_retries=0)
        client.query_url_format = url + "?{}"
        theirs = list(client.results(arxiv.Search(query="testing", max_results=50)))

    def answers(address):
        query = asked(address)
        body = calls[query["search_query"], "", query["start"], query["max_results"]]["body"]
        return body.encode()

    ours = [row.paper for page in ArxivApi().search(Replay(answers), "testing", page=10, limit=50)
            for row in page.rows]  # fmt: skip
    assert [p.arxiv for p in ours] == [r.get_short_id().rpartition("v")[0] for r in theirs]
    assert [p.title for p in ours] == [text(r.title) for r in theirs]
    names = [[author_name(text(author.name)) for author in result.authors] for result in theirs]
    assert [p.authors for p in ours] == names
    assert [p.categories for p in ours] == [
        list(dict.fromkeys([r.primary_category, *r.categories])) for r in theirs
    ]
    assert [p.published for p in ours] == [r.published.date().isoformat() for r in theirs]
