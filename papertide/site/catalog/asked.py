"""What a search form asks, as an address holds it."""

import dataclasses
import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from papertide.library import date_argument
from papertide.papers import shown_date
from papertide.search.engine import Facets
from papertide.search.query import Sort, parse
from papertide.search.tree import HAS, All, every, show
from papertide.site.catalog.templatetags.papers import source_name
from papertide.sources.names import SOURCES

SORTS: dict[Sort, str] = {
    "relevance": "Best first", "date": "Newest first", "votes": "Most votes", "rising": "Rising",
}  # fmt: skip
_MOST_FILTERS = 20  # categories that one search may name
_MOST_EASIER = 8  # ways of asking for less that are tried where nothing is found
_UNFOLDED = 8  # values of a facet that are seen at once
_NEW = {  # since when papers came, for `new=`, which only a reader's own numbers tell
    "visit": "new since your last visit",
    "search": "new since it was last looked at",
}
_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@dataclasses.dataclass
class Asked:
    """What a search form holds: what was typed, and what it means where it means anything."""

    q: str = ""
    categories: list[str] = dataclasses.field(default_factory=list)
    source: str = ""
    since_text: str = ""
    until_text: str = ""
    has: list[str] = dataclasses.field(default_factory=list)
    sort: Sort = "relevance"
    as_typed: bool = False
    new: str = ""  # of `_NEW`
    hide_seen: bool = False
    saved: int = 0  # the number of a saved search that this is, or began as
    since: datetime.date | None = None
    until: datetime.date | None = None
    errors: dict[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """The form of an address; wrong dates are among its `errors`."""
        codes = " ".join(query.getlist("category")).replace(",", " ").replace("\0", " ").split()
        asked = cls(
            q=query.get("q", "").replace("\0", " "),
            categories=list(dict.fromkeys(code[:50] for code in codes))[:_MOST_FILTERS],
            source=query.get("source", "").strip()[:50],
            since_text=query.get("since", "").strip()[:20],
            until_text=query.get("until", "").strip()[:20],
            has=[what for what in HAS if what in query.get("has", "").split()],
            sort=query.get("sort") if query.get("sort") in SORTS else "relevance",
            as_typed=query.get("as-typed") == "1",
            new=query.get("new", "") if query.get("new") in _NEW else "",
            hide_seen=query.get("seen") == "hide",
            saved=int(query["saved"]) if _NUMBER.fullmatch(query.get("saved", "")) else 0,
        )
        for field, text in (("since", asked.since_text), ("until", asked.until_text)):
            try:
                setattr(asked, field, date_argument(text))
            except ValueError:
                asked.errors[field] = f"“{text}” is not a day such as 2025-03-17."
        if asked.since and asked.until and asked.until < asked.since:
            asked.errors["until"] = "This day is before the first one."
        return asked

    @property
    def category(self) -> str:
        return " ".join(self.categories)

    @property
    def filtered(self) -> bool:
        conditions = self.categories or self.source or self.since_text or self.until_text
        return bool(conditions or self.has or self.new or self.hide_seen)

    @property
    def conditions(self) -> dict[str, Any]:
        """What narrows a search, as the library is asked; not what is a reader's own."""
        return {
            "categories": self.categories,
            "sources": [self.source] if self.source else [],
            "since": self.since,
            "until": self.until,
            "has": self.has,
        }

    @property
    def anything(self) -> bool:
        """Whether there is something to look for."""
        return bool(self.q.strip() or self.filtered) and not self.errors

    @property
    def sources(self) -> list[str]:
        """The sources to choose from."""
        return sorted({*SOURCES, self.source} - {""})

    # --- addresses ---------------------------------------------------------------------------

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The form as an address has it, without what is empty."""
        fields = {
            "q": self.q,
            "category": self.category,
            "source": self.source,
            "since": self.since_text,
            "until": self.until_text,
            "has": " ".join(self.has),
            "sort": "" if self.sort == "relevance" else self.sort,
            "as-typed": "1" if self.as_typed else "",
            "new": self.new,
            "seen": "hide" if self.hide_seen else "",
            "saved": str(self.saved or ""),
        }
        return [(name, value) for name, value in fields.items() if value]

    @property
    def kept(self) -> str:
        """The form as a saved search keeps it: without what holds for one visit only."""
        return urlencode(self.but(q=self.q.strip(), new="", saved=0).parameters)

    @property
    def address(self) -> str:
        return "?" + urlencode(self.parameters)

    def but(self, **changed) -> "Asked":
        """The same form with some of its fields changed."""
        return dataclasses.replace(self, **changed)

    @property
    def without_filters(self) -> str:
        return self._bare.address

    @property
    def _bare(self) -> "Asked":
        return Asked(q=self.q, sort=self.sort, as_typed=self.as_typed, saved=self.saved)

    @property
    def order(self) -> str:
        """What comes first, in words."""
        return SORTS[self.sort].lower()

    @property
    def orders(self) -> list[tuple[str, bool, str]]:
        """What may come first: its name, whether it is chosen, and the address."""
        return [
            (name, sort == self.sort, self.but(sort=sort).address) for sort, name in SORTS.items()
        ]

    @property
    def year(self) -> int | None:
        """The year that is chosen, where the days are those of one."""
        since, until = self.since, self.until
        whole = since and until and since.year == until.year
        if whole and (since.month, since.day, until.month, until.day) == (1, 1, 12, 31):
            return since.year
        return None

    @property
    def filters(self) -> list[tuple[str, str]]:
        """The filters in force, each as words and the address of the search without it."""
        return [(words, without.address) for words, without in self._narrowings()]

    def _narrowings(self) -> Iterator[tuple[str, "Asked"]]:
        for code in self.categories:
            yield code, self.but(categories=[c for c in self.categories if c != code])
        if self.source:
            yield source_name(self.source), self.but(source="")
        if self.year:
            yield str(self.year), self._in_days("", "")
        else:
            if self.since_text:
                shown = shown_date(self.since_text) or self.since_text
                yield f"from {shown}", self._in_days("", self.until_text)
            if self.until_text:
                shown = shown_date(self.until_text) or self.until_text
                yield f"to {shown}", self._in_days(self.since_text, "")
        for what in self.has:
            yield f"with {what}", self.but(has=[held for held in self.has if held != what])
        if self.new:
            yield _NEW[self.new], self.but(new="")
        if self.hide_seen:
            yield "without what you have seen", self.but(hide_seen=False)

    def _in_days(self, since: str, until: str) -> "Asked":
        return self.but(
            since_text=since, until_text=until, since=self.since if since else None,
            until=self.until if until else None,
        )  # fmt: skip

    # --- narrowing and widening --------------------------------------------------------------

    def easier(self) -> list[tuple[str, "Asked"]]:
        """The same search without each of its conditions, and what that condition is: those of the
        form, all of these, then what stands side by side in the text."""
        found = list(self._narrowings())
        if len(found) > 1:
            found.append(("any filter", self._bare))
        asked = parse(self.q).tree
        if isinstance(asked, All):
            for part in asked.parts:
                others = every(*(other for other in asked.parts if other is not part))
                found.append((show(part), self.but(q=show(others))))
        elif asked is not None and self.filtered:
            found.append((self.q.strip(), self.but(q="")))
        return found[:_MOST_EASIER]

    def facets(self, counted: Facets) -> list[tuple[str, list[dict], list[dict]]]:
        """What a search may be narrowed by, as facets of a page: title, options, further options.
        Each is a link that chooses it, or, where it is chosen, no longer does."""
        years = [
            (str(year), number, year == self.year,
             self._of_year(None if year == self.year else year))
            for year, number in counted.years.items()
        ]  # fmt: skip
        codes = counted.categories | {
            code: 0 for code in self.categories if code not in counted.categories
        }
        categories = [
            (code, number, code in self.categories, self.but(categories=_toggled(
                self.categories, code))) for code, number in codes.items()
        ]  # fmt: skip
        sources = [
            (source_name(name), number, name == self.source,
             self.but(source="" if name == self.source else name))
            for name, number in counted.sources.items()
        ]  # fmt: skip
        has = [
            (what, number, what in self.has, self.but(has=_toggled(self.has, what)))
            for what, number in counted.has.items()
        ]
        groups = {"Year": years, "Category": categories, "Source": sources, "With": has}
        return [
            (title, _options(held[:_UNFOLDED]), _options(held[_UNFOLDED:]))
            for title, held in groups.items()
            if held
        ]

    def _of_year(self, year: int | None) -> "Asked":
        if year is None:
            return self._in_days("", "")
        since, until = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        return self.but(since=since, until=until, since_text=str(since), until_text=str(until))


def _toggled(held: list[str], value: str) -> list[str]:
    return [one for one in held if one != value] if value in held else [*held, value]


def _options(held: Iterable[tuple[str, int, bool, Asked]]) -> list[dict]:
    return [
        {"label": label, "count": number, "chosen": chosen,
         "address": reverse("search") + asked.address}
        for label, number, chosen, asked in held
    ]  # fmt: skip
