"""Harvesting: sources are asked page by page, and each page is stored together with its cursor.

Killed anywhere and run again, a harvest goes on behind the last page that was stored.
"""

import datetime
import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from papertide import alarms
from papertide.config import Config
from papertide.rejected import Rejects
from papertide.results import Harvested, OnProgress, Progress, SourceRun, SourceStatus
from papertide.sources import registry
from papertide.sources.base import Enricher, Fetch, Page, Source, SourceError
from papertide.sources.http import Fetcher

log = logging.getLogger(__name__)

PAGES_A_TICK = 50  # of one source, so that a long one does not keep the others waiting
_FIRST = datetime.timedelta(days=7)  # how far back a tick begins; more is for a command to ask
_ROUND = datetime.timedelta(days=30)  # after which papers are asked about again
_RETRY = datetime.timedelta(minutes=5)  # after a failure; twice as long after each further one


class Harvester:
    """Harvests the sources of the settings into the catalogue of a data folder."""

    def __init__(self, folder: Path, settings: Config):
        from papertide.site.catalog import services as catalog
        from papertide.site.harvest import services

        self._folder, self._settings = folder, settings
        self._catalog, self._services = catalog, services
        self._fetch: Fetch = Fetcher(folder, settings.contact)

    def harvest(
        self,
        names: Iterable[str] = (),
        *,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        dry_run: bool = False,
        on_progress: OnProgress = None,
    ) -> list[Harvested]:
        """Harvest sources, those of the settings by default, each to its end or `until` a day."""
        chosen = [self._source(name) for name in list(names) or self._settings.sources]
        for one in chosen if until else ():
            if not hasattr(one, "until"):
                raise SourceError(f"{one.name} cannot be asked for papers until a day")
            one.until = until
        return [self._alone(one, since, dry_run, on_progress) for one in chosen]

    def harvest_due(self) -> list[Harvested]:
        """Harvest what is due, some pages of each; a source that is new begins a week ago."""
        found = []
        for name in self._settings.sources:
            try:
                done = self._alone(self._source(name), None, False, None, PAGES_A_TICK)
            except SourceError as error:  # of the settings: the other sources go on
                log.error("%s", error)
            else:
                found += [done] if done else []
        return found

    def status(self) -> list[SourceStatus]:
        """How every source fares, those of the settings first."""
        runs, latest = self._services.runs(), self._services.latest()
        since = _now().date() - datetime.timedelta(weeks=13)
        told = self._services.told(since)
        chosen = self._settings.sources
        found = []
        for name in dict.fromkeys((*chosen, *registry.ALL)):
            one, run, day = self._source(name), runs.get(name), latest.get(name)
            status = SourceStatus(
                **msgspec.structs.asdict(run or SourceRun(name=name)),
                title=one.title, about=one.about, on=name in chosen,
                latest=day, lag=(_now().date() - day).days if day else None,
            )  # fmt: skip
            status.alarms = alarms.of_failing(name, status.failing_since, status.error, _now())
            if status.on and (expected := registry.DAILY.get(name)):
                status.alarms += alarms.of_days(
                    name, told.get(name, {}), expected, status.succeeded,
                    registry.REMEDY.get(name, ""),
                )  # fmt: skip
            found.append(status)
        return found

    def alarms(self) -> list[alarms.Alarm]:
        """What a person should look at now."""
        return [alarm for status in self.status() if status.on for alarm in status.alarms]

    # --- one source --------------------------------------------------------------------------

    def _source(self, name: str) -> Source | Enricher:
        return registry.source(name, self._settings)

    def _alone(self, one, since, dry_run, on_progress, most: int | None = None) -> Harvested | None:
        """Harvest a source unless another process does: the lock goes with its process.

        With `most` pages only if it is due, which is looked at under the lock; None if it is not.
        """
        lock = self._folder / "harvests" / f"{one.name}.lock"
        lock.parent.mkdir(exist_ok=True)
        try:
            with FileLock(lock, timeout=0):
                return self._harvest(one, since, dry_run, on_progress, most)
        except Timeout:
            return Harvested(source=one.name, busy=True)

    def _harvest(self, one, since, dry_run, on_progress, most: int | None) -> Harvested | None:
        done = Harvested(source=one.name)
        run = self._services.runs().get(one.name) or SourceRun(name=one.name)
        if most is not None:
            if run.due and run.due > _now():
                return None
            since = None if run.cursor else (_now() - _FIRST).date()
        if not dry_run:
            self._services.begin(one.name, _now())
        cursor = {} if since else run.cursor
        # What is read again from a day on does not move the place where the harvest goes on.
        kept = run.cursor if since and run.cursor else None
        progress = Progress(stage="harvesting", name=one.title)
        again = None
        with Rejects(self._folder / "rejected") as rejects:
            try:
                for page in islice(_told(self._pages(one, cursor, since)), most):
                    if kept is not None:
                        page.cursor = kept
                    self._store(one.name, page, done, rejects, keep=not dry_run)
                    done.pages += 1
                    progress.rows = progress.done = done.entries
                    progress.total = page.total or 0
                    if on_progress:
                        on_progress(progress)
            except SourceError as error:
                done.error, again = str(error), error.again
        done.rejected_file = str(rejects.path) if done.rejected else ""
        if not dry_run:
            self._note(one, run, done, again, more=done.pages == most)
        return done

    def _pages(self, one, cursor: dict[str, Any], since) -> Iterator[Page]:
        if hasattr(one, "ask"):
            return self._asked(one, cursor)
        return one.pages(self._fetch, cursor, since)

    def _asked(self, one: Enricher, cursor: dict[str, Any]) -> Iterator[Page]:
        """Pages of answers about papers that we have: new papers first, then ever older ones.

        The cursor: all papers from number ``low`` to ``high`` were asked about since the day
        ``began``. When there are none left, a new round begins with the newest, a month after.
        """
        catalog, today = self._catalog, _now().date()
        began = datetime.date.fromisoformat(cursor.get("began") or "0001-01-01")
        at = dict(cursor)
        if not at or (at["low"] <= 1 and today - began >= _ROUND):
            last = catalog.last_number()
            at = {"low": last + 1, "high": last, "began": today.isoformat()}
        while asked := catalog.numbers_after(at["high"], one.batch):
            rows = one.ask(self._fetch, catalog.by_number(asked))
            at["high"] = asked[-1]
            yield Page(rows=rows, cursor=dict(at))
        while asked := catalog.numbers_before(at["low"], one.batch):
            rows = one.ask(self._fetch, catalog.by_number(asked))
            at["low"] = asked[-1]
            yield Page(rows=rows, cursor=dict(at), total=at["high"])
        if at["low"] > 1:
            yield Page(rows=[], cursor=at | {"low": 1})

    def _store(self, name: str, page: Page, done: Harvested, rejects: Rejects, keep: bool) -> None:
        counts, refused = self._services.store(name, page.rows, page.cursor, keep=keep)
        for row in refused:
            rejects.write(name, row)
        done.count(counts)
        done.entries += len(refused)
        done.rejected += len(refused)

    def _note(self, one, run, done: Harvested, again: datetime.datetime | None, more: bool) -> None:
        now = _now()
        if not done.error:
            self._services.succeed(one.name, now, now if more else now + one.every)
            return
        wait = min(one.every, _RETRY * 2 ** min(run.failures, 10))
        self._services.fail(one.name, now, max(now + wait, again or now), done.error)


def _told(pages: Iterator[Page]) -> Iterator[Page]:
    """The pages of a source; whatever goes wrong in it, the other sources go on."""
    try:
        yield from pages
    except SourceError:
        raise
    except Exception as error:
        log.exception("a source failed")
        raise SourceError(f"our reading of it failed: {type(error).__name__}: {error}") from error


def mail_alarms(found: list[alarms.Alarm], address: str) -> int:
    """Mail those alarms that were not mailed today; their number. One that cannot be sent is
    logged, and tried again the next day."""
    from django.core.mail import send_mail

    from papertide.site.harvest import services

    sent = 0
    for alarm in found:
        if not services.claim(alarm.key, _now().date()):
            continue
        try:
            send_mail(f"Papertide: {alarm.source} is {alarm.kind}",
                      f"{alarm.source}: {alarm.message}.\n\nSee: papertide sources", None,
                      [address])  # fmt: skip
            sent += 1
        except OSError as error:
            log.error("cannot mail an alarm: %s", error)
    return sent


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
