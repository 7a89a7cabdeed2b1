"""Files of papers: opened whatever their compression, recognised by content, read as a stream."""

import gzip
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from papertide.papers import Record
from papertide.sources import (
    acl,
    arxiv,
    arxiv_feeds,
    bibtex,
    crossref,
    csl,
    huggingface,
    openalex,
    papertide,
    ris,
    saved_page,
    zotero,
)
from papertide.sources.base import Rejection, SourceError, Unreadable
from papertide.sources.libraries import LibraryEntry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINE_LIMIT = 16 * 2**20  # bytes; the largest real record, of 3,000 authors, is under 1 MB
DOCUMENT_LIMIT = 128 * 2**20  # bytes of a JSON array, a feed or a page, read as a whole
UPLOAD_LIMIT = 64 * 2**20  # bytes that a library given as bytes may be, decompressed
UPLOAD_ENTRIES = 20_000  # entries and rejected rows of one

_BOM = b"\xef\xbb\xbf"
_MAGIC = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", zstd.open),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with members and without
_BROKEN = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, zipfile.BadZipFile,
)  # fmt: skip
_TRUNCATED = "ends in the middle of its compressed data (a broken download?)"


def read(
    path: str | Path, *, year: int | None = None, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Record | Rejection]:
    """The records and the rejected rows of a file, in its order; ``-`` is standard input.

    `year` completes the date of a saved page. `on_bytes` is told how many bytes of the file,
    compressed as it may be, were read so far. Raises SourceError, after all that could be
    read, where the file is not of a known kind, cannot be opened or ends too early.
    """
    with _opened(path, on_bytes) as content:
        for found in _records(content, Path(path).name, year):
            if not isinstance(found, LibraryEntry):
                yield found
            elif found.record.paper.title:
                yield found.record
            else:
                identities = " ".join(found.record.paper.identities)
                yield Rejection(line=found.record.line, reason="no title", text=identities)


def entries(held: str | Path | bytes) -> Iterator[LibraryEntry | Rejection]:
    """The entries of a reader's library and the rejected rows, from a file or its bytes.

    BibTeX, RIS, CSL-JSON or Zotero's items, compressed or not; papers in any other kind of file
    are entries without words of a reader. Raises SourceError as `read` does, and where bytes,
    which anyone may have sent, are too much to be one reader's.
    """
    sent = isinstance(held, bytes)
    name = "" if isinstance(held, bytes) else Path(held).name
    with _opened(held) as content:
        if sent:
            content = io.BufferedReader(_Filled(_limited(content)), 1 << 18)
        for number, found in enumerate(_records(content, name, None), start=1):
            if sent and number > UPLOAD_ENTRIES:
                raise SourceError(
                    f"more than {UPLOAD_ENTRIES:,} entries; give the library in several files"
                )
            yield LibraryEntry(record=found) if isinstance(found, Record) else found


@contextmanager
def _opened(
    held: str | Path | bytes, on_bytes: Callable[[int], None] | None = None
) -> Iterator[io.BufferedReader]:
    """A file to be read, decompressed; what breaks while it is read is a SourceError."""
    with ExitStack() as stack:
        try:
            if isinstance(held, bytes):
                raw: BinaryIO = io.BytesIO(held)
            elif str(held) == "-":
                raw = sys.stdin.buffer
            else:
                raw = stack.enter_context(Path(held).open("rb", buffering=0))
            if _is_zip(raw):
                member = stack.enter_context(_only_member(raw))
                filled = _Filled(member.read1, on_bytes and (lambda _: on_bytes(raw.tell())))
            else:
                filled = _Filled(raw.read, on_bytes)
            yield _decompressed(filled)
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise SourceError(error.strerror or str(error)) from None
            truncated = isinstance(error, EOFError)
            raise SourceError(_TRUNCATED if truncated else f"broken: {error}") from None


