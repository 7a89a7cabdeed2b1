"""Papers that nobody wrote, as many as are asked for, for benches beyond the papers there are.

Words follow Zipf's law: the model's 30,000 in the order of how often papers have them, then made
ones, a million in all. A paper is of one of 2,000 topics and a little of a second; a topic's words
are near to each other in the model's table; and a paper says a few words of its own again and
again, in its title too. So the packaged model, which reads these texts as it reads real ones, puts
papers into clusters. How like real papers they are is told in docs/scale.md.

Papers come in blocks of `BLOCK`, each from a seed of its own: paper n is the same whatever is asked
for beside it, and a block is all that is held.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from papertide.embedding import static
from papertide.embedding.base import unit_rows
from papertide.search.engine import Document

SEED = 20240317
BLOCK = 1000  # papers made at a time
VOCABULARY, EXPONENT = 1_000_000, 1.07  # words, and how steeply they get rarer
TOPICS, TOPIC_WORDS = 2000, 200
OWN_WORDS = 6  # that a paper repeats
# Shares of tokens: the paper's own, of its topic, of a second one, of the most frequent words of
# all; the rest is of all words.
_ABSTRACT, _TITLE = (0.17, 0.24, 0.04, 0.46), (0.55, 0.16, 0.03, 0.24)
FREQUENT = 150
_TITLE_LENGTH, _ABSTRACT_LENGTH = (11, 3, 3, 25), (175, 55, 30, 400)  # mean, spread, least, most
_CATEGORIES = [
    f"{archive}.{part}" for archive, parts in {
        "cs": "LG CV CL AI RO CR DS IT NI SE SY HC IR DC NA LO SI CY DB GT MA CG CC PL AR SD",
        "math": "AG AP CO PR NT DG OC NA RT FA GT DS CA QA GR AT",
        "stat": "ML ME AP TH CO", "eess": "SP IV AS SY", "astro-ph": "GA CO HE SR EP IM",
        "cond-mat": "mtrl-sci str-el mes-hall stat-mech soft supr-con quant-gas dis-nn",
        "physics": "optics flu-dyn chem-ph comp-ph atom-ph soc-ph plasm-ph ins-det",
        "q-bio": "NC QM PE BM GN", "q-fin": "ST MF RM", "nlin": "CD PS SI", "econ": "EM TH GN",
    }.items() for part in parts.split()
]  # fmt: skip
_CATEGORIES += ["hep-ph", "hep-th", "quant-ph", "gr-qc", "math-ph", "hep-ex", "nucl-th", "hep-lat"]
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "or")]
FIRST_YEAR, LAST_YEAR = 1992, 2025


def documents(count: int, start: int = 0, seed: int = SEED) -> Iterator[Document]:
    """The made papers `start` to before `start + count`; paper n has the number n + 1."""
    for block in range(start // BLOCK, -(-(start + count) // BLOCK)):
        for document in _block(block, seed):
            if start < document.id <= start + count:
                yield document


def titles(count: int, papers: int, seed: int = SEED) -> list[str]:
    """The titles of as many of the first so many papers, chosen at random."""
    numbers = np.random.default_rng((seed, 2)).integers(0, papers, count)
    return [next(documents(1, number, seed)).title for number in numbers.tolist()]


def queries(count: int, papers: int, seed: int = SEED) -> list[str]:
    """Three to seven consecutive words of such titles."""
    chance, asked = np.random.default_rng((seed, 3)), []
    for title in titles(count, papers, seed):
        words, length = title.split(), int(chance.integers(3, 8))
        start = int(chance.integers(0, max(1, len(words) - length + 1)))
        asked.append(" ".join(words[start : start + length]))
    return asked


@cache
def _vocabulary() -> np.ndarray:
    """The words by their ranks."""
    real = (static.PACKAGED / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
    made = [_made_word(rank) for rank in range(len(real), VOCABULARY)]
    return np.array(real + made, object)


def _made_word(rank: int) -> str:
    parts = []
    while rank:
        rank, last = divmod(rank, len(_SYLLABLES))
        parts.append(_SYLLABLES[last])
    return "".join(parts)


def _ranks(chance: np.random.Generator, count: int, most: int, exponent: float) -> np.ndarray:
    """Ranks from 0 to before `most` by Zipf's law: the inverse of its continuous distribution."""
    slope = 1 - exponent
    drawn = (chance.random(count) * ((most + 1) ** slope - 1) + 1) ** (1 / slope)
    return np.minimum(drawn.astype(np.int64) - 1, most - 1)


