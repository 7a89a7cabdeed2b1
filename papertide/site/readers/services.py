"""What others may ask of readers: the papers one saved, and the entries of their own libraries.

A reader is named by the cookie's key. Their searches are in `searches`, what they saw in `seen`.
"""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction

from papertide import papers
from papertide.papers import author_slug, title_key
from papertide.site.catalog import services as catalog
from papertide.site.readers.keys import digest, made, own_key  # noqa: F401  is asked for here
from papertide.site.readers.models import Save, Seen, Unmatched
from papertide.sources.libraries import LibraryEntry, Match

MOST_SAVED = 10_000  # papers a reader may keep, and entries without a paper
_LONGEST_NOTE = 2_000  # characters of a note that are stored


class TooMany(ValueError):
    """A reader keeps as many papers as one may; says what to do."""


def save(key: str, paper_id: int) -> str:
    """Keep a paper for a reader; a key nobody has makes a new reader, whose key is returned.

    Saving again changes nothing. Raises TooMany.
    """
    key, reader = made(key)
    if Save.objects.filter(reader=reader).count() >= MOST_SAVED:
        raise TooMany(f"You keep {MOST_SAVED:,} papers, which is all there is room for.")
    Save.objects.get_or_create(reader=reader, paper_id=paper_id)
    return key


def unsave(key: str, paper_id: int) -> None:
    """Let a paper go; one that was not kept is let go as well."""
    Save.objects.filter(reader__digest=digest(key), paper_id=paper_id).delete()


def saved_among(key: str, paper_ids: Sequence[int]) -> set[int]:
    """Those of some papers that a reader keeps. One query."""
    kept = Save.objects.filter(reader__digest=digest(key), paper_id__in=paper_ids)
    return set(kept.values_list("paper_id", flat=True))


def saved(key: str, limit: int, offset: int = 0) -> tuple[list[papers.Paper], int]:
    """A reader's papers, those saved last first, and how many there are. Four queries."""
    kept = Save.objects.filter(reader__digest=digest(key)).exclude(paper__status="removed")
    ids = kept.order_by("-at", "-id").values_list("paper_id", flat=True)
    return catalog.by_number(list(ids[offset : offset + limit])), kept.count()


def saved_last(key: str, most: int) -> list[int]:
    """The numbers of the papers that a reader saved last. One query."""
    kept = Save.objects.filter(reader__digest=digest(key)).exclude(paper__status="removed")
    return list(kept.order_by("-at", "-id").values_list("paper_id", flat=True)[:most])


def revised_among(key: str, some: Sequence[papers.Paper]) -> set[int]:
    """Those of some papers that have a version of a later day than a reader saved them on. One
    query."""
    held = Save.objects.filter(reader__digest=digest(key), paper_id__in=[one.id for one in some])
    days = {paper: str(at.date()) for paper, at in held.values_list("paper_id", "at")}
    latest = {one.id: max([one.updated, *(v.date for v in one.versions)]) for one in some}
    return {paper for paper, day in days.items() if latest[paper] > day}


class Kept(msgspec.Struct, kw_only=True):
    """What became of a reader's library: papers saved now, saved before, and entries without a
    paper. `key` is the reader's."""

    key: str
    saved: int = 0
    before: int = 0
    unmatched: int = 0


def keep(key: str, matches: Iterable[Match]) -> Kept:
    """Save the papers of a reader's library, and keep the entries whose papers are not here.

    The same library again changes nothing. Raises TooMany, and then keeps nothing.
    """
    matches = list(matches)
    papers_of = {one.paper.id: one.entry for one in matches if one.paper}
    without = {_fingerprint(one.entry): one for one in matches if not one.paper}
    found = [_fingerprint(entry) for entry in papers_of.values()]
    with transaction.atomic():
        key, reader = made(key)
        held = set(reader.save_set.values_list("paper_id", flat=True))
        known = set(reader.unmatched_set.values_list("digest", flat=True)) - set(found)
        if len(held | papers_of.keys()) > MOST_SAVED or len(known | without.keys()) > MOST_SAVED:
            raise TooMany(f"There is room for {MOST_SAVED:,} papers and as many entries.")
        Save.objects.bulk_create(
            Save(reader=reader, paper_id=number, entry=_stored(entry))
            for number, entry in papers_of.items()
            if number not in held
        )
        reader.unmatched_set.filter(digest__in=found).delete()
        Unmatched.objects.bulk_create(
            Unmatched(reader=reader, digest=digest, entry=_stored(one.entry), reason=one.reason)
            for digest, one in without.items()
            if digest not in known
        )
    return Kept(
        key=key,
        saved=len(papers_of.keys() - held),
        before=len(papers_of.keys() & held),
        unmatched=len(without),
    )


def unmatched(key: str, limit: int, offset: int = 0) -> tuple[list[tuple[LibraryEntry, str]], int]:
    """Entries of a reader's library without a paper, each with the reason, and their number."""
    held = Unmatched.objects.filter(reader__digest=digest(key)).order_by("id")
    rows = held.values_list("entry", "reason")[offset : offset + limit]
    return [(msgspec.convert(entry, LibraryEntry), why) for entry, why in rows], held.count()


def forget_unmatched(key: str) -> None:
    """Let all entries without a paper go."""
    Unmatched.objects.filter(reader__digest=digest(key)).delete()


def _stored(entry: LibraryEntry) -> dict:
    """An entry as it is kept: without the abstract, which no page shows, and with short notes."""
    paper = msgspec.structs.replace(entry.record.paper, abstract="")
    return msgspec.to_builtins(
        msgspec.structs.replace(
            entry,
            record=msgspec.structs.replace(entry.record, paper=paper),
            notes=[note[:_LONGEST_NOTE] for note in entry.notes],
        )
    )


def _fingerprint(entry: LibraryEntry) -> str:
    paper = entry.record.paper
    named = sorted(paper.identities) or [
        title_key(paper.title), *map(author_slug, paper.authors[:1])
    ]  # fmt: skip
    return digest("\n".join(named))


def move(old: int, new: int, **_) -> None:
    """Who saved or saw a paper that is now part of another keeps that one."""
    for kind in (Save, Seen):
        there = kind.objects.filter(paper_id=new).values_list("reader_id", flat=True)
        kind.objects.filter(paper_id=old).exclude(reader_id__in=list(there)).update(paper_id=new)
