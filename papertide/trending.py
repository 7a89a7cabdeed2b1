"""What is rising in a library: hot papers with reasons, forecasts of new ones, growing topics.

Forecasts and growth are learnt from the whole catalogue and kept in a file of the data folder, so
that a page only reads them; `papertide tick` learns anew when votes or papers came in.
"""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from papertide.embedding import Embedder, ModelError
from papertide.embedding.base import document_vectors
from papertide.papers import Paper
from papertide.trends import topics
from papertide.trends.forecast import Forecast, TooLittle, fit, history
from papertide.trends.hotness import Hotness, hottest
from papertide.trends.signals import at_day
from papertide.trends.topics import Growth

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType

log = logging.getLogger(__name__)

Window = Literal["day", "week", "month"]
WINDOWS: dict[Window, int] = dict(zip(get_args(Window), (1, 7, 30), strict=True))  # days
FILE = "trends.json"
UNSETTLED = 3  # listed days whose votes still come: they are forecast, nothing is learnt from them
REFRESH = 30.0  # seconds for which what was read of a span of days holds
KEPT = 20  # spans of days
EVERY = 1800.0  # seconds between two learnings at the least


class Learnt(msgspec.Struct, kw_only=True):
    """What was learnt: forecasts of the newest listed papers by number, and from how many papers
    of how many days up to which one, or in `reason` why there are none; and topics that grow.

    `rank` is the mean Spearman correlation with the votes of days that were held back. `of` says
    from which state of the catalogue.
    """

    made: float = 0.0  # seconds since 1970
    of: tuple[int, int, int, str] = (0, 0, 0, "")
    forecasts: dict[int, Forecast] = msgspec.field(default_factory=dict)
    papers: int = 0
    days: int = 0
    until: date | None = None
    rank: float = 0.0
    reason: str = "Nothing was learnt from votes yet: run papertide trending --learn."
    growth: Growth = Growth(reason="Nothing was counted yet.")


class Rising(msgspec.Struct, kw_only=True):
    """A paper that is rising: how hot and why, and its forecast where its votes still come."""

    paper: Paper
    hotness: Hotness
    forecast: Forecast | None = None


class Trending(msgspec.Struct, kw_only=True):
    """What is rising in a window of days, `total` papers in all, and what was learnt.

    Where nothing is, `latest` is the day before of which votes are known (None: there is none).
    """

    window: Window
    since: date
    until: date
    papers: list[Rising]
    total: int
    learnt: Learnt
    latest: date | None = None


class Trends:
    """The trends of a catalogue, by its `services`; what is learnt is kept in a folder."""

    _read: tuple[float, Learnt] | None = None

    def __init__(self, services: "ModuleType", folder: Path):
        self._services, self._path = services, folder / FILE
        self._hot: dict[tuple[date, date], tuple[float, list[Hotness]]] = {}

    def trending(
        self, window: Window, on: date | None, limit: int, offset: int
    ) -> Trending:
        """What is rising up to a day, today by default. Five queries at the most."""
        now = datetime.now(UTC)
        until = min(on or now.date(), now.date())
        if until < now.date():
            now = at_day(until + timedelta(days=1))  # as it was when that day ended
        since = until - timedelta(days=WINDOWS[window] - 1)
        hot = self._hottest(since, until, now)
        learnt = self.learnt()
        shown = hot[offset : offset + limit]
        papers = {p.id: p for p in self._services.by_number([one.paper for one in shown])}
        return Trending(
            window=window, since=since, until=until, total=len(hot), learnt=learnt,
            papers=[
                Rising(paper=papers[one.paper], hotness=one,
                       forecast=learnt.forecasts.get(one.paper))
                for one in shown if one.paper in papers
            ],
            latest=None if hot else self._services.last_listed(since),
        )  # fmt: skip

    def _hottest(self, since: date, until: date, now: datetime) -> list[Hotness]:
        """The hottest of a span of days, as they were `REFRESH` seconds ago at the most."""
        held, asked = self._hot, (since, until)
        at, hot = held.get(asked, (-REFRESH, []))
        if time.monotonic() >= at + REFRESH:
            hot = hottest(self._services.signals(since, until), now)
            if len(held) >= KEPT:
                held = {}
            self._hot = held | {asked: (time.monotonic(), hot)}  # threads see it whole
        return hot

    def forget(self) -> None:
        """Read signals anew when next asked: there are others."""
        self._hot = {}

    def learnt(self) -> Learnt:
        """What was learnt last; a file that is none counts as nothing."""
        try:
            at = self._path.stat().st_mtime_ns
            if self._read is None or self._read[0] != at:
                self._read = (at, msgspec.json.decode(self._path.read_bytes(), type=Learnt))
            return self._read[1]
        except (OSError, msgspec.MsgspecError):
            return Learnt()

    def due(self) -> bool:
        """Whether there is more to learn from than the last time, and that was a while ago."""
        held = self.learnt()
        return not 0 <= time.time() - held.made < EVERY and held.of != self._of()

    def learn_if_due(self, open_model: Callable[[], Embedder]) -> None:
        """Learn where there is more to learn from; without a model it is left for later."""
        if self.due():
            try:
                self.learn(open_model())
            except ModelError as error:
                log.warning("Trends were not learnt: %s", error)

    def learn(self, embedder: Embedder) -> Learnt:
        """Learn from all votes and titles, and keep it: seconds for some thousand papers."""
        today = datetime.now(UTC).date()
        made = Learnt(made=time.time(), of=self._of(), growth=self._growth(today))
        try:
            self._forecast(made, embedder, today)
            made.reason = ""
        except TooLittle as error:
            made.reason = f"No forecasts: {error}."
        part = self._path.with_name(f"{FILE}.{os.getpid()}")
        part.write_bytes(msgspec.json.encode(made))
        part.replace(self._path)
        return made

    def _of(self) -> tuple[int, int, int, str]:
        today = datetime.now(UTC).date()
        return *self._services.told_of(), f"{today - timedelta(days=today.weekday())}"

    def _growth(self, today: date) -> Growth:
        """The topics that grow up to the latest week with papers."""
        latest = self._services.latest_day()
        if latest is None:
            return Growth(reason="There are no papers with a day yet.")
        # A week that is not over, or of which papers still come, tells nothing of shares.
        last = min(today, latest + timedelta(days=1))
        since = last - timedelta(weeks=topics.WEEKS + 1)
        return topics.growing(self._services.titles_between(since, last), last)

    def _forecast(self, made: Learnt, embedder: Embedder, today: date) -> None:
        told, abstracts = [], []
        for one, abstract in self._services.told():
            if one.listed <= today:  # bad input has days of the future
                told.append(one)
                abstracts.append(abstract)
        if not told:
            raise TooLittle("no paper here has votes")
        newest = sorted({one.listed for one in told})[-UNSETTLED:]
        known = [one if one.listed < newest[0] else msgspec.structs.replace(one, votes=None)
                 for one in told]  # fmt: skip
        seen = history(known)
        texts = [(one.title, text) for one, text in zip(told, abstracts, strict=True)]
        vectors = document_vectors(embedder, texts)
        model = fit(known, vectors, seen)
        made.papers, made.days, made.rank = model.papers, model.days, round(model.rank, 3)
        made.until = max((one.listed for one in known if one.votes is not None), default=None)
        found = model.forecast(vectors, seen)
        made.forecasts = {
            one.paper: forecast
            for one, forecast in zip(known, found, strict=True) if one.votes is None
        }  # fmt: skip
