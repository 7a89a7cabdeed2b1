"""Which topics grow: the share of a week's papers that have a phrase in their title, extrapolated.

A topic's share is fitted by a logistic curve over the last full weeks (a binomial GLM with the
dispersion of the counts; McCullagh and Nelder 1989). It counts as growing where its slope stands
out among all phrases looked at (Benjamini and Hochberg 1995). What stands out was partly luck: so
slopes are shrunk to what slopes of phrases are like (empirical Bayes; Efron and Morris 1973), go on
from the mean of the last weeks, are damped (Gardner and McKenzie 1985), and stop: `extrapolate`.
Intervals are those in which shares came that were extrapolated so four weeks ago.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from papertide.papers import fold

WEEKS = 24  # full weeks that are looked at
LEAST_WEEKS = 12  # of them with papers, for anything to be said
LEAST_PAPERS = 60  # of a topic in all these weeks
LEAST_A_WEEK = 20  # papers of a week, for it to have shares
AHEAD = 4  # weeks that are extrapolated at the most
DAMPING = 0.5  # each week ahead has this much of the growth of the one before
INTERVAL = 0.8
DISCOVERIES = 0.1  # share of topics told to grow that may not
MOST_TIMES = 2.0  # what is extrapolated never exceeds so many times the greatest share seen
LAST = 4  # weeks whose mean is where a topic is now
ALIKE = 40  # the steepest phrases of four weeks ago, by which intervals are measured
_Z = 1.2816  # of the normal distribution: 80% lie within
_WORDS = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_BREAKS = re.compile(r"[:;,.?!()\[\]/“”\"]|\s[-–—]\s")
_COMMON_WORDS = (
    "a about across after against all an and any approach approaches are as at based be been "
    "before best better between beyond both but by can case do does effective efficient "
    "enhanced enhancing exploring first for framework from general has have how improved "
    "improving in into is it its joint large learned less leveraging like many method methods "
    "modeling more multi new no not novel of on one only or our out over paper problem robust "
    "simple some study survey task tasks than that the their them there these they this "
    "through to toward towards two under understanding unified up use using via was we what "
    "when where which while who why will with within without you your "
)
_COMMON = frozenset(_COMMON_WORDS.split())
_WITH_OTHERS = frozenset({"learning", "model", "system"})  # are part of topics, and none alone


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase and its share of the papers of each week, oldest first; `weekly` is the factor a
    week that was fitted; `ahead` the shares of the weeks to come, each with its interval."""

    phrase: str
    papers: int
    shares: tuple[float, ...]
    weekly: float
    ahead: tuple[tuple[float, float, float], ...] = ()  # low, middle, high


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """The topics that grow, the strongest first; `since` the Monday of the first week; `looked`
    at how many phrases. Without topics, `reason` says why in a sentence."""

    since: date | None = None
    weeks: int = 0
    papers: int = 0
    looked: int = 0
    topics: tuple[Topic, ...] = ()
    reason: str = ""


def phrases(title: str) -> set[str]:
    """The topics of a title: up to three words in a row, none of which is everywhere."""
    found: set[str] = set()
    for part in _BREAKS.split(title):
        words = [_singular(fold(word)) for word in _WORDS.findall(part)]
        for start in range(len(words)):
            for length in (1, 2, 3):
                held = words[start : start + length]
                if len(held) < length or any(word in _COMMON or len(word) < 2 for word in held):
                    break
                alone = length == 1 and (len(held[0]) < 4 or held[0].isdigit())
                if not alone and not _WITH_OTHERS.issuperset(held):
                    found.add(" ".join(held))
    return found


