"""RIS: the tagged format that reference managers and publishers' pages export.

Tags: https://en.wikipedia.org/wiki/RIS_(file_format), as rispy reads them. Each entry is given to
it alone, from its TY to its ER or the next TY: a broken one then takes no other with it.
"""

import re
from collections.abc import Iterator

import rispy
from rispy.config import TAG_KEY_MAPPING

from papertide.sources.answers import plain
from papertide.sources.base import Rejection, Unreadable, text, texts
from papertide.sources.bibtex import decoded
from papertide.sources.libraries import LibraryEntry, entry, people

NAME = "ris"
_START = re.compile(rb"^\s{0,3}TY {1,2}- ?[A-Za-z]{2,8}\s*$", re.M)
_TAG = re.compile(r"\s{0,3}([A-Z][A-Z0-9]) {1,2}-(?: (.*)|\s*)\Z", re.S)
_TAGS = {tag: tag for tag in TAG_KEY_MAPPING if tag != rispy.RisParser.UNKNOWN_TAG}
_LISTS = ["A1", "AU", "KW", "N1", "RN", "UR", "DO", "L1", "L2", "LK"]
_LINES = 20_000  # of one entry: 3,000 authors are 3,000


def recognise(start: bytes) -> bool:
    """Whether a file that begins so is RIS."""
    return bool(_START.search(start))


def entries(body: bytes) -> Iterator[LibraryEntry | Rejection]:
    """The entries of a file, in its order; broken ones are rejected."""
    begin, held = 0, []
    for number, line in enumerate(decoded(body).split("\n"), start=1):
        tag = _TAG.match(line.rstrip())
        name = tag[1] if tag else ""
        if name == "TY" and held:
            yield _one(held, begin)
            held = []
        if name == "TY":
            begin = number
        if begin and name != "ER":
            held.append(f"{name}  - {tag[2] or ''}" if tag else line)
        elif held:
            yield _one(held, begin)
            begin, held = 0, []
    if held:
        yield _one(held, begin)


def _one(lines: list[str], number: int) -> LibraryEntry | Rejection:
    try:
        if len(lines) > _LINES:
            raise Unreadable(f"an entry of more than {_LINES:,} lines")
        return _entry(_fields(lines), number)
    except Unreadable as error:
        return Rejection(line=number, reason=str(error), text=" ".join(lines[:4])[:200])


def _fields(lines: list[str]) -> dict[str, str | list[str]]:
    """Values by tag. Tags that nobody knows are left out."""
    parser = rispy.RisParser(
        mapping=_TAGS, list_tags=_LISTS, delimiter_tags_mapping={}, skip_unknown_tags=True
    )
    try:
        [fields] = parser.parse_lines(iter([*lines, "ER  - "]))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Unreadable("not an entry of RIS that can be read") from None
    return fields


def _entry(fields: dict[str, str | list[str]], number: int) -> LibraryEntry:
    def first(*tags: str) -> str:
        for tag in tags:
            value = fields.get(tag)
            if found := text(next(iter(value), "") if isinstance(value, list) else value):
                return found
        return ""

    def every(*tags: str) -> list[str]:
        held = [fields.get(tag) or [] for tag in tags]
        return [known for one in held for known in texts(one if isinstance(one, list) else [one])]

    return entry(
        NAME,
        title=plain(first("TI", "T1", "CT")),
        authors=people(every("AU") or every("A1")),
        abstract=plain(first("AB", "N2")),
        date=first("DA", "PY", "Y1").strip("/"),
        venue=plain(first("JF", "JO", "T2", "BT", "JA", "J2", "T3")),
        dois=[name for value in every("DO") for name in value.split()],
        mentions=every("AN", "M1", "M3", "VL", "PB", "C2"),
        urls=every("UR", "L1", "L2", "LK"),
        key=first("ID", "LB"),
        tags=[tag for value in every("KW") for tag in map(str.strip, value.split(";"))],
        notes=[plain(note) for note in every("N1", "RN")],
        added="",
        line=number,
    )
