"""Crossref: publishers' own metadata, and what they say afterwards: retractions, corrections.

The REST API (https://www.crossref.org/documentation/retrieve-metadata/rest-api/), read by DOI, by
filter with its cursor for deep paging, and by notices of updates (Crossmark's and Retraction
Watch's: https://www.crossref.org/documentation/retrieve-metadata/retraction-watch/).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from papertide.papers import Paper, Record, author_name, doi, shown_date
from papertide.sources.answers import answer_day, json_object, plain, readable_rows
from papertide.sources.base import (
    Answer,
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    count,
    date_parts,
    date_text,
    doi_identity,
    objects,
    text,
    texts,
)

NAME = "crossref"
BASE = "https://api.crossref.org/works"

# What a paper can be (https://api.crossref.org/types): not a journal, a figure, a review of one.
_PAPERS = {
    "book", "book-chapter", "book-part", "book-section", "dissertation", "edited-book",
    "journal-article", "monograph", "other", "posted-content", "proceedings-article",
    "reference-book", "reference-entry", "report", "report-component", "standard",
}  # fmt: skip
# What an update says of the paper, the gravest first. Crossmark has more kinds (corrections,
# errata, new versions): these change nothing of whether the paper stands.
_STATUS = {
    "removal": "removed",
    "retraction": "retracted",
    "withdrawal": "withdrawn",
    "partial_retraction": "concern",
    "expression_of_concern": "concern",
}
_CORRECTIONS = {"addendum", "clarification", "correction", "corrigendum", "erratum"}
_GRAVITY = ["removed", "retracted", "withdrawn", "concern", ""]
_MARKED = re.compile(
    r"\[?(RETRACTED|Retracted(?=\])|WITHDRAWN)(?: ARTICLE| PAPER| CHAPTER)?[\]:]+ *"
)
_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])\Z", re.ASCII)
_NO_LICENCE = {"tdm", "stm-asf"}  # for machines that mine the text, no readers


# --- rows ------------------------------------------------------------------------------------


def work(row: dict[str, Any]) -> Record:
    """A record from one work of the API; raises Unreadable where it is no paper."""
    identities = doi_identity(row.get("DOI"))
    if not identities:
        raise Unreadable(f"not a DOI: {text(row.get('DOI'))[:40]!r}")
    kind = text(row.get("type"))
    if kind and kind not in _PAPERS:
        raise Unreadable(f"a {kind}, no paper")
    title = _title(row)
    if not title:
        raise Unreadable("no title")
    own = identities[0].removeprefix("doi:")
    updates = [_Update(held) for held in objects(row.get("updated-by"))]
    updates += [held for held in map(_Update, objects(row.get("update-to"))) if held.doi == own]
    marked = _MARKED.match(title)
    if marked and title[marked.end() :]:
        title = title[marked.end() :]
    status, note = _status(updates)
    if marked and not status:
        status = "withdrawn" if marked[1] == "WITHDRAWN" else "retracted"
        note = f"Marked as {status} in its title at the publisher's"
    as_of = _day(row, "deposited")
    authors, orcids = _authors(row.get("author"))
    facts = {
        "type": kind,
        "publisher": text(row.get("publisher")),
        "citations": count(row.get("is-referenced-by-count")),
        "orcids": orcids,
        "updates": list(dict.fromkeys(update.text for update in updates)),
    }
    facts = {name: value for name, value in facts.items() if value or value == 0}
    venue = _first(row, "container-title") or text(_get(row, "institution", "name"))
    paper = Paper(
        title=title,
        abstract=plain(row.get("abstract")),
        authors=authors,
        identities=list(dict.fromkeys([*identities, *_other_forms(row)])),
        published=_date(row, "posted") or _date(row, "issued") or _date(row, "published"),
        venue=plain(venue),
        licence=_licence(row),
        status=status,
        status_note=note,
        extra={NAME: facts | {"as_of": _day(row, "indexed") or as_of}},
    )
    return Record(paper=paper, source=NAME, as_of=as_of)


def _title(row: dict[str, Any]) -> str:
    title, subtitle = plain(_first(row, "title")), plain(_first(row, "subtitle"))
    return f"{title}: {subtitle}" if title and subtitle and subtitle not in title else title


def _first(row: dict[str, Any], name: str) -> str:
    """The first text of a field that is a list of texts, or one text in older answers."""
    value = row.get(name)
    return text(value) if isinstance(value, str) else next(iter(texts(value)), "")


def _get(row: dict[str, Any], name: str, inner: str) -> Any:
    held = row.get(name)
    held = held[0] if isinstance(held, list) and held else held
    return held.get(inner) if isinstance(held, dict) else None


def _authors(value: Any) -> tuple[list[str], list[str]]:
    """The authors' names, and ``ORCID name`` of those who have one.

    Groups have a ``name``; one that was taken for a person only a family name.
    """
    if isinstance(value, str):
        value = [{"name": value}]
    names, orcids = {}, []
    for person in objects(value):
        given, family = text(person.get("given")), text(person.get("family"))
        whole = text(person.get("name")) or text(person.get("literal"))
        name = author_name(plain(f"{given} {family}".strip() or whole))
        if name and (suffix := text(person.get("suffix"))):
            name += f", {suffix}"
        if name:
            names[name] = None
            if known := _ORCID.match(text(person.get("ORCID"))):
                orcids.append(f"{known[1]} {name}")
    return list(names), orcids[:100]


def _date(row: dict[str, Any], name: str) -> str:
    return date_parts(_get(row, name, "date-parts"))


def _day(row: dict[str, Any], name: str) -> str:
    """The day of a time stamp."""
    return date_text(text(_get(row, name, "date-time"))[:10])


def _licence(row: dict[str, Any]) -> str:
    """The licence for readers: of several the open one, else that of the published version."""
    held = [
        (text(one.get("URL")), text(one.get("content-version")))
        for one in objects(row.get("license"))
    ]
    held = [(url, version) for url, version in held if url and version not in _NO_LICENCE]
    held.sort(key=lambda one: ("creativecommons.org/" not in one[0], one[1] != "vor"))
    return held[0][0] if held else ""


def _other_forms(row: dict[str, Any]) -> list[str]:
    """Identities of the same work as a preprint or in a journal, as its publisher relates them.

    A preprint that became several articles is none of them.
    """
    relation = row.get("relation")
    relation = relation if isinstance(relation, dict) else {}
    articles = [name for held in objects(relation.get("is-preprint-of")) for name in _related(held)]
    preprints = [
        name for held in objects(relation.get("has-preprint"))[:20] for name in _related(held)
    ]
    return [*(articles if len(set(articles)) == 1 else []), *preprints]


def _related(held: dict[str, Any]) -> list[str]:
    kind, name = text(held.get("id-type")), text(held.get("id"))
    if kind == "arxiv":
        return doi_identity(f"10.48550/arXiv.{name.removeprefix('arXiv:')}")
    return doi_identity(name) if kind in ("doi", "uri") else []


# --- updates ---------------------------------------------------------------------------------


class _Update:
    """One entry of ``updated-by`` (the DOI of a notice) or ``update-to`` (of what it is about)."""

    def __init__(self, held: dict[str, Any]):
        self.kind = re.sub(r"[ -]", "_", text(held.get("type")).lower())
        self.doi = doi(text(held.get("DOI"))) or ""
        self.label = text(held.get("label")) or self.kind.replace("_", " ").capitalize()
        self.day = _date({"updated": held.get("updated")}, "updated")
        self.source = text(held.get("source"))

    @property
    def text(self) -> str:
        return " ".join(filter(None, (self.kind, self.day, self.doi)))

    def note(self, notice: str) -> str:
        """What is shown to readers: what was said, when, by whom, and where it stands."""
        said = ", ".join(filter(None, (self.label, shown_date(self.day))))
        by = " (Retraction Watch)" if self.source == "retraction-watch" else ""
        return f"{said}{by}" + (f": https://doi.org/{notice}" if notice else "")


def _status(updates: list[_Update]) -> tuple[str, str]:
    """The gravest status that updates give a paper, and the words for it; the later of equals.

    Corrections leave a note without a status.
    """
    told = [update for update in updates if update.kind in _STATUS or update.kind in _CORRECTIONS]
    if not told:
        return "", ""
    told.sort(key=lambda update: update.day, reverse=True)
    told.sort(key=lambda update: _GRAVITY.index(_STATUS.get(update.kind, "")))
    return _STATUS.get(told[0].kind, ""), told[0].note(told[0].doi)


def notice(row: dict[str, Any]) -> list[Record]:
    """What a work says of papers that it updates: records of DOI, status and note, with no title.

    Mostly it is a notice about others; some are about themselves, under the paper's own DOI.
    """
    own = doi(text(row.get("DOI"))) or ""
    by_paper: dict[str, list[_Update]] = {}
    for update in map(_Update, objects(row.get("update-to"))):
        if update.doi:
            by_paper.setdefault(update.doi, []).append(update)
    records = []
    for name, updates in by_paper.items():
        for update in updates:
            update.doi = own  # where readers find what it says
        status, note = _status(updates)
        if note:
            as_of = max(update.day for update in updates)
            paper = Paper(
                title="",
                identities=doi_identity(name),
                status=status,
                status_note=note,
                extra={NAME: {"updates": [update.text for update in updates], "as_of": as_of}},
            )
            records.append(Record(paper=paper, source=NAME, as_of=as_of))
    return records


def papers(items: list[Any]) -> list[Record | Rejection]:
    """The papers among works. A notice about others is no paper: what it says of them is kept."""

    def read(row: dict[str, Any]) -> list[Record]:
        own = doi_identity(row.get("DOI"))
        about = [record for record in notice(row) if record.paper.identities != own]
        return about or [work(row)]

    return readable_rows(items, read)


def notices(items: list[Any]) -> list[Record | Rejection]:
    """What works say of papers that they update."""
    return readable_rows(items, notice)


# --- asking ----------------------------------------------------------------------------------


class _Api:
    """What all that asks Crossref shares. With a `contact`'s mail address, in its polite pool."""

    def __init__(self, contact: str = "", base: str = BASE):
        self._contact, self._base = contact, base

    def _list(self, fetch: Fetch, filters: str, **params: str) -> tuple[Answer, dict[str, Any]]:
        mail = {"mailto": self._contact} if self._contact else {}
        answer = fetch(self._base, {"filter": filters, **params, **mail})
        return answer, _message(answer)

    def _one(self, fetch: Fetch, name: str) -> list[Any]:
        mail = {"mailto": self._contact} if self._contact else {}
        answer = fetch(f"{self._base}/{quote(name, safe='')}", mail, accept=(200, 404))
        return [] if answer.status == 404 else [_message(answer)]


