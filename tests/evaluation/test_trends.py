"""The evaluation of forecasts: splits by time, simple ways, and no look ahead."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from evaluation import trends
from papertide import embedding
from papertide.trends import forecast
from tests.fixtures import WORDS

FIRST = date(2025, 6, 1)


def write_lists(path, days=150, a_day=12, seed=0, first=FIRST):
    """Daily lists in the archive's form, in which authors and a word move votes."""
    chance = np.random.default_rng(seed)
    liked = chance.normal(size=30)
    with path.open("w") as file:
        for n in range(days * a_day):
            day = first + timedelta(days=n // a_day)
            authors = chance.choice(30, 2, replace=False)
            words = list(chance.choice(WORDS, 4))
            mean = 2 + 0.8 * liked[authors].max() + 0.8 * ("robot" in words)
            row = {
                "list_date": day.isoformat(), "id": f"{day:%y%m}.{n:05}",
                "title": f"{' '.join(words)} {n}", "abstract": " ".join(chance.choice(WORDS, 40)),
                "authors": [f"Name {chr(65 + a)}" for a in authors], "submitter": f"u{authors[0]}",
                "published": f"{day}T00:00:00.000Z", "submitted_on_daily": f"{day}T02:00:00.000Z",
                "upvotes": int(np.expm1(max(0, mean + chance.normal(scale=0.4)))), "comments": 3,
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    return path


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    path = write_lists(tmp_path_factory.mktemp("lists") / "lists.jsonl")
    return trends.read([path], embedding.open_model())


def test_ours_beside_simple_ones(held):
    done = trends.evaluate(held, "tune", ablations=True)
    assert list(done["ways"])[:6] == [*trends.SIMPLE, "ours", "ours, refitted"]
    assert len(done["ways"]) == 6 + len(trends.GROUPS)
    assert (done["days"], done["papers"], done["trained on"]) == (58, 58 * 12, 92 * 12)
    ways = {way: figures["spearman"]["mean"] for way, figures in done["ways"].items()}
    assert ways["ours"] > ways["authors' past"] > ways["ours without authors"]
    against = done["ours against the best simple"]["spearman"]
    assert against["best simple"] == "authors' past"
    assert against["mean"] == pytest.approx(ways["ours"] - ways["authors' past"], abs=2e-4)
    assert 0 < against["p"] < 0.05
    assert 0.7 < done["coverage"]["mean"] < 0.92
    assert trends.evaluate(held, "tune")["ways"]["ours"] == done["ways"]["ours"]


def test_any_span_of_days(held):
    first = date(2025, 10, 1)
    done = trends.evaluate(held, span=(first, date.max))
    assert (done["from"], done["to"], done["days"]) == ("2025-10-01", "2025-10-28", 28)
    assert done["trained on"] == 92 * 12


def test_a_split_that_is_not_there(held, tmp_path):
    with pytest.raises(trends.NotJudged, match="2025-12-01"):
        trends.evaluate(held, "report")
    late = trends.read(
        [write_lists(tmp_path / "late", 30, first=date(2025, 9, 1))], embedding.open_model()
    )
    with pytest.raises(trends.NotJudged, match="at least 300"):
        trends.evaluate(late, "tune")


def test_a_paper_listed_again_counts_once(tmp_path):
    path = write_lists(tmp_path / "lists", 2)
    lines = path.read_text().splitlines()
    again = json.loads(lines[0]) | {"list_date": "2025-06-09", "upvotes": 999}
    path.write_text("\n".join([json.dumps(again), *lines]))
    found = trends.read([path], embedding.open_model())
    assert len(found.told) == 24
    assert 999 not in found.votes


def test_the_sign_flip_test():
    figures = {way: {"x": {"mean": n}} for n, way in enumerate(trends.SIMPLE)}
    best = trends.SIMPLE[-1]
    same = {way: {"x": np.zeros(40)} for way in (*trends.SIMPLE, "ours")}
    assert trends.compared(same, figures, "x")["p"] == 1
    better = same | {"ours": {"x": np.full(40, 0.1)}}
    found = trends.compared(better, figures, "x")
    assert (found["best simple"], found["mean"]) == (best, 0.1)
    assert found["p"] < 0.001
    noise = same | {"ours": {"x": np.random.default_rng(0).normal(size=40)}}
    assert trends.compared(noise, figures, "x")["p"] > 0.05


def test_coverage(held):
    judged = [np.arange(5), np.arange(5, 12)]
    all_of = [forecast.Forecast(5, 0, 10**6)] * len(held.told)
    none_of = [forecast.Forecast(5, 10**6, 10**6)] * len(held.told)
    assert trends.coverage(held, all_of, judged)["mean"] == 1
    assert trends.coverage(held, none_of, judged)["high"] == 0


def test_topics():
    chance = np.random.default_rng(0)
    papers = []
    for day in range(260):
        for n in range(60):
            grows = " world models" if chance.random() < 0.01 + 0.0004 * day else ""
            papers.append((date(2025, 3, 3) + timedelta(days=day), f"Thing{n} of{grows}"))
    found = trends.topics(papers, "tune")
    assert found["told"] > 3
    assert found["stayed greater"] == 1
    assert found["coverage"] > 0.5
    assert set(found["mean error in percent points"]) == {"ours", "last week", "last four weeks"}
    assert trends.topics([], "tune")["told"] == 0
