"""How many votes a new paper will get: learnt from the papers that were listed before it.

    seen = history(told)                      # told: `Told`, of all days, in any order
    model = fit(told, vectors, seen)          # raises TooLittle where votes teach nothing yet
    model.forecast(vectors, seen)             # of each of them: votes, and an interval

The logarithm of one plus the votes is a level, the mean of the last days, and a sum of what is
known when a paper is listed: one curve for each of `FEATURES`. A sum explains itself, and is small
enough to be learnt again whenever votes came in. docs/rising.md says how it was chosen and how well
it does.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from math import exp, log1p

import msgspec
import numpy as np

from papertide.papers import author_slug

FEATURES = (  # the column of each, and what it is called where a forecast is explained
    ("best authors", "its authors’ earlier papers"),
    ("authors lately", "its authors’ earlier papers"),
    ("number of authors", "the number of its authors"),
    ("submitter", "who submitted it"),
    ("submitter's papers", "who submitted it"),
    ("content", "what it is about"),
    ("title", "the length of its title"),
    ("hour", "when it was submitted"),
    ("age", "how new it was when listed"),
)
CONTENT = 5  # the column that is learnt from the text
INTERVAL = 0.8  # how many papers shall get votes within the interval
LEAST_PAPERS, LEAST_DAYS = 300, 20  # with votes, for there to be a forecast
LEVEL_DAYS = 20  # listed days whose mean is the level
LATELY = 240.0  # days in which what is known of authors "lately" falls to 1/e
SHRINK = 4.0  # papers of an average author that each author begins with
FADING = 180.0  # days in which what a paper counts in learning falls to 1/e
KNOTS = 6  # of the curve of a feature
RIDGE_TEXT, RIDGE_CURVES = 10.0, 30.0
BLOCKS = 8  # of days: a paper's text is judged by what was learnt from the other blocks
HELD_BACK = 0.2  # of the days, the last: where intervals are measured


class TooLittle(Exception):
    """No forecast can be made; the message says why, for people."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of a paper when it was listed; and its votes, where they are known now.

    `hour` is when it was submitted, in hours from midnight (UTC) of the listed day; may be
    negative. What is not known is NaN, None, or empty.
    """

    paper: int
    title: str
    authors: Sequence[str] = ()
    submitter: str = ""
    listed: date
    published: date | None = None
    hour: float = float("nan")
    votes: int | None = None


class History(msgspec.Struct):
    """Papers in the order given: `features` (n, 9) of each from earlier days alone, NaN where not
    known (the content is filled in later); `days` as ordinals; the `level` before its day, and
    what its votes are `above` that of its day, both in log(1 + votes)."""

    features: np.ndarray
    days: np.ndarray
    level: np.ndarray
    above: np.ndarray  # NaN without votes


class Forecast(msgspec.Struct, frozen=True):
    """Votes that a paper is forecast: as many like it get more as fewer; `INTERVAL` of them lie
    from `low` to `high`. `why` holds what moves it, the strongest first, each with the factor."""

    votes: int
    low: int
    high: int
    why: tuple[tuple[str, float], ...] = ()


class _Past:
    """Means of earlier papers by name, shrunk to zero, that fade by e in `fading` days."""

    def __init__(self, fading: float = np.inf):
        self.fading = fading
        self.sums: dict[str, tuple[float, float, int]] = {}

    def of(self, names: Sequence[str], day: int) -> tuple[np.ndarray, np.ndarray]:
        """The mean of each name, and the papers it stands on: (n,), (n,)."""
        held = [self.sums.get(name, (0.0, 0.0, day)) for name in names]
        sums, counts, last = np.array(held or np.empty((0, 3))).T
        faded = np.exp(-(day - last) / self.fading)
        return sums * faded / (counts * faded + SHRINK), counts * faded

    def add(self, names: Sequence[str], day: int, value: float) -> None:
        for name in names:
            total, count, last = self.sums.get(name, (0.0, 0.0, day))
            faded = exp(-(day - last) / self.fading)
            self.sums[name] = (total * faded + value, count * faded + 1, day)


def history(told: Sequence[Told]) -> History:
    """What was known of each paper when it was listed; of votes, only those of earlier days."""
    count = len(told)
    seen = History(
        np.full((count, len(FEATURES)), np.nan), np.array([t.listed.toordinal() for t in told]),
        np.zeros(count), np.full(count, np.nan),
    )  # fmt: skip
    days = defaultdict(list)
    for place, day in enumerate(seen.days.tolist()):
        days[day].append(place)
    authors, lately, submitters = _Past(), _Past(LATELY), _Past()
    levels: list[float] = []
    for day in sorted(days):
        level = float(np.mean(levels[-LEVEL_DAYS:])) if levels else 0.0
        names = {place: _slugs(told[place].authors) for place in days[day]}
        for place in days[day]:
            seen.level[place] = level
            seen.features[place] = _features(told[place], day, names[place],
                                             (authors, lately, submitters))  # fmt: skip
        logs = {n: log1p(told[n].votes) for n in days[day] if told[n].votes is not None}
        if not logs:
            continue
        # A day of few papers says little about itself.
        beside = 1.0 if levels else 0.0
        mean = (sum(logs.values()) + beside * level) / (len(logs) + beside)
        levels.append(float(np.mean(list(logs.values()))))
        for place, value in logs.items():
            above = seen.above[place] = value - mean
            authors.add(names[place], day, above)
            lately.add(names[place], day, above)
            submitters.add([told[place].submitter] if told[place].submitter else [], day, above)
    return seen


def _slugs(authors: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(map(author_slug, authors)))


def _features(told: Told, day: int, names: list[str], pasts: tuple[_Past, _Past, _Past]):
    authors, lately, submitters = pasts
    best = np.sort(authors.of(names, day)[0])[-3:].sum()
    recent = np.maximum(lately.of(names, day)[0], 0).sum()
    submitter = submitted = np.nan
    if told.submitter:
        means, counts = submitters.of([told.submitter], day)
        submitter, submitted = means[0], np.log1p(counts[0])
    return (
        best if names else np.nan,
        np.log1p(recent) if names else np.nan,
        np.log1p(len(names)) if names else np.nan,
        submitter,
        submitted,
        np.nan,
        np.log1p(len(told.title)),
        np.clip(told.hour, -14, 22),
        np.log1p(max(0, min(day - told.published.toordinal(), 365)))
        if told.published else np.nan,
    )  # fmt: skip


# --- the model -------------------------------------------------------------------------------


class Model(msgspec.Struct):
    """A fitted forecast. `papers` and `days` are those it learnt from; `rank` is the mean Spearman
    correlation with votes within the days held back, `coverage` of their votes in intervals."""

    text: np.ndarray  # (dimension,)
    text_mean: float
    knots: list[np.ndarray]
    weights: list[np.ndarray]  # of each feature's curve
    middle: np.ndarray  # (9,), mean of each curve over what it was learnt from
    bias: float
    quantiles: tuple[float, float, float]
    papers: int
    days: int
    rank: float = 0.0

    def parts(self, vectors: np.ndarray, seen: History) -> np.ndarray:
        """What each feature adds, in log(1 + votes) about the mean: (n, 9)."""
        content = vectors @ self.text + self.text_mean
        return self._parts(_with_content(seen.features, content))

    def _parts(self, features: np.ndarray) -> np.ndarray:
        parts = np.empty(features.shape)
        for n, (knots, weights) in enumerate(zip(self.knots, self.weights, strict=True)):
            parts[:, n] = _curve(features[:, n], knots) @ weights - self.middle[n]
        return parts

    def scores(self, vectors: np.ndarray, seen: History) -> np.ndarray:
        """What to order the papers of a day by: (n,)."""
        return self.parts(vectors, seen).sum(axis=1)

    def forecast(self, vectors: np.ndarray, seen: History) -> list[Forecast]:
        """Votes of each paper, and the interval they lie in `INTERVAL` of the time."""
        parts = self.parts(vectors, seen)
        middle = seen.level + self.bias + parts.sum(axis=1)
        low, votes, high = (
            np.rint(np.maximum(np.expm1(middle + quantile), 0)).astype(int)
            for quantile in self.quantiles
        )
        return [
            Forecast(int(votes[n]), int(low[n]), int(high[n]), _why(parts[n]))
            for n in range(len(parts))
        ]


def _why(parts: np.ndarray) -> tuple[tuple[str, float], ...]:
    """Words for what moves a forecast, with the factor on votes; what moves little is left out."""
    summed: dict[str, float] = defaultdict(float)
    for (_, words), part in zip(FEATURES, parts, strict=True):
        summed[words] += part
    strong = sorted(summed.items(), key=lambda item: -abs(item[1]))
    return tuple((words, round(exp(part), 2)) for words, part in strong[:3] if abs(part) > 0.05)


def fit(
    told: Sequence[Told], vectors: np.ndarray, seen: History, until: date | None = None
) -> Model:
    """Learn from the papers with votes that were listed up to a day (by default all).

    `vectors` (n, dimension) are of their texts. Raises TooLittle where there are too few, or
    where the model does not order the days it is tried on better than chance.
    """
    known = ~np.isnan(seen.above)
    if until is not None:
        known &= seen.days <= until.toordinal()
    days = np.unique(seen.days[known])
    _enough(seen, known, days)
    cut = days[int(len(days) * (1 - HELD_BACK))]
    early, late = known & (seen.days < cut), known & (seen.days >= cut)
    tried = _learn(vectors, seen, early)
    scores = tried.scores(vectors, seen)
    ranks = _within_days(scores, seen, late)
    if len(ranks) < 2 or np.mean(ranks) < 2 * np.std(ranks, ddof=1) / np.sqrt(len(ranks)):
        raise TooLittle(
            "what is known of papers when they are listed did not order the last days by their "
            "votes better than chance"
        )
    model = _learn(vectors, seen, known)
    logs = np.array([log1p(t.votes) if t.votes is not None else np.nan for t in told])
    rest = (logs - seen.level - tried.bias - scores)[late]
    model.quantiles = _quantiles(rest)
    model.rank = float(np.mean(ranks))
    return model


def _enough(seen: History, known: np.ndarray, days: np.ndarray) -> None:
    papers = int(known.sum())
    if papers < LEAST_PAPERS or len(days) < LEAST_DAYS:
        raise TooLittle(
            f"forecasts are learnt from at least {LEAST_PAPERS} papers with votes, listed on "
            f"{LEAST_DAYS} days; here are {papers} of {len(days)}"
        )
    if not np.any(np.abs(seen.above[known]) > 1e-9):
        raise TooLittle("all papers of each day have the same number of votes")


def _learn(vectors: np.ndarray, seen: History, chosen: np.ndarray) -> Model:
    """A model from some of the papers, without quantiles."""
    above, days = seen.above[chosen], seen.days[chosen]
    texts, counts = vectors[chosen], np.exp((days - days.max()) / FADING)
    # Content is a feature like others, so it must err in learning as it will err later.
    order = np.unique(days, return_inverse=True)[1]
    block = order * BLOCKS // (order.max() + 1)
    content = np.empty(len(above))
    for n in range(BLOCKS):
        inside = block == n
        if inside.any():
            weights, mean = _ridge(
                texts[~inside], above[~inside], counts[~inside], RIDGE_TEXT
            )
            content[inside] = texts[inside] @ weights + mean
    text, text_mean = _ridge(texts, above, counts, RIDGE_TEXT)
    features = _with_content(seen.features[chosen], content)
    knots = [_knots(column) for column in features.T]
    curves = [_curve(column, held) for column, held in zip(features.T, knots, strict=True)]
    weights, bias = _ridge(np.hstack(curves), above, counts, RIDGE_CURVES)
    parts = np.split(weights, np.cumsum([curve.shape[1] for curve in curves])[:-1])
    middle = np.array([(c @ w).mean() for c, w in zip(curves, parts, strict=True)])
    return Model(
        text, text_mean, knots, parts, middle, bias + float(middle.sum()), (0.0, 0.0, 0.0),
        papers=len(above), days=len(np.unique(days)),
    )  # fmt: skip


def _with_content(features: np.ndarray, content: np.ndarray) -> np.ndarray:
    held = features.copy()
    held[:, CONTENT] = content
    return held


def _ridge(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, strength: float
) -> tuple[np.ndarray, float]:
    """Weights and intercept of ridge regression (Hoerl and Kennard 1970); rows count as told."""
    x = np.asarray(x, float)
    if not len(x):
        return np.zeros(x.shape[1]), 0.0
    at, level = np.average(x, axis=0, weights=counts), np.average(y, weights=counts)
    centred = x - at
    square = centred.T @ (centred * counts[:, None]) + strength * np.eye(x.shape[1])
    weights = np.linalg.solve(square, centred.T @ ((y - level) * counts))
    return weights, float(level - at @ weights)


def _knots(column: np.ndarray) -> np.ndarray:
    """Where the curve of a feature may bend: quantiles of what is known of it; may be empty."""
    known = column[~np.isnan(column)]
    return np.unique(np.quantile(known, np.linspace(0.02, 0.98, KNOTS))) if len(known) else known


def _curve(column: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """A feature as weights of its knots, which interpolate linearly: (n, knots + 1), and whether
    it is not known; constant outside the knots."""
    rows = np.zeros((len(column), len(knots) + 1))
    missing = np.isnan(column)
    rows[missing, -1] = 1
    for n in range(len(knots)):
        rows[~missing, n] = np.interp(column[~missing], knots, np.eye(len(knots))[n])
    return rows


def _within_days(scores: np.ndarray, seen: History, chosen: np.ndarray) -> np.ndarray:
    """Spearman's correlation of scores and votes in each day that can be ordered."""
    found = []
    for day in np.unique(seen.days[chosen]):
        of = chosen & (seen.days == day)
        if of.sum() > 2 and np.ptp(seen.above[of]) > 0:
            found.append(spearman(scores[of], seen.above[of]))
    return np.array(found)


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation, equal values with their mean rank; 0 where all are equal."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def _quantiles(rest: np.ndarray) -> tuple[float, float, float]:
    """Low, middle and high of what a model erred by on days it had not seen (split conformal
    prediction, Lei et al. 2018: with the finite-sample correction the interval holds what it says
    as long as days to come are like these)."""
    tail = (1 - INTERVAL) / 2
    held, count = np.sort(rest), len(rest)
    low = held[max(int(np.floor((count + 1) * tail)) - 1, 0)]
    high = held[min(int(np.ceil((count + 1) * (1 - tail))) - 1, count - 1)]
    return float(low), float(np.median(held)), float(high)
