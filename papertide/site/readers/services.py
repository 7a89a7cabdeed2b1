"""What others may ask of readers: the papers one saved. A reader is named by the cookie's key."""

import hashlib
import secrets
from collections.abc import Sequence

from papertide import papers
from papertide.site.catalog import services as catalog
from papertide.site.readers.models import Reader, Save

MOST_SAVED = 10_000  # papers a reader may keep


class TooMany(ValueError):
    """A reader keeps as many papers as one may; says what to do."""


def save(key: str, paper_id: int) -> str:
    """Keep a paper for a reader; a key nobody has makes a new reader, whose key is returned.

    Saving again changes nothing. Raises TooMany.
    """
    reader = Reader.objects.filter(digest=_digest(key)).first()
    if reader is None:
        key = secrets.token_urlsafe(32)
        reader = Reader.objects.create(digest=_digest(key))
    if Save.objects.filter(reader=reader).count() >= MOST_SAVED:
        raise TooMany(f"You keep {MOST_SAVED:,} papers, which is all there is room for.")
    Save.objects.get_or_create(reader=reader, paper_id=paper_id)
    return key


def unsave(key: str, paper_id: int) -> None:
    """Let a paper go; one that was not kept is let go as well."""
    Save.objects.filter(reader__digest=_digest(key), paper_id=paper_id).delete()


def saved_among(key: str, paper_ids: Sequence[int]) -> set[int]:
    """Those of some papers that a reader keeps. One query."""
    kept = Save.objects.filter(reader__digest=_digest(key), paper_id__in=paper_ids)
    return set(kept.values_list("paper_id", flat=True))


def saved(key: str, limit: int, offset: int = 0) -> tuple[list[papers.Paper], int]:
    """A reader's papers, those saved last first, and how many there are. Four queries."""
    kept = Save.objects.filter(reader__digest=_digest(key)).exclude(paper__status="removed")
    ids = kept.order_by("-at", "-id").values_list("paper_id", flat=True)
    return catalog.by_number(list(ids[offset : offset + limit])), kept.count()


def move(old: int, new: int, **_) -> None:
    """Who saved a paper that is now part of another keeps that one."""
    there = Save.objects.filter(paper_id=new).values_list("reader_id", flat=True)
    Save.objects.filter(paper_id=old).exclude(reader_id__in=list(there)).update(paper_id=new)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
