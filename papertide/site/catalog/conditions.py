"""From the syntax tree of a query to SQL over the catalogue, on SQLite and Postgres.

What is told of papers (categories, sources, dates, ids, votes, what they have) gives the same
papers as the indexes do. Words do so only nearly: a database compares parts of texts, not stems.
"""

import datetime
import functools
import operator
import re
from collections.abc import Iterable

from django.db.models import (
    BooleanField,
    Case,
    Expression,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Length, NullIf, StrIndex, Substr

from papertide.search.tree import (
    After,
    All,
    Among,
    Dated,
    Either,
    Is,
    Not,
    Phrase,
    Tree,
    Voted,
    Word,
    Words,
)
from papertide.site.catalog.models import Identity, ListingEntry, Paper

_WORD = re.compile(r"[^\W_]")
_NAME = re.compile(r"[^\W_]+")


def chosen(asked: Tree | None) -> QuerySet[Paper]:
    """The papers that match a tree, without those that were removed; None lets all through, and
    where nothing of a tree can be looked for, no paper matches."""
    papers = Paper.objects.exclude(status="removed")
    if asked is None:
        return papers
    condition = _condition(asked)
    if condition is None:
        return papers.none()
    return papers.alias(when=_when(), votes=_votes()).filter(condition)


def _condition(asked: Tree) -> Q | None:
    """The condition of a tree; None where it says nothing, as punctuation alone does.

    None of them is ever null, or NOT would leave out what it lets through.
    """
    match asked:
        case All(parts) | Either(parts):
            held = [q for q in map(_condition, parts) if q is not None]
            join = operator.and_ if isinstance(asked, All) else operator.or_
            return functools.reduce(join, held) if held else None
        case Not(part):
            held = _condition(part)
            return None if held is None else ~held
        case Words():
            return _words(asked)
        case Is("category", value, prefix):
            return Q(_Item("categories", [_like(value, "", "%" * prefix)]))
        case Is("source", value):
            return Q(_Item("sources", [_like(value)]))
        case Is("has", "abstract"):
            return ~Q(abstract="")
        case Is("has", value):
            return Q(_Item("links", [_like(value)], key="kind"))
        case Is("id", value):
            return Q(public_id=value) | _identity(f"arxiv:{value}")
        case Is("doi", value):
            return _identity(f"doi:{value}")
        case Dated(since, until):
            tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
            last = min(until or tomorrow, tomorrow)  # later ones count as unknown, as in the index
            return Q(when__gte=f"{since or datetime.date.min}", when__lte=f"{last}")
        case Among(ids):
            return Q(id__in=ids)
        case After(number):
            return Q(id__gt=number)
        case Voted(least, most):
            return Q(votes__gte=least) if most is None else Q(votes__gte=least, votes__lte=most)
    raise TypeError(asked)


def _identity(name: str) -> Q:
    return Q(id__in=Identity.objects.filter(name=name).values("paper_id"))


def _words(words: Words) -> Q | None:
    """Any of the words, or all phrases where there are some; None where they have no letter."""
    held = [part for part in words.parts if _WORD.search(part.text)]
    phrases = [part for part in held if isinstance(part, Phrase)]
    found = [_contains(words.field, part) for part in phrases or held]
    return functools.reduce(operator.and_ if phrases else operator.or_, found) if found else None


def _contains(field: str, part: Word | Phrase) -> Q:
    text = part.text
    names = Q(_Item("authors", [_like(name, "%", "%") for name in _NAME.findall(text)]))
    match field:
        case "authors":
            return names
        case "":
            return Q(title__icontains=text) | Q(abstract__icontains=text) | names
    return Q(**{f"{field}__icontains": text})


def _like(value: str, before: str = "", after: str = "") -> str:
    """A pattern for LIKE, with ! as its escape; equality where nothing is before and after."""
    return before + re.sub("([!%_])", r"!\1", value.lower()) + after


class _Item(Func):
    """Whether one item of a JSON list is LIKE all of some patterns; with `key`, its value."""

    output_field = BooleanField()

    def __init__(self, field: str, patterns: Iterable[str], key: str = ""):
        super().__init__(F(field))
        self._patterns, self._key = tuple(patterns), key

    def _exists(self, compiler, connection, items: str, value: str):
        held, params = compiler.compile(self.source_expressions[0])
        like = " AND ".join([f"LOWER({value}) LIKE %s ESCAPE '!'"] * len(self._patterns)) or "TRUE"
        sql = f"EXISTS (SELECT 1 FROM {items.format(held)} WHERE {like})"
        return sql, [*params, *self._patterns]

    def as_sqlite(self, compiler, connection, **_):
        value = f"json_extract(item.value, '$.{self._key}')" if self._key else "item.value"
        return self._exists(compiler, connection, "json_each({}) AS item", value)

    def as_postgresql(self, compiler, connection, **_):
        value = f"item.value ->> '{self._key}'" if self._key else "item.value #>> '{}'"
        items = "jsonb_array_elements({}) AS item(value)"
        return self._exists(compiler, connection, items, value)


# --- what is computed of a paper ---------------------------------------------------------------


def _when() -> Expression:
    """The date of a paper as the index has it, its unknown parts as 01; without a year 0000-01-01.

    See `papers.Paper.date` and `papers.arxiv_month`.
    """
    told = Coalesce(NullIf("announced", Value("")), NullIf("published", Value("")), _month())
    yearless = Q(announced="", published__startswith="--")
    known = Case(When(yearless, then=Value("")), default=told)
    return Concat(known, Substr(Value("0000-01-01"), Length(known) + 1))


def _month() -> Expression:
    """The month of an arXiv id, as 2024-05; empty where a paper has none."""
    number = Substr("public_id", StrIndex("public_id", Value("/")) + 1)  # all where there is none
    month = Concat(Substr(number, 1, 2), Value("-"), Substr(number, 3, 2))
    return Case(
        When(public_id__regex=r"/9[1-9]", then=Concat(Value("19"), month)),
        When(public_id__regex=r"/\d{7}$|^\d{4}\.\d{4,5}$", then=Concat(Value("20"), month)),
        default=Value(""),
    )


def _votes() -> Expression:
    """The most votes of a paper in any listing; 0 where none showed any."""
    entries = ListingEntry.objects.filter(paper=OuterRef("id")).values("paper")
    return Coalesce(Subquery(entries.annotate(most=Max("votes")).values("most")), 0)