def _records(content: io.BufferedReader, name: str, year: int | None) -> Iterator:
    start = content.peek(65536).removeprefix(_BOM).lstrip()[:65536]
    if not start:
        raise SourceError("empty file")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError("UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8")
    if start.startswith(_ZIP):  # its list of members is at its end: it cannot be read as it comes
        raise SourceError(
            "a .zip that comes through a pipe or within another file; unpack it first: "
            "unzip -p FILE.zip | papertide import -"
        )
    if b"\x00" in start[:4]:
        raise SourceError("a binary file, or text that is not UTF-8")
    if start.startswith(b"[") or start.split(b"\n", 1)[0].strip() == b"{":
        yield from _array(_whole(content), name)
    elif start.startswith(b"{"):
        yield from _lines(content)
    elif start.startswith(b"<") and (b"<feed" in start[:4096] or b"<rss" in start[:4096]):
        yield from arxiv_feeds.daily_feed(_whole(content)).rows
    elif start.startswith(b"<") and b"<collection" in start[:4096]:
        yield from acl.collection(_whole(content))
    elif saved_page.recognise(start[:8192].decode("utf-8", "replace")):
        lines = [_decoded(line) for line in _whole(content).split(b"\n")]
        yield from saved_page.records(lines, year)
    elif b"<rdf:RDF" in start[:4096]:
        raise SourceError("RDF, as Zotero exports it; export the library as CSL JSON or BibTeX")
    elif ris.recognise(start):
        yield from ris.entries(_whole(content))
    elif bibtex.recognise(start):
        yield from bibtex.entries(_whole(content))
    elif b"\x00" in start[:1024]:
        raise SourceError("a binary file of no known kind")
    else:
        raise SourceError(
            "not a kind of file that is known: JSON lines, a JSON array, a saved page of Daily "
            "Papers, a feed of arXiv's, XML of the ACL Anthology, BibTeX, or RIS, plain or as .gz, "
            ".xz, .zst or .zip"
        )


# --- JSON ------------------------------------------------------------------------------------


def _lines(content: io.BufferedReader) -> Iterator[Record | Rejection]:
    for number, line in _bounded_lines(content):
        if line is None:
            yield Rejection(line=number, reason=f"a line of more than {LINE_LIMIT >> 20} MB")
        elif stripped := line.strip().removeprefix(_BOM):
            yield _row(number, stripped)


def _row(number: int, line: bytes) -> Record | LibraryEntry | Rejection:
    try:
        found = record(msgspec.json.decode(line))
        told = found.record if isinstance(found, LibraryEntry) else found
        told.line = number
        return found
    except (ValueError, RecursionError) as error:  # msgspec's and Unreadable are ValueErrors
        return Rejection(line=number, reason=_reason(error), text=_beginning(line))


def _array(body: bytes, name: str) -> Iterator[Record | Rejection]:
    """The papers of one JSON document: an array, or a single object over several lines."""
    try:
        rows = msgspec.json.decode(body.removeprefix(_BOM))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"broken JSON: {_reason(error)}") from None
    if isinstance(rows, dict) and isinstance(rows.get("items"), list):  # an export, a dump
        rows = rows["items"]
    rows = rows if isinstance(rows, list) else [rows]
    if any(isinstance(row, dict) and zotero.recognise(row) for row in rows):
        yield from zotero.entries(rows)
        return
    day = huggingface.list_date([row for row in rows if isinstance(row, dict)], name)
    positions = iter(range(1, len(rows) + 1))
    for number, row in enumerate(rows, start=1):
        try:
            found = record(row, day)
            told = found.record if isinstance(found, LibraryEntry) else found
            told.line = number
            if told.listing:
                told.listing.position = next(positions)
            yield found
        except ValueError as error:
            text = _beginning(msgspec.json.encode(row))
            yield Rejection(line=number, reason=_reason(error), text=text)