@cache
def _topics(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The words of each topic, those nearest to a word in the model's table, and its category: the
    nearest of as many words. (The table's rows: `papertide.embedding.static`.)"""
    chance = np.random.default_rng((seed, 0))
    table = unit_rows(np.load(static.PACKAGED / "table.npy")[: static.load().about.pieces]
                      .astype(np.float32))  # fmt: skip
    table[:FREQUENT] = 0

    def some(count: int) -> np.ndarray:
        """Vectors of words, of frequent ones no more often than of rare ones."""
        span = np.log(len(table) / FREQUENT)
        return table[(FREQUENT * np.exp(chance.random(count) * span)).astype(np.int64)]

    centres = some(TOPICS)
    near = np.argpartition(-(centres @ table.T), TOPIC_WORDS, axis=1)[:, :TOPIC_WORDS]
    return chance.permuted(near, axis=1), (centres @ some(len(_CATEGORIES)).T).argmax(axis=1)


def _block(block: int, seed: int) -> list[Document]:
    chance = np.random.default_rng((seed, 1, block))
    topics, category_of = _topics(seed)
    topic = _ranks(chance, BLOCK, TOPICS, 0.5)
    second = chance.integers(0, TOPICS, BLOCK)
    own = topics[topic[:, None], chance.integers(0, TOPIC_WORDS, (BLOCK, OWN_WORDS))]
    own[:, -1] = _ranks(chance, BLOCK, VOCABULARY, 0.9)  # a name, or so

    def texts(shares: tuple, length: tuple) -> list[list[str]]:
        mean, spread, least, most = length
        lengths = np.clip(chance.normal(mean, spread, BLOCK), least, most).astype(np.int64)
        paper = np.repeat(np.arange(BLOCK), lengths)
        words = _ranks(chance, len(paper), VOCABULARY, EXPONENT)
        kind = np.searchsorted(np.cumsum(shares), chance.random(len(paper)))
        for which, held in enumerate((own, topics[topic], topics[second])):
            at = np.flatnonzero(kind == which)
            words[at] = held[paper[at], _ranks(chance, len(at), held.shape[1], 0.8)]
        at = np.flatnonzero(kind == 3)
        words[at] = _ranks(chance, len(at), FREQUENT, 1.0001)
        found, ends = _vocabulary()[words].tolist(), np.cumsum(lengths).tolist()
        return [found[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    titles, abstracts = texts(_TITLE, _TITLE_LENGTH), texts(_ABSTRACT, _ABSTRACT_LENGTH)
    # The later the year, the more papers: about a third are of the last three.
    years = LAST_YEAR - ((LAST_YEAR - FIRST_YEAR + 1) * chance.random(BLOCK) ** 2.2).astype(int)
    days = chance.integers(0, 336, BLOCK)
    people = chance.integers(1, 8, BLOCK)
    names = _ranks(chance, 2 * int(people.sum()), 60_000, 0.8).reshape(-1, 2)
    crossed, coded = chance.random(BLOCK), chance.random(BLOCK)
    made, at = [], 0
    for n in range(BLOCK):
        number = block * BLOCK + n
        year, month, day = int(years[n]), int(days[n]) // 28 + 1, int(days[n]) % 28 + 1
        arxiv_id = f"{year % 100:02}{month:02}.{number % 1_000_000:06}"
        categories = [_CATEGORIES[category_of[topic[n]]]]
        if crossed[n] < 0.45:
            categories.append(_CATEGORIES[category_of[second[n]]])
        authors = [f"{_made_word(a + 900).title()} {_made_word(b + 9000).title()}"
                   for a, b in names[at : at + people[n]].tolist()]  # fmt: skip
        at += int(people[n])
        made.append(Document(
            id=number + 1, title=" ".join(dict.fromkeys(titles[n])),
            abstract=" ".join(abstracts[n]) + ".", authors=authors,
            categories=list(dict.fromkeys(categories)), sources=["arxiv"],
            date=year * 10_000 + month * 100 + day,
            identities=[f"id:{arxiv_id}", f"arxiv:{arxiv_id}"],
            has=["abstract", "code"] if coded[n] < 0.1 else ["abstract"],
        ))  # fmt: skip
    return made
