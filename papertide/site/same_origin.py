"""Unsafe requests only from our own pages, told by what browsers say of a request.

`Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/) and, from browsers too old for it,
`Origin` cannot be set by a page. A request with neither comes from no browser, and so carries
nobody's cookies against their will. Pages need no token for this and can be cached.
"""

import functools
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

SAFE = ("GET", "HEAD", "OPTIONS")


def is_foreign(request: HttpRequest) -> bool:
    """Whether another site made the browser send this request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    ours = {f"{request.scheme}://{request.get_host()}", settings.CONFIG.site_url.rstrip("/")}
    return bool(origin) and origin not in ours


def same_origin(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose unsafe requests come from our own pages; others are refused (403)."""

    @csrf_exempt
    @functools.wraps(view)
    def answer(request: HttpRequest, *arguments, **named) -> HttpResponse:
        if request.method not in SAFE and is_foreign(request):
            raise PermissionDenied("Another site sent this request.")
        return view(request, *arguments, **named)

    return answer