def record(row: Any, list_date: str = "") -> Record | LibraryEntry:
    """What one JSON object in any known form says; raises Unreadable where it is none."""
    if not isinstance(row, dict):
        raise Unreadable(f"expected an object, found {type(row).__name__}")
    if "identities" in row or "public_id" in row:
        return papertide.row(row)
    if "paper" in row or "summary" in row:
        return huggingface.api_row(row, list_date)
    if "list_date" in row:
        return huggingface.daily_row(row)
    if "announced" in row:
        return arxiv.announcement_row(row)
    if "authors_parsed" in row or "update_date" in row:
        return arxiv.snapshot_row(row)
    if "primary_cat" in row:
        return arxiv.archive_row(row)
    if "is-referenced-by-count" in row:
        return crossref.work(row)
    if "abstract_inverted_index" in row:
        return openalex.work(row)
    if zotero.recognise(row):
        return zotero.item(row)
    if csl.recognise(row):
        return csl.item(row)
    raise Unreadable(f"no known kind of paper: it has {', '.join(list(row)[:8]) or 'nothing'}")


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _beginning(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")


# --- bytes -----------------------------------------------------------------------------------


def _bounded_lines(content: io.BufferedReader) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for a line over the limit, which is skipped without being held."""
    number = 0
    while line := content.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            while line and not line.endswith(b"\n"):
                line = content.readline(1 << 20)
            yield number, None
        else:
            yield number, line


def _whole(content: io.BufferedReader) -> bytes:
    body = content.read(DOCUMENT_LIMIT + 1)
    if len(body) > DOCUMENT_LIMIT:
        raise SourceError(f"a document of more than {DOCUMENT_LIMIT >> 20} MB; use JSON lines")
    return body


def _limited(content: io.BufferedReader) -> Callable[[int], bytes]:
    """Reads what was sent; a SourceError once it is too much, as a small file may unpack to."""
    left = UPLOAD_LIMIT

    def read(size: int) -> bytes:
        nonlocal left
        piece = content.read1(size)
        left -= len(piece)
        if left < 0:
            raise SourceError(
                f"more than {UPLOAD_LIMIT >> 20} MB when unpacked; give the library in several "
                "files"
            )
        return piece

    return read


def _decoded(line: bytes) -> str | UnicodeDecodeError:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error


def _is_zip(raw: BinaryIO) -> bool:
    """Whether this is a .zip that can be read: not where one cannot go back, as in a pipe."""
    if not raw.seekable():
        return False
    place = raw.tell()
    start = raw.read(4)
    raw.seek(place)
    return start in _ZIP


def _only_member(raw: BinaryIO) -> zipfile.ZipExtFile:
    """The one file in a .zip, as Kaggle ships the arXiv snapshot; of several none is guessed."""
    try:
        archive = zipfile.ZipFile(raw)
        members = [name for name in archive.namelist() if not name.endswith("/")]
        if len(members) != 1:
            raise SourceError(
                f"a .zip of {len(members)} files, where one is expected; unpack it and import "
                "what holds papers"
            )
        return archive.open(members[0])
    except (zipfile.BadZipFile, ValueError) as error:
        raise SourceError(f"a broken .zip: {error} (a broken download?)") from None
    except RuntimeError as error:  # encrypted, or compressed in a way that zipfile does not know
        raise SourceError(f"a .zip that cannot be read: {error}") from None


def _decompressed(raw: "_Filled") -> io.BufferedReader:
    buffered = io.BufferedReader(raw, 1 << 18)
    start = buffered.peek(8)
    for magic, opener in _MAGIC:
        if start.startswith(magic):
            return io.BufferedReader(_Filled(opener(buffered, "rb").read1), 1 << 18)
    return buffered


class _Filled(io.RawIOBase):
    """A binary stream whose pieces are as long as they can be, whatever those of `read` are.

    A pipe or a compressed file may begin with a few bytes only, too few to tell what they are.
    An error comes after all that was read before it.
    """

    def __init__(
        self, read: Callable[[int], bytes], on_bytes: Callable[[int], None] | None = None
    ):
        self._read, self._on_bytes, self._count = read, on_bytes, 0
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if self._error:
            raise self._error
        filled = 0
        try:
            while filled < len(buffer) and (piece := self._read(len(buffer) - filled)):
                buffer[filled : filled + len(piece)] = piece
                filled += len(piece)
        except _BROKEN as error:
            if not filled:
                raise
            self._error = error
        self._count += filled
        if self._on_bytes:
            self._on_bytes(self._count)
        return filled
