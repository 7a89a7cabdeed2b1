"""Any model behind an endpoint that speaks OpenAI's embeddings API, hosted or one's own.

`https://host/v1#model` is asked by POST to `https://host/v1/embeddings`. Options may follow the
name: `#model?dimensions=512` where the model can cut its vectors, `query=` and `document=` for
prefixes that the model wants before queries and papers (`#e5?query=query: &document=passage: `).
The API: https://platform.openai.com/docs/api-reference/embeddings/create
"""

import base64
import binascii
import email.utils
import hashlib
import logging
import random
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import numpy as np

from papertide.embedding.base import ModelAway, ModelError, unit_rows

log = logging.getLogger(__name__)

FORM = "https://host/v1#model"
_TEXTS, _LETTERS = 64, 100_000  # of one request
_LONGEST = 24_000  # letters of a text: some 6,000 tokens, of which most models read fewer
_SHORTEST = 200  # letters: what is too long even so is not the text's fault
_AT_ONCE = 4  # requests: most of their time is waiting
_LARGEST = 64 * 2**20  # bytes of an answer
_MOST_NUMBERS = 16_384  # of a vector
_REMEMBERED = 512  # vectors of queries
_REST = 30.0  # seconds in which an endpoint that was away is not asked for a query again
_PASSING = (408, 425, 429, 500, 502, 503, 504, 529)
_TOO_LONG = re.compile(r"token|length|too (long|large|big)|context|maximum", re.I)
_OPTIONS = ("dimensions", "query", "document")


@dataclass(frozen=True)
class _Effort:
    """How much is tried: requests at the most, and seconds for an answer and between two tries."""

    tries: int
    answer: float
    between: float


_PATIENT = _Effort(tries=6, answer=120.0, between=60.0)  # papers can wait
_QUICK = _Effort(tries=1, answer=5.0, between=0.0)  # a reader cannot


class _One(msgspec.Struct):
    embedding: list[float] | str
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_One]


class Place(msgspec.Struct, frozen=True):
    """Where an endpoint is, which model of it, and how that is asked."""

    base: str
    model: str
    dimensions: int = 0
    query: str = ""
    document: str = ""

    @classmethod
    def parse(cls, where: str) -> "Place":
        """Of `https://host/v1#model?option=…`; raises ModelError, which repeats no password."""
        try:
            parts = urlsplit(where)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise ModelError(f"that is no endpoint of models; expected {FORM}")
        if parts.username is not None or parts.query:
            raise ModelError(
                f"an endpoint of models has neither password nor ? in its address: {FORM}, and the "
                "key in PAPERTIDE_MODEL_KEY"
            )
        model, _, rest = parts.fragment.partition("?")
        given = dict(parse_qsl(rest, keep_blank_values=True))
        number = given.pop("dimensions", "0")
        if not model or set(given) - set(_OPTIONS) or not number.isdecimal():
            raise ModelError(
                f"{parts.scheme}://{parts.netloc}{parts.path} needs the model's name behind #, as "
                f"in {FORM}; after it there may be ?dimensions=512, query= and document="
            )
        base = f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
        return cls(base=base, model=model, dimensions=int(number[:9]), **given)

    def __str__(self) -> str:
        held = {name: getattr(self, name) for name in _OPTIONS if getattr(self, name)}
        return f"{self.base}#{self.model}" + (f"?{urlencode(held)}" if held else "")


class _Key:
    """A key that shows in no trace."""

    def __init__(self, key: str):
        self.told = lambda: key

    def __repr__(self) -> str:
        return "(hidden)"


