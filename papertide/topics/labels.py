"""What a cluster is called: the phrase of its papers' titles that tells it from all others.

Phrases are one to three words of a title, as papers write them. One is the better, the more papers
of the cluster have it, the fewer of the rest of the map have it, and the rarer its words are among
all papers there are (class-based TF-IDF, with the corpus as one class more).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from papertide.topics.words import CUT, DESCRIBING, DOING, EMPTY, JOINING, hanging, term

WORDS = 3  # of a phrase at the most
ALSO = 3  # names beside the first
_LONGEST = 40  # characters of a name
_BY_WORDS = (1.0, 1.5, 1.6)  # what phrases are worth the more for each word: they say more
_FEW = 0.04  # of a cluster's papers have its name in their titles at least, and one more
_MORE = 2.0  # times as often as in the rest of the map
_SAME = 0.6  # of the papers with a phrase have a longer one: the phrase is a part of that
_WORD = re.compile(r"[^\W_]+(?:[-'’+.][^\W_]+)*\+*")
_GAP = re.compile(r"[ \t]+")  # what may stand between the words of a phrase


def labels(
    titles: Sequence[str], clusters: np.ndarray, share: Callable[[str], float] = lambda word: 0.0
) -> list[list[str]]:
    """The names of each cluster 0, 1, …, of titles as plain text: the first is its own, no two of
    these are alike or part of each other; `ALSO` more at the most say what else it is about.

    `share` tells the share of all papers that have a folded word. A cluster whose titles have
    nothing in common is "Topic 3".
    """
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    having: dict[int, Counter[str]] = defaultdict(Counter)
    anywhere: Counter[str] = Counter()
    for title, cluster in zip(titles, clusters.tolist(), strict=True):
        held = dict(_phrases(title))
        anywhere.update(held.keys())
        if cluster >= 0:
            having[cluster].update(held.keys())
            for key, text in held.items():
                spelt[key][text] += 1
    sizes = Counter(clusters.tolist())
    chosen: dict[int, str] = {}
    ranked = {
        cluster: _ranked(having[cluster], sizes[cluster], anywhere, len(titles), share)
        for cluster in sorted(having)
    }
    # The clearest names are given first, so that others do not take them.
    for cluster in sorted(ranked, key=lambda one: -ranked[one][0][0] if ranked[one] else 0):
        taken = [_words(key) for key in chosen.values()]
        for _, key in ranked[cluster]:
            words = _words(key)
            if not any(words <= other or other <= words for other in taken):
                chosen[cluster] = key
                break
    return [
        [_shown(spelt[key]) for key in _apart(chosen[cluster], ranked[cluster])]
        if cluster in chosen
        else [f"Topic {cluster + 1}"]
        for cluster in range(int(clusters.max(initial=-1)) + 1)
    ]


def _apart(first: str, ranked: list[tuple[float, str]]) -> list[str]:
    """A phrase and the next best that share no word with those before them."""
    found = [first]
    for _, key in ranked:
        if len(found) > ALSO:
            break
        if _words(key).isdisjoint(_words(" ".join(found))):
            found.append(key)
    return found


def _words(key: str) -> set[str]:
    """The words of a phrase, those of compounds each: "agent" is a part of "multi-agent"."""
    return {term(word) for word in re.split(r"[ -]", key)}


def _phrases(title: str) -> Iterator[tuple[str, str]]:
    """The phrases of a title: folded and singular as a key, and as they are written."""
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(title[:400])]
    keys = [term(word) for word, *_ in words]
    for start in range(len(words)):
        for stop in range(start + 1, min(start + WORDS, len(words)) + 1):
            before, last = words[stop - 2], words[stop - 1]
            if stop - start > 1 and not _GAP.fullmatch(title, before[2], last[1]):
                break  # a phrase does not go over a comma or colon
            if last[2] - words[start][1] <= _LONGEST and _telling(keys[start:stop]):
                yield " ".join(keys[start:stop]), title[words[start][1] : last[2]]


def _telling(keys: list[str]) -> bool:
    """Whether words can be a name: they do not begin or end with what only joins or describes, and
    one alone says something."""
    last = keys[-1]
    if last.isdigit() or last in CUT or last in DESCRIBING or keys[0] in CUT | DOING:
        return False
    if any(key in CUT and key not in JOINING for key in keys[1:-1]):  # "grasping using models"
        return False
    if len(keys) == 1:
        return last not in EMPTY and len(last) > 2 and not hanging(last)
    return any(key not in EMPTY and not key.isdigit() for key in keys)


def _ranked(
    having: Counter[str], size: int, anywhere: Counter[str], count: int,
    share: Callable[[str], float],
) -> list[tuple[float, str]]:  # fmt: skip
    """Phrases of a cluster, the best first, with what they are worth."""
    least = max(2, math.ceil(size * _FEW) + 1)
    parts = set()  # of longer phrases, beside which they hardly occur: "speculative" decoding
    for key, many in having.items():
        words = key.split()
        for part in (words[:-1], words[1:], words[:1], words[-1:]) if many >= least else ():
            name = " ".join(part)
            if len(part) < len(words) and many >= _SAME * having[name]:
                parts.add(name)
    held = []
    for key, many in having.items():
        if many < least or key in parts:
            continue
        inside = many / size
        outside = (anywhere[key] - many + 1) / (count - size + 1)
        if inside < _MORE * outside:
            continue
        words = key.split()
        rare = sum(-math.log(min(1.0, max(share(word), 1e-4))) for word in words) / len(words)
        lift = math.log(1 + inside / outside)
        worth = math.sqrt(inside) * lift * (1 + rare / 4) * _BY_WORDS[len(words) - 1]
        held.append((worth, key))
    return sorted(held, key=lambda pair: (-pair[0], pair[1]))


def _shown(spellings: Counter[str]) -> str:
    """The commonest spelling, of equal ones the one that is first by its letters; it begins with a
    capital where its first word has none."""
    best = min(spellings, key=lambda text: (-spellings[text], text))
    first = best.split()[0]
    return first.capitalize() + best[len(first) :] if first.islower() else best
