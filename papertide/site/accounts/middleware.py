"""Who signs a request's reader: the account where somebody is signed in, else the cookie."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from papertide.site.pages import READER


class AccountReader:
    """Signed in, the reader is the account's, in every browser; its key never leaves here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        came = settings.SESSION_COOKIE_NAME in request.COOKIES
        if came and request.user.is_authenticated:
            request.COOKIES[READER] = request.user.account.reader_key
        response = self._get_response(request)
        if (came or READER in request.COOKIES) and request.user.is_authenticated:
            response.delete_cookie(READER, samesite="Lax")  # and not set by the view either
        return response
