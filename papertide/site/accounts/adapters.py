"""What allauth asks of us: handles, mail, who may sign up, who may not sign in."""

import contextlib
import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from papertide.site.accounts import handles
from papertide.site.accounts.models import Account

log = logging.getLogger(__name__)


class MailFailed(Exception):
    """A mail that somebody waits for could not be sent."""

    def __init__(self, address: str):
        super().__init__(address)
        self.address = address


class Accounts(DefaultAccountAdapter):
    """Accounts with an address and a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.CONFIG.sign_up == "open"

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if problem := handles.problem(username):
            raise ValidationError(problem)
        if not shallow and Account.objects.filter(handle=username.lower()).exists():
            raise ValidationError("Somebody has this handle already. Choose another one.")
        return username

    def save_user(self, request, user, form, commit=True):
        """The user with the account, or neither: of two who choose one handle at once, one."""
        try:
            with transaction.atomic():
                user = super().save_user(request, user, form, commit)
        except IntegrityError:
            raise ImmediateHttpResponse(not_kept(
                request, "Somebody took this handle just now. Go back and choose another one.", 409
            )) from None  # fmt: skip
        request.new_user = user
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Raises MailFailed; what the server said is for the log."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # SMTPException is one
            log.error("mail %s: %s", template_prefix, error)
            raise MailFailed(email) from error

    def send_notification_mail(self, *arguments, **named) -> None:
        """What was done is done, whether or not it can be told."""
        with contextlib.suppress(MailFailed):
            super().send_notification_mail(*arguments, **named)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Of a request that came by fewer proxies than there are: the one it came from."""
        try:
            return super().get_client_ip(request)
        except ImproperlyConfigured:
            return request.META["REMOTE_ADDR"]

    def respond_user_inactive(self, request: HttpRequest, user) -> HttpResponse:
        return render(request, "account/account_inactive.html", {"held": user}, status=403)

    def get_login_stages(self) -> list[str]:
        theirs = "allauth.account.stages.EmailVerificationStage"
        ours = f"{__name__}.{Confirmation.__name__}"
        return [ours if one == theirs else one for one in super().get_login_stages()]


class Confirmation(EmailVerificationStage):
    """An address is confirmed before its account is signed in to. One that was made at the console
    may have none."""

    def handle(self):
        user = self.login.user
        if user and not user.email and not EmailAddress.objects.filter(user=user).exists():
            return None, True
        return super().handle()


class Elsewhere(DefaultSocialAccountAdapter):
    """Accounts at ORCID, GitHub, Google."""

    def get_app(self, request, provider, client_id=None):
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404("Nobody signs in here by that provider.") from None


def not_kept(request: HttpRequest, message: str, status: int) -> HttpResponse:
    """A page that says why nothing was kept."""
    return render(request, "account/not_kept.html", {"message": message}, status=status)
