"""Claims of authorship: one's own, and those that moderators decide about."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.accounts.roles import at_least
from papertide.site.numbers import number_of
from papertide.site.pages import paged, show
from papertide.site.people.shown import back, user_of
from papertide.site.writing import sign_in, writes

_PER_PAGE = 20


@never_cache
@writes("claims", most=30, seconds=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def claims(request: HttpRequest) -> HttpResponse:
    """The papers somebody says to be an author of, and what became of it; a POST of ``do`` claims
    one, or withdraws."""
    user, library = user_of(request), open_library()
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        return _change(request, user)
    found, pager = paged(
        request,
        lambda limit, offset: library.claims_of(user, limit, offset, accepted=False),
        _PER_PAGE,
    )
    context = {"claims": found, "pager": pager}
    return show(request, "people/claims.html", context, [one.paper for one in found])


def _change(request: HttpRequest, user: int) -> HttpResponse:
    do, paper = request.POST.get("do", ""), request.POST.get("paper", "").replace("\0", "")
    library = open_library()
    try:
        if do == "claim":
            author = request.POST.get("author", "")
            if not author:
                raise Refused("Say which one of the authors you are.")
            library.claim(user, paper, number_of(author, -1), request.POST.get("evidence", ""))
        elif do == "withdraw":
            library.withdraw_claim(user, paper)
        else:
            raise Http404("Nothing here can be done by that name.")
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return render(request, "people/refused.html", {"error": str(error)}, status=400)
    return back(request, "claim")


@never_cache
@writes("moderation", role="moderator", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def moderation(request: HttpRequest) -> HttpResponse:
    """The claims that wait for a moderator; a POST of ``do`` with an id decides one."""
    if answer := closed(request):
        return answer
    library, error, status = open_library(), "", 200
    if request.method == "POST":
        do, number = request.POST.get("do", ""), number_of(request.POST.get("id", ""))
        if do not in ("accept", "refuse"):
            raise Http404("Nothing here can be done by that name.")
        try:
            library.decide_claim(
                number, do == "accept", user_of(request), request.POST.get("reason", "")
            )
            return redirect("moderation-claims")
        except NotFound as found:
            raise Http404(str(found)) from None
        except Refused as refused:
            error, status = str(refused), 400
    found, pager = paged(request, library.claims_to_decide, _PER_PAGE)
    decided = library.claims_decided()
    context = {"claims": found, "pager": pager, "decided": decided, "error": error}
    response = show(
        request, "people/moderation_claims.html", context,
        [one.paper for one in (*found, *decided) if one.paper],
    )  # fmt: skip
    response.status_code = status
    return response


def closed(request: HttpRequest) -> HttpResponse | None:
    """The answer to who is no moderator; None for those who are."""
    if not request.user.is_authenticated:
        return sign_in(request)
    if not at_least(request.user, "moderator"):
        raise PermissionDenied("This needs the role of a moderator.")
    return None
