"""What is a reader's own: the papers and searches they keep, what they saw; a part of the library.

A reader is known by a key, which pages keep in a cookie.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from papertide.papers import Paper
from papertide.results import Matched, NotFound, Results
from papertide.running import with_database
from papertide.search import tree
from papertide.search.query import parse
from papertide.sources.libraries import LibraryEntry

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.readers.searches import SearchInfo
    from papertide.site.readers.seen import Marked, ReaderState
    from papertide.site.readers.services import Kept


class Readers:
    """The part of `library.Library` that is readers' own."""

    def __init__(self):
        from papertide.site.readers import searches, seen, services

        self._readers, self._searches, self._seen = services, searches, seen

    def own_reader(self) -> str:
        """The key of the one reader of single-user mode; else none."""
        return self._readers.own_key()

    # --- what readers keep -------------------------------------------------------------------

    @with_database
    def save(self, reader: str, identifier: str) -> str:
        """Keep a paper for a reader, named by a key, and return the key: a new one where nobody
        has it. Raises NotFound, and TooMany (`papertide.site.readers.services`)."""
        return self._readers.save(reader, self.paper(identifier).id)

    @with_database
    def unsave(self, reader: str, identifier: str) -> None:
        """Let a kept paper go; raises NotFound."""
        self._readers.unsave(reader, self.paper(identifier).id)

    @with_database
    def saved(self, reader: str, limit: int = 50, offset: int = 0) -> tuple[list[Paper], int]:
        """The papers a reader keeps, those saved last first, and their number."""
        return self._readers.saved(reader, limit, offset)

    @with_database
    def saved_among(self, reader: str, paper_ids: Iterable[int]) -> set[int]:
        """Those of some papers (their numbers) that a reader keeps."""
        return self._readers.saved_among(reader, list(paper_ids))

    @with_database
    def revised_among(self, reader: str, papers: Iterable[Paper]) -> set[int]:
        """The numbers of those of some papers that got a new version after a reader saved them."""
        return self._readers.revised_among(reader, list(papers))

    @with_database
    def keep_matched(self, reader: str, found: Matched) -> "Kept":
        """Save the papers that `match_entries` found in a reader's own library, and keep the
        entries whose papers are not here. Raises TooMany."""
        return self._readers.keep(reader, [*found.matched, *found.unmatched])

    @with_database
    def unmatched(
        self, reader: str, limit: int = 50, offset: int = 0
    ) -> tuple[list[tuple[LibraryEntry, str]], int]:
        """The entries of a reader's library without a paper here, each with the reason."""
        return self._readers.unmatched(reader, limit, offset)

    @with_database
    def match_again(self, reader: str) -> "Kept":
        """Look again for the papers of a reader's unmatched entries."""
        entries, _ = self._readers.unmatched(reader, self._readers.MOST_SAVED)
        return self.keep_matched(reader, self._matched(entry for entry, _ in entries))

    @with_database
    def forget_unmatched(self, reader: str) -> None:
        """Let a reader's unmatched entries go."""
        self._readers.forget_unmatched(reader)

    # --- saved searches ----------------------------------------------------------------------

    @with_database
    def searches(self, reader: str | None = None, *, counted: bool = True) -> "list[SearchInfo]":
        """The searches that a reader keeps by name, then the library's own; without a reader, the
        latter alone. With how many papers each finds that came since it was last looked at, for
        the library's own since the reader's last visit. One index search each.
        """
        found = self._searches.searches(reader)
        if counted and found:
            shared = reader is not None and not all(one.own for one in found)
            state = self._seen.state(reader) if shared else None
            for one in found:
                self._count_new(one, reader, state)
        return found

    def _count_new(
        self, one: "SearchInfo", reader: str | None, state: "ReaderState | None"
    ) -> None:
        """Of the library's own, what is new is what is new to the reader, if that is known."""
        if reader is not None and not one.own:
            if state is None or state.before_number is None:
                return
            one.number, one.looked = state.before_number, state.before_at
        asked = tree.every(parse(one.query).tree, one.condition, one.fresh)
        if one.own and one.form.hide_seen:
            seen = self._seen.seen(reader, after=one.number)
            asked = tree.every(asked, tree.Not(tree.Among(seen)))
        one.new = self._searcher.count(asked)

    @with_database
    def saved_search(self, which: int | str, reader: str | None = None) -> "SearchInfo":
        """A saved search by its number, the reader's or one of the library's own, or by its name
        among those of its owner; with how many are new. Raises NotFound."""
        by_name = isinstance(which, str)
        find = self._searches.named if by_name else self._searches.search
        found = find(which, reader)
        if found is None:
            raise NotFound(f"no saved search {which!r} here")
        shared = reader is not None and not found.own
        self._count_new(found, reader, self._seen.state(reader) if shared else None)
        return found

    @with_database
    def save_search(
        self, asked: str, name: str = "", *, newest: int | None = None, reader: str | None = None
    ) -> tuple[str | None, int]:
        """Keep a search for a reader, or (None) for all as the library's own, and return the
        reader's key, a new one where nobody has it, and the number of the search.

        `asked` is what an address of the search page has after its question mark, such as
        ``q=graphs&category=cs.LG``; an empty name is proposed. What comes after the paper of
        number `newest`, by default from now on, is new. The same again changes nothing.
        Raises Refused.
        """
        return self._searches.save(reader, name, asked, self._at_most_newest(newest))

    @with_database
    def change_search(
        self,
        number: int,
        *,
        name: str | None = None,
        asked: str | None = None,
        reader: str | None = None,
    ) -> None:
        """Rename a saved search, or let it ask something else. Raises NotFound, Refused."""
        if not self._searches.change(reader, number, name=name, asked=asked):
            raise NotFound(f"no saved search {number} of yours here")

    @with_database
    def remove_search(self, number: int, *, reader: str | None = None) -> "SearchInfo":
        """Let a saved search go; returns what it was. Raises NotFound."""
        found = self._searches.remove(reader, number)
        if found is None:
            raise NotFound(f"no saved search {number} of yours here")
        return found

    @with_database
    def looked_at(
        self,
        numbers: Iterable[int] | None = None,
        *,
        newest: int | None = None,
        reader: str | None = None,
    ) -> None:
        """Note that saved searches (None: all of the reader, or of the library) were looked at;
        `newest` is the number of the newest paper that was there then."""
        self._searches.looked(reader, self._at_most_newest(newest), numbers)

    @with_database
    def run_search(
        self, search: "SearchInfo", limit: int = 20, *, offset: int = 0, new: bool = False,
        after: int | None = None, reader: str | None = None,
    ) -> Results:  # fmt: skip
        """What a saved search finds; with `new`, what came since it was last looked at and has all
        of its words; with `after`, what came since the paper of that number, newest first. Without
        what the reader has seen, where it says so."""
        form = search.form
        since = search.number if after is None else after
        where = self._searches.fresh(search.query, since) if new or after is not None else None
        if form.hide_seen and reader:
            where = tree.every(where, tree.Not(tree.Among(self._seen.seen(reader))))
        sort = form.sort if after is None else "date"
        return self.search(
            form.q, limit, offset=offset, where=where, sort=sort, **form.conditions
        )

    # --- what readers saw --------------------------------------------------------------------

    @with_database
    def newest(self) -> int:
        """The number of the newest paper that searches find; papers that come later have greater
        ones."""
        return self._newest()

    def _newest(self) -> int:
        return self.finder.newest(self._services.last_number())

    def _at_most_newest(self, number: int | None) -> int:
        there = self._newest()
        return there if number is None else min(number, there)

    @with_database
    def reader(self, reader: str) -> "ReaderState | None":
        """What pages need to know of a reader; None where the key is nobody's."""
        return self._seen.state(reader)

    @with_database
    def marked(self, reader: str, paper_ids: Iterable[int]) -> "Marked":
        """What pages show of a reader: who they are, and what of some papers (their numbers) they
        saved and saw. One query."""
        return self._seen.marked(reader, list(paper_ids))

    @with_database
    def remember(self, reader: str) -> str:
        """From now on remember what a reader looks at, and return their key: a new one where
        nobody has it."""
        return self._seen.remember(reader, self._newest())

    @with_database
    def forget(self, reader: str, *, stop: bool = False) -> None:
        """Forget what a reader has seen; with `stop` their visits too, and remember no more."""
        self._seen.forget(reader, stop=stop)

    @with_database
    def visit(self, reader: str, *, opened: str = "", caught_up: bool = False) -> None:
        """A reader is here, and maybe opened a paper, or has seen all that is new so far. Nothing
        is kept of one who did not ask for it. Raises NotFound."""
        state = self._seen.state(reader)
        if state is None or not state.remembers:
            return
        if opened:
            self._seen.see(reader, [self.paper(opened).id])
        (self._seen.catch_up if caught_up else self._seen.visit)(reader, self._newest())

    @with_database
    def see(self, reader: str, identifiers: Iterable[str], *, seen: bool = True) -> None:
        """A reader has seen some papers, or has not after all. Raises NotFound."""
        mark = self._seen.see if seen else self._seen.unsee
        mark(reader, [self.paper(one).id for one in identifiers])

    @with_database
    def seen(self, reader: str) -> frozenset[int]:
        """The numbers of the papers a reader has seen."""
        return self._seen.seen(reader)

    @with_database
    def seen_count(self, reader: str) -> int:
        """How many papers are remembered as seen by a reader."""
        return self._seen.seen_count(reader)

    @with_database
    def seen_among(self, reader: str, paper_ids: Iterable[int]) -> set[int]:
        """Those of some papers (their numbers) that a reader has seen."""
        return self._seen.seen_among(reader, list(paper_ids))

    @with_database
    def count_after(self, number: int, most: int) -> int:
        """How many papers came after one of that number, `most` at the most."""
        return len(self._services.numbers_after(number, most))
