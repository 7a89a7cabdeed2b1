"""The pages of collections, and what changes them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, open_library
from papertide.people import EXPORTS
from papertide.results import Refused
from papertide.site.numbers import number_of
from papertide.site.pages import page, paged, show
from papertide.site.people import collections as services
from papertide.site.people.exports import TYPES
from papertide.site.people.shown import back, user_of
from papertide.site.writing import writes

_ORDERS = ("", "followed")


@writes("collections", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
def collections(request: HttpRequest) -> HttpResponse:
    """Public collections, and one's own; a POST of ``do`` makes one, or puts a paper into one."""
    if request.method == "POST":
        return _made(request)
    return _list(request)


@page
def _list(request: HttpRequest) -> HttpResponse:
    library, user = open_library(), user_of(request)
    order = request.GET.get("order", "")
    order = order if order in _ORDERS else ""
    found, pager = paged(
        request, lambda limit, offset: library.collections(limit, offset, order),
        parameters=[("order", order)] if order else [],
    )  # fmt: skip
    mine = library.collections_of(user, user) if user else []
    context = {
        "found": found, "pager": pager, "order": order, "own": mine, "most": services,
        "newest_collection": max((one.id for one in mine), default=0),
    }  # fmt: skip
    return show(request, "people/collections.html", context)


def _made(request: HttpRequest) -> HttpResponse:
    """Make a collection, or put a paper into one: a new one where a title is given."""
    library, user, sent = open_library(), user_of(request), request.POST
    do, number = sent.get("do", ""), number_of(sent.get("collection", ""))
    key = f"after {sent['after'][:30]}" if "after" in sent else ""
    paper = sent.get("paper", "").replace("\0", "")
    try:
        if do == "make":
            number = library.make_collection(
                user, sent.get("title", ""), sent.get("about", ""),
                public=sent.get("public") == "1", key=key,
            )  # fmt: skip
            return redirect(_address(number, user))
        if do == "add":
            library.paper(paper)  # or a new collection would be left without it
            if not number or sent.get("title", "").strip():
                number = library.make_collection(user, sent.get("title", ""), key=key)
            library.collect(user, number, paper, sent.get("note", ""))
            return back(request, "collect")
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return _refused(request, str(error))
    raise Http404("Nothing here can be done by that name.")


@writes("collection", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    """A collection in its order; its owner's POST of ``do`` changes it."""
    if request.method == "POST":
        return _changed(request, number)
    return _shown(request, number=number, slug=slug)


@page
def _shown(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    library, user = open_library(), user_of(request)
    found = library.collection(number, user)
    if slug != found.slug:
        return redirect("collection", number, found.slug)
    items, pager = paged(
        request, lambda limit, offset: (library.collected(number, limit, offset), found.count)
    )
    own = found.owner_id == user
    context = {
        "collection": found, "items": items, "pager": pager, "own": own, "most": services,
        "exports": [(form, resolve_url(f"collection-{form}", number, found.slug))
                    for form in EXPORTS],
        "following": bool(user) and not own and library.follows(user, "collection", str(number)),
    }  # fmt: skip
    return show(request, "people/collection.html", context, [one.paper for one in items])


@page
def short(request: HttpRequest, number: int) -> HttpResponse:
    """To the page of a collection by its number alone."""
    return redirect(_address(number, user_of(request)))


@page
def export(request: HttpRequest, number: int, slug: str, form: str) -> HttpResponse:
    """A collection as a file."""
    library, user = open_library(), user_of(request)
    found = library.collection(number, user)
    response = HttpResponse(
        library.export_collection(number, form, user),
        content_type=f"{TYPES[form]}; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, f"{found.slug}.{form}")},
    )
    patch_vary_headers(response, ["Cookie"])
    return response


def _changed(request: HttpRequest, number: int) -> HttpResponse:
    library, user, sent = open_library(), user_of(request), request.POST
    do, paper = sent.get("do", ""), sent.get("paper", "").replace("\0", "")
    try:
        if do == "change":
            library.change_collection(
                user, number, sent.get("title", ""), sent.get("about", ""),
                public=sent.get("public") == "1",
            )  # fmt: skip
            return redirect(_address(number, user))
        if do == "delete":
            library.remove_collection(user, number)
            return redirect("collections")
        if do == "take-out":
            library.take_out(user, number, paper)
            return back(request, "papers")
        if do == "note":
            library.annotate(user, number, paper, sent.get("note", ""))
            return back(request, f"p-{paper}")
        if "to" in sent:
            library.move_collected(user, number, paper, number_of(sent["to"]))
            return back(request, f"p-{paper}")
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return _refused(request, str(error))
    raise Http404("Nothing here can be done by that name.")


def _refused(request: HttpRequest, error: str) -> HttpResponse:
    return render(request, "people/refused.html", {"error": error}, status=400)


def _address(number: int, user: int | None) -> str:
    return resolve_url("collection", number, open_library().collection(number, user).slug)
