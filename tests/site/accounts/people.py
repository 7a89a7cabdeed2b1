"""People with accounts, and browsers of theirs, for tests."""

from django.contrib.auth import get_user_model
from django.test import Client

BACKEND = "papertide.site.accounts.backend.Backend"
PASSWORD = "a long walk in the rain"


def person(handle: str, role: str = "reader", password: str = "", **fields):
    """A user with an account and a confirmed address; without a password, as hashing is slow."""
    from allauth.account.models import EmailAddress

    email = f"{handle}@example.org".lower()
    user = get_user_model().objects.create_user(handle, email, password or None)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    user.account.role = role
    for name, value in fields.items():
        setattr(user.account, name, value)
    user.account.save()
    return user


def browser(user=None) -> Client:
    """A browser, signed in."""
    client = Client(SERVER_NAME="localhost")
    if user:
        client.force_login(user, BACKEND)
    return client

