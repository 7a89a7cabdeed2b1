"""OAI-PMH against a generated repository and real answers: nothing left out, nothing in circles."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from papertide.papers import Version
from papertide.sources import oai
from papertide.sources.base import Rejection, SourceError
from papertide.sources.http import Fetcher
from papertide.sources.oai import OaiPmh
from tests.sources.loopback import ENTITY_BOMB, HTML, Answered, Server
from tests.sources.repository import Repository


@pytest.fixture
def server():
    with Server() as server:
        yield server


@pytest.fixture
def harvest(server, tmp_path):
    """Ids of all rows of a harvest, page by page, and the cursors."""
    fetch = Fetcher(tmp_path)

    def run(cursor=None, since=None, prefix="arXiv", set_="", until=None):
        source = OaiPmh("oai", "OAI", "", prefix, set_, base=server.address + "/oai2")
        source.until = until
        pages = list(source.pages(fetch, cursor or {}, since))
        ids = [[row.paper.arxiv for row in page.rows] for page in pages]
        return ids, [page.cursor for page in pages]

    return run


def wanted(repository: Repository, first: int = 0) -> set[str]:
    return {repository.identifier(n) for n in range(first, repository.count)}


def everything(ids: list[list[str]]) -> set[str]:
    return {one for page in ids for one in page}


@pytest.mark.parametrize("prefix", ["arXiv", "arXivRaw"])
def test_all_pages_to_the_end(server, harvest, prefix):
    repository = Repository(2500)
    server.handle("/oai2", repository)
    ids, cursors = harvest(prefix=prefix)
    assert [len(page) for page in ids] == [1000, 1000, 500]
    assert everything(ids) == wanted(repository)
    assert cursors[-1] == {"from": "2026-11-19", "token": ""}  # the server's day, and one back
    assert all(cursor["token"] and cursor["from"] == "" for cursor in cursors[:-1])


@pytest.mark.parametrize("stop", [0, 1])
def test_going_on_from_a_cursor(server, harvest, stop):
    repository = Repository(2500)
    server.handle("/oai2", repository)
    ids, cursors = harvest()
    again, _ = harvest(cursor=cursors[stop])
    assert again == ids[stop + 1 :]


def test_the_next_harvest_asks_for_what_changed_since(server, harvest):
    server.handle("/oai2", Repository(100))
    _, cursors = harvest()
    ids, again = harvest(cursor=cursors[-1])
    assert server.requests[-1].params["from"] == "2026-11-19"
    assert (ids, again) == ([[]], cursors[-1:])  # noRecordsMatch


def test_since(server, harvest):
    repository = Repository(2000)
    server.handle("/oai2", repository)
    ids, _ = harvest(since=date(2020, 1, 3))
    assert everything(ids) == wanted(repository, 1000)


def test_until(server, harvest):
    """The next harvest begins with that day: more of it may come."""
    repository = Repository(2500)
    server.handle("/oai2", repository)
    ids, cursors = harvest(since=date(2020, 1, 2), until=date(2020, 1, 3))
    assert everything(ids) == {repository.identifier(n) for n in range(500, 1500)}
    assert cursors[-1] == {"from": "2020-01-02", "token": ""}
    assert everything(harvest(cursor=cursors[-1])[0]) == wanted(repository, 500)


def test_a_set(server, harvest):
    server.handle("/oai2", Repository(10))
    harvest(set_="cs")
    assert server.requests[0].params["set"] == "cs"


def test_an_expired_token_where_datestamps_grow(server, harvest):
    """Asked again from the last datestamp and a day before, not from the beginning."""
    repository = Repository(5000, expire={3000})
    server.handle("/oai2", repository)
    ids, cursors = harvest()
    assert everything(ids) == wanted(repository)
    assert server.requests[4].params["from"] == "2020-01-05"
    assert cursors[-1]["from"] == "2026-11-19"


def test_an_expired_token_where_they_do_not(server, harvest):
    repository = Repository(5000, expire={3000})
    repository.stamp = lambda number: str(date(2020, 12, 31) - timedelta(days=number // 500))
    server.handle("/oai2", repository)
    ids, _ = harvest()
    assert everything(ids) == wanted(repository)
    assert "from" not in server.requests[4].params


def test_a_token_of_long_ago(server, harvest):
    repository = Repository(1500)
    server.handle("/oai2", repository)
    ids, _ = harvest(cursor={"from": "2020-01-02", "token": "of another time"})
    assert everything(ids) == wanted(repository, 500)


def test_tokens_that_always_expire_end_in_an_error(server, harvest):
    repository = Repository(3000)
    server.handle("/oai2", repository)
    repository.expire = type("All", (set,), {"__contains__": lambda self, _: True})()
    with pytest.raises(SourceError, match="too soon"):
        harvest()


def test_a_page_that_repeats_ends_in_an_error(server, harvest):
    server.handle("/oai2", Repository(3000, repeat={1000}))
    with pytest.raises(SourceError, match="repeats a page"):
        harvest()


def test_records_that_come_twice(server, harvest):
    repository = Repository(2500, twice=True)
    server.handle("/oai2", repository)
    ids, _ = harvest()
    assert everything(ids) == wanted(repository)
    assert sum(map(len, ids)) == 2502


def test_a_server_ahead_of_time(server, harvest):
    """It would else be asked only for what comes after a day that is far off."""
    server.handle("/oai2", Repository(10, now="2040-01-01"))
    _, [cursor] = harvest()
    assert cursor["from"] == str(datetime.now(UTC).date() - timedelta(days=1))


def test_deleted_records(server, tmp_path):
    server.handle("/oai2", Repository(3, deleted=[1]))
    source = OaiPmh("oai", "OAI", "", base=server.address + "/oai2")
    [page] = source.pages(Fetcher(tmp_path), {}, None)
    assert [row.paper.status for row in page.rows] == ["", "removed", ""]
    assert page.rows[1].paper.identities == ["arxiv:2001.00002"]
    assert page.rows[1].as_of == "2020-01-01"


@pytest.mark.parametrize("fault", ["html", "entity bomb", "too short", "503"])
def test_a_fault_that_passes(server, harvest, fault):
    repository = Repository(1500)
    server.handle("/oai2", repository)
    server.fault(None, fault)
    ids, _ = harvest()
    assert everything(ids) == wanted(repository)


@pytest.mark.parametrize(
    ("body", "message"),
    [(HTML, "document type"), (b"<html><p>Busy<br></html>", "HTML"), (ENTITY_BOMB, "entity bomb"),
     (b"", "not well-formed"), (b"{}", "not well-formed"), (b"<feed/>", "its root is 'feed'"),
     (b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>', "lacks ListRecords")],
)  # fmt: skip
def test_what_is_no_oai(server, harvest, body, message):
    server.handle("/oai2", lambda asked: Answered(body))
    with pytest.raises(SourceError, match=message) as caught:
        harvest()
    assert caught.value.reason == "malformed"


def test_other_errors_are_told(server, harvest):
    server.handle("/oai2", Repository(10))
    with pytest.raises(SourceError, match="cannotDisseminateFormat: arXiv and"):
        harvest(prefix="marc")


@pytest.mark.parametrize("bad", ["\x1b", "&#x1b;", "&#27;", "\x00"])
def test_characters_that_xml_forbids(bad):
    good = Repository(1)(_asked()).body.decode()
    reply = oai.read(good.replace("<title>", f"<title>{bad}").encode())
    assert reply.rows[0].paper.title == oai.read(good.encode()).rows[0].paper.title


def _asked():
    from tests.sources.loopback import Asked

    return Asked("/oai2", {"verb": "ListRecords", "metadataPrefix": "arXiv"}, {}, b"")


def test_a_record_that_is_no_paper_is_told_and_the_others_are_read():
    body = Repository(3)(_asked()).body.decode().replace("<id>2001.00002</id>", "<id>?</id>")
    first, bad, last = oai.read(body.encode()).rows
    assert (first.paper.arxiv, last.paper.arxiv) == ("2001.00001", "2001.00003")
    assert isinstance(bad, Rejection)
    assert bad.text == "oai:arXiv.org:2001.00002"


# --- real answers ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def fixtures(shared) -> Path:
    return shared / "data" / "fixtures"


def test_real_records(fixtures):
    reply = oai.read((fixtures / "oai_arxiv_hepcrawl/arxiv-physics-hep-ex.xml").read_bytes())
    assert (reply.date, reply.token, len(reply.rows)) == ("2017-12-14", "", 3)
    paper = reply.rows[0].paper
    assert paper.identities == ["arxiv:1706.05371"]
    assert paper.title == (
        "Evaluation of Silicon Photomultipliers for use as Photosensors in Liquid Xenon Detectors"
    )
    assert paper.authors[:2] == ["Tyler Anderson", "Jacob Cutter"]
    assert (paper.published, paper.updated) == ("2017-06-16", "2017-12-12")
    assert paper.announced == ""  # a datestamp is no announcement
    assert paper.categories == ["physics.ins-det", "hep-ex"]
    assert reply.rows[0].as_of == "2017-12-14"


@pytest.mark.parametrize(
    ("name", "authors"),
    [("1", ["Teresa Maria Montaruli for the IceCube Collaboration"]),
     ("6", ["E. Bufanda", "D. Hollowood", "for the DES Collaboration"]),
     ("7", ["Curtis J. Saxton Walton", "Ziri Younsi", "Kinwah Wu"])],
)  # fmt: skip
def test_real_names(fixtures, name, authors):
    body = (fixtures / f"oai_arxiv_hepcrawl/sample_arxiv_record{name}.xml").read_bytes()
    reply = oai.read(body.replace(b"GetRecord>", b"ListRecords>"))
    assert reply.rows[0].paper.authors == authors


def test_real_several_dois(fixtures):
    body = (fixtures / "oai_arxiv_hepcrawl/sample_arxiv_record0.xml").read_bytes()
    [row] = oai.read(body.replace(b"GetRecord>", b"ListRecords>")).rows
    assert row.paper.identities[1:] == [
        "doi:10.1103/physrevd.93.016005", "doi:10.1103/physrevd.98.079901",
        "doi:10.1103/physrevd.98.079903",
    ]  # fmt: skip


def test_raw_versions():
    body = Repository(1)(_asked()._replace(params={"verb": "ListRecords", "metadataPrefix":
                                                    "arXivRaw"})).body  # fmt: skip
    [row] = oai.read(body).rows
    assert row.paper.versions == [Version(1, "2020-01-01")]
    assert len(row.paper.authors) == 3


@pytest.mark.parametrize("name", ["badArgument", "cannotDisseminateFormat", "idDoesNotExist",
                                  "noSetHierarchy", "undefinedError"])  # fmt: skip
def test_real_errors(fixtures, name):
    with pytest.raises(SourceError, match=name):
        oai.read((fixtures / f"oai_sickle/{name}.xml").read_bytes())


def test_the_real_503_is_waited_for(fixtures, server, harvest):
    real = fixtures / "oai_arxiv_nock"
    name = "listrecords---should-list-identifiers-from-arxiv"
    server.answer("/oai2", (real / f"{name}.1.200.xml").read_bytes())
    body = (real / f"{name}.0.503.xml").read_bytes()
    server.fault(Answered(body, 503, {"Retry-After": "0"}))
    ids, _ = harvest()
    assert [page[0] for page in ids] == ["1412.8544"]
    assert len(server.requests) == 2


# --- a real client, to see that the replay is faithful ---------------------------------------


def test_sickle_reads_the_same(server, harvest):
    sickle = pytest.importorskip("sickle")
    repository = Repository(2500, deleted=[7])
    server.handle("/oai2", repository)
    server.fault(None, Answered(HTML, 503, {"Retry-After": "0"}))
    client = sickle.Sickle(server.address + "/oai2", max_retries=2)
    theirs = [r.header.identifier for r in client.ListRecords(metadataPrefix="arXiv")]
    assert [one.rpartition(":")[2] for one in theirs] == [one for p in harvest()[0] for one in p]
    assert client.Identify().granularity == "YYYY-MM-DD"
    with pytest.raises(sickle.oaiexceptions.NoRecordsMatch):
        client.ListRecords(metadataPrefix="arXiv", set="math")
