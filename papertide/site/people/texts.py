"""What people write: plain text, bounded, without characters that no text has."""

import unicodedata

from papertide.results import Refused


def line(text: str, most: int, what: str, *, needed: bool = False) -> str:
    """One line of text, its white space folded. Raises Refused where it is too long, or nothing."""
    return _bounded(" ".join(_seen(text).split()), most, what, needed)


def lines(text: str, most: int, what: str) -> str:
    """Text of several lines. Raises Refused where it is too long."""
    text = "\n".join(part.rstrip() for part in _seen(text).splitlines())
    return _bounded(text.strip(), most, what, False)


def _seen(text: str) -> str:
    """Text without control characters (of which Postgres refuses one) and lone surrogates."""
    text = text.replace("\r\n", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _bounded(text: str, most: int, what: str, needed: bool) -> str:
    if needed and not text:
        raise Refused(f"{what} is missing: write something.")
    if len(text) > most:
        raise Refused(f"{what} has {len(text):,} characters, and there is room for {most:,}.")
    return text
