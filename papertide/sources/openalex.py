"""OpenAlex: an open index of works, with citations, topics, open-access copies and abstracts.

The API (https://developers.openalex.org): by DOI and arXiv id in batches, or all that a filter
lets through. It wants a key, free of charge; without one a day's allowance is about a thousand
batches, and walks with a cursor are refused.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from papertide.papers import Paper, Record, arxiv_id, author_name, doi
from papertide.sources.answers import answer_day, json_object, plain, readable_rows
from papertide.sources.base import (
    Answer,
    Fetch,
    Page,
    Rejection,
    SourceError,
    Unreadable,
    count,
    date_text,
    doi_identity,
    link,
    objects,
    text,
    texts,
)

NAME = "openalex"
BASE = "https://api.openalex.org/works"
FIELDS = (
    "id,doi,display_name,publication_date,publication_year,ids,type,authorships,"
    "primary_location,best_oa_location,locations,open_access,cited_by_count,is_retracted,"
    "is_paratext,primary_topic,topics,abstract_inverted_index,updated_date"
)
_VALUES = 100  # of one filter, joined by "|"
_WORK = re.compile(r"(?:https?://openalex\.org/)?(W\d{1,12})\Z", re.ASCII)
_PMID = re.compile(r"(?:https?://pubmed\.ncbi\.nlm\.nih\.gov/)?(\d{1,9})/?\Z", re.ASCII)
_HEADING = re.compile(r"\A(?:Abstract|ABSTRACT)[.:]? +(?=[A-Z])")
_MAG = re.compile(r"\d{1,12}\Z", re.ASCII)
_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])\Z", re.ASCII)


def work(row: dict[str, Any], as_of: str = "") -> Record:
    """A record from one work; raises Unreadable where it is no paper.

    `as_of` is the day of the answer, for counts. The record is dated by the work's last update.
    """
    own = _WORK.match(text(row.get("id")))
    if not own:
        raise Unreadable(f"not an OpenAlex id: {text(row.get('id'))[:40]!r}")
    title = plain(row.get("display_name") or row.get("title"))
    if not title:
        raise Unreadable("no title")
    if row.get("is_paratext") is True:
        raise Unreadable("a cover, a table of contents or the like, no paper")
    names, orcids = _authors(row)
    venue, is_repository = _venue(row)
    retracted = row.get("is_retracted") is True
    facts = {
        "type": text(row.get("type")),
        "citations": count(row.get("cited_by_count")),
        "topics": _topics(row),
        "open_access": text(_get(row, "open_access", "oa_status")),
        "orcids": orcids,
    }
    facts = {name: value for name, value in facts.items() if value or value == 0}
    updated = date_text(text(row.get("updated_date"))[:10])
    published = date_text(row.get("publication_date")) or _year(row.get("publication_year"))
    if published.endswith("-01-01"):  # mostly a year of which no more is known
        published = published[:4]
    paper = Paper(
        title=title,
        abstract=plain(abstract(row.get("abstract_inverted_index"))),
        authors=names,
        identities=_identities(row, own[1]),
        published=published,
        venue="" if is_repository else venue,
        licence=text(_get(row, "primary_location", "license")),
        links=link("pdf", _get(row, "best_oa_location", "pdf_url")),
        status="retracted" if retracted else "",
        status_note="Marked as retracted by OpenAlex" if retracted else "",
        extra={NAME: facts | {"as_of": as_of or updated}},
    )
    return Record(paper=paper, source=NAME, as_of=updated)


def abstract(inverted: Any) -> str:
    """The text of an inverted index, ``{"word": [positions]}``.

    Words stand in the order of their positions; what lies between two of them takes no place, so
    that a position of 10^9 costs no more than one of 9.
    """
    if inverted is None:
        return ""
    if not isinstance(inverted, dict):
        raise Unreadable("expected an inverted index")
    placed: list[tuple[int, str]] = []
    for word, positions in inverted.items():
        if not isinstance(positions, list) or not all(type(at) is int for at in positions):
            raise Unreadable("expected positions in an inverted index")
        placed += [(at, word) for at in positions]
    placed.sort(key=lambda one: one[0])  # stable: of two words at one place both stay
    return _HEADING.sub("", text(" ".join(word for _, word in placed)), count=1)


def _authors(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Names as the paper has them, else as the index does, and ``ORCID name`` where known."""
    names, orcids = {}, []
    for held in objects(row.get("authorships")):
        person = held.get("author")
        person = person if isinstance(person, dict) else {}
        raw = text(held.get("raw_author_name"))
        # Names in print can be "LASTNAME, F." or hold degrees: such are better from the index.
        printed = raw if raw and "," not in raw and not raw.isupper() else ""
        name = author_name(plain(printed or text(person.get("display_name")) or raw))
        if name:
            names[name] = None
            if known := _ORCID.match(text(person.get("orcid"))):
                orcids.append(f"{known[1]} {name}")
    return list(names), orcids[:100]


def _identities(row: dict[str, Any], own: str) -> list[str]:
    """What the work is called: DOI, arXiv (from its copies, if these agree), PubMed, MAG."""
    ids = row.get("ids")
    ids = ids if isinstance(ids, dict) else {}
    found = doi_identity(row.get("doi") or ids.get("doi"))
    copies = {
        known.id
        for held in objects(row.get("locations"))
        for known in [arxiv_id(text(held.get("landing_page_url")))]
        if known
    }
    if len(copies) == 1 and not any(name.startswith("arxiv:") for name in found):
        found.append(f"arxiv:{copies.pop()}")
    if known := _PMID.match(text(ids.get("pmid"))):
        found.append(f"pmid:{known[1]}")
    if known := _MAG.match(str(ids.get("mag") or "")):
        found.append(f"mag:{known[0]}")
    return [*found, f"openalex:{own}"]


