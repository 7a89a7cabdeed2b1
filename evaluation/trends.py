"""Forecasts of votes on Hugging Face's daily lists, split by time, beside simple ones.

`papertide eval trends` prints it. Models learn from lists to 2025-08, settings were chosen on
2025-09 to 2025-11 (`--split tune`), and 2025-12 to 2026-02 is what is reported. What is used of a
paper was known when it was listed: title, abstract, authors, submitter, times. Its repository,
stars, keywords, summary, organization and comments in the file are of later, and are not used. Of
votes, only those of earlier days are.
"""

import lzma
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from evaluation import metrics, sets
from evaluation.search import RESAMPLES, interval
from papertide.embedding import Embedder
from papertide.embedding.base import document_vectors
from papertide.papers import title_key
from papertide.reading.clean import clean
from papertide.trends import forecast
from papertide.trends import topics as rising
from papertide.trends.forecast import Told, spearman

TRAINED = date(2025, 8, 31)
SPLITS = {  # first and last listed day
    "tune": (date(2025, 9, 1), date(2025, 11, 30)),
    "report": (date(2025, 12, 1), date(2026, 2, 28)),
}
SIMPLE = ("newest", "length", "tf-idf ridge", "authors' past")
LEAST = 5  # papers of a day, for it to be judged
RIDGE = 3.0  # of TF-IDF; chosen on the tuning split among 1, 3 and 10


class NotJudged(ValueError):
    """A file has too little for its split; the message says what."""


class Listed(msgspec.Struct):
    """The papers of a file with votes, by day: as told, their texts and vectors."""

    told: list[Told]
    texts: list[tuple[str, str]]
    submitted: np.ndarray  # seconds since 1970
    vectors: np.ndarray
    votes: np.ndarray

    @property
    def days(self) -> np.ndarray:
        return np.array([told.listed for told in self.told])


def read(paths: Sequence[Path], model: Embedder) -> Listed:
    """The daily lists of files as the shared data has them, which is read where none is given; a
    paper that is listed again counts the first time. Raises OSError, LZMAError, and ValueError,
    LookupError or TypeError for other files."""
    rows = []
    for place in paths or [sets.shared() / "hf_daily" / "papers.jsonl.xz"]:
        with lzma.open(place, "rb") if place.suffix == ".xz" else place.open("rb") as file:
            rows += map(msgspec.json.decode, file)
    rows.sort(key=lambda row: (row["list_date"], row["id"]))
    rows = list({title_key(row["title"]): row for row in reversed(rows)}.values())[::-1]
    texts = [(clean(row["title"]), clean(row["abstract"])) for row in rows]
    times = [datetime.fromisoformat(row["submitted_on_daily"]) for row in rows]
    told = []
    for number, (row, at) in enumerate(zip(rows, times, strict=True)):
        listed = date.fromisoformat(row["list_date"])
        midnight = datetime(listed.year, listed.month, listed.day, tzinfo=UTC)
        told.append(
            Told(
                paper=number, title=texts[number][0], authors=tuple(row["authors"]),
                submitter=row["submitter"] or "", listed=listed,
                published=date.fromisoformat(row["published"][:10]),
                hour=(at - midnight).total_seconds() / 3600, votes=row["upvotes"],
            )
        )  # fmt: skip
    return Listed(
        told, texts, np.array([at.timestamp() for at in times]), document_vectors(model, texts),
        np.array([row["upvotes"] for row in rows]),
    )  # fmt: skip


def evaluate(
    held: Listed, split: str = "report", ablations: bool = False, *,
    span: tuple[date, date] | None = None, trained: date = TRAINED,
) -> dict:
    """Of a split, or of the days of a span, each way's Spearman and nDCG@5 within days, ours
    against the best simple one, and how many votes lie in the intervals. With `ablations` also ours
    without each group of features. Raises NotJudged."""
    first, last = span or SPLITS[split]
    judged = _judged(held, first, last)
    if not judged:
        until = "" if last == date.max else f" to {last}"
        raise NotJudged(f"no day from {first}{until} has {LEAST} papers with different votes")
    seen = forecast.history(held.told)
    try:
        model = forecast.fit(held.told, held.vectors, seen, trained)
    except forecast.TooLittle as error:
        raise NotJudged(str(error)) from None
    scores = simple(held, seen, trained) | {"ours": model.scores(held.vectors, seen)}
    refitted, made = monthly(held, seen, first, last)
    scores["ours, refitted"] = refitted
    if ablations:
        scores |= without(held, seen, trained)
    by_day = {way: _by_day(held, found, judged) for way, found in scores.items()}
    figures = {
        way: {name: interval(values) for name, values in days.items()}
        for way, days in by_day.items()
    }
    found = model.forecast(held.vectors, seen)
    against = {
        name: compared(by_day, figures, name) for name in ("spearman", "ndcg@5")
    }
    return {
        "split": "" if span else split, "from": held.told[judged[0][0]].listed.isoformat(),
        "to": held.told[judged[-1][0]].listed.isoformat(), "days": len(judged),
        "papers": int(sum(map(len, judged))), "trained on": model.papers, "ways": figures,
        "ours against the best simple": against,
        "coverage": coverage(held, found, judged),
        "coverage, refitted": coverage(held, made, judged),
    }  # fmt: skip


