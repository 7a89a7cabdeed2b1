"""The pages of people, and of what somebody follows."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.pages import page, paged, show
from papertide.site.people.shown import back, user_of
from papertide.site.writing import sign_in, wants_json, writes

CLAIMED = 20  # papers on a profile's page


@page
def person(request: HttpRequest, handle: str) -> HttpResponse:
    """Who somebody is here: what they say of themselves, their collections and papers."""
    library, viewer = open_library(), user_of(request)
    found = library.person(handle)
    if found.suspended:
        return render(request, "people/person.html", {"person": found})
    claims, pager = paged(
        request, lambda limit, offset: library.claims_of(found.id, limit, offset), CLAIMED
    )
    context = {
        "person": found,
        "own": viewer == found.id,
        "collections": library.collections_of(found.id),
        "follows": library.followed(found.id) if library.shows_follows(found.id) else [],
        "papers": [one.paper for one in claims],
        "pager": pager,
        "following": bool(viewer) and library.follows(viewer, "person", handle),
    }
    return show(request, "people/person.html", context, context["papers"])


@never_cache
@writes("follow", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def following(request: HttpRequest) -> HttpResponse:
    """What somebody follows, and what is new from it; a POST of ``do`` changes it."""
    user = user_of(request)
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        return _change(request, user)
    library = open_library()
    found, pager = paged(request, lambda limit, offset: library.news(user, limit, offset))
    papers = [one.paper for one in found]
    context = {
        "new": {one.paper.id: one for one in found},
        "papers": papers,
        "pager": pager,
        "follows": library.followed(user, user),
        "shows": library.shows_follows(user),
    }
    return show(request, "people/following.html", context, papers)


def _change(request: HttpRequest, user: int) -> HttpResponse:
    do = request.POST.get("do", "")
    kind, target = request.POST.get("kind", ""), request.POST.get("target", "").replace("\0", "")
    library = open_library()
    try:
        if do == "follow":
            library.follow(user, kind, target)
        elif do == "unfollow":
            library.unfollow(user, kind, target)
        elif do == "show":
            library.show_follows(user, request.POST.get("shown") == "1")
        else:
            raise Http404("Nothing here can be done by that name.")
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        if wants_json(request):
            return JsonResponse({"error": str(error)}, status=409)
        return render(request, "people/refused.html", {"error": str(error)}, status=400)
    if wants_json(request):
        return JsonResponse({"following": do == "follow"})
    return redirect("following") if do == "show" else back(request, "follow")
