"""Zotero: a reader's library through its web API, and the same items in files.

API version 3: https://www.zotero.org/support/dev/web_api/v3/basics, and its rules of syncing.
Its exports as BibTeX, RIS and CSL-JSON are read as what they are.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from papertide.papers import author_name
from papertide.sources.answers import plain
from papertide.sources.base import Answer, Fetch, Rejection, SourceError, Unreadable, objects, text
from papertide.sources.libraries import LibraryEntry, entry

NAME = "zotero"
BASE = "https://api.zotero.org"
_OWNER = re.compile(r"(?:users|groups)/\d{1,12}\Z", re.ASCII)
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?next"?')
_EXTRA = re.compile(r"^\s*(DOI|PMID|arXiv|Citation Key)\s*:\s*(\S+)", re.M | re.I)
_VENUES = (
    "publicationTitle", "proceedingsTitle", "conferenceName", "bookTitle", "websiteTitle",
    "encyclopediaTitle", "dictionaryTitle", "institution", "university", "repository",
)  # fmt: skip
_BESIDE = {"attachment", "annotation", "note"}  # an item's files, and what was written in them
_RESTARTS = 3
_ITEMS = 200_000  # the largest libraries hold some ten thousand


class Library(msgspec.Struct, kw_only=True):
    """What changed in a library since a cursor, and the cursor to go on from, plain JSON.

    `notes` are those whose items did not change, by the key of the item.
    """

    entries: list[LibraryEntry | Rejection]
    notes: dict[str, list[str]]
    cursor: dict[str, Any]


def library(
    fetch: Fetch, owner: str, key: str = "", cursor: dict[str, Any] | None = None,
    base: str = BASE,
) -> Library:  # fmt: skip
    """The items of ``users/123`` or ``groups/123`` that changed since the cursor; at first all.

    `key` is the reader's, with the right to read. The cursor is the version of the library that
    was read to its end. One that changes while it is read is read again: its items would move
    from one page to another unseen. What was deleted there is not told.
    """
    if not _OWNER.match(owner):
        raise SourceError(f"not a library of Zotero such as users/123456: {owner[:40]!r}")
    since = (cursor or {}).get("version", 0)
    headers = {"Zotero-API-Version": "3"} | ({"Zotero-API-Key": key} if key else {})
    params = {"format": "json", "limit": "100", "sort": "dateAdded", "direction": "asc"}
    if since:
        params["since"] = str(since)
        headers["If-Modified-Since-Version"] = str(since)
    for _ in range(_RESTARTS):
        if (found := _walk(fetch, f"{base}/{owner}/items", params, headers, base)) is not None:
            rows, version = found
            notes: dict[str, list[str]] = {}
            held = list(entries(rows, notes))
            return Library(entries=held, notes=notes, cursor={"version": version or since})
    raise SourceError("the library changed each time while it was read; try again later")


def _walk(fetch, url: str, params, headers, base: str) -> tuple[list[Any], int | None] | None:
    """The rows of all pages and the library's version; None where that changed on the way."""
    rows: list[Any] = []
    version = None
    while url:
        answer = fetch(url, params, headers=headers, accept=(200, 304))
        if answer.status == 304:
            return [], None
        told = _version(answer)
        if version not in (None, told):
            return None
        version = told
        rows += _rows(answer)
        if len(rows) > _ITEMS:
            raise SourceError(f"a library of more than {_ITEMS:,} items")
        url, params = _next(answer, base), None
    return rows, version


def _version(answer: Answer) -> int:
    version = _number(answer.headers.get("last-modified-version"))
    if version is None:
        raise SourceError(f"{answer.url} answered without a library version", answer.status)
    return version


def _number(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"\d{1,15}", value, re.ASCII) else None


def _rows(answer: Answer) -> list[Any]:
    try:
        rows = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        raise SourceError(f"{answer.url} answered no list of items", answer.status)
    return rows


def _next(answer: Answer, base: str) -> str:
    """The next page by the Link header; never at another host, that would be sent the key."""
    found = _NEXT.search(answer.headers.get("link", ""))
    if found and not found[1].startswith(base + "/"):
        raise SourceError(f"Zotero's next page is elsewhere: {found[1][:80]!r}")
    return found[1] if found else ""


# --- items -----------------------------------------------------------------------------------


def recognise(row: dict[str, Any]) -> bool:
    """Whether an object is an item of the API or of an export in JSON."""
    data = row.get("data", row)
    return isinstance(data, dict) and isinstance(data.get("itemType"), str)


def entries(
    rows: list[Any], notes: dict[str, list[str]] | None = None
) -> Iterator[LibraryEntry | Rejection]:
    """The entries of items; notes go to the items they were written to.

    After the last entry `notes` holds, by the key of their items, those whose items are not here.
    """
    notes = {} if notes is None else notes
    for row in rows:
        data = row.get("data", row) if isinstance(row, dict) else None
        if isinstance(data, dict) and data.get("itemType") == "note":
            parent, note = data.get("parentItem"), data.get("note")
            if isinstance(parent, str) and isinstance(note, str):
                notes.setdefault(parent, []).append(plain(note))
    for line, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise Unreadable(f"expected an object, found {type(row).__name__}")
            data = row.get("data", row)
            if isinstance(data, dict) and str(data.get("itemType")) in _BESIDE:
                continue
            found = item(row, line)
            found.notes += notes.pop(str(row.get("key") or row.get("itemKey")), [])
            yield found
        except Unreadable as error:
            begin = msgspec.json.encode(row)[:200].decode("utf-8", "replace")
            yield Rejection(line=line, reason=str(error), text=begin)


def item(row: dict[str, Any], line: int = 0) -> LibraryEntry:
    """An entry from one item; raises Unreadable where it is none."""
    data = row.get("data", row)
    if not isinstance(data, dict):
        raise Unreadable("expected an item's data")
    extra_text = data.get("extra") if isinstance(data.get("extra"), str) else ""
    extra = {name.lower(): value for name, value in _EXTRA.findall(extra_text)}
    return entry(
        NAME,
        title=plain(data.get("title")),
        authors=_authors(data.get("creators")),
        abstract=plain(data.get("abstractNote")),
        date=text(data.get("date")),
        venue=next((held for name in _VENUES if (held := text(data.get(name)))), ""),
        dois=[text(data.get("DOI")), extra.get("doi", "")],
        arxiv=text(data.get("archiveID")) or extra.get("arxiv", ""),
        mentions=[text(data.get("reportNumber")), text(extra_text)],
        pmid=extra.get("pmid", ""),
        urls=[text(data.get("url"))],
        key=next(filter(None, [
            text(row.get("key") or data.get("key") or data.get("itemKey")),
            text(data.get("citationKey")), extra.get("citation key", ""),
        ]), ""),
        tags=[_tag(held) for held in _list(data.get("tags"))],
        notes=[plain(_get(note, "note")) for note in _list(data.get("notes"))],
        added=text(data.get("dateAdded")),
        line=line,
    )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else value


def _tag(held: Any) -> str:
    return text(_get(held, "tag"))


def _authors(value: Any) -> list[str]:
    """The names of authors; of whoever comes first where it has none: presenters, programmers."""
    creators = objects(value)
    kinds = [text(person.get("creatorType")) for person in creators]
    wanted = "author" if "author" in kinds else next(iter(kinds), "")
    found = []
    for person, kind in zip(creators, kinds, strict=True):
        whole = f"{text(person.get('firstName'))} {text(person.get('lastName'))}".strip()
        if kind == wanted:
            found.append(author_name(whole or text(person.get("name"))))
    return found
