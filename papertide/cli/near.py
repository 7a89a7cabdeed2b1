"""Names near to one that there is not."""

import difflib
from collections.abc import Iterable


def near(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names that are spelt most like one, whatever its case; maybe none."""
    by_key: dict[str, str] = {}
    for held in names:
        by_key.setdefault(held.lower(), held)
    if exact := by_key.get(name.lower()):
        return [exact]
    return [by_key[key] for key in difflib.get_close_matches(name.lower(), by_key, most)]


def did_you_mean(names: Iterable[str]) -> str:
    """The question after a sentence; nothing where there is no name."""
    names = list(names)
    return f" Did you mean {' or '.join(names)}?" if names else ""