def _venue(row: dict[str, Any]) -> tuple[str, bool]:
    source = _get(row, "primary_location", "source")
    source = source if isinstance(source, dict) else {}
    return text(source.get("display_name")), source.get("type") == "repository"


def _topics(row: dict[str, Any]) -> list[str]:
    held = [row.get("primary_topic"), *objects(row.get("topics"))]
    return texts([topic.get("display_name") for topic in held if isinstance(topic, dict)])[:10]


def _year(value: Any) -> str:
    return date_text(f"{value:04}") if type(value) is int and 0 < value <= 9999 else ""


def _get(row: dict[str, Any], name: str, inner: str) -> Any:
    held = row.get(name)
    return held.get(inner) if isinstance(held, dict) else None


# --- asking ----------------------------------------------------------------------------------


class _Api:
    """What all that asks OpenAlex shares: a key, and a contact's mail address."""

    def __init__(self, key: str = "", contact: str = "", base: str = BASE):
        self._base = base
        access = {"api_key": key, "mailto": contact}
        self._access = {name: held for name, held in access.items() if held}

    def _ask(self, fetch: Fetch, params: dict[str, str]) -> tuple[Answer, dict[str, Any]]:
        try:
            answer = fetch(self._base, {"select": FIELDS, **params, **self._access})
        except SourceError as error:
            if error.status in (401, 403) and "api_key" not in self._access:
                raise SourceError(
                    f"{error}. OpenAlex wants a key for this: a free one is at "
                    "https://openalex.org/settings/api", error.status,
                ) from None  # fmt: skip
            raise
        found = json_object(answer)
        if not isinstance(found.get("results"), list):
            raise SourceError(f"{answer.url} answered without results", answer.status)
        return answer, found


class Lookup(_Api):
    """Papers by their DOIs and arXiv ids."""

    name = NAME
    title = "OpenAlex"
    about = "citations, topics, open-access copies, ORCIDs, abstracts where others give none"
    every = timedelta(days=7)
    batch = 50

    def ask(self, fetch: Fetch, papers: list[Paper]) -> list[Record | Rejection]:
        """Records of the papers that OpenAlex knows. What answers to none of them is left out."""
        names: dict[str, None] = {}
        for paper in papers:
            for identity in paper.identities:
                scheme, _, value = identity.partition(":")
                if scheme == "arxiv":
                    names[f"10.48550/arxiv.{value}"] = None
                elif scheme == "doi" and doi(value):
                    names[value] = None
        wanted = {identity for paper in papers for identity in paper.identities}
        # Commas divide filters and bars their values: few DOIs hold one, they are not asked for.
        values = [name for name in names if not {",", "|"} & set(name)]
        found: list[Record | Rejection] = []
        for start in range(0, len(values), _VALUES):
            filters = "doi:" + "|".join(values[start : start + _VALUES])
            answer, body = self._ask(fetch, {"filter": filters, "per_page": str(_VALUES)})
            day = answer_day(answer)
            found += readable_rows(body["results"], lambda row, day=day: work(row, day))
        return [
            one for one in found
            if isinstance(one, Rejection) or wanted.intersection(one.paper.identities)
        ]  # fmt: skip


class Works(_Api):
    """Works that a filter lets through, such as ``primary_location.source.id:s49861241``.

    Filters: https://developers.openalex.org/guides/filtering. Only paying readers may ask what
    changed since a day: a walk asks for what was published since, and looks back `late` days,
    for works that were indexed late.
    """

    every = timedelta(days=1)
    late = timedelta(days=30)
    rows = 100  # works a page, the most that are given

    def __init__(
        self, filters: str, *, name: str, title: str, key: str = "", contact: str = "",
        base: str = BASE,
    ):  # fmt: skip
        super().__init__(key, contact, base)
        self.filters, self.name, self.title = filters, name, title
        self.about = f"new works at OpenAlex ({filters})"

    def pages(self, fetch: Fetch, cursor: dict[str, Any], since: date | None) -> Iterator[Page]:
        start = cursor.get("since") or (since.isoformat() if since else "")
        filters = ",".join(filter(None, (self.filters, start and f"from_publication_date:{start}")))
        following, began = cursor.get("next") or "*", cursor.get("began") or ""
        restarts, before = 0, None
        while True:
            params = {"filter": filters, "per_page": str(self.rows), "cursor": following}
            try:
                answer, body = self._ask(fetch, params)
            except SourceError as error:
                if following == "*" or restarts or error.status not in (400, 404, 410):
                    raise
                following, began, restarts = "*", "", restarts + 1
                continue
            results = body["results"]
            if results and results == before:
                raise SourceError("OpenAlex answered the same page twice; try again later")
            day = answer_day(answer)
            before, began = results, began or day
            meta = body.get("meta")
            meta = meta if isinstance(meta, dict) else {}
            following = text(meta.get("next_cursor"))
            done = not results or not following
            again = (date.fromisoformat(began) - self.late).isoformat()
            walk = {"since": start, "next": following, "began": began}
            yield Page(
                rows=readable_rows(results, lambda row, day=day: work(row, day)),
                cursor={"since": again} if done else walk,
                total=count(meta.get("count")),
            )
            if done:
                return
