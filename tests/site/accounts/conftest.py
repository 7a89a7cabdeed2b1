import pytest
from django.core import mail
from django.test import override_settings


@pytest.fixture
def quick():
    """Passwords whose digest takes no time."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def mails(quick, files):
    """The mails that were sent."""
    from django.core.cache import cache

    cache.clear()  # what limits counted
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        yield mail.outbox
