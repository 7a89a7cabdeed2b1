"""Names that may be one person's, for moderators to join or to tell apart."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from papertide.library import NotFound, open_library
from papertide.papers import author_slug
from papertide.results import Refused
from papertide.site.pages import paged
from papertide.site.people.claim_views import closed
from papertide.site.people.shown import user_of
from papertide.site.writing import writes


@never_cache
@writes("moderation", role="moderator", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def moderation(request: HttpRequest) -> HttpResponse:
    """Pairs of names that share co-authors; a POST of ``do`` joins two, tells them apart, or splits
    one off."""
    if answer := closed(request):
        return answer
    error, status = "", 200
    if request.method == "POST":
        try:
            return _decided(request)
        except NotFound as found:
            error, status = f"{found}: write the name as it stands on a paper.", 404
        except Refused as refused:
            error, status = str(refused), 400
    pairs, pager = paged(request, open_library().doubtful_names)
    decided = open_library().decided_names()
    context = {"pairs": pairs, "pager": pager, "decided": decided, "error": error}
    return render(request, "people/moderation_names.html", context, status=status)


def _decided(request: HttpRequest) -> HttpResponse:
    sent, library, user = request.POST, open_library(), user_of(request)
    do, reason = sent.get("do", ""), sent.get("reason", "")
    slug, other = sent.get("name", "").replace("\0", ""), sent.get("other", "").replace("\0", "")
    if do == "split":
        library.split_name(slug, user, reason)
        return redirect("author", slug)
    if do not in ("join", "apart"):
        raise Http404("Nothing here can be done by that name.")
    library.decide_names(slug, author_slug(other), do == "join", user, reason)
    return redirect("author", slug) if "here" in sent else redirect("moderation-names")
