"""Semantic Scholar: citation counts, summaries of one sentence, other ids, open-access copies.

The Academic Graph API (https://api.semanticscholar.org/api-docs/graph), many papers a request.
"""

import re
from datetime import timedelta
from typing import Any

import msgspec

from papertide.papers import Paper, Record, arxiv_id
from papertide.sources.answers import answer_day, plain
from papertide.sources.base import (
    Answer,
    Fetch,
    Rejection,
    SourceError,
    Unreadable,
    count,
    date_text,
    doi_identity,
    link,
    names,
    objects,
    text,
)

NAME = "semanticscholar"
BASE = "https://api.semanticscholar.org/graph/v1/paper/batch"
FIELDS = (
    "externalIds,title,abstract,venue,year,publicationDate,authors,citationCount,"
    "influentialCitationCount,referenceCount,tldr,openAccessPdf"
)
# Schemes of identities and what they are called there. MAG's ids are left out: two works share
# one now and then, and they say nothing that the others do not.
_SCHEMES = {"arxiv": "ARXIV", "doi": "DOI", "pmid": "PMID", "acl": "ACL", "corpusid": "CorpusId"}
_EXTERNAL = {"PubMed": "pmid", "PubMedCentral": "pmcid", "ACL": "acl", "CorpusId": "corpusid"}
_DOI_LINK = re.compile(r"https?://(?:dx\.)?doi\.org/", re.I)
_PLAIN = re.compile(r"[\w.:/-]{1,60}\Z", re.ASCII)


def paper(row: dict[str, Any], as_of: str = "") -> Record:
    """A record from one paper; raises Unreadable where it is none. `as_of` dates its counts."""
    title = plain(row.get("title"))
    if not title:
        raise Unreadable("no title")
    tldr = row.get("tldr")
    pdf = row.get("openAccessPdf")
    address = text(pdf.get("url")) if isinstance(pdf, dict) else ""
    if _DOI_LINK.match(address):  # leads to the publisher's page, not to a PDF
        address = ""
    facts = {
        "citations": count(row.get("citationCount")),
        "influential_citations": count(row.get("influentialCitationCount")),
        "references": count(row.get("referenceCount")),
        "tldr": plain(tldr.get("text")) if isinstance(tldr, dict) else "",
        "id": text(row.get("paperId")),
    }
    facts = {name: value for name, value in facts.items() if value or value == 0}
    year = row.get("year")
    year = f"{year:04}" if type(year) is int and 0 < year <= 9999 else ""
    venue = text(row.get("venue"))
    found = Paper(
        title=title,
        abstract=plain(row.get("abstract")),
        authors=names([text(person.get("name")) for person in objects(row.get("authors"))]),
        identities=_identities(row.get("externalIds")),
        published=date_text(row.get("publicationDate")) or year,
        venue="" if re.match(r"arxiv", venue, re.I) else venue,
        links=link("pdf", address),
        extra={NAME: facts | {"as_of": as_of}},
    )
    return Record(paper=found, source=NAME, as_of=as_of)


def _identities(ids: Any) -> list[str]:
    if ids is None:
        return []
    if not isinstance(ids, dict):
        raise Unreadable("expected an object of ids")
    known = arxiv_id(text(ids.get("ArXiv")))
    found = [f"arxiv:{known.id}"] if known else []
    found += doi_identity(ids.get("DOI"))
    for name, scheme in _EXTERNAL.items():
        value = ids.get(name)
        value = str(value) if type(value) is int else text(value)
        if _PLAIN.match(value):
            found.append(f"{scheme}:{'PMC' if scheme == 'pmcid' else ''}{value}")
    return list(dict.fromkeys(found))


class Lookup:
    """Papers by arXiv id, DOI and other ids, up to 500 a request."""

    name = NAME
    title = "Semantic Scholar"
    about = "citation counts, one-sentence summaries, PubMed and ACL ids, open-access PDFs"
    every = timedelta(days=7)
    batch = 500

    def __init__(self, key: str = "", base: str = BASE):
        """`key` is sent as ``x-api-key``; without one all share a small allowance."""
        self._base, self._headers = base, {"x-api-key": key} if key else {}

    def ask(self, fetch: Fetch, papers: list[Paper]) -> list[Record | Rejection]:
        """Records of the papers that Semantic Scholar knows, each with the id it was asked by."""
        asked = [(one, name) for one in papers if (name := _name(one))]
        found: list[Record | Rejection] = []
        for start in range(0, len(asked), self.batch):
            part = asked[start : start + self.batch]
            answer = fetch(
                self._base,
                {"fields": FIELDS},
                json={"ids": [name for _, name in part]},
                headers=self._headers,
                accept=(200, 400),
            )
            rows = _rows(answer, len(part))
            day = answer_day(answer)
            for line, ((one, name), row) in enumerate(zip(part, rows, strict=True), start=1):
                if row is None:
                    continue
                try:
                    record = _about(one, name, row, day)
                    record.line = line
                    found.append(record)
                except Unreadable as error:
                    found.append(Rejection(line=line, reason=str(error), text=name))
        return found


def _name(one: Paper) -> str:
    """What a paper is called there, by the first scheme that it has an identity of."""
    for scheme, called in _SCHEMES.items():
        if value := one.identity(scheme):
            return f"{called}:{value}"
    return ""


def _rows(answer: Answer, count: int) -> list[Any]:
    """One row or null for each id. Where no id is known, the answer is an error of status 400."""
    try:
        rows = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        rows = None
    if answer.status == 400 and isinstance(rows, dict) and "valid paper ids" in str(rows):
        return [None] * count
    if answer.status != 200 or not isinstance(rows, list) or len(rows) != count:
        said = answer.body[:100].decode("utf-8", "replace")
        raise SourceError(
            f"{answer.url} did not answer with one row for each of {count} ids: {said!r}",
            answer.status,
        )
    return rows


def _about(one: Paper, name: str, row: Any, day: str) -> Record:
    if not isinstance(row, dict):
        raise Unreadable(f"expected an object, found {type(row).__name__}")
    record = paper(row, day)
    told = record.paper
    if one.arxiv and told.arxiv and one.arxiv != told.arxiv:
        raise Unreadable(f"asked for {name}, answered with arXiv:{told.arxiv}")
    scheme = next(scheme for scheme, called in _SCHEMES.items() if name.startswith(called + ":"))
    asked = f"{scheme}:{one.identity(scheme)}"
    told.identities = list(dict.fromkeys([asked, *told.identities]))
    return record