def _judged(held: Listed, first: date, last: date) -> list[np.ndarray]:
    """The places of each day's papers, of days that can be ordered."""
    days = held.days
    places = [np.flatnonzero(days == day) for day in sorted(set(days)) if first <= day <= last]
    return [of for of in places if len(of) >= LEAST and np.ptp(held.votes[of]) > 0]


def simple(held: Listed, seen: forecast.History, trained: date) -> dict[str, np.ndarray]:
    """What the simple ways order by: the later submitted first; the longer text first; ridge
    regression on TF-IDF of title and abstract; the three best authors' votes of earlier days."""
    return {
        "newest": held.submitted,
        "length": np.array([sum(map(len, text)) for text in held.texts], float),
        "tf-idf ridge": _tfidf(held, seen, trained),
        "authors' past": np.nan_to_num(seen.features[:, 0]),
    }


def _tfidf(held: Listed, seen: forecast.History, trained: date) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    texts = np.array([f"{title}. {text}" for title, text in held.texts], object)
    known = held.days <= trained
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english", ngram_range=(1, 2))
    learnt = Ridge(alpha=RIDGE).fit(words.fit_transform(texts[known]), seen.above[known])
    return learnt.predict(words.transform(texts))


def monthly(
    held: Listed, seen: forecast.History, first: date, last: date
) -> tuple[np.ndarray, list]:
    """Scores and forecasts by models learnt anew on the first of each month, as a site would."""
    days = held.days
    scores, made = np.zeros(len(days)), [None] * len(days)
    months = sorted({(day.year, day.month) for day in days if first <= day <= last})
    for year, month in months:
        model = forecast.fit(held.told, held.vectors, seen, _day_before(year, month))
        found, guessed = model.scores(held.vectors, seen), model.forecast(held.vectors, seen)
        for place, day in enumerate(days):
            if (day.year, day.month) == (year, month):
                scores[place], made[place] = found[place], guessed[place]
    return scores, made


def _day_before(year: int, month: int) -> date:
    return date.fromordinal(date(year, month, 1).toordinal() - 1)


GROUPS = {
    "authors": (0, 1, 2), "submitter": (3, 4), "content": (5,), "title": (6,), "times": (7, 8),
}  # fmt: skip


def without(held: Listed, seen: forecast.History, trained: date) -> dict[str, np.ndarray]:
    """Scores by models that do not know one group of features."""
    found = {}
    for name, columns in GROUPS.items():
        features = seen.features.copy()
        features[:, list(columns)] = np.nan
        vectors = np.zeros_like(held.vectors) if name == "content" else held.vectors
        less = msgspec.structs.replace(seen, features=features)
        model = forecast.fit(held.told, vectors, less, trained)
        found[f"ours without {name}"] = model.scores(vectors, less)
    return found


def _by_day(
    held: Listed, scores: np.ndarray, judged: list[np.ndarray]
) -> dict[str, np.ndarray]:
    return {
        "spearman": np.array([spearman(scores[of], held.votes[of]) for of in judged]),
        "ndcg@5": np.array([_ndcg(scores[of], held.votes[of]) for of in judged]),
    }


def _ndcg(scores: np.ndarray, votes: np.ndarray) -> float:
    """nDCG@5 with votes as gains; of equal scores the first comes first."""
    order = np.argsort(-scores, kind="stable")
    relevance = {str(n): int(count) for n, count in enumerate(votes)}
    return metrics.ndcg([str(n) for n in order], relevance, 5)


