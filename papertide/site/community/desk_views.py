"""The moderators' desk: what waits, the queues, and the log of what was decided."""

import functools
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.accounts.roles import at_least
from papertide.site.numbers import number_of
from papertide.site.pages import paged
from papertide.site.readers.views import came_from
from papertide.site.writing import sign_in, writes

PER_PAGE = 20


def moderators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for moderators alone; others sign in first, or are refused (403)."""

    @never_cache
    @functools.wraps(view)
    def answer(request: HttpRequest, *arguments, **named) -> HttpResponse:
        if not request.user.is_authenticated:
            return sign_in(request)
        if not at_least(request.user, "moderator"):
            raise PermissionDenied("This needs the role of a moderator.")
        return view(request, *arguments, **named)

    return answer


@require_safe
@moderators
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for moderators, each kind with its page."""
    kinds = [(kind.title, _address(kind.page), count) for kind, count in open_library().waiting()]
    return render(request, "community/desk.html", {"kinds": kinds})


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # an app without its page
        return ""


@require_safe
@moderators
def reports(request: HttpRequest) -> HttpResponse:
    """The things with open reports."""
    held, pager = paged(request, open_library().reports, PER_PAGE)
    return render(request, "community/reports.html", {"reported": held, "pager": pager})


@require_safe
@moderators
def comments(request: HttpRequest) -> HttpResponse:
    """The comments to look at; with ``show=hidden`` those that are hidden."""
    hidden = request.GET.get("show") == "hidden"
    held, pager = paged(
        request, functools.partial(open_library().watched_comments, hidden=hidden), PER_PAGE,
        [("show", "hidden")] if hidden else (),
    )  # fmt: skip
    context = {"comments": held, "pager": pager, "hidden": hidden, "moderator": True}
    return render(request, "community/watched.html", context)


@never_cache
@writes("moderate", role="moderator", most=120)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Hide a thing (``target``), show it again, dismiss its reports, or say that one looked at it
    (``do``), with a ``reason``."""
    sent = request.POST
    wanted = sent.get("do", "")
    if wanted not in ("hide", "restore", "dismiss", "looked"):
        raise Http404("Nothing here can be done by that name.")
    try:
        reason = sent.get("reason", "").replace("\0", "")
        open_library().decide(request.user.pk, sent.get("target", ""), wanted, reason)
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        return render(request, "community/refused.html", {"message": str(error)}, status=400)
    return redirect(came_from(request))


@writes("moderate-votes", role="moderator", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
@moderators
def votes(request: HttpRequest) -> HttpResponse:
    """Groups of votes that came together; a POST of ``do`` (``discount``, ``leave`` with ``key``,
    ``restore`` with ``case``) decides about one."""
    library, context, status = open_library(), {}, 200
    if request.method == "POST":
        sent, actor = request.POST, request.user.pk
        wanted, reason = sent.get("do", ""), sent.get("reason", "")
        try:
            if wanted in ("discount", "leave"):
                key = sent.get("key", "").replace("\0", "")[:64]
                library.decide_votes(actor, key, wanted == "discount", reason)
            elif wanted == "restore":
                library.restore_votes(actor, number_of(sent.get("case", "")), reason)
            else:
                raise NotFound("nothing here can be done by that name")
            return redirect("moderation-votes")
        except NotFound as error:
            raise Http404(str(error)) from None
        except Refused as error:
            context, status = {"error": str(error), "tried": sent.get("key", "")}, 400
    cases, pager = paged(request, library.vote_cases, PER_PAGE)
    context |= {"rings": library.vote_rings(), "cases": cases, "pager": pager}
    return render(request, "community/rings.html", context, status=status)


@require_safe
@moderators
def log(request: HttpRequest) -> HttpResponse:
    """What people with a role did, the latest first; of one ``action`` or ``actor``."""
    library = open_library()
    action, actor = (request.GET.get(name, "").replace("\0", "") for name in ("action", "actor"))
    parameters = [(name, value) for name, value in (("action", action), ("actor", actor)) if value]

    def fetch(limit: int, offset: int):
        return library.audit_log(limit, offset, action=action, handle=actor)

    entries, pager = paged(request, fetch, parameters=parameters)
    context = {
        "entries": entries, "pager": pager, "action": action, "actor": actor,
        "actions": library.audited_actions(),
    }  # fmt: skip
    return render(request, "community/log.html", context)
