"""Accounts for tests of people: without passwords, which take long to make."""

from django.contrib.auth import get_user_model
from django.test import Client


def user(handle: str, role: str = "reader", **fields):
    made = get_user_model().objects.create_user(handle)
    made.account.role = role
    for name, value in fields.items():
        setattr(made.account, name, value)
    made.account.save()
    return made


def client_of(held) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(held, "papertide.site.accounts.backend.Backend")
    return client
