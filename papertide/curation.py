"""Submissions, curators' picks and what they draw up ahead: a part of the library."""

import calendar
import datetime
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from papertide import config, schedule
from papertide.papers import Paper, PartialDate, Record, shown_date
from papertide.results import NotFound, Refused
from papertide.running import with_database
from papertide.schedule import DAY, Period
from papertide.search.engine import SearchUnavailable
from papertide.sources import one_paper
from papertide.sources.base import Fetch, SourceError
from papertide.sources.http import Fetcher

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.curation.picks import DraftInfo
    from papertide.site.curation.services import Curated, CuratorInfo, OfPeriod
    from papertide.site.curation.submissions import SubmissionInfo

log = logging.getLogger(__name__)

LARGEST = 4 * 2**20  # bytes of an answer about one paper
LONGEST_TITLE = 300  # characters
ASKED_A_TICK = 20  # submissions whose sources are asked again
CANDIDATES = 5


class Unnamed(Refused):
    """What was submitted is no id: maybe a title."""


class Candidates(msgspec.Struct, kw_only=True):
    """Papers that may be meant by a title: here, and at arXiv; `notice` says why that is not told.
    """

    here: list[Paper]
    elsewhere: list[Paper] = []
    notice: str = ""


class Curation:
    """The part of `library.Library` that is about submissions and curators."""

    def __init__(self):
        from papertide.site.curation import picks, services, submissions

        self._curation, self._submissions, self._picks = services, submissions, picks

    # --- submitting --------------------------------------------------------------------------

    @with_database
    def submit(self, user_id: int, text: str) -> "SubmissionInfo":
        """Submit a paper for the next edition, by an arXiv id, a DOI, a link to either, or the id
        of a paper here; the same again is the same submission.

        It is fetched where it is not here; where the source cannot be asked now, a later tick does.
        Raises Unnamed for what is no id, Refused for a paper that cannot be taken and is here, and
        TooMany (`papertide.site.curation.submissions`).
        """
        text = text.strip()
        name = one_paper.name_of(text[:1000])
        found = self._named(name) if name else self._services.find(text[:200])
        if found is None and not name:
            raise Unnamed("That is no arXiv id, no DOI and no link to either.")
        if found is not None:
            before = self._submissions.found(user_id, found.id)
            if before and before.state != "refused":
                return before
            name = _name(found)
            if why := self._unfit(found):
                raise Refused(why)
        one, to_do = self._submissions.begin(user_id, name, _now())
        return self._go_on(one, self._asking(quickly=True)) if to_do else one

    @with_database
    def candidates(self, title: str, *, ask: bool = False) -> Candidates:
        """Papers that a title may be of, here and, where it is to `ask`, at arXiv."""
        title = " ".join(title.replace("\0", " ").split())[:LONGEST_TITLE]
        here = [exact] if (exact := self._services.titled(title)) else []
        with suppress(SearchUnavailable):
            hits = self.search(title, CANDIDATES, as_typed=True).hits
            here += [hit.paper for hit in hits if not exact or hit.paper.id != exact.id]
        found = Candidates(here=here[:CANDIDATES])
        if ask:
            try:
                records = one_paper.titled(title, self._asking(quickly=True), config.load())
            except SourceError as error:
                found.notice = one_paper.sentence("arxiv:", error) + " Its id works in any case."
            else:
                known = {paper.arxiv for paper in here}
                found.elsewhere = [r.paper for r in records if r.paper.arxiv not in known]
        return found

    def _asking(self, *, quickly: bool = False) -> Fetch:
        """Where somebody waits for the page, what takes long is left to the next tick."""
        contact = config.load().contact
        if quickly:
            return Fetcher(
                self.folder, contact, timeout=5, patience=10, largest=LARGEST, longest_wait=8
            )
        return Fetcher(self.folder, contact, patience=30, largest=LARGEST)

    def _go_on(self, one: "SubmissionInfo", fetch: Fetch) -> "SubmissionInfo":
        """Take a submission as far as it goes now; it is looked at again, so nothing is half done
        where this ends early."""
        found, record = self._named(one.name), None
        if found is None:
            try:
                record = one_paper.fetched(one.name, fetch, config.load())
            except one_paper.Missing as error:
                self._submissions.refuse(one.id, str(error))
                return self._again(one)
            except SourceError as error:
                log.info("a submission waits: %s", error)
                why = one_paper.sentence(one.name, error)
                self._submissions.postpone(one.id, why, _now(), error.again)
                return self._again(one)
        if why := self._unfit(found or record.paper):
            self._submissions.refuse(one.id, why, found and found.id)
        elif self._submissions.trusted(one.user_id):
            self._take(one, found, record)
        else:
            held = record and msgspec.to_builtins(record)
            self._submissions.review(one.id, found and found.id, held)
        return self._again(one)

    def _again(self, one: "SubmissionInfo") -> "SubmissionInfo":
        """What became of a submission; where it was of a paper that its user had submitted by
        another id, that other one."""
        if now := self._submissions.get(one.id):
            return now
        found = self._named(one.name)
        other = found and self._submissions.found(one.user_id, found.id)
        if other is None:
            raise NotFound("that submission is gone")
        return other

    def _take(
        self, one: "SubmissionInfo", found: Paper | None, record: Record | None,
        by: int | None = None, reason: str = "",
    ) -> bool:  # fmt: skip
        """Take a paper into the next edition, in the catalogue first where it is new; whether that
        was still to do."""
        if found is None:
            refused: list[str] = []
            self._services.ingest([record], lambda _, why: refused.append(why))
            found = self._named(one.name)
            if found is None:
                why = refused[0] if refused else "it may be several papers that are here"
                return self._submissions.refuse(one.id, f"It cannot be taken: {why}.")
            self._follow(slow=False, patience=1)
        if found.removed:
            return self._submissions.refuse(one.id, "This paper was taken down here.")
        day = self._editions.edition_of(found.id)
        closed = day is not None
        if day is None:
            day = self.open_day()
            if found.day and day < found.day <= day + 7 * DAY:
                day = found.day  # not before it is announced
        return self._submissions.accept(one.id, found.id, day, closed, by, reason)

    def _named(self, name: str) -> Paper | None:
        return self._services.find(name.removeprefix("id:"))

    def _unfit(self, paper: Paper) -> str:
        """Why a paper can be in no edition by a submission; empty where it can."""
        if paper.removed:
            return "This paper was taken down here."
        if paper.status in ("withdrawn", "retracted"):
            return f"This paper is {paper.status}."
        most = config.load().submission_days
        latest = _latest_day(paper)
        if latest is None:
            return "Nobody says when this paper appeared, so it can be in no edition of new ones."
        if (self._today() - latest).days > most:
            day, date = str(paper.day or ""), paper.date
            first = f"on {shown_date(day)}" if day else f"in {shown_date(date)}"
            return (
                f"This paper first appeared {first}, more than {most} days ago: too long ago for "
                "an edition."
            )
        return ""

    @with_database
    def ask_sources_again(self, now: datetime.datetime | None = None) -> int:
        """Go on with submissions whose source could not be asked, as far as they are due; how many
        those were. A tick does it."""
        due = self._submissions.claim_due(now or _now(), ASKED_A_TICK)
        fetch = self._asking()
        for one in due:
            self._go_on(one, fetch)
        return len(due)

    @with_database
    def submission(self, number: int) -> "SubmissionInfo":
        """A submission by its number; raises NotFound."""
        found = self._submissions.get(number)
        if found is None:
            raise NotFound(f"no submission {number} here")
        return found

    @with_database
    def submissions(
        self, user_id: int, limit: int = 50, offset: int = 0
    ) -> "tuple[list[SubmissionInfo], int]":
        """A user's submissions, the latest first, and their number."""
        return self._submissions.of_user(user_id, limit, offset)

    @with_database
    def submissions_to_review(
        self, limit: int = 50, offset: int = 0
    ) -> "tuple[list[tuple[SubmissionInfo, Paper]], int]":
        """Submissions that wait for a moderator, each with what its paper says of itself (not
        stored where it is new), and their number."""
        rows, total = self._submissions.waiting(limit, offset)
        ids = [row.paper_id for row in rows if row.paper_id]
        here = {paper.id: paper for paper in self._services.with_removed(ids)}
        return [(row, here.get(row.paper_id) or _told(row).paper) for row in rows], total

    @with_database
    def review_submission(
        self, moderator_id: int, number: int, *, accept: bool, reason: str = ""
    ) -> bool:
        """A moderator's decision about a submission; whether it was still to be made. Raises
        NotFound, and Refused where a submission is declined without a reason."""
        one, reason = self.submission(number), _line(reason, 500)
        if one.state != "review":
            return False
        if not accept:
            if not reason:
                raise Refused("Say why: the one who submitted it reads it.")
            return self._submissions.decline(number, moderator_id, reason)
        found = self._named(one.name)
        record = None if found else _told(one)
        return self._take(one, found, record, moderator_id, reason)

    # --- picks -------------------------------------------------------------------------------

    def open_day(self, now: datetime.datetime | None = None) -> datetime.date:
        """The day whose edition is the next to close: what is picked or accepted now is for it."""
        return self._cutoff.latest(now or _now()) + DAY

    def _today(self) -> datetime.date:
        return _now().astimezone(self._cutoff.zone).date()

    @with_database
    def pick(
        self, user_id: int, identifier: str, line: str = "", day: datetime.date | None = None
    ) -> datetime.date:
        """Pick a paper for the next edition, or into the draft of a later one, with an optional
        line of plain text; the day it is for. Raises NotFound, Refused."""
        paper = self.paper(identifier)
        if paper.removed:
            raise NotFound(f"{identifier!r} was taken down here")
        line, most = _line(line), self._picks.LONGEST_LINE
        if len(line) > most:
            raise Refused(f"A line has at most {most} characters; this one has {len(line)}.")
        before = self._picks.own(user_id, paper.id)
        day = day or (before and before[1]) or self.open_day()
        ahead = not (before and before[1] == day) and self._is_ahead(day)
        return self._picks.pick(user_id, paper.id, paper.public_id, line, day, ahead)

    def _is_ahead(self, day: datetime.date) -> bool:
        """Whether a day's edition is one to draw up ahead. Raises Refused for other days than the
        next and those."""
        following = self.open_day()
        if day < following:
            raise Refused(
                f"The edition of {shown_date(str(day))} has closed. The next one is that of "
                f"{shown_date(str(following))}."
            )
        if day > following + self._picks.DAYS_AHEAD * DAY:
            raise Refused(f"Editions are drawn up {self._picks.DAYS_AHEAD} days ahead at the most.")
        return day > following

    @with_database
    def pick_ahead(
        self, user_id: int, identifier: str, line: str, day: datetime.date
    ) -> datetime.date:
        """Pick a paper into the draft of a day, which readers do not see before it is published.
        Raises NotFound, Refused."""
        self._is_ahead(day)
        paper, line = self.paper(identifier), _line(line)
        if paper.removed:
            raise NotFound(f"{identifier!r} was taken down here")
        if len(line) > self._picks.LONGEST_LINE:
            raise Refused(f"A line has at most {self._picks.LONGEST_LINE} characters.")
        return self._picks.pick(user_id, paper.id, paper.public_id, line, day, True)

    @with_database
    def take_back_pick(self, user_id: int, identifier: str) -> None:
        """Take back a pick; a paper stays in an edition that is published. Raises NotFound."""
        paper = self.paper(identifier)
        self._picks.take_back(user_id, paper.id, paper.public_id)

    @with_database
    def own_pick(self, user_id: int, paper: Paper) -> tuple[str, datetime.date, bool] | None:
        """A curator's pick of a paper: the line, the day, whether its edition is published."""
        return self._picks.own(user_id, paper.id)

    @with_database
    def curated(self, papers: Collection[int]) -> "dict[int, Curated]":
        """Who picked and who submitted some papers (their numbers). One query."""
        return self._curation.curated(papers)

    @with_database
    def curated_on(self, period: Period) -> "OfPeriod":
        """What curators and those who submit papers have for some days. One query."""
        return self._curation.of_period(
            period, schedule.earlier(period.first, schedule.LATE - 1)
        )

    @with_database
    def curators(
        self, limit: int = 50, offset: int = 0, each: int = 3
    ) -> "tuple[list[tuple[CuratorInfo, list[Paper]]], int]":
        """Who picked papers, the latest first, each with some of the latest; and their number."""
        found, total = self._curation.curators(limit, offset)
        latest = self._curation.latest_of([one.id for one in found], each)
        wanted = dict.fromkeys(number for some in latest.values() for number in some)
        papers = {paper.id: paper for paper in self._services.by_number(list(wanted))}
        return [
            (one, [papers[n] for n in latest.get(one.id, []) if n in papers]) for one in found
        ], total

    @with_database
    def curator(self, handle: str) -> "CuratorInfo":
        """A curator by the handle; raises NotFound."""
        found = self._curation.curator(handle)
        if found is None:
            raise NotFound(f"no curator {handle[:80]!r} here")
        return found

    @with_database
    def picks(
        self, curator: "CuratorInfo | str", limit: int = 50, offset: int = 0
    ) -> list[tuple[Paper, datetime.date]]:
        """The papers that a curator picked, each with its day, the latest first; raises NotFound
        for a handle that is none of a curator."""
        held = self.curator(curator) if isinstance(curator, str) else curator
        rows = self._curation.picks_of(held.id, limit, offset)
        papers = {p.id: p for p in self._services.by_number([number for number, _ in rows])}
        return [(papers[number], day) for number, day in rows if number in papers]

    # --- what is drawn up ahead --------------------------------------------------------------

    @with_database
    def drafts(self, user_id: int) -> list[tuple[datetime.date, int]]:
        """The days for which a curator has something that is not published, and how many picks."""
        return self._picks.drafts(user_id)

    @with_database
    def draft(
        self, user_id: int, day: datetime.date
    ) -> "tuple[DraftInfo, list[tuple[Paper, str, bool]]]":
        """What a curator has for a day, and its picks: papers, lines, whether readers see them."""
        found = self._picks.draft(user_id, day)
        papers = {p.id: p for p in self._services.by_number([one.paper_id for one in found.picks])}
        return found, [
            (papers[one.paper_id], one.line, one.shown)
            for one in found.picks if one.paper_id in papers
        ]  # fmt: skip

    @with_database
    def introduce(self, user_id: int, day: datetime.date, text: str) -> None:
        """Write the introduction of a draft, in plain text. Raises Refused."""
        self._is_ahead(day)
        text = "\n".join(filter(None, (_line(line, 5000) for line in text.splitlines())))
        most = self._picks.LONGEST_INTRODUCTION
        if len(text) > most:
            raise Refused(f"An introduction has at most {most:,} characters, not {len(text):,}.")
        self._picks.introduce(user_id, day, text)

    @with_database
    def arrange(self, user_id: int, day: datetime.date, identifier: str, to: int) -> None:
        """Give a pick its place, from 0, among the curator's of a day. Raises NotFound."""
        self._picks.arrange(user_id, day, self.paper(identifier).id, to)

    @with_database
    def publish_draft(self, user_id: int, day: datetime.date) -> None:
        """Let readers see a draft of the next edition now. Raises NotFound, Refused."""
        if self._is_ahead(day):
            raise Refused("Only a draft of the next edition can be shown now.")
        self._picks.show(user_id, day)

    @with_database
    def drop_draft(self, user_id: int, day: datetime.date) -> None:
        """Let a draft go with its picks; not one that readers have seen."""
        self._picks.drop(user_id, day)

    @with_database
    def user_of(self, handle: str = "", role: str = "reader") -> int:
        """The user of a handle, in single-user mode by default the owner; for the command line.
        Raises NotFound, and Refused where they have not that role."""
        handle = handle.removeprefix("@") or self.owner()
        found = self._curation.user_of(handle)
        if found is None:
            raise NotFound(f"no user {handle[:80]!r} here")
        if not self._curation.may(found, role):
            raise Refused(f"{handle} is no {role}.")
        return found

    @with_database
    def owner(self) -> str:
        """The handle of the owner, in single-user mode. Raises Refused in the other one."""
        if config.load().mode != "single":
            raise Refused("Say who it is by a handle: with many readers there is no owner.")
        from papertide.site.single_user import owner

        return owner().username


def _name(paper: Paper) -> str:
    """What a paper that is here is submitted by: its arXiv id, its DOI, else its address here."""
    if paper.arxiv:
        return f"arxiv:{paper.arxiv}"
    return f"doi:{paper.doi}" if paper.doi else f"id:{paper.public_id}"


def _told(one: "SubmissionInfo") -> Record:
    return msgspec.convert(one.record, Record)


def _latest_day(paper: Paper) -> datetime.date | None:
    """The day a paper first appeared, of a date without a day or month the last it may mean."""
    if paper.day:
        return paper.day
    try:
        year, month, day = PartialDate.parse(paper.date)
    except ValueError:
        return None
    if not year:
        return None
    month = month or 12
    return datetime.date(year, month, day or calendar.monthrange(year, month)[1])


def _line(text: str, most: int = 10_000) -> str:
    """Plain text in one line, without what a terminal or a database takes ill."""
    text = " ".join(text[:most].split())
    return "".join(c for c in text if c.isprintable() or c in "\u200c\u200d")[:most]


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
