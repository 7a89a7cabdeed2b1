"""The page of saved searches. A GET changes nothing, not even that new papers were looked at."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.search.engine import SearchUnavailable
from papertide.site.pages import READER
from papertide.site.readers.searches import LONGEST_NAME, MOST_SEARCHES
from papertide.site.readers.views import came_from, keep_key
from papertide.site.writing import writes

_NUMBER = re.compile(r"[0-9]{1,18}")


@never_cache
@writes("searches", role="", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    """A reader's saved searches and the library's own; a POST of ``do`` changes one of theirs."""
    if request.method != "POST":
        return _page(request)
    key = request.COOKIES.get(READER, "")
    change = _CHANGES.get(request.POST.get("do", ""))
    if change is None:
        return _page(request, 400, error="Nothing here can be done by that name.")
    try:
        return change(request, key)
    except NotFound as error:
        raise Http404(str(error)) from None
    except SearchUnavailable:
        return _page(request, 503, error="The index cannot answer now. Try again later.")
    except Refused as error:
        tried = {name: request.POST.get(name, "") for name in ("do", "name", "asked", "id")}
        return _page(request, 400, error=str(error), tried=tried)


def _save(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a new search, or one that was let go just now (``newest`` says what it had shown)."""
    asked = request.POST.get("asked", "")
    newest = _number(request, "newest") if "newest" in request.POST else None
    key, number = open_library().save_search(
        asked, request.POST.get("name", ""), newest=newest, reader=key
    )
    response = redirect("searches") if newest is not None else _opened(number, key)
    keep_key(response, key)
    return response


def _edit(request: HttpRequest, key: str) -> HttpResponse:
    number = _number(request)
    open_library().change_search(number, asked=request.POST.get("asked", ""), reader=key)
    return _opened(number, key)


def _rename(request: HttpRequest, key: str) -> HttpResponse:
    number = _number(request)
    open_library().change_search(number, name=request.POST.get("name", ""), reader=key)
    return redirect(f"{resolve_url('searches')}#s-{number}")


def _looked(request: HttpRequest, key: str) -> HttpResponse:
    """All that was new when the page was made (``newest``) was looked at: of one, or of all."""
    numbers = [_number(request)] if "id" in request.POST else None
    open_library().looked_at(numbers, newest=_number(request, "newest"), reader=key)
    return redirect(came_from(request))


def _remove(request: HttpRequest, key: str) -> HttpResponse:
    return _page(request, removed=open_library().remove_search(_number(request), reader=key))


_CHANGES = {"save": _save, "edit": _edit, "rename": _rename, "looked": _looked, "remove": _remove}


def _page(request: HttpRequest, status: int = 200, **context) -> HttpResponse:
    library = open_library()
    try:
        found = library.searches(request.COOKIES.get(READER, ""))
        context["newest"] = library.newest()
    except SearchUnavailable:  # they can be opened, renamed and removed without an index as well
        found = library.searches(request.COOKIES.get(READER, ""), counted=False)
    context |= {
        "own": [one for one in found if one.own],
        "shared": [one for one in found if not one.own],
        "any_new": any(one.new for one in found if one.own),
        "most": MOST_SEARCHES,
        "longest_name": LONGEST_NAME,
    }
    return render(request, "readers/searches.html", context, status=status)


def _opened(number: int, key: str) -> HttpResponse:
    [found] = [one for one in open_library().searches(key, counted=False) if one.id == number]
    return redirect(resolve_url("search") + found.address)


def _number(request: HttpRequest, field: str = "id") -> int:
    text = request.POST.get(field, "")
    if not _NUMBER.fullmatch(text):
        raise Http404("no such saved search")
    return int(text)
