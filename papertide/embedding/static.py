"""The static model: a table of one row a word piece; a text is the mean of its pieces' rows.

A folder holds `vocabulary.txt` (a piece a line), `table.npy` (int8, a row for each piece and
bucket), `scales.npy` (float32, what a row is multiplied by; how much a piece counts is in it)
and `model.json`, which names the model and holds the SHA-256 of the others. The table is mapped,
not read: processes share it, and a model costs little memory.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from papertide.embedding.base import ModelError, unit_rows
from papertide.embedding.contrastive import compact
from papertide.embedding.examples import bags
from papertide.embedding.wordpieces import WordPieces

PACKAGED = Path(__file__).with_name("static")
KIND = "papertide-static"
VERSION = 1  # raise when words, pieces, buckets or weights are computed otherwise
_FILES = ("vocabulary.txt", "table.npy", "scales.npy")
_TRAIN = "Train one with: papertide model train --out DIR"
DIVERGED = "training ran into values that are no numbers; remove its folder, use a lower --rate"
_CHUNK_TEXTS, _CHUNK_LETTERS = 4096, 8_000_000


class About(msgspec.Struct, kw_only=True):
    """What `model.json` says of a model; `figures` are measured, name -> number."""

    name: str
    version: int = VERSION
    kind: str = KIND
    dimensions: list[int]  # the whole vector first, then the prefixes it was trained for
    pieces: int
    buckets: int
    checksum: str = ""  # SHA-256 over the files, in the order of their names here
    code: str = ""  # the version of Papertide that trained it
    trained_on: str = ""
    papers: int = 0
    licence: str = ""
    figures: dict[str, float] = msgspec.field(default_factory=dict)
    settings: dict = msgspec.field(default_factory=dict)


class StaticModel:
    """A static model, loaded. `dimension` is that of its vectors: the whole or a prefix."""

    def __init__(
        self, about: About, vocabulary: WordPieces, table: np.ndarray, scales: np.ndarray,
        dimension: int = 0,
    ):
        self.about = about
        self.name = about.name
        self.checksum = about.checksum
        self.dimension = dimension or about.dimensions[0]
        if self.dimension not in about.dimensions:
            raise ModelError(
                f"the model {about.name} has vectors of {about.dimensions} numbers, not "
                f"{dimension}"
            )
        self._vocabulary, self._table, self._scales = vocabulary, table, scales

    def __repr__(self) -> str:
        return f"<StaticModel {self.name}: {self.dimension} numbers, {self.checksum[:12]}>"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts, (n, dimension) float32, of length 1; zero where nothing is known."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        at = 0
        for part in _chunks(texts):
            bag = bags(*self._vocabulary.encode(part), len(self._vocabulary))
            columns, bag = compact(bag)
            bag.data *= self._scales[columns][bag.indices]
            rows = self._table[columns, : self.dimension].astype(np.float32)
            vectors[at : at + len(part)] = unit_rows(bag @ rows)
            at += len(part)
        return vectors


def load(folder: str | Path | None = None, dimension: int = 0) -> StaticModel:
    """The model of a folder, or the packaged one; `dimension` cuts its vectors (0: whole).

    Raises ModelError where the folder holds none, one of another version, or a damaged one.
    """
    place = Path(folder) if folder else PACKAGED
    about = read_about(place)
    digest = hashlib.sha256()
    try:
        for name in _FILES:
            with (place / name).open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        if digest.hexdigest() != about.checksum:
            raise _damaged(place, "its files do not have the checksum that model.json says")
        pieces = (place / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
        vocabulary = WordPieces(pieces, about.buckets)
        table = np.load(place / "table.npy", mmap_mode="r", allow_pickle=False)
        scales = np.load(place / "scales.npy", allow_pickle=False)
    except OSError as error:
        raise _damaged(place, f"{error.strerror or error}: {error.filename}") from None
    except (ValueError, EOFError) as error:
        raise _damaged(place, str(error)) from None
    rows = about.pieces + about.buckets
    found = (len(vocabulary), table.shape, scales.shape, table.dtype, scales.dtype)
    if found != (rows, (rows, about.dimensions[0]), (rows,), np.int8, np.float32):
        raise _damaged(place, "its table is not what model.json says")
    if not (np.isfinite(scales).all() and (scales >= 0).all()):
        raise _damaged(place, "its scales are no numbers")
    return StaticModel(about, vocabulary, table, scales, dimension)


def _damaged(place: Path, why: str) -> ModelError:
    advice = "Install Papertide anew" if place == PACKAGED else _TRAIN
    return ModelError(f"the model in {place} is damaged: {why}. {advice}")


def read_about(place: Path) -> About:
    """What a folder says of its model; raises ModelError where it is none of this version."""
    try:
        text = (place / "model.json").read_bytes()
    except OSError:
        raise ModelError(f"there is no model in {place} (no model.json). {_TRAIN}") from None
    try:
        held = msgspec.json.decode(text, type=dict)
        kind, version = held.get("kind"), held.get("version")
        if kind != KIND:
            raise ModelError(f"{place} holds a model of another kind, {kind!r}. {_TRAIN}")
        if version != VERSION:
            raise ModelError(
                f"the model in {place} is of version {version!r}, and this Papertide reads "
                f"version {VERSION}. {_TRAIN}"
            )
        about = msgspec.convert(held, About)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _damaged(place, f"model.json: {error}") from None
    sizes = about.dimensions
    if not sizes or sizes != sorted(sizes, reverse=True) or sizes[-1] < 1 or about.buckets < 0:
        raise _damaged(place, "model.json: no dimensions")
    return about


def save(folder: Path, about: About, pieces: Sequence[str], values: np.ndarray) -> None:
    """Write a trained table (float32, a row for each piece and bucket) as a model's folder.

    `about` gets its checksum. model.json comes last: what is cut short is never taken for
    whole. Raises ModelError where the table is no numbers.
    """
    if not np.isfinite(values).all():
        raise ModelError(DIVERGED)
    scales = (np.abs(values).max(axis=1) / 127).astype(np.float32)
    table = np.rint(values / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").unlink(missing_ok=True)
    (folder / _FILES[0]).write_text("".join(piece + "\n" for piece in pieces), "utf-8")
    np.save(folder / _FILES[1], table)
    np.save(folder / _FILES[2], scales)
    about.checksum = hashlib.sha256(
        b"".join((folder / name).read_bytes() for name in _FILES)
    ).hexdigest()
    write_about(folder, about)


def write_about(folder: Path, about: About) -> None:
    """Write model.json in one step."""
    body = msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n"
    partly = folder / "model.json.part"
    with partly.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    partly.replace(folder / "model.json")


def size(folder: Path) -> int:
    """Bytes of a model's files."""
    return sum((folder / name).stat().st_size for name in (*_FILES, "model.json"))


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts of texts, bounded in number and in letters: a text may be of a megabyte."""
    begin = letters = 0
    for at, text in enumerate(texts):
        if at - begin == _CHUNK_TEXTS or (letters and letters + len(text) > _CHUNK_LETTERS):
            yield texts[begin:at]
            begin, letters = at, 0
        letters += len(text)
    if begin < len(texts):
        yield texts[begin:]