def _singular(word: str) -> str:
    """Agents are an agent: an s at the end goes, where it is no part of the word."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def growing(papers: Iterable[tuple[date, str]], today: date, most: int = 12) -> Growth:
    """The topics that grow in papers, given by day and title, over the full weeks before today."""
    monday = today - timedelta(days=today.weekday())
    since = monday - timedelta(weeks=WEEKS)
    totals = np.zeros(WEEKS)
    counts: dict[str, Counter] = defaultdict(Counter)
    for day, title in papers:
        if since <= day < monday:
            week = (day - since).days // 7
            totals[week] += 1
            for phrase in phrases(title):
                counts[phrase][week] += 1
    whole = int(totals.sum())
    used = np.flatnonzero(totals >= LEAST_A_WEEK)
    if len(used) < LEAST_WEEKS:
        return Growth(
            since=since, weeks=len(used), papers=whole,
            reason=f"Growth is told from at least {LEAST_WEEKS} of the last {WEEKS} full weeks "
            f"with {LEAST_A_WEEK} papers each; here are {len(used)}.",
        )  # fmt: skip
    held = [phrase for phrase, weeks in counts.items() if sum(weeks.values()) >= LEAST_PAPERS]
    nothing = Growth(
        since=since, weeks=len(used), papers=whole, looked=len(held),
        reason="No topic’s share grew by more than chance would have it.",
    )  # fmt: skip
    if not held:
        return nothing
    table = np.array([[counts[phrase][week] for week in used] for phrase in held], float)
    totals = totals[used]
    fitted = fit(table, totals, used)
    chosen = _standing_out(fitted, table)
    papers_of = table.sum(axis=1)
    kept = [chosen[k] for k in _distinct([held[n] for n in chosen], papers_of[chosen])[:most]]
    errors = past_errors(table, totals, used)
    topics = tuple(
        Topic(
            phrase=held[n], papers=int(table[n].sum()),
            shares=tuple(np.round(table[n] / totals, 6).tolist()),
            weekly=round(math.exp(fitted.slope[n]), 4),
            ahead=extrapolate(fitted, n, table[n] / totals, float(totals[-LAST:].mean()), errors),
        )
        for n in kept
    )  # fmt: skip
    return msgspec.structs.replace(nothing, topics=topics, reason="") if topics else nothing


class Fitted(msgspec.Struct):
    """Logistic curves of phrases, each (n,): the slope a week, its standard error, and the slope
    as it is shrunk."""

    slope: np.ndarray
    error: np.ndarray
    shrunk: np.ndarray


def fit(counts: np.ndarray, totals: np.ndarray, weeks: np.ndarray) -> Fitted:
    """Binomial regressions of counts (n, weeks) of totals on weeks, all at once, by Newton's
    steps; a half is added to counts so that those of all or nothing end."""
    x = np.stack([np.ones(len(weeks)), weeks - weeks.mean()])
    most = totals + 1
    share = (counts + 0.5) / most
    beta = np.stack([np.log(share.mean(1) / (1 - share.mean(1))), np.zeros(len(counts))], 1)
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(beta @ x, -30, 30)))
        information = np.einsum("aw,bw,nw->nab", x, x, most * p * (1 - p)) + 1e-9 * np.eye(2)
        step = np.linalg.solve(information, ((share - p) * most @ x.T)[:, :, None])[:, :, 0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    pearson = ((share - p) ** 2 * most / np.maximum(p * (1 - p), 1e-12)).sum(axis=1)
    dispersion = np.maximum(pearson / max(1, len(weeks) - 2), 1)
    slope, error = beta[:, 1], np.sqrt(np.linalg.inv(information)[:, 1, 1] * dispersion)
    spread = max(float(np.mean(slope**2 - error**2)), 0.0)
    return Fitted(slope, error, slope * spread / (spread + error**2))


def _standing_out(fitted: Fitted, table: np.ndarray) -> list[int]:
    """The curves that rise by more than chance, the most papers gained first."""
    p = np.array([math.erfc(z / math.sqrt(2)) / 2 for z in fitted.slope / fitted.error])
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= DISCOVERIES * (np.arange(len(p)) + 1) / len(p))
    chosen = order[: passed[-1] + 1] if len(passed) else []
    gained = fitted.shrunk * table.sum(axis=1)
    return sorted(map(int, chosen), key=lambda n: (-gained[n], n))


def _distinct(names: Sequence[str], papers: np.ndarray) -> list[int]:
    """Which phrases stay when what is part of another goes: the longer one stays, which says more,
    where it has half of the papers, else that which came first."""
    kept: list[int] = []
    for n, name in enumerate(names):
        mine = f" {name} "
        parts = [k for k in kept if f" {names[k]} " in mine]
        if parts and papers[n] >= papers[parts[0]] / 2:
            kept[kept.index(parts[0])] = n
            kept = [k for k in kept if k not in parts]
        elif not parts and not any(mine in f" {names[k]} " for k in kept):
            kept.append(n)
    return kept


def past_errors(
    table: np.ndarray, totals: np.ndarray, weeks: np.ndarray
) -> tuple[float, float]:
    """What was missed by extrapolating `AHEAD` weeks ago, in standard errors of a week's count, low
    and high, so that `INTERVAL` lies within; of the phrases that were steepest then."""
    early, late = slice(0, -AHEAD), slice(-AHEAD, None)
    then = fit(table[:, early], totals[early], weeks[early])
    steep = np.argsort(-then.slope / then.error, kind="stable")[:ALIKE]
    missed = []
    for n in steep:
        shares = table[n, early] / totals[early]
        for middle, count, total in zip(
            _middles(then.shrunk[n], shares), table[n, late], totals[late], strict=True
        ):
            missed.append(2 * math.sqrt(total) * (_angle(count / total) - _angle(middle)))
    low, high = np.quantile(missed, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return min(float(low), -_Z), max(float(high), _Z)  # never less than chance in counting


def _angle(share: float) -> float:
    """A share on a scale where its error does not depend on it (Anscombe 1948)."""
    return math.asin(math.sqrt(min(max(share, 0.0), 1.0)))


def _share(angle: float) -> float:
    return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2


def _middles(slope: float, shares: np.ndarray) -> list[float]:
    """The shares of the next weeks: the mean of the last, and damped growth from their middle."""
    now = min(max(float(shares[-LAST:].mean()), 1e-6), 1 - 1e-6)
    reach, made = 0.0, []
    for ahead in range(1, AHEAD + 1):
        reach += DAMPING**ahead
        made.append(1 / (1 + math.exp(-(math.log(now / (1 - now)) + slope * reach))))
    return made


def extrapolate(
    fitted: Fitted, n: int, shares: np.ndarray, papers: float, errors: tuple[float, float]
) -> tuple[tuple[float, float, float], ...]:
    """The share of each of the next weeks, of so many papers, with the interval in which
    `INTERVAL` of weeks lie.

    Of the growth a week is fitted to have, each further one has `DAMPING` of that before. It stops
    after `AHEAD` weeks, and before: where the share would exceed `MOST_TIMES` the greatest seen,
    or where the interval is wider than twice its middle, so that nothing is said any more.
    """
    made: list[tuple[float, float, float]] = []
    for share in _middles(fitted.shrunk[n], shares):
        low, high = (_share(_angle(share) + e / (2 * math.sqrt(papers))) for e in errors)
        if share > MOST_TIMES * shares.max() or high - low > 2 * share:
            break
        made.append((round(low, 6), round(share, 6), round(high, 6)))
    return tuple(made)
