"""CSL-JSON: the items of citation processors, as Zotero, Pandoc and DOI resolvers write them.

Schema: https://github.com/citation-style-language/schema, csl-data.json.
"""

import re
from typing import Any

from papertide.papers import author_name
from papertide.sources.answers import plain
from papertide.sources.base import Unreadable, date_parts, objects, text, texts
from papertide.sources.libraries import LibraryEntry, entry, people

NAME = "csl"
_OTHERS = {"container-title", "issued", "author", "DOI", "citation-key", "URL"}
_EXTRA = re.compile(r"^\s*(DOI|PMID|arXiv)\s*:\s*(\S+)", re.M | re.I)


def recognise(row: dict[str, Any]) -> bool:
    """Whether an object is such an item: it has a type, and something only they have."""
    return isinstance(row.get("type"), str) and not _OTHERS.isdisjoint(row)


def item(row: dict[str, Any], line: int = 0) -> LibraryEntry:
    """An entry from one item; raises Unreadable where it is none."""
    note = _text(row.get("note"))
    extra = {name.lower(): value for name, value in _EXTRA.findall(note)}
    kept = _EXTRA.sub("", note)
    return entry(
        NAME,
        title=plain(_text(row.get("title"))),
        authors=names(row.get("author")),
        abstract=plain(_text(row.get("abstract"))),
        date=_date(row.get("issued")),
        venue=plain(_text(row.get("container-title"))),
        dois=[_text(row.get("DOI")), extra.get("doi", "")],
        arxiv=extra.get("arxiv", ""),
        mentions=[_text(row.get("number")), _text(row.get("archive_location"))],
        pmid=_text(row.get("PMID")) or extra.get("pmid", ""),
        urls=[_text(row.get("URL"))],
        key=_text(row.get("citation-key")) or _text(row.get("id")),
        tags=[tag.strip() for tag in re.split(r"[,;]", _text(row.get("keyword")))],
        notes=[plain(kept), plain(_text(row.get("annote")))],
        line=line,
    )


def _text(value: Any) -> str:
    """A text, the first of a list (Crossref's citeproc), or the number of an id."""
    if isinstance(value, list):
        value = next(iter(value), None)
    return str(value) if type(value) is int and abs(value) < 10**15 else _lines(value)


def _lines(value: Any) -> str:
    """A text whose lines stay: notes hold one field a line."""
    if not isinstance(value, str):
        return text(value)
    return "\n".join(filter(None, map(text, value.split("\n"))))


def names(value: Any) -> list[str]:
    """Names of a list of ``{"family", "given", …}`` or ``{"literal"}``, of texts, or of a text."""
    if isinstance(value, str) or (isinstance(value, list) and value and isinstance(value[0], str)):
        return people(value)
    found = []
    for held in objects(value):
        given, particle = text(held.get("given")), text(held.get("non-dropping-particle"))
        family = text(held.get("family"))
        dropping = text(held.get("dropping-particle"))
        whole = " ".join(filter(None, (given, dropping, particle, family)))
        name = author_name(plain(whole or text(held.get("literal")) or text(held.get("name"))))
        suffix = text(held.get("suffix"))
        found.append(f"{name}, {suffix}" if name and suffix else name)
    return found


def _date(value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    try:
        known = date_parts(value.get("date-parts"))
    except Unreadable:
        known = ""
    said = value.get("raw") or value.get("literal")
    return known or (next(iter(texts([said])), "") if isinstance(said, str) else "")
