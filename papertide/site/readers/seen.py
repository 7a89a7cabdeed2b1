"""What readers looked at, where they asked for it to be remembered: the papers they saw, and since
which paper there is something new.

A visit ends after half an hour without a word from its reader. What came since the visit before
this one is new; so it stays new for as long as this one lasts.
"""

import datetime
from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction
from django.db.models import FilteredRelation, Q, Value

from papertide.site.readers.keys import digest, made
from papertide.site.readers.models import Reader, Seen

OVER = datetime.timedelta(minutes=30)  # without a word, after which a visit is over
NOTICED = datetime.timedelta(minutes=5)  # between two notes that a visit goes on
MOST_SEEN = 20_000  # papers of a reader that are remembered, those seen last
MOST_AT_ONCE = 100  # papers that one request may tell of


class ReaderState(msgspec.Struct, kw_only=True):
    """What pages need to know of a reader: whether what they look at is remembered; of the visit
    before this one, when it ended and the number of the newest paper then (None: there was none).
    """

    id: int
    remembers: bool
    before_at: datetime.datetime | None
    before_number: int | None


def state(key: str) -> ReaderState | None:
    """The reader of a key; None where it is nobody's. One query."""
    found = Reader.objects.filter(digest=digest(key)).first()
    return found and ReaderState(
        id=found.id,
        remembers=found.remembers,
        before_at=found.before_at,
        before_number=found.before_number,
    )


class Marked(msgspec.Struct, kw_only=True):
    """What pages show of a reader: who they are (None: nobody), and of the papers that were asked
    about, those they saved and those they saw."""

    state: ReaderState | None = None
    saved: set[int] = msgspec.field(default_factory=set)
    seen: set[int] = msgspec.field(default_factory=set)


def marked(key: str, papers: Sequence[int]) -> Marked:
    """The reader of a key, and what they saved and saw of some papers. One query."""
    if not papers:  # a condition that nothing meets would leave no reader either
        return Marked(state=state(key))
    fields = ReaderState.__struct_fields__
    parts = [
        Reader.objects.filter(digest=digest(key))
        .annotate(one=FilteredRelation(name, condition=Q(**{f"{name}__paper__in": papers})))
        .values_list(Value(name), "one__paper_id", *fields)
        for name in ("save", "seen")
    ]
    rows = list(parts[0].union(parts[1], all=True))
    if not rows:
        return Marked()
    saved, seen = ({row[1] for row in rows if row[0] == name} - {None} for name in ("save", "seen"))
    made = ReaderState(**dict(zip(fields, rows[0][2:], strict=True)))
    return Marked(state=made, saved=saved, seen=seen)


def remember(key: str, newest: int) -> str:
    """From now on remember what a reader looks at, and return the key: a new one where nobody has
    it. What comes after the paper of number `newest` is new."""
    with transaction.atomic():
        key, reader = made(key)
        if not reader.remembers:
            now = _now()
            Reader.objects.filter(pk=reader.pk).update(
                remembers=True, visit_at=now, visit_number=newest, before_at=now,
                before_number=newest,
            )  # fmt: skip
    return key


def forget(key: str, *, stop: bool = False) -> None:
    """Forget the papers a reader saw; with `stop` their visits too, and remember nothing more."""
    with transaction.atomic():
        Seen.objects.filter(reader__digest=digest(key)).delete()
        if stop:
            Reader.objects.filter(digest=digest(key)).update(
                remembers=False, visit_at=None, visit_number=0, before_at=None, before_number=None
            )


# --- visits ----------------------------------------------------------------------------------


def visit(key: str, newest: int, now: datetime.datetime | None = None) -> None:
    """A reader is here, and `newest` is the number of the newest paper.

    Writes at most once in `NOTICED`. Each write names the time that it read, so that of two tabs
    at once only one begins a visit.
    """
    now = now or _now()
    reader = Reader.objects.filter(digest=digest(key), remembers=True).first()
    if reader is None:
        return
    quiet = OVER if reader.visit_at is None else now - reader.visit_at
    if quiet < NOTICED:
        return
    row = {"visit_at": now, "visit_number": max(newest, reader.visit_number)}
    if quiet >= OVER and reader.visit_at is not None:
        row |= {"before_at": reader.visit_at, "before_number": reader.visit_number}
    Reader.objects.filter(pk=reader.pk, visit_at=reader.visit_at, remembers=True).update(**row)


def catch_up(key: str, newest: int) -> None:
    """A reader has seen what is new up to the paper of this number: what comes next is new."""
    now = _now()
    Reader.objects.filter(digest=digest(key), remembers=True).update(
        visit_at=now, visit_number=newest, before_at=now, before_number=newest
    )


# --- papers ----------------------------------------------------------------------------------


def see(key: str, paper_ids: Iterable[int]) -> None:
    """A reader saw some papers; nothing where what they look at is not remembered."""
    ids = list(dict.fromkeys(paper_ids))[:MOST_AT_ONCE]
    reader = Reader.objects.filter(digest=digest(key), remembers=True).first()
    if reader is None or not ids:
        return
    with transaction.atomic():
        held = seen_among(key, ids)
        if fresh := [number for number in ids if number not in held]:
            Seen.objects.bulk_create(
                (Seen(reader=reader, paper_id=number) for number in fresh), ignore_conflicts=True
            )
            _shorten(reader)


def _shorten(reader: Reader) -> None:
    """Forget what was seen before the last `MOST_SEEN` papers."""
    newest = Seen.objects.filter(reader=reader).order_by("-id")
    beyond = newest.values_list("id", flat=True)[MOST_SEEN : MOST_SEEN + 1]
    if first := next(iter(beyond), None):
        Seen.objects.filter(reader=reader, id__lte=first).delete()


def unsee(key: str, paper_ids: Iterable[int]) -> None:
    """A reader did not see some papers after all."""
    ids = list(paper_ids)[:MOST_AT_ONCE]
    Seen.objects.filter(reader__digest=digest(key), paper_id__in=ids).delete()


def seen(key: str, after: int = 0) -> frozenset[int]:
    """The numbers, above one, of all papers a reader saw. One query."""
    held = Seen.objects.filter(reader__digest=digest(key), paper_id__gt=after)
    return frozenset(held.values_list("paper_id", flat=True)[: 2 * MOST_SEEN])


def seen_among(key: str, paper_ids: Sequence[int]) -> set[int]:
    """Those of some papers that a reader saw. One query."""
    held = Seen.objects.filter(reader__digest=digest(key), paper_id__in=paper_ids)
    return set(held.values_list("paper_id", flat=True))


def seen_count(key: str) -> int:
    """How many papers are remembered as seen by a reader. One query."""
    return Seen.objects.filter(reader__digest=digest(key)).count()


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
