"""What the library answers with: typed, and readable when printed."""

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from papertide.alarms import Alarm
from papertide.papers import Paper
from papertide.search.query import Mistake, Sort
from papertide.search.renewal import Renewal
from papertide.search.snippets import Piece
from papertide.search.why import Why
from papertide.sources.base import Rejection
from papertide.sources.libraries import Match
from papertide.topics.drawing import FEWEST, Drawing
from papertide.topics.picture import picture


class NotFound(LookupError):
    """There is no such paper, listing or author."""


class Refused(ValueError):
    """Something cannot be kept as it is; says why."""


class Hit(msgspec.Struct, kw_only=True):
    """A paper found: its score, its title and a part of its abstract, matching words marked; its
    votes where papers are ordered by them, and why it was found where that was asked for."""

    paper: Paper
    score: float
    title: list[Piece]
    snippet: list[Piece]
    votes: int | None = None
    why: Why | None = None

    def __repr__(self) -> str:
        return f"<Hit {self.score:.2f} {self.paper!r}>"


class Results(msgspec.Struct, kw_only=True):
    """What a search found: the hits asked for, how many there are in all, how long it took, what
    of the query could not be understood, what came first, and a `notice` for readers where part of
    the search could not be asked.

    `suggestion` is the query as it may have been meant, where words seem misspelt; with
    `corrected` nothing was found as it was typed, and the hits are those of the suggestion.
    """

    query: str
    hits: list[Hit]
    total: int
    milliseconds: float
    mistakes: list[Mistake] = msgspec.field(default_factory=list)
    sort: Sort = "relevance"
    suggestion: str = ""
    corrected: bool = False
    notice: str = ""

    def __repr__(self) -> str:
        lines = [f"<{self.total} papers for {self.query!r} in {self.milliseconds:.1f} ms"]
        lines += [f"  {n:>3}. {hit.paper!r}" for n, hit in enumerate(self.hits, start=1)]
        return "\n".join(lines) + ">"


class MapPaper(msgspec.Struct, kw_only=True):
    """A paper on a map: its number, its public id, its title as plain text."""

    number: int
    public_id: str
    title: str


class TopicMap(msgspec.Struct, kw_only=True):
    """Papers as points of a plane, near ones alike in meaning: `drawing` has a place for each of
    `papers`, and the topics among them.

    `total` is how many a search finds, of which the best or newest are drawn; `left_out` how many
    of these have no vector: they are `unplaced`. `key` is of what the map was drawn.
    """

    query: str
    papers: list[MapPaper]
    drawing: Drawing
    total: int
    unplaced: list[MapPaper] = []
    milliseconds: float = 0.0
    mistakes: list[Mistake] = []
    notice: str = ""
    key: str = ""

    @property
    def left_out(self) -> int:
        return len(self.unplaced)

    @property
    def few(self) -> bool:
        """Whether there are too few papers for topics."""
        return len(self.papers) < FEWEST

    def topic(self, slug: str) -> int:
        """The place of a topic by its address; -1 where there is none."""
        return next((n for n, one in enumerate(self.drawing.topics) if one.slug == slug), -1)

    def svg(self, width: int = 960, *, caption: str = "", dark: bool = False) -> str:
        """The map as a picture: see `papertide.topics.picture.picture`."""
        return picture(self.drawing, width, caption=caption, dark=dark)

    def __repr__(self) -> str:
        lines = [f"<map of {len(self.papers)} of {self.total} papers for {self.query!r}"]
        lines += [f"  {len(topic.papers):>5} {topic.name}" for topic in self.drawing.topics]
        return "\n".join(lines) + ">"


class Problem(msgspec.Struct, kw_only=True):
    """A file that could not be read, or not to its end."""

    path: str
    reason: str


