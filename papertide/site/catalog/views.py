"""The pages: what readers ask, put to the library, shown in templates. A GET changes nothing."""

import functools
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django import db
from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import push_url, replace_url

from papertide.embedding import ModelError
from papertide.library import NotFound, open_library
from papertide.papers import Paper
from papertide.search.engine import SearchUnavailable
from papertide.search.examples import EXAMPLES
from papertide.search.query import pointed
from papertide.search.tree import Tree
from papertide.search.why import told
from papertide.site.catalog import bibtex
from papertide.site.catalog.asked import Asked
from papertide.site.community.discussion import discussion
from papertide.site.pages import may_pick, page, paged, show
from papertide.site.people import shown as people
from papertide.site.readers.own import Own

HITS_PER_PAGE = 20
NEWEST_LISTINGS = 8
AUTHORS_FOLDED = 10  # further ones are shown when asked for
AUTHORS_SHOWN = 100  # and still further ones on a page of their own making
SIMILAR = 6  # papers like it on a paper's page
FACET_VALUES = 20  # categories to narrow a search by
_LONG = 3_000  # characters of an address, beyond which a page does not offer many like it
_REACH = 16  # characters before and after a mistake that are shown: they fit on a phone
_MOST_PAPERS = 50  # that one request may ask to be near to


# --- search ----------------------------------------------------------------------------------


@page
def search(request: HttpRequest) -> HttpResponse:
    """Papers by words, with the form that narrows them; a part of the page as one types."""
    asked = Asked.read(request.GET)
    own = Own(request, asked)
    context = {"asked": asked, "q": asked.q, "examples": EXAMPLES, "own": own}
    context["fresh_after"] = own.fresh_after
    if asked.anything:
        found, where = None, own.where

        def fetch(limit: int, offset: int):
            nonlocal found
            found = open_library().search(
                asked.q,
                limit,
                offset=offset,
                where=where,
                **asked.conditions,
                sort=asked.sort,
                typing=bool(request.htmx),
                as_typed=asked.as_typed,
            )
            return found.hits, found.total

        hits, pager = paged(request, fetch, HITS_PER_PAGE, asked.parameters)
        meant = asked.but(q=found.suggestion) if found.corrected else asked
        context |= {
            "hits": hits,
            "pager": pager,
            "found": found,
            "meant": meant,
            "suggested": asked.but(q=found.suggestion).address,
            "as_typed": asked.but(as_typed=True).address,
            "explained": reverse("search-why") if asked.q.strip() else "",
        }
        if len(asked.address) > _LONG:
            pass  # it would stand in every link
        elif found.notice:
            pass  # the index that would count cannot answer
        elif not hits:
            context["easier"] = _easier(request, asked)
        elif found.total > 1 and request.htmx:  # numbers can wait for who is still typing
            context["facets"] = reverse("search-facets") + meant.address
        elif found.total > 1:
            context |= _facets(meant, where)
        context["mistakes"] = [
            (mistake.text, *pointed(asked.q, mistake.position, reach=_REACH))
            for mistake in found.mistakes
        ]
    papers = [hit.paper for hit in context.get("hits", ())]
    response = show(request, "catalog/search.html", context, papers)
    if request.htmx:
        _keep_address(request, response, asked)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _easier(request: HttpRequest, asked: Asked) -> list[tuple[str, str, int]]:
    """Which conditions of a search that finds nothing could go: what each says, the address of the
    search without it, and how many papers that finds."""
    library = open_library()
    counted = [
        (words, other.address, library.matching(
            other.q, **other.conditions, where=Own(request, other).where))
        for words, other in asked.easier()
    ]
    return [held for held in counted if held[2]]


@page
def search_facets(request: HttpRequest) -> HttpResponse:
    """What a search can be narrowed by, with numbers: a part of the search page by itself."""
    asked = Asked.read(request.GET)
    context = {"asked": asked, "q": asked.q}
    if asked.anything:
        context |= _facets(asked, Own(request, asked).where)
    return _part(request, "catalog/facets.html", context)


def _facets(asked: Asked, where: Tree | None) -> dict[str, Any]:
    """What `components/facets.html` shows."""
    counted = open_library().facets(asked.q, FACET_VALUES, **asked.conditions, where=where)
    return {"groups": asked.facets(counted), "among": counted.among}


@page
def search_why(request: HttpRequest) -> HttpResponse:
    """Why a search found a paper."""
    asked, library = Asked.read(request.GET), open_library()
    found = library.paper(request.GET.get("paper", "").replace("\0", ""))
    why = library.why(asked.q, found, **asked.conditions, sort=asked.sort)
    context = {"asked": asked, "q": asked.q, "paper": found, "why": why,
               "told": told(why, scores=False)}  # fmt: skip
    return _part(request, "catalog/why.html", context)


def _part(request: HttpRequest, template: str, context: dict) -> HttpResponse:
    """What is put into a page that is there, or a page of its own where no script asks for it."""
    response = render(request, template, context)
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response


def _keep_address(request: HttpRequest, response: HttpResponse, asked: Asked) -> None:
    """Let the browser's address be that of the search: a new one, or, while words are typed,
    the same one changed, so that the back button leads out of the search and not through it."""
    try:
        before = urlsplit(request.htmx.current_url or "")
    except ValueError:  # a header of somebody's own making
        before = urlsplit("")
    others = [pair for pair in parse_qsl(before.query) if pair[0] not in ("q", "page")]
    typing = before.path == request.path and others == [p for p in asked.parameters if p[0] != "q"]
    (replace_url if typing else push_url)(response, request.path + asked.address)
    response["Cache-Control"] = "no-store"  # half a page is not to come back for a whole one


