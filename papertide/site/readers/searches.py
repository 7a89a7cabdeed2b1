"""Saved searches: of a reader, who is named by the cookie's key, or (None) the library's own.

What is kept of a search is the text and the filters as the address of the search page has them.
"""

import datetime
from collections.abc import Iterable

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.http import QueryDict

from papertide.results import Refused
from papertide.search.lexical_query import demanded
from papertide.search.query import MAX_LENGTH, Mistake, parse
from papertide.search.tree import After, Tree, every, narrow
from papertide.site.catalog.asked import Asked
from papertide.site.readers.keys import digest, made
from papertide.site.readers.models import SavedSearch

MOST_SEARCHES = 100  # that a reader may keep
LONGEST_NAME = 80  # characters
_LONGEST = 20 * MAX_LENGTH  # characters of an address: a letter may be written as nine


class SearchInfo(msgspec.Struct, kw_only=True):
    """A saved search: `asked` is what an address of the search page has after its question mark.

    `number` is that of the newest paper when it was last looked at, `new` how many of those that
    came since it finds (None: not counted). `own` where it is the reader's who asked. What of its
    text is not understood is in `mistakes`.
    """

    id: int
    name: str
    query: str
    asked: str
    own: bool
    created: datetime.datetime
    looked: datetime.datetime
    number: int
    new: int | None = None
    mistakes: list[Mistake] = []

    @property
    def form(self) -> Asked:
        """What it asks, as the search page reads it."""
        return Asked.read(QueryDict(self.asked))

    @property
    def address(self) -> str:
        """Its address below that of the search page."""
        return self.form.but(saved=self.id).address

    @property
    def only_new(self) -> str:
        """The same, of what is new."""
        return self.form.but(saved=self.id, new="search").address

    @property
    def fresh(self) -> Tree:
        """What of the papers it finds came since it was last looked at."""
        return fresh(self.query, self.number)

    @property
    def condition(self) -> Tree | None:
        """All that it asks beside its text."""
        return narrow(**self.form.conditions)

    def __repr__(self) -> str:
        new = "" if self.new is None else f", {self.new} new"
        return f"<Search {self.id} {self.name!r}: {self.asked}{new}>"


def fresh(text: str, number: int) -> Tree:
    """Papers that came after a number and have all words of a text: where any of them is enough,
    as it is in a search, nearly every paper would be news."""
    return every(After(number), demanded(parse(text).tree))


def proposed_name(asked: Asked) -> str:
    """A name for a search: its text, else its filters."""
    name = " ".join(asked.q.split()) or ", ".join(words for words, _ in asked.filters)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


# --- asking ----------------------------------------------------------------------------------


def searches(key: str | None) -> list[SearchInfo]:
    """A reader's searches by name, then the library's own. One query."""
    chosen = _visible(key).order_by(F("reader").asc(nulls_last=True), "name")
    return [_info(one) for one in chosen[: 2 * MOST_SEARCHES]]


def search(number: int, key: str | None) -> SearchInfo | None:
    """A reader's search or one of the library's own, by its number."""
    found = _visible(key).filter(id=number).first()
    return found and _info(found)


def named(name: str, key: str | None) -> SearchInfo | None:
    """A search by its name: that of the reader, or of the library itself."""
    found = _owned(key).filter(name=_name(name)).first()
    return found and _info(found)


# --- changing --------------------------------------------------------------------------------


def save(key: str | None, name: str, asked: str, number: int) -> tuple[str | None, int]:
    """Keep a search, and return the key of its reader (a new one where nobody has it; None is the
    library itself) and its number.

    An empty name is proposed. The same search under the same name again changes nothing. Raises
    Refused: for what asks for nothing, a name that another has, or where there are too many.
    """
    form = _read(asked)
    wanted = _name(name)
    with transaction.atomic():
        if key is None:
            reader, form.hide_seen = None, False
        else:
            key, reader = made(key)
        held = {one.name: one for one in SavedSearch.objects.filter(reader=reader)}
        kept = wanted or _unlike(proposed_name(form), held, form.kept)
        if kept in held and held[kept].asked == form.kept:
            return key, held[kept].id
        if kept in held:
            raise _taken(kept)
        if len(held) >= MOST_SEARCHES:
            raise Refused(
                f"You keep {MOST_SEARCHES} searches, which is all there is room for. "
                "Remove one first."
            )
        row = {"reader": reader, "name": kept, "asked": form.kept}
        return key, _created(row | {"number": number, "looked": _now()})


