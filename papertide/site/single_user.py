"""Single-user mode: no sign-in, and nobody else.

Who can send a request may do everything, so only this machine may, and of its browsers only our
own pages. A page elsewhere can make a browser send a request here, or, by a name that it lets point
to this machine (DNS rebinding), read the answer. The first is told by what browsers say of a
request, the second by the name that is asked for: ALLOWED_HOSTS has loopback names alone here.
"""

import ipaddress
from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from papertide.site.pages import READER
from papertide.site.readers.keys import own_key
from papertide.site.same_origin import SAFE, is_foreign

OWNER = "owner"  # the name of the one user
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


class SingleUser:
    """Refuses (403) what comes from elsewhere; all else comes from the owner, who may do all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # raises DisallowedHost, also where nothing else asks for it
        if not _is_here(request.META.get("REMOTE_ADDR", "")):
            raise PermissionDenied("In single-user mode only this machine is answered.")
        if any(name in request.headers for name in _FORWARDED):
            raise PermissionDenied("In single-user mode no proxy is answered.")
        if request.method not in SAFE and is_foreign(request):
            raise PermissionDenied("Another site sent this request.")
        request.user = SimpleLazyObject(owner)
        request.COOKIES[READER] = own_key()
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view, arguments, named) -> HttpResponse | None:
        """Nobody signs in here: allauth's pages lead to the one that says so."""
        module = getattr(view, "view_class", view).__module__
        return redirect("account") if module.startswith("allauth.") else None


def _is_here(address: str) -> bool:
    try:
        held = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(held, "ipv4_mapped", None) or held).is_loopback


def owner():
    """The one user: made when first needed, without a password, so that nobody signs in by it
    where the mode is changed later."""
    model = get_user_model()
    user, made = model.objects.select_related("account").get_or_create(
        username=OWNER, defaults={"is_staff": True, "is_superuser": True}
    )
    if made:
        user.set_unusable_password()
        user.save()
    return user
