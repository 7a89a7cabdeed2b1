"""A reader's own pages: the papers they saved, and how pages look."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from papertide.library import NotFound, open_library
from papertide.site.catalog import bibtex
from papertide.site.pages import COOKIE_AGE, READER, THEME, THEMES, paged, show
from papertide.site.readers.services import MOST_SAVED, TooMany
from papertide.site.writing import writes

LARGEST_LIBRARY = 16 * 2**20  # bytes of a file of one's own
_FORM = 64 * 2**10  # bytes of a form around its file


@never_cache
@writes("save", role="", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def saved(request: HttpRequest) -> HttpResponse:
    """The papers a reader saved; a POST of ``save`` or ``remove`` with an id changes them."""
    if request.method == "POST":
        return _change(request)
    key = request.COOKIES.get(READER, "")
    papers, pager = paged(request, lambda limit, offset: open_library().saved(key, limit, offset))
    context = {"papers": papers, "pager": pager}
    context["revised"] = open_library().revised_among(key, papers)
    return show(request, "readers/saved.html", context, papers)


def _change(request: HttpRequest) -> HttpResponse:
    key = request.COOKIES.get(READER, "")
    wanted, other = request.POST.get("save", ""), request.POST.get("remove", "")
    try:
        if wanted:
            new = open_library().save(key, wanted)
        else:
            new = key
            open_library().unsave(key, other)
    except NotFound as error:
        raise Http404(str(error)) from None
    except TooMany as error:
        return JsonResponse({"error": str(error)}, status=409)
    if request.headers.get("Accept") == "application/json":
        response = JsonResponse({"saved": bool(wanted)})
    else:
        response = redirect(f"{came_from(request)}#p-{wanted or other}")
    if wanted:
        keep_key(response, new)
    return response


def keep_key(response: HttpResponse, key: str) -> None:
    """Keep a reader's key with them; each save does so for another while."""
    response.set_cookie(
        READER, key, max_age=COOKIE_AGE, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


@never_cache
@writes("library", role="", most=20, seconds=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def own_library(request: HttpRequest) -> HttpResponse:
    """A reader's own library: a file of it is taken in, and what of it is not here is shown."""
    key = request.COOKIES.get(READER, "")
    context: dict = {}
    if request.method == "POST":
        key, context = _taken_in(request, key)
    entries, pager = paged(
        request, lambda limit, offset: open_library().unmatched(key, limit, offset)
    )
    status = 400 if context.get("error") else 200
    context |= {"entries": entries, "pager": pager}
    response = render(request, "readers/library.html", context, status=status)
    if context.get("kept"):
        keep_key(response, key)
    return response


def _taken_in(request: HttpRequest, key: str) -> tuple[str, dict]:
    """The reader's key after a POST of this page, and what to tell."""
    if problem := _too_large(request):
        return key, {"error": problem}
    library = open_library()
    wanted, file = request.POST.get("do"), request.FILES.get("file")
    try:
        if wanted == "forget":
            library.forget_unmatched(key)
            return key, {}
        if wanted == "again":
            kept = library.match_again(key)
            return kept.key, {"kept": kept}
        if file is None or not file.size:
            return key, {"error": "Choose a file first; this one is empty or none."}
        if file.size > LARGEST_LIBRARY:
            return key, {"error": _larger()}
        found = library.match_entries(file.read())
        if not (found.matched or found.unmatched):
            return key, {"error": found.problem or "No paper could be read in this file."}
        kept = library.keep_matched(key, found)
    except TooMany as error:
        return key, {"error": str(error)}
    return kept.key, {"kept": kept, "found": found}


def _too_large(request: HttpRequest) -> str:
    """Why a form is not read: its size, known before any of it is written to the disk."""
    try:
        length = int(request.META.get("CONTENT_LENGTH", ""))
    except ValueError:
        length = -1
    if length < 0 and request.content_type.startswith("multipart/"):
        return "The size of the file was not sent with it."
    return _larger() if length > LARGEST_LIBRARY + _FORM else ""


def _larger() -> str:
    return f"The file is larger than {LARGEST_LIBRARY >> 20} MB."


@never_cache
@require_safe
def saved_bibtex(request: HttpRequest) -> HttpResponse:
    """A reader's papers as one BibTeX file."""
    papers, _ = open_library().saved(request.COOKIES.get(READER, ""), MOST_SAVED)
    return HttpResponse(
        "\n".join(map(bibtex.entry, papers)),
        content_type="text/x-bibtex; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, "saved.bib")},
    )


@writes("appearance", role="", most=60)
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep the colours that a reader chose, and go back to where they were."""
    response = redirect(came_from(request))
    chosen = request.POST.get("theme")
    if chosen in THEMES[1:]:
        # Not HttpOnly: where scripts run they set it themselves, without loading the page again.
        response.set_cookie(
            THEME, chosen, max_age=COOKIE_AGE, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    else:
        response.delete_cookie(THEME, samesite="Lax")
    return response


def came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, else the first one."""
    page = request.headers.get("Referer", "").partition("#")[0]
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page if ours else resolve_url("home")
