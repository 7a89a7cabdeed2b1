"""What was typed into the search box, taken apart: words, and phrases in quotation marks."""

import re
import unicodedata
from typing import Literal

import msgspec

Mode = Literal["hybrid", "words", "meaning"]  # what is compared
MAX_LENGTH = 2000  # characters; what is longer is cut: nobody reads results of a whole paper
_PHRASE = re.compile(r'"([^"]*)"')


class Query(msgspec.Struct, frozen=True):
    """Words of which any may occur (the more the better) and phrases that must occur."""

    words: str
    phrases: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Read a search text. A lone quotation mark is a character like any other."""
    text = text[:MAX_LENGTH].encode(errors="ignore").decode()  # no lone surrogates
    text = unicodedata.normalize("NFC", text)  # as documents are
    phrases = tuple(phrase for phrase in _PHRASE.findall(text) if phrase.strip())
    return Query(words=_PHRASE.sub(" ", text), phrases=phrases)
