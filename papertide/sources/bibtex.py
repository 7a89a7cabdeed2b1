"""BibTeX and BibLaTeX: a reader's library (``refs.bib``), entry by entry.

bibtexparser splits a file into entries, and finds the next one after a broken one; what fields
hold is read here. Fields: https://ctan.org/pkg/biblatex, section 2.2; names: http://mirrors.ctan.
org/info/bibtex/tamethebeast/ttb_en.pdf, section 11; arXiv's own: https://info.arxiv.org/help/
hypertex/bibstyles.
"""

import calendar
import logging
import re
from collections.abc import Iterator

import bibtexparser
from bibtexparser.exceptions import ParserStateException
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import Block, Entry, ParsingFailedBlock, String

from papertide.papers import author_name
from papertide.reading.clean import clean
from papertide.sources.base import Rejection, SourceError, Unreadable, text
from papertide.sources.libraries import LibraryEntry, entry

NAME = "bibtex"
# It tells of each broken entry in its log, and so do we, with the reason.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_START = re.compile(rb"^[ \t]*@[ \t]*(?:[A-Za-z]{2,30})[ \t]*[{(]", re.M)
_MACRO_LIMIT = 10_000  # characters: macros of macros can double with each line
_LEAST_BUDGET = 16 * 2**20  # characters that macros and parents may add to a file, however small
_MONTHS = {name[:3].lower(): name for name in calendar.month_name[1:]}
_INHERITED = ("booktitle", "journal", "journaltitle", "year", "month", "date")
_MENTIONS = ("volume", "number", "pages", "howpublished", "eid")
_ARXIV_NOTE = re.compile(r"\W*arxiv\b", re.I)


def recognise(start: bytes) -> bool:
    """Whether a file that begins so is BibTeX."""
    return bool(_START.search(start))


def entries(body: bytes) -> Iterator[LibraryEntry | Rejection]:
    """The entries of a file, in its order; a broken one is rejected, the others are read.

    UTF-8, or Windows-1252 line by line where a line is no UTF-8: old files are, and files put
    together from several are in part.
    """
    try:
        blocks = bibtexparser.parse_string(decoded(body), parse_stack=[]).blocks
    except (ParserStateException, RecursionError) as error:
        raise SourceError(f"not BibTeX that can be read: {str(error)[:100]}") from None
    macros = _Macros(max(4 * len(body), _LEAST_BUDGET))
    for block in blocks:
        if isinstance(block, String):
            macros.define(block.key.lower(), block.value)
    held = [(block, _fields(block, macros)) for block in blocks]
    parents = {
        block.key.lower(): fields
        for block, fields in held
        if isinstance(block, Entry) and isinstance(fields, dict)
    }
    for block, fields in held:
        line = (block.start_line or 0) + 1
        if fields is None:
            if isinstance(block, ParsingFailedBlock):
                begin = " ".join((block.raw or "").split())[:200]
                yield Rejection(line=line, reason=_reason(block), text=begin)
            continue
        try:
            if isinstance(fields, str):
                raise Unreadable(fields)
            yield _entry(fields, parents, macros, line)
        except Unreadable as error:
            begin = " ".join((block.raw or "").split())[:200]
            yield Rejection(line=line, reason=str(error), text=begin)