class Endpoint:
    """A model behind an endpoint. Making one asks nothing; `dimension` is learnt when needed.

    `checksum` stands for the place, the model, the dimensions asked for and the prefix of papers:
    whether another model answers under the same name nobody can tell. Texts are sent in parts
    bounded in number and letters, some at once; longer texts are cut. Raises ModelAway where the
    endpoint may answer later, ModelError where it will not or answers what is no vectors.
    """

    slow = True
    weight = 2.0  # in hybrid search, as other encoders; see docs/meaning.md

    def __init__(
        self, where: str, key: str = "", *, dimension: int = 0,
        pause: Callable[[float], object] = time.sleep,
    ):  # fmt: skip
        place = Place.parse(where)
        if dimension and place.dimensions not in (0, dimension):
            raise ModelError(f"{place}: PAPERTIDE_MODEL_DIMENSION asks for {dimension}")
        self.place = msgspec.structs.replace(place, dimensions=dimension or place.dimensions)
        self.origin = str(self.place)
        self.name = f"{place.model} at {urlsplit(place.base).netloc}"
        about = (place.base, place.model, self.place.dimensions, place.document)
        self.checksum = hashlib.sha256(msgspec.json.encode(about)).hexdigest()
        self._key, self._pause = _Key(key), pause
        self._dimension = self.place.dimensions
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._rest, self._problem = 0.0, ""

    def __repr__(self) -> str:
        return f"<Endpoint {self.origin}: {self._dimension or 'some'} numbers>"

    @property
    def dimension(self) -> int:
        """Numbers of a vector; where nobody told it, the endpoint is asked."""
        if not self._dimension:
            self._asked(["dimension"], _QUICK)
        return self._dimension

    def assume(self, dimension: int) -> None:
        """Take the dimension from an index that this model made: then none is asked for it."""
        self._dimension = self._dimension or dimension

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of papers' texts, (n, dimension) float32, of length 1; zero for an empty text.

        What fails for the moment is tried again for some minutes at the most.
        """
        filled = [n for n, text in enumerate(texts) if text and not text.isspace()]
        prepared = [_sent(self.place.document, texts[n]) for n in filled]
        with ThreadPoolExecutor(_AT_ONCE, "papertide-embedding") as pool:
            tasks = [pool.submit(self._asked, part, _PATIENT) for part in _parts(prepared)]
            try:
                found = [task.result() for task in tasks]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if found:
            vectors[filled] = np.concatenate(found)
        return vectors

    def embed_query(self, text: str) -> np.ndarray:
        """The vector of a query, (dimension,); asked once, and not again for a while where that
        failed: readers do not wait for an endpoint that is away."""
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
            if time.monotonic() < self._rest:
                raise ModelAway(self._problem)
        if not text or text.isspace():
            return np.zeros(self.dimension, np.float32)
        try:
            [vector] = self._asked([_sent(self.place.query, text)], _QUICK)
        except ModelError as error:
            with self._lock:
                self._rest, self._problem = time.monotonic() + _REST, str(error)
            raise
        vector.flags.writeable = False
        with self._lock:
            self._known[text] = vector
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector

    # --- asking ------------------------------------------------------------------------------

    def _asked(self, texts: list[str], effort: _Effort) -> np.ndarray:
        """Unit vectors of texts. A part that is too long for the endpoint is asked in halves, a
        text that is too long for the model is cut in half."""
        try:
            return self._tried(texts, effort)
        except _TooLong as error:
            if len(texts) > 1:
                half = len(texts) // 2
                return np.concatenate(
                    [self._asked(part, effort) for part in (texts[:half], texts[half:])]
                )
            if len(texts[0]) < 2 * _SHORTEST:
                raise self._wrong(str(error)) from None
            return self._asked([texts[0][: len(texts[0]) // 2]], effort)

    def _tried(self, texts: list[str], effort: _Effort) -> np.ndarray:
        for attempt in range(effort.tries):
            try:
                return self._vectors(self._posted(texts, effort), len(texts))
            except _Passing as error:
                problem, wait = error.args
            wait = max(wait, 2.0**attempt * random.uniform(0.5, 1.0))
            if wait > effort.between:
                break
            if attempt + 1 < effort.tries:
                log.debug("%s; asked again in %.0f s", problem, wait)
                self._pause(wait)
        raise problem

    def _posted(self, texts: list[str], effort: _Effort) -> bytes:
        """The answer to one request, whole; raises _Passing where another may succeed."""
        asked = {"model": self.place.model, "input": texts, "encoding_format": "float"}
        if self.place.dimensions:
            asked["dimensions"] = self.place.dimensions
        until = time.monotonic() + effort.answer
        limits = httpx.Timeout(effort.answer, connect=min(5.0, effort.answer))
        try:
            with self._client.stream(
                "POST", f"{self.place.base}/embeddings", content=msgspec.json.encode(asked),
                headers={"content-type": "application/json"}, timeout=limits, auth=self._signed,
            ) as answer:  # fmt: skip
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _LARGEST:
                        raise self._wrong(f"answers with more than {_LARGEST >> 20} MB")
                    if time.monotonic() > until:
                        raise _Passing(self._away(f"not all there after {effort.answer:.0f} s"), 0)
                if answer.status_code == 200:
                    return bytes(body)
                status, wait = answer.status_code, _retry_after(answer.headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            # Not tried again: where nobody is at home, nobody wants to wait.
            why = str(error)[:100] or type(error).__name__
            raise self._away(f"cannot be reached ({why})") from None
        except httpx.TimeoutException:
            raise _Passing(self._away("answers too slowly"), 0) from None
        except httpx.HTTPError as error:
            why = f"the connection broke ({type(error).__name__})"
            raise _Passing(self._away(why), 0) from None
        if status in _PASSING:
            told = f"answers {status}" + (f", asks to wait {wait:,.0f} s" if wait else "")
            raise _Passing(self._away(told), wait)
        if status in (401, 403):
            raise self._wrong(f"refuses us ({status}): is PAPERTIDE_MODEL_KEY its key?")
        said = self._said(bytes(body))
        if status == 413 or (status in (400, 422) and _TOO_LONG.search(said)):
            raise _TooLong(f"answers {status}: {said}")
        raise self._wrong(f"answers {status}" + (f": {said}" if said else ""))

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(follow_redirects=False)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if key := self._key.told():
            request.headers["authorization"] = f"Bearer {key}"
        return request

    def _said(self, body: bytes) -> str:
        """What an answer says is wrong, for people; never the key, should it be repeated there."""
        try:
            held = msgspec.json.decode(body)
            error = held.get("error", held)
            text = str(error.get("message", "") if isinstance(error, dict) else error)
        except (msgspec.MsgspecError, AttributeError, RecursionError):
            return ""
        if key := self._key.told():
            text = text.replace(key, "(hidden)")
        return "".join(c if c.isprintable() else " " for c in text)[:200].strip()

    def _away(self, why: str) -> ModelAway:
        return ModelAway(f"the endpoint {self.place.base} (model {self.place.model}) {why}")

    def _wrong(self, why: str) -> ModelError:
        return ModelError(f"the endpoint {self.place.base} (model {self.place.model}) {why}")

    # --- the answer --------------------------------------------------------------------------

    def _vectors(self, body: bytes, count: int) -> np.ndarray:
        try:
            data = msgspec.json.decode(body, type=_Answer).data
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise self._wrong(f"answers what is no embeddings ({str(error)[:100]})") from None
        places = [n if one.index is None else one.index for n, one in enumerate(data)]
        if sorted(places) != list(range(count)):
            raise self._wrong(f"answers {count} texts with {len(data)} vectors, or misnumbers them")
        rows = [self._row(one.embedding) for one in data]
        widths = {len(row) for row in rows}
        if len(widths) != 1 or not 0 < max(widths) <= _MOST_NUMBERS:
            raise self._wrong(f"answers with vectors of {sorted(widths)[:5]} numbers")
        [width] = widths
        if self._dimension not in (0, width):
            raise self._wrong(
                f"answers with vectors of {width} numbers, and {self._dimension} were expected: "
                "another model is there, or it cannot cut its vectors"
            )
        vectors = np.empty((count, width), np.float32)
        vectors[places] = rows
        if not np.isfinite(vectors).all():
            raise self._wrong("answers with what is no number")
        self._dimension = width
        return unit_rows(vectors)

    def _row(self, told: list[float] | str) -> np.ndarray:
        """A vector as numbers, or as base64 of little-endian float32."""
        if isinstance(told, list):
            with np.errstate(over="ignore"):  # what is too large for float32 is refused with inf
                return np.array(told, np.float64).astype(np.float32)
        try:
            return np.frombuffer(base64.b64decode(told, validate=True), "<f4")
        except (binascii.Error, ValueError):
            raise self._wrong("answers with a vector that is broken base64") from None


class _Passing(Exception):
    """What another try may mend: the problem, and the seconds the endpoint asks to wait."""


class _TooLong(Exception):
    """The endpoint says that there is too much text."""


def _sent(prefix: str, text: str) -> str:
    # Lone surrogates are no text.
    return prefix + text[:_LONGEST].encode("utf-8", "replace").decode()


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    part, letters = [], 0
    for text in texts:
        if part and (len(part) == _TEXTS or letters + len(text) > _LETTERS):
            yield part
            part, letters = [], 0
        part.append(text)
        letters += len(text)
    if part:
        yield part


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds that an endpoint asks to wait (RFC 9110, section 10.2.3); 0 where it does not say."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d*)?", value, re.ASCII):
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, until - time.time())
