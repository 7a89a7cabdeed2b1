"""People, and a paper they write about."""

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

BACKEND = "papertide.site.accounts.backend.Backend"


def make_user(handle: str, role: str = "reader", age: int = 30):
    """A user without a password, whose account is so many days old."""
    joined = timezone.now() - datetime.timedelta(days=age)
    user = get_user_model().objects.create(username=handle, date_joined=joined)
    if role != "reader":
        user.account.role = role
        user.account.save()
    return user


def signed_in(user) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def people():
    """Makes users, who are gone after the test."""
    made = []

    def make(handle: str, role: str = "reader", age: int = 30):
        made.append(make_user(handle, role, age))
        return made[-1]

    yield make
    for user in made:
        get_user_model().objects.filter(pk=user.pk).delete()
