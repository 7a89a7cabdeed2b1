"""arXiv's API (Atom): papers by their ids, and by a query.

https://info.arxiv.org/help/api/user-manual.html. It is for single papers and repairs; what is
new comes from the feeds, and everything from OAI-PMH.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

from papertide.papers import Paper, Record, arxiv_id
from papertide.sources.answers import xml_root
from papertide.sources.arxiv_feeds import ATOM, atom_entry
from papertide.sources.base import Answer, Fetch, Page, Rejection, SourceError, Unreadable, text

_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_BATCH = 100  # ids a request: their addresses stay short enough for every proxy
_REACH = 30_000  # results of a query that can be paged through
_TRIES = 4  # of a page that is empty where it should not be


class ArxivApi:
    """Asks arXiv about papers that have an arXiv id."""

    name, title = "arxiv-api", "arXiv API"
    about = "single papers by their arXiv id, and repairs of what is incomplete"
    every = timedelta(days=1)
    batch = _BATCH

    def __init__(self, base: str = "https://export.arxiv.org/api/query"):
        self.base = base

    def ask(self, fetch: Fetch, papers: list[Paper]) -> list[Record | Rejection]:
        """What arXiv says of these papers now; nothing for those that have no arXiv id."""
        return self.by_ids(fetch, [paper.arxiv for paper in papers if paper.arxiv])

    def by_ids(self, fetch: Fetch, ids: Sequence[str]) -> list[Record | Rejection]:
        """The papers of some arXiv ids in any of their forms, in this order; a Rejection for
        each that is none, or that arXiv does not know, with its place from 1 as its line."""
        asked = [(place, told, arxiv_id(told)) for place, told in enumerate(ids, start=1)]
        wanted = list(dict.fromkeys(known.id for _, _, known in asked if known))
        held: dict[str, Record | str] = {}
        for at in range(0, len(wanted), _BATCH):
            held |= self._batch(fetch, wanted[at : at + _BATCH])
        found: dict[str, Record | Rejection] = {}
        for place, told, known in asked:
            record = held.get(known.id, "arXiv has no such paper") if known else "not an arXiv id"
            if isinstance(record, str):
                record = Rejection(line=place, reason=record, text=told[:200])
            found.setdefault(known.id if known else told, record)
        return list(found.values())

    def _batch(self, fetch: Fetch, ids: list[str]) -> dict[str, Record | str]:
        """Records by id, or why there is none. One id that arXiv takes offence at spoils the
        answer for all it was asked with: then they are asked in halves."""
        params = {"id_list": ",".join(ids), "start": "0", "max_results": str(len(ids))}
        try:
            rows, _ = entries(fetch(self.base, params, accept=(200, 400)))
        except _Refused as error:
            if len(ids) == 1:
                return {ids[0]: f"arXiv says: {error}"}
            half = len(ids) // 2
            return self._batch(fetch, ids[:half]) | self._batch(fetch, ids[half:])
        return {row.paper.arxiv: row for row in rows if isinstance(row, Record)}

    def search(
        self, fetch: Fetch, query: str, *, cursor: dict[str, Any] | None = None, page: int = 200,
        limit: int | None = None, newest_first: bool = False,
    ) -> Iterator[Page]:  # fmt: skip
        """Pages of what a query finds, by day of submission: ``cat:cs.CL AND ti:parsing``.

        The cursor is the number of rows before the next page (``start``). Raises SourceError
        where arXiv refuses the query, keeps answering with an empty page in the middle, or has
        more than can be paged through.
        """
        start, end = (cursor or {}).get("start", 0), limit
        while end is None or start < end:
            if start >= _REACH:
                raise SourceError(
                    f"arXiv's API shows {_REACH:,} results of a query and no more; narrow it by "
                    "submittedDate, or harvest arxiv-oai"
                )
            size = page if end is None else min(page, end - start)
            rows, total = self._page(fetch, query, start, size, newest_first)
            start += len(rows)
            end = total if limit is None else min(limit, total)
            if not rows:
                return
            yield Page(rows=rows, cursor={"start": start}, total=total)

    def _page(self, fetch: Fetch, query: str, start: int, size: int, newest_first: bool):
        params = {
            "search_query": query,
            "start": str(start),
            "max_results": str(size),
            "sortBy": "submittedDate",
            "sortOrder": "descending" if newest_first else "ascending",
        }
        # Now and then arXiv answers a page in the middle with an empty feed and status 200:
        # https://github.com/lukasschwab/arxiv.py/issues/43
        for _ in range(_TRIES):
            rows, total = entries(fetch(self.base, params, accept=(200, 400)))
            if rows or start >= total:
                return rows, total
        raise SourceError(
            f"arXiv says it has {total:,} results, but shows none from {start:,} on; try again "
            "later: it goes on from there"
        )


class _Refused(SourceError):
    """arXiv's own error, in a feed of one entry."""


def entries(answer: Answer) -> tuple[list[Record | Rejection], int]:
    """The rows of an answer and how many there are in all; raises SourceError where arXiv
    answers with an error, or with what is no feed."""
    root = xml_root(answer.body, "arXiv's answer")
    if root.tag != f"{ATOM}feed":
        raise SourceError(f"arXiv answered no feed, but {root.tag.rpartition('}')[2]!r}",
                          answer.status if answer.status >= 400 else 0)  # fmt: skip
    found = root.findall(f"{ATOM}entry")
    for entry in found[:1]:
        if "/api/errors" in (entry.findtext(f"{ATOM}id") or ""):
            raise _Refused(text(entry.findtext(f"{ATOM}summary")) or "error", answer.status)
    if answer.status >= 400:
        raise _Refused("error", answer.status)
    total = text(root.findtext(_TOTAL))
    rows = [_row(entry, number) for number, entry in enumerate(found, start=1)]
    return rows, int(total) if total.isascii() and total.isdigit() and len(total) < 12 else len(
        rows
    )


def _row(entry: Element, number: int) -> Record | Rejection:
    try:
        return atom_entry(entry)
    except Unreadable as error:
        title = text(entry.findtext(f"{ATOM}title"))
        return Rejection(line=number, reason=str(error), text=title[:200])
