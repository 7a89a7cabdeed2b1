"""What a search form asks, as an address holds it."""

import dataclasses
import datetime
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from papertide.library import date_argument
from papertide.papers import shown_date
from papertide.site.catalog.templatetags.papers import source_name
from papertide.sources.names import SOURCES

_MOST_FILTERS = 20  # categories that one search may name
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
    by_date: bool = False
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
            categories=list(dict.fromkeys(codes))[:_MOST_FILTERS],
            source=query.get("source", "").strip()[:50],
            since_text=query.get("since", "").strip()[:20],
            until_text=query.get("until", "").strip()[:20],
            by_date=query.get("sort") == "date",
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
        return bool(conditions or self.new or self.hide_seen)

    @property
    def anything(self) -> bool:
        """Whether there is something to look for."""
        return bool(self.q.strip() or self.filtered) and not self.errors

    @property
    def conditions(self) -> dict[str, Any]:
        """What is asked beside the text, as `Library.search` takes it; not what is a reader's."""
        return {
            "categories": self.categories,
            "sources": [self.source] if self.source else [],
            "since": self.since,
            "until": self.until,
            "by_date": self.by_date,
        }

    @property
    def sources(self) -> list[str]:
        """The sources to choose from."""
        return sorted({*SOURCES, self.source} - {""})

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The form as an address has it, without what is empty."""
        return self._parameters()

    @property
    def kept(self) -> str:
        """The form as a saved search keeps it: without what holds for one visit only."""
        return urlencode(self._parameters(q=self.q.strip(), new="", saved=""))

    @property
    def address(self) -> str:
        return "?" + urlencode(self.parameters)

    @property
    def without_filters(self) -> str:
        kept = ("q", "sort", "saved")
        return "?" + urlencode([pair for pair in self.parameters if pair[0] in kept])

    def changed(self, **parameters: str) -> str:
        """The address of the same search with other parameters; empty ones are left out."""
        return "?" + urlencode(self._parameters(**parameters))

    @property
    def best_first(self) -> str:
        return "?" + urlencode(self._parameters(sort=""))

    @property
    def newest_first(self) -> str:
        return "?" + urlencode(self._parameters(sort="date"))

    @property
    def filters(self) -> list[tuple[str, str]]:
        """The filters in force, each as words and the address of the search without it."""
        found = [
            (code, self._parameters(category=" ".join(c for c in self.categories if c != code)))
            for code in self.categories
        ]
        named: dict[str, Callable[[], str]] = {
            "source": lambda: source_name(self.source),
            "since": lambda: f"from {shown_date(self.since_text) or self.since_text}",
            "until": lambda: f"to {shown_date(self.until_text) or self.until_text}",
            "new": lambda: _NEW[self.new],
            "seen": lambda: "without what you have seen",
        }
        held = dict(self.parameters)
        found += [
            (words(), self._parameters(**{field: ""}))
            for field, words in named.items()
            if field in held
        ]
        return [(words, "?" + urlencode(left)) for words, left in found]

    def _parameters(self, **changed: str) -> list[tuple[str, str]]:
        fields = {
            "q": self.q,
            "category": self.category,
            "source": self.source,
            "since": self.since_text,
            "until": self.until_text,
            "sort": "date" if self.by_date else "",
            "new": self.new,
            "seen": "hide" if self.hide_seen else "",
            "saved": str(self.saved or ""),
        } | changed
        return [(name, value) for name, value in fields.items() if value]
