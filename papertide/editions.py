"""Editions: the papers of a day, a week or a month; a part of the library."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args

import msgspec
import numpy as np

from papertide import alarms, config, schedule
from papertide.papers import Paper
from papertide.running import with_database
from papertide.schedule import Cutoff, Period
from papertide.search.popularity import NOTHING
from papertide.taste.nearness import nearness

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.catalog.dailies import Shown
    from papertide.site.curation.services import Curated, Introduction
    from papertide.site.editions.services import EditionInfo

Order = Literal["votes", "rising", "newest", "discussed", "mine"]
ORDERS = get_args(Order)
SAVED = 300  # papers a reader saved last, by which their own order goes
RECENT, RECENT_OF_ONE = 31, 366  # days of which daily papers are listed where none are named


class Placed(msgspec.Struct, kw_only=True):
    """A paper of an edition, with the most votes and comments of any listing and those that came
    here (0: none known)."""

    paper: Paper
    votes: int = 0
    comments: int = 0
    picked: bool = False  # for this day, and so before the others


class EditionPage(msgspec.Struct, kw_only=True):
    """A part of an edition: what is told of all of it, the papers of that part, and how many there
    are of the category that was asked for; who picked and submitted them, and what curators wrote.
    `order` is the one they have: a reader's own takes papers that they saved, and a model."""

    info: "EditionInfo"
    papers: list[Placed]
    total: int
    order: Order
    curated: "dict[int, Curated]" = {}
    introductions: "list[Introduction]" = []


class ArxivList(msgspec.Struct, kw_only=True):
    """What arXiv listed in a category on a day, the newest first, and how many of each kind."""

    new: list[Paper]
    cross: list[Paper]
    replace: list[Paper]
    counts: dict[str, int]


