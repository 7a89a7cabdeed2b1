"""How well one paper from two sources is told to be one: precision and recall of identity.

The papers of Hugging Face's lists, their arXiv ids hidden, against arXiv's announcements, which
keep theirs. A paper that is merged into its own announcement is right; into another, or where
its own is not among them, wrong. Days are halved by their parity: whatever is tuned is tuned on
one half and reported on the other. Also with names as other sources shorten them, and with the
true paper taken away, which leaves only namesakes to be taken in by.

    python -m evaluation.identity --data ../shared/data
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from evaluation.sets import shared
from papertide.merging import choose, merge, new_paper, same_by_title
from papertide.papers import Paper, Record, title_key
from papertide.sources import files


class Measured(msgspec.Struct):
    """What became of papers whose true identity is known."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    absent: int = 0  # of papers that are not there, rightly found nowhere
    rules: Counter = msgspec.field(default_factory=Counter)  # how those merged were
    mistakes: list[tuple[str, Paper, list[Paper]]] = msgspec.field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


class Catalogue:
    """Papers by all the titles they were announced with, as the catalogue keeps them."""

    def __init__(self, records: Iterable[Record]):
        self.papers: dict[str, Paper] = {}
        self.by_title: dict[str, dict[str, Paper]] = defaultdict(dict)
        for record in records:
            known = self.papers.get(record.paper.arxiv)
            if known is None:
                known = self.papers[record.paper.arxiv] = new_paper(record)
            else:
                merge(known, record)
            self.by_title[title_key(record.paper.title)][known.arxiv] = known

    def candidates(self, paper: Paper) -> list[Paper]:
        return list(self.by_title.get(title_key(paper.title), {}).values())


def measure(
    papers: Iterable[Paper], catalogue: Catalogue, hide: Callable[[Paper], Paper]
) -> Measured:
    """Look for each paper by what `hide` leaves of it."""
    done = Measured()
    for paper in papers:
        asked, truth = hide(paper), paper.arxiv
        candidates = catalogue.candidates(asked)
        found = choose(asked, candidates)
        if found is None:
            if truth in catalogue.papers:
                done.missed += 1
                ambiguous = sum(same_by_title(asked, other) for other in candidates) > 1
                why = "ambiguous" if ambiguous else "authors" if candidates else "title changed"
                done.mistakes.append((f"missed, {why}", paper, [catalogue.papers[truth]]))
            else:
                done.absent += 1
        elif found.arxiv == truth:
            done.right += 1
            done.rules[_rule(asked, found, len(candidates))] += 1
        else:
            done.wrong += 1
            done.mistakes.append(("merged into another", paper, [found]))
    return done


def _rule(asked: Paper, found: Paper, candidates: int) -> str:
    first = "title alone"
    if asked.authors and found.authors:
        first = "title and first author"
    elif asked.abstract and found.abstract:
        first = "title and abstract"
    return first + (", one of several of that title" if candidates > 1 else "")


def bare(paper: Paper) -> Paper:
    """Title and authors."""
    return Paper(title=paper.title, authors=paper.authors)


def shortened(paper: Paper) -> Paper:
    """Title and authors as ``Lee, A. B.``, with the title in other case, as other sources do."""
    return Paper(title=paper.title.upper(), authors=[_initials(name) for name in paper.authors])


def _initials(name: str) -> str:
    *given, family = name.split()
    return f"{family}, {' '.join(part[0] + '.' for part in given)}" if given else family


def untitled(paper: Paper) -> Paper:
    """Title and abstract, without authors: a saved page, or a submission under review."""
    return Paper(title=paper.title, abstract=paper.abstract)


def namesakes(catalogue: Catalogue) -> Measured:
    """Each paper that shares its title with another, looked for where it is not itself.

    What is found then is wrong, or the same work sent to arXiv twice: with both there, a record
    of that title is ambiguous, and never guessed.
    """
    done = Measured()
    for held in catalogue.by_title.values():
        for paper in held.values() if len(held) > 1 else ():
            others = [other for other in held.values() if other is not paper]
            found = choose(bare(paper), others)
            if found is None:
                done.absent += 1
            else:
                done.wrong += 1
                done.mistakes.append(("taken for its namesake", paper, [found]))
    return done


def _told(paper: Paper) -> str:
    return f"{paper.arxiv}: {paper.readable_title[:80]} ({', '.join(paper.authors[:2])})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="the folder of real data")
    parser.add_argument("--mistakes", type=int, default=5, help="how many of a kind to show")
    options = parser.parse_args()
    data = options.data or shared()

    def records(name: str) -> Iterable[Record]:
        return (row for row in files.read(data / name) if isinstance(row, Record))

    catalogue = Catalogue(records("arxiv/announcements.jsonl.xz"))
    listed: dict[str, Record] = {}
    for record in records("hf_daily/papers.jsonl.xz"):
        listed.setdefault(record.paper.arxiv, record)
    print(f"{len(listed):,} papers of lists; {len(catalogue.papers):,} announced on arXiv, "
          f"{len(listed.keys() & catalogue.papers.keys()):,} are both\n")  # fmt: skip
    print(f"{'half':8} {'given':28} {'precision':>9} {'recall':>7} {'right':>6} {'wrong':>6} "
          f"{'missed':>6} {'rightly absent':>14}")  # fmt: skip
    ways = {"title, authors": bare, "TITLE, Authors, A.": shortened,
            "title, abstract, no authors": untitled}  # fmt: skip
    shown: dict[str, Measured] = {}
    for half, parity in (("tuning", 0), ("report", 1)):
        papers = [held.paper for held in listed.values() if int(held.as_of[-2:]) % 2 == parity]
        for name, hide in ways.items():
            shown[f"{half}: {name}"] = done = measure(papers, catalogue, hide)
            print(f"{half:8} {name:28} {done.precision:9.4f} {done.recall:7.4f} {done.right:6,} "
                  f"{done.wrong:6,} {done.missed:6,} {done.absent:14,}")  # fmt: skip
    reported = [done for name, done in shown.items() if name.startswith("report")]
    rules = sum((done.rules for done in reported), Counter())
    print("\nMerged by rule, report half, all three ways:")
    for rule, count in rules.most_common():
        print(f"  {count:6,}  {rule}")
    archive = Catalogue(records("arxiv/archive_cs_stat_eess.jsonl.xz"))
    for name, held in (("announcements", catalogue), ("archive to 2019", archive)):
        shown[name] = done = namesakes(held)
        print(f"\nNamesakes among the {len(held.papers):,} papers of {name}: "
              f"{done.absent + done.wrong:,}; taken for one another: {done.wrong:,}")  # fmt: skip
    for name, done in shown.items():
        kinds = Counter(kind for kind, *_ in done.mistakes)
        for kind, count in kinds.items():
            print(f"\n{name}: {count:,} {kind}")
            of_kind = [mistake for mistake in done.mistakes if mistake[0] == kind]
            for _, paper, others in random.Random(1).sample(of_kind, min(options.mistakes, count)):
                print(f"  {_told(paper)}")
                print(*(f"    {_told(other)}\n" for other in others), sep="", end="")


if __name__ == "__main__":
    main()
