"""The pages of submissions: bringing a paper, what became of one's own, and the moderators' queue.
"""

import re

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from papertide.curation import LONGEST_TITLE, Unnamed
from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.accounts.roles import at_least
from papertide.site.curation.submissions import A_DAY, SubmissionInfo, TooMany
from papertide.site.pages import paged
from papertide.site.writing import sign_in, writes

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_OWN = 20  # submissions on a page


@never_cache
@writes("submit", most=30, seconds=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Submit a paper: a POST of ``paper``, an id, a link or a title; of a title, papers that it may
    be are shown to choose from."""
    if request.method != "POST":
        return _form(request, request.GET.get("paper", "")[:LONGEST_TITLE])
    text, library = request.POST.get("paper", "").replace("\0", "").strip(), open_library()
    if not text:
        return _form(request, error="Put an arXiv id, a DOI, a link or a title there.", status=400)
    try:
        one = library.submit(request.user.pk, text)
    except Unnamed:
        return _form(request, text, candidates=library.candidates(text, ask=True))
    except TooMany as error:
        return _form(request, text, error=str(error), status=429)
    except Refused as error:
        return _form(request, text, error=str(error), here=library.paper(text), status=400)
    return redirect(f"{resolve_url('submissions')}#s-{one.id}")


def _form(request: HttpRequest, text: str = "", status: int = 200, **context) -> HttpResponse:
    context |= {
        "text": text, "a_day": A_DAY, "longest": LONGEST_TITLE, "open": open_library().open_day(),
        "days": settings.CONFIG.submission_days,
    }  # fmt: skip
    return render(request, "curation/submit.html", context, status=status)


@never_cache
@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """One's own submissions, each with what became of it."""
    if not request.user.is_authenticated:
        return sign_in(request)
    library = open_library()
    rows, pager = paged(
        request, lambda limit, offset: library.submissions(request.user.pk, limit, offset), _OWN
    )
    papers = {p.id: p for p in library.by_number([one.paper_id for one in rows if one.paper_id])}
    context = {"rows": [(one, papers.get(one.paper_id)) for one in rows], "pager": pager}
    return render(request, "curation/submissions.html", context)


@never_cache
@writes("review submission", role="moderator", most=120)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """First submissions, which wait for a moderator; a POST of ``id`` and ``do`` (``accept``,
    ``decline``) decides about one."""
    if request.method == "POST":
        return _decide(request)
    if not request.user.is_authenticated:
        return sign_in(request)
    if not at_least(request.user, "moderator"):
        raise PermissionDenied("This needs the role of a moderator.")
    return _queue(request)


def _decide(request: HttpRequest) -> HttpResponse:
    text, done = request.POST.get("id", ""), request.POST.get("do", "")
    if not _NUMBER.fullmatch(text) or done not in ("accept", "decline"):
        raise Http404("no such submission")
    try:
        open_library().review_submission(
            request.user.pk, int(text), accept=done == "accept",
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return _queue(request, 400, error=str(error), tried=int(text))
    return redirect("review-submissions")


def _queue(request: HttpRequest, status: int = 200, **context) -> HttpResponse:
    rows: list[tuple[SubmissionInfo, object]]
    rows, pager = paged(request, open_library().submissions_to_review, _OWN)
    context |= {"rows": rows, "pager": pager}
    return render(request, "curation/review.html", context, status=status)