def compared(by_day: dict, figures: dict, name: str, seed: int = 0) -> dict:
    """Ours minus the best simple way, day by day: the mean, its 95% interval by resampled days,
    and the p of a two-sided sign-flip test (how often chance alone gives as much)."""
    best = max(SIMPLE, key=lambda way: figures[way][name]["mean"])
    gain = by_day["ours"][name] - by_day[best][name]
    chance = np.random.default_rng(seed)
    flips = chance.choice((-1, 1), (10 * RESAMPLES, len(gain)))
    as_much = np.abs((flips * gain).mean(axis=1)) >= abs(gain.mean()) - 1e-12
    p = float((1 + as_much.sum()) / (1 + len(flips)))
    return {"best simple": best, **interval(gain), "p": round(p, 5)}


def coverage(held: Listed, found: list, judged: list[np.ndarray]) -> dict:
    """The share of papers whose votes lie within the interval, and its width in votes."""
    inside = [np.array([found[n].low <= held.votes[n] <= found[n].high for n in of])
              for of in judged]  # fmt: skip
    widths = [found[n].high - found[n].low for of in judged for n in of]
    chance = np.random.default_rng(0)
    totals, counts = np.array([day.sum() for day in inside]), np.array(list(map(len, inside)))
    drawn = chance.integers(0, len(inside), (RESAMPLES, len(inside)))
    shares = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return {
        "nominal": forecast.INTERVAL, "mean": round(float(totals.sum() / counts.sum()), 4),
        "low": round(float(low), 4), "high": round(float(high), 4),
        "median width": float(np.median(widths)),
    }  # fmt: skip




# --- topics ----------------------------------------------------------------------------------


def announced(path: Path | None = None) -> list[tuple[date, str]]:
    """Day and title of each paper of arXiv's daily announcements, the first time it came."""
    place = path or sets.shared() / "arxiv" / "announcements.jsonl.xz"
    found: dict[str, tuple[date, str]] = {}
    with lzma.open(place, "rb") as file:
        for line in file:
            row = msgspec.json.decode(line)
            day = date.fromisoformat(row["announced"])
            if row["id"] not in found or day < found[row["id"]][0]:
                found[row["id"]] = (day, clean(row["title"]))
    return sorted(found.values())


def topics(papers: list[tuple[date, str]], split: str = "report") -> dict:
    """Topics told to grow on each Monday of a split with four weeks after it: how many of them
    then had a greater share than in the weeks before, and by how much extrapolated shares miss,
    beside those of the last week and of the last four."""
    first, last = SPLITS[split]
    monday = first + timedelta(days=-first.weekday() % 7)
    errors: dict[str, list[float]] = {"ours": [], "last week": [], "last four weeks": []}
    inside, rose, told = [], [], 0
    while monday + timedelta(weeks=rising.AHEAD) <= last + timedelta(days=1):
        past = [(day, title) for day, title in papers if day < monday]
        found = rising.growing(past, monday)
        weeks = _weekly(papers, monday, [topic.phrase for topic in found.topics])
        for topic in found.topics:
            told += 1
            after = weeks[topic.phrase]
            known = [share for share in after if not np.isnan(share)]
            if known:
                rose.append(np.mean(known) > np.mean(topic.shares))
            for (low, share, high), really in zip(topic.ahead, after, strict=False):
                if np.isnan(really):
                    continue
                inside.append(low <= really <= high)
                errors["ours"].append(abs(share - really))
                errors["last week"].append(abs(topic.shares[-1] - really))
                errors["last four weeks"].append(abs(np.mean(topic.shares[-4:]) - really))
        monday += timedelta(weeks=1)
    return {
        "split": split, "told": told, "judged shares": len(inside),
        "stayed greater": round(float(np.mean(rose)), 4) if rose else None,
        "coverage": round(float(np.mean(inside)), 4) if inside else None,
        "mean error in percent points":
            {way: round(100 * float(np.mean(held)), 4) for way, held in errors.items() if held},
    }  # fmt: skip


def _weekly(
    papers: list[tuple[date, str]], monday: date, wanted: list[str]
) -> dict[str, list[float]]:
    """The share of each topic in the weeks after a Monday; NaN in weeks of few papers."""
    counts = {phrase: np.zeros(rising.AHEAD) for phrase in wanted}
    totals = np.zeros(rising.AHEAD)
    for day, title in papers:
        week = (day - monday).days // 7
        if 0 <= week < rising.AHEAD:
            totals[week] += 1
            for phrase in rising.phrases(title).intersection(counts):
                counts[phrase][week] += 1
    totals[totals < rising.LEAST_A_WEEK] = np.nan
    return {phrase: list(held / totals) for phrase, held in counts.items()}
