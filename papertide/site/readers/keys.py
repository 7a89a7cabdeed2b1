"""Readers by the key in their cookie; of the key only a digest is kept."""

import hashlib
import secrets

from papertide.site.readers.models import Reader


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def made(key: str) -> tuple[str, Reader]:
    """The reader of a key, or a new one with a new key."""
    reader = Reader.objects.filter(digest=digest(key)).first()
    if reader is None:
        key = secrets.token_urlsafe(32)
        reader = Reader.objects.create(digest=digest(key))
    return key, reader