class Editions:
    """The part of `library.Library` that is about editions."""

    def __init__(self):
        from papertide.site.catalog import dailies
        from papertide.site.editions import services

        self._editions, self._dailies = services, dailies

    @property
    def _cutoff(self) -> Cutoff:
        settings = config.load()
        return Cutoff(settings.edition_time, settings.edition_zone)

    @with_database
    def edition(
        self, period: Period | datetime.date | str, limit: int = 50, offset: int = 0, *,
        category: str = "", order: Order = "votes", late: bool = False, reader: str = "",
    ) -> EditionPage:  # fmt: skip
        """Papers of a day, week or month (`schedule.period` tells the names), all or of one
        category; with `late` those that came after its editions were published.

        Equal ones, and those without votes or comments, come the newest first; of a day by votes,
        those that curators picked for it before all others, in their order. The order "mine" is
        that of a `reader`, named by a key: what is near to the papers they saved comes first.
        Raises ValueError for what is no period.
        """
        period = _period(period)
        wanted = period.kind != "month" or bool(category)
        told = self.curated_on(period)
        joined = [*told.picked, *told.submitted]
        held = self._editions.contents(period, categories=wanted, joined=joined)
        chosen = held.late if late else held.papers
        if category:
            chosen = [paper for paper in chosen if category in paper.categories]
        ids = [paper.id for paper in chosen]
        mine = self._near_saved(ids, reader) if order == "mine" else None
        if order == "mine" and mine is None:
            order = "votes"
        ids = mine or self._ordered(ids, order)
        first: dict[int, None] = {}
        if period.kind == "day" and order == "votes" and not late:
            known = set(ids)
            first = dict.fromkeys(number for number in told.picked if number in known)
            ids = [*first, *(number for number in ids if number not in first)]
        papers = self._services.by_number(ids[offset : offset + limit])
        counts = self._popularity.counts([paper.id for paper in papers])
        return EditionPage(
            info=self._editions.info(period, held),
            papers=[
                Placed(paper=paper, votes=known.votes, comments=known.comments,
                       picked=paper.id in first)
                for paper in papers for known in [counts.get(paper.id, NOTHING)]
            ],
            total=len(chosen),
            order=order,
            curated=told.curated,
            introductions=told.introductions,
        )  # fmt: skip

    def _near_saved(self, ids: list[int], reader: str) -> list[int] | None:
        """Papers by how near they are to those a reader saved last; None where nothing tells."""
        saved = self._readers.saved_last(reader, SAVED) if reader else []
        vectors = self.finder.vectors if saved and ids else None
        if vectors is None:
            return None
        scores = nearness(vectors.vectors(ids), vectors.vectors(saved))
        if np.isneginf(scores).all():
            return None
        return [ids[place] for place in np.argsort(-scores, kind="stable")]

    def _ordered(self, ids: list[int], order: Order) -> list[int]:
        """Papers by their numbers, given the newest first."""
        if order == "newest":
            return ids
        if order == "discussed":
            counts = self._popularity.counts(ids)
            return sorted(ids, key=lambda number: -counts.get(number, NOTHING).comments)
        return self._popularity.first(ids, order)

    @with_database
    def editions(
        self, limit: int = 50
    ) -> list[tuple[datetime.date, datetime.datetime, int]]:
        """The latest editions that were published: their days, when, and how many papers."""
        return self._editions.published(limit)

    @with_database
    def daily_papers(
        self, period: Period | datetime.date | str | None = None, limit: int = 50, offset: int = 0,
        *, submitter: str = "", order: Literal["day", "rising"] = "day",
    ) -> list[tuple[Paper, datetime.date | None]]:  # fmt: skip
        """Papers of Hugging Face's lists of a day, week or month, each with its day; where there is
        no list, those of the edition. Without a period, of the latest `RECENT` days (of one
        `submitter`, who brought a paper to a list, `RECENT_OF_ONE`).

        In the order of days, the latest first and of a day those with the most votes, or of what is
        rising. Raises ValueError for what is no period.
        """
        if period is None:
            latest = self._dailies.latest(datetime.datetime.now(datetime.UTC).date())
            if latest is None:
                return []
            back = RECENT_OF_ONE if submitter else RECENT
            period = schedule.between(schedule.earlier(latest, back - 1), latest)
        period = _period(period)
        days = self._dailies.listed(period, submitter)
        if days is None and submitter:  # who is nobody outside of lists
            return []
        if days is None:
            held = self._editions.contents(period, categories=False).papers
            days = {paper.id: max(period.first, paper.day) for paper in held if paper.day}
        if order == "rising":
            ids = self._popularity.first(list(days), "rising")
        else:
            liked = self._popularity.of(list(days))
            ids = sorted(days, key=lambda i: liked.get(i, (0, None))[0], reverse=True)
            ids.sort(key=lambda i: days[i] or datetime.date.min, reverse=True)
        papers = self._services.by_number(ids[offset : offset + limit])
        return [(paper, days[paper.id]) for paper in papers]

    @with_database
    def shown(self, papers: Iterable[Paper]) -> "dict[int, Shown]":
        """Votes and comments that listings showed of some papers, with those that came here up to
        half a minute ago, by their numbers. One query."""
        ids = [paper.id for paper in papers]
        found = self._dailies.shown(ids)
        for number, known in self._popularity.counts(ids).items():
            votes = known.votes - known.listed_votes
            comments = known.comments - known.listed_comments
            if votes or comments:
                found[number] = found.get(number, self._dailies.Shown()).plus(votes, comments)
        return found

    @with_database
    def edition_of(self, paper: Paper) -> datetime.date | None:
        """The day of the edition that a paper is in; None where it is in none."""
        return self._editions.edition_of(paper.id)

    @with_database
    def calendar(self, month: Period) -> dict[datetime.date, int]:
        """How many papers the days of a period have; days without any are left out."""
        return self._editions.counts(month)

    @with_database
    def publish_due(self, now: datetime.datetime | None = None) -> list[datetime.date]:
        """Publish the editions of days that are closed; which they were. A tick does it."""
        return self._editions.publish_due(self._cutoff, now or datetime.datetime.now(datetime.UTC))

    @with_database
    def arxiv_list(
        self, category: str, day: datetime.date, most: int = 1000
    ) -> ArxivList:
        """What arXiv listed in a category on a day: new papers, cross-lists, replacements, at most
        so many of each."""
        held = self._services.announced(day, category)
        shown = {
            kind: self._services.by_number([paper.id for paper in some[:most]])
            for kind, some in held.items()
        }
        return ArxivList(**shown, counts={kind: len(some) for kind, some in held.items()})

    def closes(self, day: datetime.date) -> datetime.datetime:
        """When the edition of a day closes, in the time zone of the settings."""
        cutoff = self._cutoff
        return cutoff.of(day).astimezone(cutoff.zone)

    def why_empty(self, day: datetime.date, now: datetime.datetime | None = None) -> str:
        """Why a day may have no papers, in a sentence."""
        now = now or datetime.datetime.now(datetime.UTC)
        today = now.astimezone(self._cutoff.zone).date()
        if day > today:
            return "That day has not come yet."
        if not schedule.is_listed(day):
            return "arXiv lists no papers on Saturdays and Sundays."
        if not alarms.arxiv_day(day):
            return "On or after a holiday in the United States arXiv often lists no papers."
        if day == today and self.closes(day) > now:
            at = f"{self.closes(day):%H:%M %Z}"
            return f"Nothing has come yet. The edition closes at {at}."
        return "Nothing of that day was brought in here."


def _period(period: Period | datetime.date | str) -> Period:
    if isinstance(period, str):
        return schedule.period(period)
    return period if isinstance(period, Period) else schedule.of("day", period)