def decoded(body: bytes) -> str:
    """Text of UTF-8, or of lines that are UTF-8 or else Windows-1252."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(map(_line, body.removeprefix(b"\xef\xbb\xbf").split(b"\n")))


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _reason(block: ParsingFailedBlock) -> str:
    said = getattr(block.error, "abort_reason", "") or str(block.error)
    if "end of file" in said:
        return "the entry does not end: a brace is missing, or the file is cut off"
    return f"a broken entry: {' '.join(said.split())[:150]}"


class _Macros:
    """The macros of a file, and how much they may still add to it."""

    def __init__(self, budget: int):
        self._budget, self._values, self._bad = budget, dict(_MONTHS), dict[str, str]()

    def define(self, name: str, raw: str) -> None:
        """Keep what a macro stands for, or why it cannot be used."""
        self._bad.pop(name, None)
        try:
            value = _value(raw, self, _MACRO_LIMIT)
            if len(value) > _MACRO_LIMIT:
                raise Unreadable(_LONG)
            self._values[name] = value
        except Unreadable as error:
            self._bad[name] = str(error)

    def get(self, raw: str) -> str:
        """What a macro stands for; a word that is none stands for itself. Raises Unreadable."""
        name = raw.lower()
        if reason := self._bad.get(name):
            raise Unreadable(reason)
        if (value := self._values.get(name)) is None:
            return raw
        self.spend(len(value))
        return value

    def spend(self, count: int) -> None:
        """Count what is added to the file; raises Unreadable where it is too much."""
        if count > self._budget:
            raise Unreadable("the macros and cross-references of this file make it too large")
        self._budget -= count


_LONG = f"a macro of more than {_MACRO_LIMIT:,} characters"


def _fields(block: Block, macros: _Macros) -> dict[str, str] | str | None:
    """The fields of an entry by name in lower case, also of one whose key or field is doubled.

    Where a macro in it cannot be used, the reason.
    """
    whole = block if isinstance(block, Entry) else getattr(block, "ignore_error_block", None)
    if not isinstance(whole, Entry):
        return None
    fields: dict[str, str] = {"": whole.key}
    try:
        for field in whole.fields:
            fields.setdefault(field.key.lower(), _value(field.value, macros))
    except Unreadable as error:
        return str(error)
    return fields


def _value(raw: str, macros: _Macros, limit: int | None = None) -> str:
    """What a value says: its quotes or braces off, macros and ``#`` carried out.

    Raises Unreadable where a macro cannot be used, or several parts exceed the limit.
    """
    if "#" not in raw:
        return _part(raw, macros)
    parts, begin, depth, quoted = [], 0, 0, False
    for found in re.finditer(r'\\.|[{}"#]', raw):
        match found[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case '"' if depth == 0:
                quoted = not quoted
            case "#" if depth == 0 and not quoted:
                parts.append(raw[begin : found.start()])
                begin = found.end()
    parts.append(raw[begin:])
    held, length = [], 0
    for part in parts:
        held.append(_part(part, macros))
        length += len(held[-1])
        if limit is not None and length > limit:
            raise Unreadable(_LONG)
    return "".join(held)


def _part(raw: str, macros: _Macros) -> str:
    raw = raw.strip()
    if len(raw) > 1 and raw[0] + raw[-1] in ("{}", '""'):
        return raw[1:-1]
    return macros.get(raw)


def _entry(
    fields: dict[str, str], parents: dict[str, dict[str, str]], macros: _Macros, line: int
) -> LibraryEntry:
    if parent := parents.get(fields.get("crossref", "").strip().lower()):
        inherited = {name: parent[name] for name in _INHERITED if name in parent}
        if "title" in parent:
            inherited.setdefault("booktitle", parent["title"])
        macros.spend(sum(map(len, inherited.values())))
        fields = inherited | fields
    scheme = _first(fields, "archiveprefix", "eprinttype").lower()
    eprint = _first(fields, "eprint", "arxivid", "arxiv")
    note = _first(fields, "note")
    return entry(
        NAME,
        title=_bare(text(fields.get("title"))),
        authors=_authors(fields.get("author", "")),
        abstract=_bare(text(fields.get("abstract"))),
        date=_date(fields),
        venue=clean(_first(fields, "journal", "journaltitle", "booktitle")),
        dois=_first(fields, "doi").split(),
        arxiv=eprint if scheme in ("arxiv", "") else "",
        mentions=[
            *(fields.get(name, "") for name in _MENTIONS),
            *([note] if _ARXIV_NOTE.match(note) else []),
        ],
        pmid=eprint if scheme == "pubmed" else _first(fields, "pmid"),
        urls=[_link(fields.get(name, "")) for name in ("url", "ee", "link") if name in fields],
        key=text(fields[""]),
        tags=[
            tag for name in ("keywords", "keyword", "mendeley-tags", "groups", "tags")
            for tag in map(clean, re.split(r"[,;]", fields.get(name, ""))) if tag
        ],
        notes=[
            clean(fields.get(name, "")) for name in ("note", "annote", "annotation", "comment",
                                                     "review", "file-notes") if name in fields
        ],
        added=_first(fields, "date-added", "dateadded", "timestamp", "creationdate"),
        line=line,
    )  # fmt: skip


def _first(fields: dict[str, str], *names: str) -> str:
    """The first of some fields that holds something, on one line."""
    return next((held for name in names if (held := text(fields.get(name)))), "")


def _bare(value: str) -> str:
    """A text without braces around the whole of it: ``{Attention Is All You Need}``."""
    if not (value.startswith("{") and value.endswith("}")):
        return value
    opened: list[int] = []
    closes: dict[int, int] = {}  # where a brace opens -> where it is closed
    for found in re.finditer(r"\\.|[{}]", value):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            closes[opened.pop()] = found.start()
    begin, end = 0, len(value)
    while begin < end and closes.get(begin) == end - 1:  # not so: {A} and {B}
        begin, end = begin + 1, end - 1
        while begin < end and value[begin].isspace():
            begin += 1
        while begin < end and value[end - 1].isspace():
            end -= 1
    return value[begin:end]


def _date(fields: dict[str, str]) -> str:
    if date := _first(fields, "date"):
        return date.partition("/")[0] if date.count("-") else date  # a span is its beginning
    year = clean(_first(fields, "year"))
    month, _, day = clean(_first(fields, "month")).partition(" ")
    if month.strip(".").isdigit() and day.isalpha():  # 12 jun
        month, day = day, month.strip(".")
    month = month.strip(".,")
    if month.isdigit() and year.isdigit():
        return f"{year}-{month}"
    return f"{month} {day}, {year}" if month and day.isdigit() else f"{month} {year}".strip()


def _link(value: str) -> str:
    return re.sub(r"\\url\b|[{}]", "", value).replace("\\", "").strip()


def _authors(value: str) -> list[str]:
    """Names, each as people write it: given names, particle and family name, then the suffix."""
    if not (value := text(value)):
        return []
    found = []
    for one in split_multiple_persons_names(value):
        try:
            parts = parse_single_name_into_parts(one, strict=False)
        except InvalidNameError:
            found.append(author_name(one))
            continue
        name = author_name(" ".join([*parts.first, *parts.von, *parts.last]))
        suffix = clean(" ".join(parts.jr))
        found.append(f"{name}, {suffix}" if name and suffix else name)
    return found
