"""Signing in, as allauth does it; a user comes with the account in one query."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model


class Backend(AuthenticationBackend):
    def get_user(self, user_id):
        held = get_user_model().objects.select_related("account").filter(pk=user_id).first()
        return held if held and self.user_can_authenticate(held) else None
