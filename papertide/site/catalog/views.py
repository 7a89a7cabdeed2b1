"""The pages: what readers ask, put to the library, shown in templates. A GET changes nothing."""

import dataclasses
import datetime
import functools
import logging
from collections.abc import Callable
from urllib.parse import urlencode

from django import db
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from papertide.embedding import ModelError
from papertide.library import NotFound, date_argument, open_library
from papertide.search.engine import SearchUnavailable
from papertide.search.lexical import MAX_OFFSET
from papertide.site.catalog import bibtex
from papertide.site.catalog.templatetags.papers import SOURCES

log = logging.getLogger(__name__)

PER_PAGE = 50  # papers of a day, a listing, an author, a category
HITS_PER_PAGE = 20
NEWEST_LISTINGS = 8
AUTHORS_SHOWN = 100  # on a paper's page; a page of 3,000 links helps nobody
SIMILAR = 6  # papers like it on a paper's page
_MOST_PAPERS = 50  # that one request may ask to be near to
_MOST_FILTERS = 20  # categories or sources that one search may name


def _page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for GET and HEAD: what is not there is 404, an index that cannot answer 503."""

    @require_safe
    @functools.wraps(view)
    def answer(request: HttpRequest, **named) -> HttpResponse:
        if any("\0" in value for value in named.values() if isinstance(value, str)):
            raise Http404("No address has such a character.")  # Postgres would refuse it
        try:
            return view(request, **named)
        except NotFound as error:
            raise Http404(str(error)) from None
        except SearchUnavailable as error:
            log.error("search: %s", error)  # it may name folders: not for everybody
            command = str(error).partition("Run: ")[2] or "papertide doctor"
            context = {"command": command, "asked": Asked.read(request.GET)}
            return render(request, "catalog/unavailable.html", context, status=503)

    return answer


# --- pages of long lists ---------------------------------------------------------------------


@dataclasses.dataclass
class Pager:
    """Where a reader is in a long list; addresses are relative ones, ``?page=2``."""

    number: int
    pages: int
    size: int
    total: int
    parameters: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def bounded(self) -> bool:
        """Whether this is the last page only because lists are shown no further."""
        return self.number == self.pages and self.last_row < self.total

    @property
    def previous(self) -> str:
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def following(self) -> str:
        return self._address(self.number + 1) if self.number < self.pages else ""

    def _address(self, number: int) -> str:
        return "?" + urlencode([*self.parameters, ("page", number)])


def _page_number(query: QueryDict) -> int:
    text = query.get("page", "").lstrip("0")
    return int(text[:9]) if text.isascii() and text.isdigit() else 1


def _paged(request: HttpRequest, fetch: Callable, size: int = PER_PAGE, parameters=()):
    """The rows of the page asked for, or of the last one, and the pager.

    `fetch(limit, offset)` gives rows and their number in all; it is called again only for a
    page beyond the last.
    """
    number = min(_page_number(request.GET), MAX_OFFSET // size + 1)
    rows, total = fetch(size, (number - 1) * size)
    pages = max(1, -(-min(total, MAX_OFFSET + size) // size))
    if number > pages:
        number = pages
        rows, total = fetch(size, (number - 1) * size)
    return rows, Pager(number, pages, size, total, list(parameters))


# --- days ------------------------------------------------------------------------------------


@_page
def home(request: HttpRequest) -> HttpResponse:
    """The latest day; without one the latest listing; without that all there is, if anything."""
    library = open_library()
    listings = library.listings(NEWEST_LISTINGS)
    context = {"listings": listings, "home": True}
    if latest := library.latest_day():
        return _day(request, latest, context)
    if listings:
        return _listing(request, listings[0], context)
    context["papers"], context["pager"] = _paged(request, functools.partial(_search, ""))
    return render(request, "catalog/home.html", context)


@_page
def day(request: HttpRequest, day: datetime.date) -> HttpResponse:
    """The papers of a day; a day without any says which ones are nearest."""
    return _day(request, day, {"listings": open_library().listings(NEWEST_LISTINGS)})


@_page
def any_day(request: HttpRequest) -> HttpResponse:
    """From the form that asks for a day to that day's page."""
    try:
        chosen = date_argument(request.GET.get("date", "").strip())
    except ValueError as error:
        raise Http404(str(error)) from None
    return redirect("day", day=chosen) if chosen else redirect("home")


