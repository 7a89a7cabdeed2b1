"""Files of any kind and compression, and what damaged and hostile ones do: never any harm."""

import gzip
import io
import json
import lzma
import os
import random
import sys
import threading
import tracemalloc
import zipfile
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.merging import merge, new_paper
from papertide.papers import Record
from papertide.sources import files
from papertide.sources.base import Rejection, SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd



def zipped(*files: bytes, **options) -> bytes:
    """A .zip of files, in a folder of its own."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for number, content in enumerate(files):
            archive.writestr(f"folder/{number}.json", content, **options)
    return made.getvalue()


COMPRESSIONS = {
    "plain": bytes, "gz": gzip.compress, "zst": zstd.compress,
    "xz": partial(lzma.compress, preset=0), "zip": zipped,
}  # fmt: skip
compressed = pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
PAGE = "new\n\nSubscribe\n\nbyAK and the research community\n\nMar 17\n\n" + "".join(
    f"Title {name}\n\nWe study {name}. {'It went well. ' * 20}\n\n" for name in ("one", "two")
)


def row(number=1, **changed) -> dict:
    return {
        "id": f"1901.{number:05}", "title": f"Title {number}", "abstract": "We study it.",
        "authors": "Ann Lee, Bo Ek", "date": "2019-01-02", "categories": ["cs.CV"],
        "primary_cat": "cs.CV", "comments": "", "doi": "",
    } | changed  # fmt: skip


def lines(*rows) -> bytes:
    """JSON lines of rows; bytes stay as they are."""
    return b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in rows)


def read(content: bytes, tmp_path, name="papers", **options) -> list:
    path = tmp_path / name
    path.write_bytes(content)
    return list(files.read(path, **options))


def read_until_error(path) -> tuple[list, str]:
    """What a file gives before its error, and the error."""
    found = []
    with pytest.raises(SourceError) as error:
        for one in files.read(path):
            found.append(one)
    return found, str(error.value)


def titles(found) -> list[str]:
    return [one.paper.title if isinstance(one, Record) else one.reason for one in found]


# --- recognised by content -------------------------------------------------------------------

NESTED = {"id": "1901.00001", "title": "Title 1", "summary": "We study it.", "authors": []}
KINDS = {
    "archive": lines(row(1), row(2)),
    "announcements": lines({"announced": "2025-03-18", "id": "2503.11731", "title": "Title 1"}),
    "snapshot": lines({"id": "1901.00001", "title": "Title 1", "authors_parsed": []}),
    "daily rows": lines({"list_date": "2025-03-18", "id": "2503.11731", "title": "Title 1"}),
    "our own": lines({"identities": ["doi:10.1000/x"], "title": "Title 1"}),
    "API list": json.dumps([{"paper": NESTED, "publishedAt": "2025-03-18T00:00:00Z"}]).encode(),
    "API paper": json.dumps(NESTED, indent=2).encode(),
    "array of rows": json.dumps([row(1), row(2)], indent=1).encode(),
    "page": PAGE.encode(),
    "feed": b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>'
            b"<id>oai:arXiv.org:1901.00001v1</id><title>Title 1</title></entry></feed>",
    "BibTeX": b"@misc{a, title={Title 1}}\n@misc{b, title={Title 2}}\n",
    "RIS": b"TY  - JOUR\nTI  - Title 1\nER  - \n",
    "CSL-JSON": json.dumps([{"type": "book", "title": "Title 1", "issued": {}}]).encode(),
    "Zotero": json.dumps([{"itemType": "book", "title": "Title 1"}]).encode(),
}  # fmt: skip


@compressed
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["papers.txt", "x.jsonl.gz", "pages"])
def test_any_kind_in_any_compression_under_any_name(kind, compress, name, tmp_path):
    found = read(compress(KINDS[kind]), tmp_path, name)
    assert titles(found) == titles(read(KINDS[kind], tmp_path, "again"))
    assert titles(found)[0] in ("Title 1", "Title one")


@pytest.mark.parametrize("kind", KINDS)
def test_byte_order_marks_blank_lines_and_crlf(kind, tmp_path):
    plain = titles(read(KINDS[kind], tmp_path))
    assert titles(read(b"\xef\xbb\xbf" + KINDS[kind], tmp_path)) == plain
    assert titles(read(KINDS[kind].replace(b"\n", b"\r\n"), tmp_path)) == plain
    if kind != "feed":
        assert titles(read(b"\n \n" + KINDS[kind] + b"\n\n", tmp_path)) == plain


@compressed
def test_standard_input(compress, monkeypatch):
    content = io.BytesIO(compress(KINDS["archive"]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert titles(files.read("-")) == ["Title 1", "Title 2"]


@pytest.mark.parametrize("compression", ["plain", "gz", "zst", "xz"])
@pytest.mark.parametrize("kind", ["archive", "page", "API list"])
def test_a_pipe_that_starts_with_a_few_bytes(compression, kind, tmp_path):
    content = COMPRESSIONS[compression](KINDS[kind])
    os.mkfifo(tmp_path / "pipe")

    def write():
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
            for start in range(3):
                pipe.write(content[start : start + 1])
            pipe.write(content[3:])

    writer = threading.Thread(target=write)
    writer.start()
    found = list(files.read(tmp_path / "pipe"))
    writer.join()
    assert titles(found) == titles(read(content, tmp_path))


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
def test_files_put_together_are_read_to_their_end(kind, tmp_path):
    compress = COMPRESSIONS[kind]
    pieces = [b"", *(lines(row(n)) for n in range(1, 5)), lines(row(5))[:20], lines(row(5))[20:]]
    found = read(b"".join(map(compress, pieces)), tmp_path)
    assert titles(found) == [f"Title {n}" for n in range(1, 6)]


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_the_bytes_read_are_told(kind, tmp_path):
    content = COMPRESSIONS[kind](MANY)
    told: list[int] = []
    assert len(read(content, tmp_path, on_bytes=told.append)) == 2999
    assert told == sorted(told)
    assert told[0] < told[-1]
    # The list of members, at the end of a .zip, is not read again.
    assert len(content) - told[-1] < (300 if kind == "zip" else 1)


def test_a_year_completes_the_date_of_a_page(tmp_path):
    assert read(PAGE.encode(), tmp_path)[0].listing.date == "--03-17"
    assert read(PAGE.encode(), tmp_path, year=2025)[0].listing.date == "2025-03-17"


def test_an_answers_listing_has_its_order_and_day(tmp_path):
    answer = json.dumps([{"paper": NESTED}, {"paper": {"id": "?"}}, {"paper": NESTED}]).encode()
    one, bad, two = read(answer, tmp_path, "2025-03-18.json")
    assert isinstance(bad, Rejection)
    assert [(r.listing.date, r.listing.position) for r in (one, two)] == [
        ("2025-03-18", 1), ("2025-03-18", 2),
    ]  # fmt: skip


# --- what cannot be read ---------------------------------------------------------------------


@compressed
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"PK\x03\x04\x14\x00\x00\x00", "a broken .zip|a .zip that comes through a pipe"),
        (zipped(b"{}", b"{}"), "a .zip of 2 files|a .zip that comes through a pipe"),
        (zipped(), "a .zip of 0 files|a .zip that comes through a pipe"),
        (zipped(b"{}")[:-30], "a broken .zip|a .zip that comes through a pipe"),
        (b"{\x00}\x00", "binary"),
        ('[{"a": 1}]'.encode("utf-16"), "UTF-16"),
        ('[{"a": 1}]'.encode("utf-16-be"), "binary"),
        (b"\xfe\xff\x00{", "UTF-16"),
        (b"just a text\nof two lines", "not a kind of file"),
        (b"5", "not a kind of file"),
        (b'"text"', "not a kind of file"),
        (b"null", "not a kind of file"),
        (b"id,title\n1901.00001,Title 1\n", "not a kind of file"),
        (b"<html><body>Sorry</body></html>", "not a kind of file"),
        (b'<rss version="2.0"></rss>', "not a feed of arXiv"),
        (b"<feed>", "not well-formed"),
        (b"[1, 2", "broken JSON"),
        (b"[1] [2]", "broken JSON"),
        (b'[{"a": NaN}]', "broken JSON"),
        (b"[" * 200_000, "broken JSON: nested too deeply"),
        (b"{\n" + b'"a": {\n' * 100_000, "broken JSON: nested too deeply"),
        (b'{\n "id": "1901.00001"', "broken JSON"),
        (b"by AK\xff and the research community\nMar 17\n", "not a saved page"),
    ],
)
def test_what_is_no_file_of_papers(content, reason, compress, tmp_path):
    with pytest.raises(SourceError, match=reason):
        read(compress(content), tmp_path, "papers.jsonl")


def test_files_that_cannot_be_opened(tmp_path):
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SourceError, match=reason):
            list(files.read(path))


MANY = lines(*(row(n, abstract=random.Random(n).randbytes(150).hex()) for n in range(1, 3000)))


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
def test_a_truncated_file_gives_what_was_there(kind, share, tmp_path):
    content = COMPRESSIONS[kind](MANY)
    path = tmp_path / "papers"
    path.write_bytes(content[: int(len(content) * share)])
    found, error = read_until_error(path)
    assert "ends in the middle" in error
    # zstd and xz can be read up to whole blocks only
    assert 3000 * share * (0.5 if kind == "gz" else 0.3) < len(found) < 3000 * share + 100
    assert titles(found) == [f"Title {n}" for n in range(1, len(found) + 1)]


def test_a_truncated_plain_file_loses_its_last_line(tmp_path):
    found = read(MANY[:-50], tmp_path)
    assert len(found) == 2999
    assert (found[-1].line, "truncated" in found[-1].reason) == (2999, True)


@pytest.mark.parametrize("kind", ["gz", "xz", "zst", "zip"])
@pytest.mark.parametrize("place", [0.002, 0.4, 0.9])
def test_a_damaged_file_is_an_error_and_no_crash(kind, place, tmp_path):
    checked = {"options": {zstd.CompressionParameter.checksum_flag: 1}} if kind == "zst" else {}
    content = bytearray(COMPRESSIONS[kind](MANY, **checked))  # zstd's own command does that too
    at = int(len(content) * place)
    content[at : at + 40] = bytes(40)
    (tmp_path / "papers").write_bytes(content)
    found, error = read_until_error(tmp_path / "papers")
    assert "broken" in error or "ends in the middle" in error
    assert len(found) < 3000


def test_a_zip_through_a_pipe_or_encrypted(tmp_path):
    content = bytearray(zipped(lines(row())))
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    with pytest.raises(SourceError, match="unzip -p"):
        list(files.read(tmp_path / "pipe"))
    writer.join()
    for header in (content.rindex(b"PK\x01\x02") + 8, content.rindex(b"PK\x03\x04") + 6):
        content[header] |= 1
    with pytest.raises(SourceError, match=r"cannot be read: .* encrypted"):
        read(bytes(content), tmp_path)


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
def test_something_else_after_the_end(kind, tmp_path):
    (tmp_path / "papers").write_bytes(COMPRESSIONS[kind](lines(row())) + b"no more of it")
    try:
        found = list(files.read(tmp_path / "papers"))
    except SourceError:
        found, _ = read_until_error(tmp_path / "papers")
    assert titles(found) == ["Title 1"]


# --- bad rows among good ones ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{\n", "truncated"),
        (b"}\n", "malformed"),
        (b'{"a": NaN}\n', "malformed"),
        (b'{"a": 1e999}\n', "out of range"),
        (b"5\n", "expected an object, found int"),
        (b"null\n", "expected an object, found NoneType"),
        (b'"text"\n', "expected an object, found str"),
        (b"[1, 2]\n", "expected an object, found list"),
        (b"{}\n", "no known kind of paper: it has nothing"),
        (b'{"name": "x", "size": 1}\n', "it has name, size"),
        (b'{"a":' * 100_000 + b"\n", "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000 + b"\n", "nested too deeply"),
        ('{"title": "caf\xe9"}\n'.encode("latin-1"), "utf-8"),
        (b"\x00\x01\x02\xff\n", "malformed"),
        (b'{"title": "\\ud800"}\n', "truncated|malformed|surrogate"),
        (lines(row(title=None)), "no title"),
        (lines(row(title="\x00\u202e")), "no title"),
        (lines(row(title=["x"])), "expected text, found list"),
        (lines(row(id=None)), "not an arXiv id"),
        (lines(row(id="../../etc")), "not an arXiv id"),
        (lines(row(date="2019-02-30")), "day is out of range"),
        (lines(row(date="soon")), "not a date"),
        (lines(row(date=20190102)), "expected text"),
    ],
)
def test_one_bad_row_never_stops_good_ones(bad, reason, tmp_path):
    first, rejection, last = read(lines(row(1), bad, row(2)), tmp_path)
    assert titles([first, last]) == ["Title 1", "Title 2"]
    assert isinstance(rejection, Rejection)
    assert rejection.line == 2
    with pytest.raises(ValueError, match=reason):
        raise ValueError(rejection.reason)
    assert len(rejection.text) <= 200


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"title": "<script>\x00 \u202etitle"}, "title", "<script> title"),
        ({"title": "A\r\n  title"}, "title", "A title"),
        ({"date": "2999-12-31"}, "published", "2999-12-31"),
        ({"date": "2019"}, "published", "2019"),
        ({"date": None}, "published", ""),
        ({"abstract": None}, "abstract", ""),
        ({"authors": None}, "authors", []),
        ({"unknown": {"deep": [1, {"x": None}]}}, "title", "Title 1"),
    ],
)
def test_odd_rows_are_papers_all_the_same(changed, field, value, tmp_path):
    [record] = read(lines(row(**changed)), tmp_path)
    assert getattr(record.paper, field) == value


def test_a_line_over_the_limit_is_skipped_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LINE_LIMIT", 1000)
    short = len(lines(row(abstract="")))
    for length in (999, 1000, 1001, 1002, 5000):
        long = lines(row(5, abstract="x" * (length - short)))
        assert len(long) == length
        found = read(lines(row(1), long, row(2)) + long[:-1], tmp_path)
        assert titles([found[0], found[2]]) == ["Title 1", "Title 2"], length
        assert len(found) == 4
        assert isinstance(found[1], Rejection) == (length > 1000)
        assert isinstance(found[3], Rejection) == (length > 1001)


def test_a_line_of_50_mb_is_never_held_in_memory(tmp_path):
    with (tmp_path / "papers").open("wb") as file:
        file.write(lines(row(1)) + b'{"title": "')
        for _ in range(50):
            file.write(b"x" * 2**20)
        file.write(b'"}\n' + lines(row(2)))
    tracemalloc.start()
    found = list(files.read(tmp_path / "papers"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert titles(found) == ["Title 1", "a line of more than 16 MB", "Title 2"]
    assert found[1] == Rejection(line=2, reason="a line of more than 16 MB")
    assert peak < 45 * 2**20


def test_a_document_over_the_limit_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "DOCUMENT_LIMIT", 1000)
    assert len(read(KINDS["page"][:900], tmp_path)) >= 1
    for content in (b"[" + b" " * 1000 + b"]", gzip.compress(b"[" + b" " * 2**24)):
        with pytest.raises(SourceError, match="use JSON lines"):
            read(content, tmp_path)


def test_bad_rows_of_an_array(tmp_path):
    deep = json.loads("[" * 900 + "]" * 900)
    rows = [row(1), 5, None, {}, row(2, title=None), {"x": deep}, {"x": 10**40}, row(3)]
    found = read(json.dumps(rows).encode(), tmp_path)
    assert [isinstance(one, Rejection) for one in found] == [False, *[True] * 6, False]
    assert [one.line for one in found[1:7]] == [2, 3, 4, 5, 6, 7]
    assert all(len(one.text) <= 200 for one in found[1:7])


# --- anything at all -------------------------------------------------------------------------

KEYS = [
    "id", "title", "abstract", "authors", "date", "categories", "primary_cat", "comments", "doi",
    "announced", "comment", "versions", "authors_parsed", "update_date", "list_date", "published",
    "upvotes", "stars", "github", "org", "keywords", "paper", "summary", "publishedAt",
    "githubRepo", "ai_keywords", "organization", "submittedOnDailyBy", "submittedOnDailyAt",
    "numComments", "identities", "public_id", "extra", "links", "origins", "description",
    "number", "kind", "url", "name", "version", "created", "hidden", "as_of",
]  # fmt: skip
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["1901.00001v2", "Title", "2019-01-02", "2019-00-00", "arxiv:1901.00002",
                       "doi:10.1000/x", "https://a.example", "cs.CV", "v1"])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
objects = st.fixed_dictionaries(
    {"id": st.just("1901.00001") | values, "title": st.just("Title") | values},
    optional=dict.fromkeys(KEYS[2:], values),
)


@settings(max_examples=400, deadline=None)
@given(objects | values)
def test_any_json_is_a_record_or_rejected(tmp_path_factory, value):
    """And what is a record can be merged and written."""
    path = tmp_path_factory.getbasetemp() / "any"
    for content in (lines(value), json.dumps([value, value]).encode()):
        path.write_bytes(b"{}\n" + content if content[:1] not in b"{[" else content)
        for found in files.read(path):
            if isinstance(found, Record):
                known = new_paper(found)
                merge(known, found)
                assert known.title.encode()
                assert known.public_id
                assert all(len(name) < 400 for name in known.identities)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", *(c(b"") for c in COMPRESSIONS.values()),
       b"{", b"[", b"<feed", b"byAK and the research community\n", b"\x1f\x8b\x08"]))  # fmt: skip
def test_any_bytes_are_read_or_an_error(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + content)
    try:
        for found in files.read(path):
            assert isinstance(found, Record | Rejection)
    except SourceError as error:
        assert str(error)


@compressed
def test_what_is_sent_is_bounded_and_files_are_not(compress, monkeypatch, tmp_path):
    body = lines(*(row(n) for n in range(1, 31)))
    (tmp_path / "dump").write_bytes(compress(body))
    monkeypatch.setattr(files, "UPLOAD_ENTRIES", 20)
    sent = files.entries(compress(body))
    for _ in range(20):
        next(sent)
    with pytest.raises(SourceError, match="more than 20 entries"):
        next(sent)
    monkeypatch.setattr(files, "UPLOAD_LIMIT", 1000)
    with pytest.raises(SourceError, match="when unpacked; give the library in several files"):
        list(files.entries(compress(body)))
    assert len(list(files.entries(tmp_path / "dump"))) == 30