def _created(row: dict) -> int:
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(**row).id
    except IntegrityError:  # another tab was quicker
        raise _taken(row["name"]) from None


def change(
    key: str | None, number: int, *, name: str | None = None, asked: str | None = None
) -> bool:
    """Rename a reader's search, or let it ask something else; whether there is one. Raises
    Refused."""
    row = {}
    if name is not None:
        row["name"] = _name(name)
        if not row["name"]:
            raise Refused("A saved search needs a name.")
    if asked is not None:
        row["asked"] = _read(asked).kept
    try:
        with transaction.atomic():
            return bool(_owned(key).filter(id=number).update(**row))
    except IntegrityError:
        raise _taken(row["name"]) from None


def remove(key: str | None, number: int) -> SearchInfo | None:
    """Let a reader's search go; returns it as it was, None where there is none."""
    with transaction.atomic():
        found = _owned(key).filter(id=number).first()
        if found is None:
            return None
        info = _info(found)
        found.delete()
        return info


def looked(key: str | None, newest: int, numbers: Iterable[int] | None = None) -> None:
    """A reader's searches (None: all) were looked at when `newest` was that of the newest paper.

    Of two tabs that say so the later number stays.
    """
    chosen = _owned(key) if numbers is None else _owned(key).filter(id__in=list(numbers))
    chosen.update(number=Greatest("number", newest), looked=_now())


# --- helpers ---------------------------------------------------------------------------------


def _owned(key: str | None):
    """What a reader may change; for None, what belongs to the library."""
    if key is None:
        return SavedSearch.objects.filter(reader=None)
    return SavedSearch.objects.filter(reader__digest=digest(key))


def _visible(key: str | None):
    shared = Q(reader=None)
    theirs = Q(reader__digest=digest(key)) if key else shared
    return SavedSearch.objects.filter(theirs | shared)


def _info(held: SavedSearch) -> SearchInfo:
    query = QueryDict(held.asked).get("q", "")
    return SearchInfo(
        id=held.id,
        name=held.name,
        query=query,
        asked=held.asked,
        own=held.reader_id is not None,
        created=held.created,
        looked=held.looked,
        number=held.number,
        mistakes=list(parse(query).mistakes),
    )


def _read(asked: str) -> Asked:
    """The form of a search that can be kept; raises Refused."""
    if len(asked) > _LONGEST:
        raise Refused(f"This search is too long to keep: a query has {MAX_LENGTH:,} characters.")
    form = Asked.read(QueryDict(asked.lstrip("?")))
    if len(form.q) > MAX_LENGTH:
        raise Refused(f"This query is too long to keep: it may have {MAX_LENGTH:,} characters.")
    if form.errors:
        raise Refused(next(iter(form.errors.values())))
    form.new = ""
    if not form.anything:
        raise Refused("This search asks for nothing. Give it words or a filter first.")
    parsed = parse(form.q)
    if form.q.strip() and parsed.tree is None:
        why = parsed.mistakes[0].text if parsed.mistakes else "There is no word in it."
        raise Refused(f"Nothing of this query is understood. {why}")
    return form


def _name(text: str) -> str:
    """A name as it is kept: in one line, without control characters. Raises Refused."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(name) > LONGEST_NAME:
        raise Refused(f"A name has at most {LONGEST_NAME} characters.")
    return name


def _unlike(name: str, held: dict[str, SavedSearch], asked: str) -> str:
    """A proposed name, with a number where another search has it."""
    made = name
    for count in range(2, MOST_SEARCHES + 2):
        if made not in held or held[made].asked == asked:
            break
        made = f"{name[: LONGEST_NAME - 4]} {count}"
    return made


def _taken(name: str) -> Refused:
    return Refused(f"There is a saved search “{name}” already. Choose another name.")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
