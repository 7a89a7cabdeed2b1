"""What readers saw, where they asked for it to be remembered: told by pages, shown, forgotten."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from papertide.library import NotFound, open_library
from papertide.search.engine import SearchUnavailable
from papertide.site.pages import READER, reader_of
from papertide.site.readers.seen import MOST_AT_ONCE, MOST_SEEN
from papertide.site.readers.views import came_from, keep_key
from papertide.site.writing import writes


@never_cache
@writes("seen", role="", most=240)
@require_http_methods(["GET", "HEAD", "POST"])
def seen(request: HttpRequest) -> HttpResponse:
    """What is remembered of what a reader looked at. A POST of ``seen`` or ``unseen`` with ids of
    papers changes them, one of ``do`` whether anything is remembered."""
    if request.method == "POST":
        return _change(request)
    key = request.COOKIES.get(READER, "")
    context = {
        "state": reader_of(request),
        "count": open_library().seen_count(key),
        "most": MOST_SEEN,
    }
    return render(request, "readers/seen.html", context | {"reader": context["state"]})


def _change(request: HttpRequest) -> HttpResponse:
    key, library = request.COOKIES.get(READER, ""), open_library()
    done = request.POST.get("do", "")
    if done == "on":
        try:
            key = library.remember(key)
        except SearchUnavailable:  # what is new from now on is not known now
            context = {"command": "papertide doctor"}
            return render(request, "catalog/unavailable.html", context, status=503)
        response = redirect("seen")
        keep_key(response, key)
        return response
    if done in ("off", "forget"):
        library.forget(key, stop=done == "off")
        return redirect("seen")
    wanted = "unseen" not in request.POST
    ids = request.POST.getlist("seen" if wanted else "unseen")[:MOST_AT_ONCE]
    try:
        library.see(key, ids, seen=wanted)
    except NotFound as error:
        raise Http404(str(error)) from None
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"seen": wanted})
    return redirect(f"{came_from(request)}{f'#p-{ids[0]}' if len(ids) == 1 else ''}")


@writes("visit", role="", most=240)
@require_POST
def visit(request: HttpRequest) -> HttpResponse:
    """A page tells that its reader is here, and which paper it shows (``paper``); or they say
    that they have seen all that is new (``do=caught-up``)."""
    caught_up = request.POST.get("do") == "caught-up"
    key = request.COOKIES.get(READER, "")
    try:
        open_library().visit(key, opened=request.POST.get("paper", ""), caught_up=caught_up)
    except NotFound as error:
        raise Http404(str(error)) from None
    except SearchUnavailable:  # a visit is told again by the next page
        pass
    return redirect(came_from(request)) if caught_up else HttpResponse(status=204)
