"""A reader who gets an account: what their browser kept becomes the account's."""

from django.db import transaction

from papertide.site.readers.keys import digest
from papertide.site.readers.models import Reader, Save, SavedSearch, Seen, Unmatched

# What tells two rows of a reader apart, by kind.
_SAME = {Save: "paper_id", Seen: "paper_id", Unmatched: "digest"}


def begin(key: str) -> None:
    """The reader of a new account."""
    Reader.objects.get_or_create(digest=digest(key))


def merge(old: str, new: str) -> None:
    """All of one reader becomes another's, and the one is gone; what both have stays once."""
    with transaction.atomic():
        begin(new)
        from_ = Reader.objects.filter(digest=digest(old)).first()
        to = Reader.objects.get(digest=digest(new))
        if from_ is None or from_ == to:
            return
        for kind, same in _SAME.items():
            there = kind.objects.filter(reader=to).values(same)
            kind.objects.filter(reader=from_).exclude(**{f"{same}__in": there}).update(reader=to)
        _merge_searches(from_, to)
        if from_.remembers and not to.remembers:
            Reader.objects.filter(pk=to.pk).update(
                remembers=True, visit_at=from_.visit_at, visit_number=from_.visit_number,
                before_at=from_.before_at, before_number=from_.before_number,
            )  # fmt: skip
        from_.delete()


def _merge_searches(from_: Reader, to: Reader) -> None:
    """The same search stays once; another of the same name gets a number."""
    held = dict(SavedSearch.objects.filter(reader=to).values_list("name", "asked"))
    for one in SavedSearch.objects.filter(reader=from_):
        if one.asked in held.values():
            continue
        name, count = one.name, 2
        while name in held:
            name, count = f"{one.name[:70]} {count}", count + 1
        held[name] = one.asked
        SavedSearch.objects.filter(pk=one.pk).update(reader=to, name=name)


def export(reader_key: str, **_) -> dict:
    """All that is kept of a reader, as JSON rows by kind."""
    reader = Reader.objects.filter(digest=digest(reader_key)).first()
    if reader is None:
        return {}
    visits = ("since", "remembers", "visit_at", "before_at")
    return {
        "reader": {name: getattr(reader, name) for name in visits},
        "saved_papers": list(
            reader.save_set.order_by("id").values("paper__public_id", "paper__title", "at", "entry")
        ),
        "saved_searches": list(
            reader.savedsearch_set.order_by("id").values("name", "asked", "created", "looked")
        ),
        "seen_papers": list(
            reader.seen_set.order_by("id").values_list("paper__public_id", flat=True)
        ),
        "unmatched_entries": list(
            reader.unmatched_set.order_by("id").values("entry", "reason", "at")
        ),
    }


def erase(reader_key: str, **_) -> None:
    """Nothing of a reader stays."""
    Reader.objects.filter(digest=digest(reader_key)).delete()