class Brought(msgspec.Struct, kw_only=True):
    """What an import or a harvest brought. `entries` = new + changed + unchanged + rejected.

    `found_by` says which rule found how many of those that were known; `absorbed` papers turned
    out to be part of another, and `to_review` pairs may be one work, for moderators to decide.
    """

    entries: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    found_by: dict[str, int] = msgspec.field(default_factory=dict)
    absorbed: int = 0
    to_review: int = 0
    rejected_file: str = ""

    def count(self, batch) -> None:
        """Add what became of a batch (`Counts` of the catalogue), but for its rejected rows."""
        self.entries += batch.new + batch.changed + batch.unchanged
        self.new += batch.new
        self.changed += batch.changed
        self.unchanged += batch.unchanged
        for rule, number in batch.found.items():
            self.found_by[rule] = self.found_by.get(rule, 0) + number
        self.absorbed += batch.absorbed
        self.to_review += batch.queued


class Imported(Brought, kw_only=True):
    """What an import did, over all its files."""

    problems: list[Problem] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        text = (
            f"<{self.entries} entries: {self.new} new, {self.changed} changed, "
            f"{self.unchanged} unchanged, {self.rejected} rejected"
        )
        return text + "".join(f"; {p.path}: {p.reason}" for p in self.problems) + ">"


class Harvested(Brought, kw_only=True):
    """What a harvest of a source did; `busy` where another process is at it.

    What it brought before an `error` is kept, and the next harvest goes on from there.
    """

    source: str
    pages: int = 0
    error: str = ""
    busy: bool = False


def identities_told(done: Brought) -> str:
    """How known papers were found, and which turned out to be one, in a line; may be empty."""
    rules = sorted(done.found_by.items(), key=lambda item: -item[1])
    parts = []
    if rules:
        parts.append("found by: " + ", ".join(f"{rule} {number:,}" for rule, number in rules))
    if done.absorbed:
        parts.append(f"absorbed {done.absorbed:,}")
    if done.to_review:
        parts.append(f"{done.to_review:,} pair{'s' * (done.to_review != 1)} to review")
    return "; ".join(parts)


class SourceRun(msgspec.Struct, kw_only=True):
    """How far a source was harvested: its cursor, its times (UTC; None: never), its last error,
    how many runs failed since which time, and the counts of its last run."""

    name: str
    cursor: dict[str, Any] = {}
    due: datetime.datetime | None = None
    attempted: datetime.datetime | None = None
    succeeded: datetime.datetime | None = None
    failing_since: datetime.datetime | None = None
    failures: int = 0
    error: str = ""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0


class SourceStatus(SourceRun, kw_only=True):
    """How a source fares: its run; whether the settings have it on; the latest day it told of and
    how many days ago that is (None: it never told); alarms."""

    title: str
    about: str
    on: bool
    latest: datetime.date | None = None
    lag: int | None = None
    alarms: list[Alarm] = []


class Matched(msgspec.Struct, kw_only=True):
    """The entries of a reader's library: those whose paper is here, those whose is not, and what
    could not be read. `problem` says why the file was not read to its end, if it was not."""

    matched: list[Match] = msgspec.field(default_factory=list)
    unmatched: list[Match] = msgspec.field(default_factory=list)
    rejected: list[Rejection] = msgspec.field(default_factory=list)
    problem: str = ""

    def __repr__(self) -> str:
        return (
            f"<{len(self.matched)} entries matched, {len(self.unmatched)} not, "
            f"{len(self.rejected)} rejected{'; ' + self.problem if self.problem else ''}>"
        )


class Progress(msgspec.Struct, kw_only=True):
    """How far a long job is: `done` of `total` (0: not known) bytes or papers; rows met so far."""

    stage: str  # "reading", "harvesting", "indexing words" or "indexing vectors"
    name: str = ""  # the file that is read, as it was given (two may end alike), or the source
    done: int = 0
    total: int = 0
    rows: int = 0


OnProgress = Callable[[Progress], None] | None


class OneIndex(msgspec.Struct, kw_only=True):
    """One index: papers in it, changes it has yet to take in, bytes on disk."""

    indexed: int
    behind: int
    bytes: int


class IndexStatus(msgspec.Struct, kw_only=True):
    """All indexes together: papers there are, papers in the least of them, changes that the
    slowest has yet to take in, bytes; the model that made the vectors in use; each by its name;
    and how far vectors are that are being made to take their place."""

    papers: int
    indexed: int
    behind: int
    bytes: int
    folder: str
    model: str
    indexes: dict[str, OneIndex]
    renewal: Renewal | None = None