def _message(answer: Answer) -> dict[str, Any]:
    message = json_object(answer).get("message")
    if not isinstance(message, dict):
        raise SourceError(f"{answer.url} answered without a message", answer.status)
    return message


def _items(message: dict[str, Any]) -> list[Any]:
    items = message.get("items")
    if not isinstance(items, list):
        raise SourceError("Crossref answered without a list of works")
    return items


class Lookup(_Api):
    """Papers by their DOIs: publishers' metadata, licences, retractions, citation counts."""

    name = NAME
    title = "Crossref"
    about = "publishers' metadata by DOI: venue, licence, citations, retractions and corrections"
    every = timedelta(days=7)
    batch = 50

    def ask(self, fetch: Fetch, papers: list[Paper]) -> list[Record | Rejection]:
        """Records of the papers whose DOIs Crossref registered."""
        names = list(dict.fromkeys(
            identity[4:] for paper in papers for identity in paper.identities
            if identity.startswith("doi:") and doi(identity[4:])
        ))  # fmt: skip
        found: list[Any] = []
        # A comma divides filters: DOIs that hold one are asked about one by one.
        plain = [name for name in names if "," not in name]
        for start in range(0, len(plain), self.batch):
            part = plain[start : start + self.batch]
            filters = ",".join(f"doi:{name}" for name in part)
            found += _items(self._list(fetch, filters, rows=str(len(part)))[1])
        for name in names:
            if "," in name:
                found += self._one(fetch, name)
        return readable_rows(found, work)


