"""The tables of accounts. Only this app writes them; others ask its `services`.

How one signs in is kept by allauth: addresses, passkeys, accounts elsewhere.
"""

import secrets

from django.conf import settings
from django.db import models

from papertide.site.accounts.roles import ROLES


def _key() -> str:
    return secrets.token_urlsafe(32)


class Account(models.Model):
    """What Papertide knows of a user beside what Django does. The user's name is the public
    handle, as in @ada."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="account"
    )
    handle = models.CharField(max_length=150, unique=True)  # the user's name in small letters
    role = models.CharField(
        max_length=9, default="reader", choices=[(role, role.capitalize()) for role in ROLES]
    )
    name = models.CharField(max_length=80, blank=True)  # shown beside the handle
    about = models.CharField(max_length=500, blank=True)
    reader_key = models.CharField(max_length=64, default=_key, editable=False)  # `readers.keys`

    suspended = models.DateTimeField(null=True, blank=True)
    suspended_for = models.CharField(max_length=500, blank=True)  # the reason, told to them

    def __str__(self):
        return f"{self.user_id} ({self.role})"


class Limit(models.Model):
    """How often somebody did something in a stretch of time; rows of the past mean nothing."""

    key = models.CharField(max_length=160, primary_key=True)  # "action:who:seconds"
    began = models.BigIntegerField(db_index=True)  # Unix time
    count = models.IntegerField()


class AuditEntry(models.Model):
    """What somebody did who has a role, to what, and why. The person goes with their account."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    action = models.CharField(max_length=40)  # "hide comment"
    target = models.CharField(max_length=200)  # "comment:12", "paper:2503.00001"
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target}"
