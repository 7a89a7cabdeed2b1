"""Votes, comments, notices and reports: what every reader with an account may do."""

import re

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from papertide.library import NotFound, open_library
from papertide.results import Refused
from papertide.site.community import markdown
from papertide.site.community.comments import cleaned
from papertide.site.community.discussion import form, place, viewer
from papertide.site.community.reports import LONGEST, REASONS
from papertide.site.pages import page, paged
from papertide.site.readers.views import came_from
from papertide.site.writing import sign_in, wants_json, writes

_NUMBER = re.compile(r"[0-9]{1,18}")


@writes("vote", most=120)
@require_POST
def vote(request: HttpRequest) -> HttpResponse:
    """Vote for the paper of ``vote``, or take the vote for that of ``unvote`` back."""
    wanted, other = request.POST.get("vote", ""), request.POST.get("unvote", "")
    try:
        now = open_library().vote(request.user.pk, wanted or other, bool(wanted))
    except NotFound as error:
        raise Http404(str(error)) from None
    except Refused as error:
        if wants_json(request):
            return JsonResponse({"error": str(error)}, status=409)
        return _refused(request, str(error))
    if wants_json(request):
        return JsonResponse({"voted": now.mine, "votes": now.votes})
    return redirect(f"{came_from(request)}#p-{wanted or other}")


def _refused(request: HttpRequest, message: str) -> HttpResponse:
    return render(request, "community/refused.html", {"message": message}, status=409)


# --- comments --------------------------------------------------------------------------------


@never_cache
@writes("comment", most=20, seconds=600)
@require_POST
def comments(request: HttpRequest) -> HttpResponse:
    """Write a comment (``text``) on a ``paper``, or answer one (``parent``); ``do=preview`` shows
    what it will look like."""
    library, sent = open_library(), request.POST
    text, key = sent.get("text", ""), sent.get("key", "")
    parent = _number(sent["parent"]) if sent.get("parent") else None
    try:
        paper = library.paper(sent.get("paper", ""))
        above = library.comment(parent, **viewer(request)) if parent else None
        context = {
            "paper": paper, "above": above,
            "comment_form": form(paper.public_id, text=text, parent=parent) | {"key": key[:64]},
        }  # fmt: skip
        try:
            if sent.get("do") == "preview":
                context["preview"] = markdown.render(cleaned(text), _named(text))
                return render(request, "community/write.html", context)
            number = library.write_comment(
                request.user.pk, paper.public_id, text, key=key, parent=parent
            )
        except Refused as error:
            if not key:
                context["comment_form"] |= form(paper.public_id, text=text, parent=parent)
            context["error"] = str(error)
            return render(request, "community/write.html", context, status=400)
        return redirect(place(number, paper.public_id))
    except NotFound as error:
        raise Http404(str(error)) from None


def _named(text: str) -> tuple[str, ...]:
    """For a preview, all that could be people."""
    return tuple(markdown.handles(text, 10))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Http404("That is no number.")
    return int(text)


@never_cache
@writes("change-comment", most=30)
@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """To a comment on the page of its paper; a POST of ``do`` (``change``, ``preview``,
    ``delete``) by its author changes it."""
    library, user = open_library(), request.user
    try:
        held = library.comment(number, **viewer(request))
        if request.method != "POST":
            return redirect(place(number, held.paper))
        wanted, text = request.POST.get("do", ""), request.POST.get("text", "")
        if wanted == "delete":
            library.delete_comment(user.pk, number)
            return redirect(f"{resolve_url('paper', held.paper)}#comments")
        if not held.mine:
            raise Http404("This comment is not yours.")
        context = {"comment": held, "comment_form": form(held.paper, text=text)}
        try:
            if wanted == "preview":
                context["preview"] = markdown.render(cleaned(text), _named(text))
                return render(request, "community/change.html", context)
            library.change_comment(user.pk, number, text)
        except Refused as error:
            context["error"] = str(error)
            return render(request, "community/change.html", context, status=400)
        return redirect(place(number, held.paper))
    except NotFound as error:
        raise Http404(str(error)) from None


@never_cache
@page
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """The form for an answer to a comment; for scripts the form by itself."""
    held = open_library().comment(number, **viewer(request))
    if held.state:
        raise Http404("This comment was taken away.")
    if not request.user.is_authenticated:
        return sign_in(request)
    context = {
        "paper": open_library().paper(held.paper), "above": held,
        "comment_form": form(held.paper, parent=number),
    }  # fmt: skip
    name = "community/form.html" if request.htmx else "community/write.html"
    return render(request, name, context)


@never_cache
@page
def change(request: HttpRequest, number: int) -> HttpResponse:
    """The form that changes or deletes one's own comment."""
    held = open_library().comment(number, **viewer(request))
    if not held.mine or held.state == "deleted":
        raise Http404("This comment is not yours.")
    context = {"comment": held, "comment_form": form(held.paper, text=held.text)}
    return render(request, "community/change.html", context)


# --- notices and reports ---------------------------------------------------------------------


@never_cache
@writes("notices", most=60)
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """What a reader is told; a POST of ``newest`` marks all up to that notice as seen."""
    if not request.user.is_authenticated:
        return sign_in(request)
    user, library = request.user.pk, open_library()
    if request.method == "POST":
        library.read_notices(user, _number(request.POST.get("newest", "")))
        return redirect("notices")
    held, pager = paged(request, lambda limit, offset: library.notices(user, limit, offset))
    context = {"notices": held, "pager": pager, "unread": library.unread(user)}
    if held:
        context["newest"] = max(one.id for one in held)
    return render(request, "community/notices.html", context)


@never_cache
@writes("report", most=20, seconds=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Report a thing (``target``, such as ``comment:12``) with a ``reason``."""
    if not request.user.is_authenticated:
        return sign_in(request)
    sent = request.POST if request.method == "POST" else request.GET
    target = sent.get("target", "")
    try:
        thing = open_library().reported(target)
        context = {
            "thing": thing, "target": target, "kind": target.partition(":")[0],
            "reasons": REASONS.items(), "longest": LONGEST,
        }  # fmt: skip
        if request.method == "POST":
            chosen, text = sent.get("reason", ""), sent.get("text", "")
            try:
                context["new"] = open_library().report(request.user.pk, target, chosen, text)
                context["done"] = True
            except Refused as error:
                context |= {"error": str(error), "chosen": chosen, "text": text}
                return render(request, "community/report.html", context, status=400)
        return render(request, "community/report.html", context)
    except NotFound as error:
        raise Http404(str(error)) from None