class Works(_Api):
    """New and changed works that a filter lets through, such as ``issn:1533-7928``.

    Filters: https://www.crossref.org/documentation/retrieve-metadata/rest-api/rest-api-filters/.
    The cursor holds the day its walk began (`since` of the next one: days are inclusive, and a
    work that changed meanwhile is met again) and, within a walk, Crossref's own cursor.
    """

    every = timedelta(days=1)
    rows = 200  # works a page: with abstracts and references about 2 MB
    since_filter = "from-index-date"  # all that changed, counts of citations too

    def __init__(self, filters: str, *, name: str, title: str, contact: str = "", base: str = BASE):
        super().__init__(contact, base)
        self.filters, self.name, self.title = filters, name, title
        self.about = f"new and changed works at Crossref ({filters})"

    read = staticmethod(papers)

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        start = cursor.get("since") or (since.isoformat() if since else "")
        filters = ",".join(filter(None, (self.filters, start and f"{self.since_filter}:{start}")))
        following, began = cursor.get("next") or "*", cursor.get("began") or ""
        restarts, before = 0, None
        while True:
            try:
                answer, message = self._list(fetch, filters, rows=str(self.rows), cursor=following)
            except SourceError as error:
                # Crossref forgets cursors after minutes, and then answers 404: cursor-invalid.
                if following == "*" or restarts or error.status not in (400, 404, 410):
                    raise
                following, began, restarts = "*", "", restarts + 1
                continue
            items = _items(message)
            # The cursor itself often stays the same from page to page: that says nothing.
            if items and items == before:
                raise SourceError("Crossref answered the same page twice; try again later")
            following, before = text(message.get("next-cursor")), items
            began = began or answer_day(answer)
            done = len(items) < self.rows or not following
            walk = {"since": start, "next": following, "began": began}
            yield Page(
                rows=self.read(items),
                cursor={"since": began} if done else walk,
                total=count(message.get("total-results")),
            )
            if done:
                return


class Retractions(Works):
    """Notices of retraction, withdrawal, removal and concern about papers we may have.

    The records have no title: they say something of a paper that is here, and make no new one.
    """

    since_filter = "from-update-date"
    read = staticmethod(notices)
    kinds = ("retraction", "withdrawal", "removal", "expression_of_concern", "partial_retraction")

    def __init__(self, contact: str = "", base: str = BASE):
        filters = ",".join(f"update-type:{kind}" for kind in self.kinds)
        super().__init__(
            filters, name="crossref-retractions", title="Crossref retractions", contact=contact,
            base=base,
        )  # fmt: skip
        self.about = "notices of retraction, withdrawal, removal and concern"