def every_paper(text: str, limit: int, offset: int, **filters) -> tuple[list[Paper], int]:
    found = open_library().search(text, limit, offset=offset, **filters)
    return [hit.paper for hit in found.hits], found.total


@page
def category(request: HttpRequest, code: str) -> HttpResponse:
    """The papers of a category, newest first."""
    papers, pager = paged(request, functools.partial(every_paper, "", categories=[code]))
    if not pager.total:
        raise Http404(f"no category {code!r} here")
    context = {"code": code, "papers": papers, "pager": pager}
    return show(request, "catalog/category.html", context, papers)


# --- papers ----------------------------------------------------------------------------------


@page
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """All that is known of a paper; its earlier ids and other names lead to its present one."""
    library = open_library()
    found = library.paper(public_id)
    if found.public_id != public_id:
        return HttpResponsePermanentRedirect(reverse("paper", args=[found.public_id]))
    if found.removed:
        return render(request, "catalog/removed.html", {"paper": found}, status=410)
    similar = _similar_to(found)
    shown = len(found.authors) if request.GET.get("authors") == "all" else AUTHORS_SHOWN
    context = {
        "paper": found,
        "address": _absolute(request, reverse("paper", args=[public_id])),
        "authors": found.authors[:AUTHORS_FOLDED],
        "folded": found.authors[AUTHORS_FOLDED:shown],
        "more_authors": max(0, len(found.authors) - shown),
        "places": library.listings_of(found),
        "edition": library.edition_of(found),
        "similar": similar,
        "bibtex": bibtex.entry(found, AUTHORS_SHOWN),
    }
    context |= discussion(request, found) | people.of_paper(request, found)
    if may_pick(request):
        context |= {"picking": True, "own_pick": library.own_pick(request.user.pk, found)}
    return show(request, "catalog/paper.html", context, [found, *(hit.paper for hit in similar)])


def _absolute(request: HttpRequest, path: str) -> str:
    """An address to pass on: under the name that readers know the site by."""
    ours = settings.CONFIG.site_url.rstrip("/")
    return ours + path if ours else request.build_absolute_uri(path)


def _similar_to(paper: Paper) -> Sequence:
    """Papers near to one; none where that cannot be told now: the page is whole without them."""
    try:
        return open_library().similar(paper, SIMILAR).hits
    except (SearchUnavailable, ModelError):
        return []


@page
def similar(request: HttpRequest) -> HttpResponse:
    """Papers like some papers, a pasted text, or both."""
    ids = request.GET.get("papers", "").replace("\0", " ").replace(",", " ").split()
    text = request.GET.get("text", "").replace("\0", " ").strip()
    context = {"papers": " ".join(ids), "text": text}
    if ids or text:
        try:
            found = open_library().similar(ids[:_MOST_PAPERS], HITS_PER_PAGE, text=text)
            context |= {
                "hits": found.hits, "milliseconds": found.milliseconds, "notice": found.notice,
            }  # fmt: skip
        except NotFound as error:
            context["error"] = str(error)
    papers = [hit.paper for hit in context.get("hits", ())]
    return show(request, "catalog/similar.html", context, papers)


@page
def paper_bibtex(request: HttpRequest, public_id: str) -> HttpResponse:
    """A paper's BibTeX as a file."""
    found = open_library().paper(public_id)
    if found.public_id != public_id:
        return HttpResponsePermanentRedirect(reverse("paper-bibtex", args=[found.public_id]))
    if found.removed:
        return render(request, "catalog/removed.html", {"paper": found}, status=410)
    name = found.public_id.replace("/", "-") + ".bib"
    return HttpResponse(
        bibtex.entry(found),
        content_type="text/x-bibtex; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


@page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """The papers of an author, under all names that are known to be theirs, newest first."""
    library, name = open_library(), ""
    names = library.same_author(slug)

    def fetch(limit: int, offset: int):
        nonlocal name
        name, papers, total = library.author(slug, limit, offset, names=names)
        return papers, total

    papers, pager = paged(request, fetch)
    context = {"name": name, "papers": papers, "pager": pager} | people.of_author(request, names)
    return show(request, "catalog/author.html", context, papers)


# --- listings --------------------------------------------------------------------------------


@page
def listings(request: HttpRequest) -> HttpResponse:
    """All listings by their sources, the latest first."""
    groups: dict[str, list] = {}
    for info in open_library().listings():
        groups.setdefault(info.source, []).append(info)
    return show(request, "catalog/listings.html", {"groups": sorted(groups.items())})


@page
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """A listing's papers in its own order."""
    library = open_library()
    context = {"listings": library.listings(NEWEST_LISTINGS)}
    return show_listing(request, library.listing(slug), context)


def show_listing(request: HttpRequest, info, context: dict) -> HttpResponse:
    library = open_library()
    entries, pager = paged(
        request, lambda limit, offset: (library.entries(info.id, limit, offset), info.count)
    )
    context |= {"listing": info, "entries": entries, "pager": pager}
    papers = [entry.paper for entry in entries]
    return show(request, "catalog/listing.html", context, papers)


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
    disallowed = ("/search", "/map", "/api/", "/admin/", "/comments", "/report", "/moderation")
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in disallowed)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what we did not foresee; it needs neither database nor collected files."""
    try:
        style = static("papertide/style.css")
    except Exception:  # whatever is broken, this page is shown
        style = ""
    return HttpResponse(render_to_string("500.html", {"style": style}), status=500)
