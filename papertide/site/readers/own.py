"""What pages show of a reader's own: what is new to them, what they saw, what they saved."""

from collections.abc import Iterable

from django.http import HttpRequest

from papertide.library import NotFound, open_library
from papertide.search.query import MAX_LENGTH
from papertide.search.tree import After, Among, Not, Tree, every
from papertide.site.catalog.asked import Asked
from papertide.site.pages import READER, reader_of
from papertide.site.readers.searches import LONGEST_NAME, SearchInfo, fresh, proposed_name

_COUNTED = 1000  # new papers, beyond which they are only many


class Own:
    """A search as its reader's own: the conditions that only they have, and what is offered them.

    `search` is the saved search that it is or began as. `where` is to be asked with it;
    `fresh_after` is the number of the paper after which those shown are new.
    """

    def __init__(self, request: HttpRequest, asked: Asked):
        self.asked = asked
        self._key = request.COOKIES.get(READER, "")
        self.state = reader_of(request)
        self.search = self._saved() if asked.saved else None

    def _saved(self) -> SearchInfo | None:
        try:
            return open_library().saved_search(self.asked.saved, self._key)
        except NotFound:
            return None

    @property
    def remembers(self) -> bool:
        return bool(self.state and self.state.remembers)

    @property
    def fresh_after(self) -> int | None:
        if self.search:
            return None if self.search.new is None else self.search.number
        return self.state.before_number if self.state else None

    @property
    def where(self) -> Tree | None:
        """The conditions that are the reader's own; those that nothing is known for are none."""
        number = self.fresh_after
        parts: list[Tree] = []
        if self.asked.new == "search" and self.search and number is not None:
            parts.append(fresh(self.asked.q, number))
        elif self.asked.new == "visit" and self.state and self.state.before_number is not None:
            parts.append(After(self.state.before_number))
        if self.asked.hide_seen and self.remembers:
            parts.append(Not(Among(open_library().seen(self._key))))
        return every(*parts)

    @property
    def unknown(self) -> bool:
        """Whether something is asked that is not known, as what they look at is not remembered."""
        return (self.asked.hide_seen or self.asked.new == "visit") and not self.remembers

    @property
    def changed(self) -> bool:
        """Whether the form asks something else than the saved search that it began as."""
        return bool(self.search) and self.asked.kept != self.search.asked

    @property
    def mine(self) -> bool:
        """Whether the saved search is the reader's to change."""
        return bool(self.search) and self.search.own

    @property
    def savable(self) -> bool:
        short = len(self.asked.q) <= MAX_LENGTH
        return self.asked.anything and short and not self.search

    @property
    def name(self) -> str:
        """A name for the search, to be changed."""
        return proposed_name(self.asked)

    longest_name = LONGEST_NAME

    @property
    def newest(self) -> int:
        return open_library().newest()

    @property
    def only_new(self) -> str:
        return self.asked.but(new="search").address

    @property
    def since_visit(self) -> str:
        return self.asked.but(new="visit").address

    @property
    def hiding(self) -> str:
        return self.asked.but(hide_seen=True).address


def news(request: HttpRequest, papers: Iterable[int] = ()) -> dict:
    """For pages of days: how many papers came since a reader's last visit, if that is known. The
    page shows `papers` (their numbers)."""
    state = reader_of(request, papers)
    if state is None or state.before_number is None:
        return {}
    count = open_library().count_after(state.before_number, _COUNTED)
    return {"news": count, "many_news": count == _COUNTED}
