"""Readers by the key in their cookie; of the key only a digest is kept."""

import hashlib
import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

from papertide.site.readers.models import Reader


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def own_key() -> str:
    """The key of the one reader of single-user mode, whatever browser they use; else none."""
    if settings.CONFIG.mode != "single":
        return ""
    return salted_hmac("papertide.reader", "own", algorithm="sha256").hexdigest()


def made(key: str) -> tuple[str, Reader]:
    """The reader of a key, or a new one with a new key."""
    reader = Reader.objects.filter(digest=digest(key)).first()
    if reader is None:
        key = own_key() or secrets.token_urlsafe(32)
        reader, _ = Reader.objects.get_or_create(digest=digest(key))
    return key, reader
