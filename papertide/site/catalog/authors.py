"""What others may ask of authors: names as papers bear them, their papers, who wrote with whom."""

import datetime
import difflib
from collections.abc import Collection

from django.db.models import Count, Value
from django.db.models.functions import Coalesce, NullIf

from papertide import papers
from papertide.site.catalog import rows
from papertide.site.catalog.models import Author, Authorship
from papertide.site.catalog.services import by_number, today


def author_name(author_slug: str) -> str | None:
    """An author's name by its address; None where no paper bears it (any more)."""
    named = Author.objects.filter(slug=author_slug, authorship__isnull=False)
    return named.values_list("name", flat=True).first()


def authors_near(author_slug: str, limit: int) -> list[str]:
    """Names near to one that no paper bears: with all its words, those of the most papers first;
    else those that begin alike and are spelt most alike."""
    borne = Author.objects.filter(authorship__isnull=False)
    held = borne
    for word in author_slug.split("-"):
        held = held.filter(slug__contains=word)
    some = list(held.order_by().values_list("id", flat=True).distinct()[:1000])
    counted = Author.objects.filter(id__in=some).annotate(papers=Count("authorship"))
    if names := list(counted.order_by("-papers", "slug").values_list("name", flat=True)[:limit]):
        return names
    alike = borne.filter(slug__startswith=author_slug[:3]).values_list("slug", "name")
    by_slug = dict(alike.distinct()[:10_000])
    return [by_slug[slug] for slug in difflib.get_close_matches(author_slug, by_slug, limit)]


def author_names(slugs: Collection[str]) -> dict[str, str]:
    """The names of authors by their addresses; those nobody has are left out. One query."""
    return dict(rows.select(Author, ("slug", "name"), "slug", slugs)) if slugs else {}


def author_papers(
    author_slugs: Collection[str], limit: int, offset: int = 0
) -> tuple[list[papers.Paper], int]:
    """Papers of an author under any of some names, newest first, and how many there are in all.
    Four queries.

    As texts, stored dates sort well, those without a year or without anything at the end; a
    null does not: SQLite takes it for the least, Postgres for the greatest.
    """
    theirs = Authorship.objects.filter(author__slug__in=author_slugs)
    appeared = Coalesce(NullIf("paper__announced", Value("")), "paper__published")
    chosen = theirs.order_by(appeared.desc(), "-paper__public_id")
    # Father and son of one name may have written one paper.
    numbers = chosen.values_list("paper_id", flat=True).distinct()[offset : offset + limit]
    return by_number(list(numbers)), theirs.values("paper_id").distinct().count()


def newest_of_authors(
    slugs: Collection[str], since: datetime.date, limit: int
) -> list[tuple[datetime.date, int, str, str]]:
    """Papers of some authors that are of a day or later, newest first: day, number, and the
    author's address and name. One query."""
    held = Authorship.objects.filter(author__slug__in=slugs, paper__day__range=(since, today()))
    columns = ("paper__day", "paper_id", "author__slug", "author__name")
    return list(held.order_by("-paper__day", "-paper_id").values_list(*columns)[:limit])


def authorships_after(number: int, limit: int) -> list[tuple[int, int]]:
    """The next newer authorships in order: their numbers and their authors'. A paper that changes
    gets new ones. One query."""
    newer = Authorship.objects.filter(id__gt=number).order_by("id")
    return list(newer.values_list("id", "author_id")[:limit])


def authors_by_number(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """The addresses and names of authors by their numbers. One query."""
    held = rows.select(Author, ("id", "slug", "name"), "id", numbers) if numbers else []
    return {number: (slug, name) for number, slug, name in held}


def co_authors(numbers: Collection[int], most: int) -> dict[int, set[int]]:
    """Who wrote papers with each of some authors, themselves too; only the first `most` of a paper
    count. One query."""
    found: dict[int, set[int]] = {}
    for author, other in rows.beside(
        Authorship, "paper_id", "author_id", numbers, "position", most
    ):
        found.setdefault(author, set()).add(other)
    return found