def _day(request: HttpRequest, day: datetime.date, context: dict) -> HttpResponse:
    library = open_library()
    info = library.day(day)
    papers, pager = _paged(
        request, lambda limit, offset: (library.day_papers(day, limit, offset), info.count)
    )
    context |= {"info": info, "papers": papers, "pager": pager}
    return render(request, "catalog/day.html", context)


# --- search ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Asked:
    """What a search form holds: what was typed, and what it means where it means anything."""

    q: str = ""
    categories: list[str] = dataclasses.field(default_factory=list)
    source: str = ""
    since_text: str = ""
    until_text: str = ""
    by_date: bool = False
    since: datetime.date | None = None
    until: datetime.date | None = None
    errors: dict[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """The form of an address; wrong dates are among its `errors`."""
        codes = " ".join(query.getlist("category")).replace(",", " ").replace("\0", " ").split()
        asked = cls(
            q=query.get("q", "").replace("\0", " "),
            categories=list(dict.fromkeys(codes))[:_MOST_FILTERS],
            source=query.get("source", "").strip()[:50],
            since_text=query.get("since", "").strip()[:20],
            until_text=query.get("until", "").strip()[:20],
            by_date=query.get("sort") == "date",
        )
        for field, text in (("since", asked.since_text), ("until", asked.until_text)):
            try:
                setattr(asked, field, date_argument(text))
            except ValueError:
                asked.errors[field] = f"“{text}” is not a day such as 2025-03-17."
        if asked.since and asked.until and asked.until < asked.since:
            asked.errors["until"] = "This day is before the first one."
        return asked

    @property
    def category(self) -> str:
        return " ".join(self.categories)

    @property
    def filtered(self) -> bool:
        return bool(self.categories or self.source or self.since_text or self.until_text)

    @property
    def anything(self) -> bool:
        """Whether there is something to look for."""
        return bool(self.q.strip() or self.filtered) and not self.errors

    @property
    def sources(self) -> list[str]:
        """The sources to choose from."""
        return sorted({*SOURCES, self.source} - {""})

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The form as an address has it, without what is empty."""
        fields = {
            "q": self.q,
            "category": self.category,
            "source": self.source,
            "since": self.since_text,
            "until": self.until_text,
            "sort": "date" if self.by_date else "",
        }
        return [(name, value) for name, value in fields.items() if value]

    @property
    def without_filters(self) -> str:
        return "?" + urlencode({"q": self.q})


@_page
def search(request: HttpRequest) -> HttpResponse:
    """Papers by words, with the form that narrows them."""
    asked = Asked.read(request.GET)
    context = {"asked": asked}
    if asked.anything:
        library = open_library()
        found = None

        def fetch(limit: int, offset: int):
            nonlocal found
            found = library.search(
                asked.q,
                limit,
                offset=offset,
                categories=asked.categories,
                sources=[asked.source] if asked.source else [],
                since=asked.since,
                until=asked.until,
                by_date=asked.by_date,
            )
            return found.hits, found.total

        context["hits"], context["pager"] = _paged(
            request, fetch, HITS_PER_PAGE, asked.parameters
        )
        context["milliseconds"] = found.milliseconds
    return render(request, "catalog/search.html", context)


def _search(text: str, limit: int, offset: int, **filters):
    found = open_library().search(text, limit, offset=offset, **filters)
    return [hit.paper for hit in found.hits], found.total


@_page
def category(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of a category, newest first."""
    papers, pager = _paged(request, functools.partial(_search, "", categories=[code]))
    if not pager.total:
        raise Http404(f"no category {code!r} here")
    context = {"code": code, "papers": papers, "pager": pager}
    return render(request, "catalog/category.html", context)


# --- papers ----------------------------------------------------------------------------------


@_page
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """All that is known of a paper; its earlier ids and other names lead to its present one."""
    library = open_library()
    found = library.paper(public_id)
    if found.public_id != public_id:
        return HttpResponsePermanentRedirect(reverse("paper", args=[found.public_id]))
    context = {
        "paper": found,
        "authors": found.authors[:AUTHORS_SHOWN],
        "more_authors": max(0, len(found.authors) - AUTHORS_SHOWN),
        "places": library.listings_of(found),
        "similar": _similar_to(found),
        "bibtex": bibtex.entry(found, AUTHORS_SHOWN),
    }
    return render(request, "catalog/paper.html", context)


def _similar_to(paper) -> list:
    """Papers near to one; none where that cannot be told now: the page is whole without them."""
    try:
        return open_library().similar(paper, SIMILAR).hits
    except (SearchUnavailable, ModelError):
        return []


@_page
def similar(request: HttpRequest) -> HttpResponse:
    """Papers like some papers, a pasted text, or both."""
    ids = request.GET.get("papers", "").replace("\0", " ").replace(",", " ").split()
    text = request.GET.get("text", "").replace("\0", " ").strip()
    context = {"papers": " ".join(ids), "text": text, "asked": Asked()}
    if ids or text:
        try:
            found = open_library().similar(ids[:_MOST_PAPERS], HITS_PER_PAGE, text=text)
            context |= {"hits": found.hits, "milliseconds": found.milliseconds}
        except NotFound as error:
            context["error"] = str(error)
    return render(request, "catalog/similar.html", context)


@_page
def paper_bibtex(request: HttpRequest, public_id: str) -> HttpResponse:
    """A paper's BibTeX as a file."""
    found = open_library().paper(public_id)
    if found.public_id != public_id:
        return HttpResponsePermanentRedirect(reverse("paper-bibtex", args=[found.public_id]))
    name = found.public_id.replace("/", "-") + ".bib"
    return HttpResponse(
        bibtex.entry(found),
        content_type="text/x-bibtex; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


@_page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """The papers under an author's name, newest first."""
    name = ""

    def fetch(limit: int, offset: int):
        nonlocal name
        name, papers, total = open_library().author(slug, limit, offset)
        return papers, total

    papers, pager = _paged(request, fetch)
    return render(
        request, "catalog/author.html", {"name": name, "papers": papers, "pager": pager}
    )


# --- listings --------------------------------------------------------------------------------


@_page
def listings(request: HttpRequest) -> HttpResponse:
    """All listings by their sources, the latest first."""
    groups: dict[str, list] = {}
    for info in open_library().listings():
        groups.setdefault(info.source, []).append(info)
    return render(request, "catalog/listings.html", {"groups": sorted(groups.items())})


@_page
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """A listing's papers in its own order."""
    return _listing(request, open_library().listing(slug), {})


def _listing(request: HttpRequest, info, context: dict) -> HttpResponse:
    library = open_library()
    entries, pager = _paged(
        request, lambda limit, offset: (library.entries(info.id, limit, offset), info.count)
    )
    context |= {"listing": info, "entries": entries, "pager": pager}
    return render(request, "catalog/listing.html", context)


# --- for machines, and for when things go wrong ----------------------------------------------


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the site can answer, and how far the index is behind the catalogue."""
    try:
        status = open_library().index_status()
    except SearchUnavailable:
        return JsonResponse({"status": "the index cannot answer"}, status=503)
    except (db.Error, OSError):
        return JsonResponse({"status": "the database cannot answer"}, status=503)
    return JsonResponse(
        {
            "status": "ok",
            "papers": status.papers,
            "indexed": status.indexed,
            "behind": status.behind,
        }
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers need not fetch: searches have no end."""
    text = "User-agent: *\nDisallow: /search\nDisallow: /admin/\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what we did not foresee; it needs neither database nor collected files."""
    try:
        style = static("papertide/style.css")
    except Exception:  # whatever is broken, this page is shown
        style = ""
    return HttpResponse(render_to_string("500.html", {"style": style}), status=500)
