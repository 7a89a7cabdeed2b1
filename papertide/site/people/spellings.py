"""When two spellings of a name may be one person's. No I/O.

Given names that are both written out and differ are never one: John and James Smith. Accents,
case and what joins parts of a given name differ between sources: Chun-Yang and Chunyang Wang. A
part that begins with a vowel stays apart, for there the break tells names from each other: Yu-An
and Yuan. So do initials: J. O. is not Jo.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from papertide.papers import slug
from papertide.reading.clean import clean

LONGEST = 150  # characters of a key
_SUFFIX = re.compile(r"(jr|sr|ii|iii|iv)\.?\Z", re.I)
_DEGREE = re.compile(r",?\s+(?:ph\. ?d|m\. ?d)\.?\Z|,\s*(?:phd|md)\.?\Z", re.I)
_CAPITALS = re.compile(r"\b[A-Z]{2,3}\b(?!\.\w)")
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True)
class Name:
    """A name in parts, folded: given names in their order, the family name, ``jr``."""

    given: tuple[str, ...]
    family: str
    suffix: str = ""

    @cached_property
    def key(self) -> str:
        """The same for spellings of one name; empty for names of one part, which many bear, and
        for what is longer than names are."""
        if not self.given or len(self.family) < 2:
            return ""
        whole = " ".join(filter(None, (_together(self.given), self.family, self.suffix)))
        return whole if len(whole) <= LONGEST else ""

    @cached_property
    def short(self) -> str:
        """With one initial: what all have in common that an initial may stand for."""
        return f"{self.given[0][0]} {self.family}" if self.key else ""

    @cached_property
    def swapped(self) -> str:
        """The key with the family name first, of names of two parts; else nothing."""
        whole = len(self.given) == 1 and len(self.given[0]) > 1 and self.key and not self.suffix
        return f"{self.family} {self.given[0]}" if whole else ""


@lru_cache(maxsize=2**16)
def parts(name: str) -> Name:
    """A name as sources write it: Yann LeCun; LeCun, Y.; LeCun Y; Tsui, Ph. D."""
    name = _DEGREE.sub("", clean(name))
    before, comma, after = name.partition(",")
    suffix = ""
    if comma and (found := _SUFFIX.match(after.strip())):
        suffix, name, comma = found[1].lower(), before, ""
    if not name.isupper():  # TJ Giuli
        name = _CAPITALS.sub(lambda found: " ".join(found[0]), name)
        before, _, after = name.partition(",")
    if comma:
        given, family = _split(after), _split(before)
        return Name((*given, *family[:-1]), family[-1] if family else "", suffix)
    held = _split(name)
    if len(held) > 1 and len(held[0]) > 1 and all(len(part) == 1 for part in held[1:]):
        held = [*held[1:], held[0]]
    return Name(tuple(held[:-1]), held[-1] if held else "", suffix)


def _split(text: str) -> list[str]:
    return [part for part in slug(text.replace("’", "").replace("'", "")).split("-") if part]


def _together(given: tuple[str, ...]) -> str:
    """Given names as one word, but for breaks that tell names apart."""
    held = given[0]
    for before, part in pairwise(given):
        apart = part[0] in _VOWELS or len(part) == 1 or len(before) == 1
        held += ("-" if apart else "") + part
    return held


def compatible(one: Name, other: Name) -> bool:
    """Whether two names may be one person's: of each given name the same, its initial, or none
    but for the first; or family name and given name the other way round."""
    if not one.key or not other.key or one.suffix != other.suffix:
        return False
    if one.family != other.family:
        return bool(one.swapped) and one.swapped == other.key
    if one.key == other.key:
        return True
    fewer, more = sorted((one.given, other.given), key=len)
    if not _alike(fewer[0], more[0]):
        return False
    rest = iter(more[1:])
    return all(any(_alike(part, held) for held in rest) for part in fewer[1:])


def _alike(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
