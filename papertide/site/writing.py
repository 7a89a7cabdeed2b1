"""Who may send what changes something, and how often: one decorator for every such view.

A request is checked before its view runs: that one of our own pages sent it (`same_origin`), that
its account has the role, and that it was not done too often. `tests/site/test_writes.py` makes its
tests from the table of addresses: a view that changes something and does not say so here fails.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from papertide.site.accounts import limits
from papertide.site.accounts.roles import at_least
from papertide.site.same_origin import SAFE, same_origin


@dataclass(frozen=True)
class Write:
    """What a view changes: its name in counts, the role it needs, and how often it may be done in
    how many seconds. An empty role: anybody."""

    action: str
    role: str
    most: int
    seconds: int


def writes(
    action: str, *, role: str = "reader", most: int = 60, seconds: int = 60
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view whose unsafe requests are checked; safe ones go by. In single-user mode nothing is
    counted: there is nobody to protect from."""
    write = Write(action, role, most, seconds)

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @same_origin
        @functools.wraps(view)
        def answer(request: HttpRequest, *arguments, **named) -> HttpResponse:
            if request.method not in SAFE and (refusal := _refused(request, write)):
                return refusal
            return view(request, *arguments, **named)

        answer.write = write
        return answer

    return decorate


def _refused(request: HttpRequest, write: Write) -> HttpResponse | None:
    if write.role and not request.user.is_authenticated:
        return sign_in(request)
    if write.role and not at_least(request.user, write.role):
        raise PermissionDenied(f"This needs the role of a {write.role}.")
    if settings.CONFIG.mode == "single":
        return None
    wait = limits.spend(write.action, limits.who(request), write.most, write.seconds)
    return too_often(request, wait) if wait else None


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which shows a message by itself."""
    return request.headers.get("Accept") == "application/json"


def sign_in(request: HttpRequest) -> HttpResponse:
    """To the page for signing in, and from there back to the page that was asked for, or that this
    was sent from."""
    came = request.headers.get("Referer", "")
    if request.method in SAFE:
        came = request.get_full_path()
    if not url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure()):
        came = resolve_url("home")
    address = f"{resolve_url('account_login')}?{urlencode({'next': came})}"
    if wants_json(request):
        return JsonResponse({"error": "Sign in first.", "sign_in": address}, status=401)
    return redirect(address)


def too_often(request: HttpRequest, wait: int) -> HttpResponse:
    """429, with the seconds after which to try again."""
    message = f"That was often. Try again in {wait} second{'s' if wait > 1 else ''}."
    if wants_json(request):
        response = JsonResponse({"error": message}, status=429)
    else:
        response = render(request, "429.html", {"message": message}, status=429)
    response["Retry-After"] = str(wait)
    return response
