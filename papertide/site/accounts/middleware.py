"""Who signs a request's reader: the account where somebody is signed in, else the cookie; and what
is told where a mail cannot be sent."""

from collections.abc import Callable

from allauth.core.internal import ratelimit
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


class MailTold:
    """Where a mail that somebody waits for cannot be sent they are told so, and a sign-up that
    waits for it is taken back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        from papertide.site.accounts.adapters import MailFailed, not_kept

        if not isinstance(error, MailFailed):
            return None
        if user := getattr(request, "new_user", None):
            user.delete()
            request.session.flush()
        # Else the next attempt sends nothing, as if this one had.
        ratelimit.clear(
            request, app="allauth.account", action="confirm_email", key=error.address.lower()
        )
        return not_kept(
            request,
            "The mail to you could not be sent, so nothing was done. It is not your fault: the "
            "site's mail server does not answer or refuses it. Try again later.",
            503,
        )
