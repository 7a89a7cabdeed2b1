"""The rows of a generation of vectors as arrays: which hold, what conditions let through, which are
near to a query."""

import mmap
import os
from collections.abc import Sequence
from pathlib import Path

import faiss
import msgspec
import numpy as np

from papertide.search.tree import After, All, Among, Dated, Either, Is, Not, Tree
from papertide.search.vector_files import (
    BLANK,
    GONE,
    ROW,
    Label,
    Manifest,
    bit_bytes,
    broken,
    check,
    has_flag,
    packed,
)

_DIGITS = 3  # binary ones that a number of a query is rounded to
_BLOCK = 65_536  # rows scanned at a time: what is known of them then stays in the cache
# Of more rows than `_LARGE` for each that is rescored, only `_FIRST` are compared by all digits:
# at 3 M papers this takes two thirds of the time and .002 of recall@10.
_LARGE, _FIRST = 512, 16
_MOST_MASKS = 256  # of labels, that are kept
_SAMPLED = 64  # rows for each that is looked at first


class Rows:
    """The committed rows of a generation, as arrays; what is read once never changes.

    `vectors` (rows, dimension; float16) and `bits` (rows, dimension / 8) are mapped files.
    `alive` marks the rows that hold, one a paper; `findable` those of them that have a vector;
    `hidden` are the numbers of all others.
    """

    def __init__(self, generation: Path, manifest: Manifest, before: "Rows | None" = None):
        """Read a generation; `before`, an earlier state of it, spares reading its rows again."""
        self.generation, self.manifest = generation, manifest
        count, dimension = manifest.rows, manifest.model.dimension
        vectors = _mapped(generation / "vectors.f16", count * dimension * 2)
        bits = _mapped(generation / "bits.u8", count * bit_bytes(dimension))
        self._file = vectors
        # A query reads some thousand rows all over it: what lies around them is left on the disk.
        self._advise("MADV_RANDOM")
        self.vectors = np.frombuffer(vectors, "<f2").reshape(count, dimension)
        self.bits = np.frombuffer(bits, np.uint8).reshape(count, bit_bytes(dimension))
        start = before.manifest.rows if before else 0
        new = _read_rows(generation / "rows.bin", start, count)
        self.id, self.date, self.label, self.flags = (
            np.concatenate([*([getattr(before, name)] if before else []), new[name]])
            for name in ("id", "date", "label", "flags")
        )
        label_start = before.manifest.label_bytes if before else 0
        self.labels = before.labels if before else []
        if manifest.label_bytes > label_start:
            labels = generation / "labels.jsonl"
            self.labels = self.labels + _read_labels(labels, label_start, manifest.label_bytes)
        if len(new) and not 0 <= new["label"].min() <= new["label"].max() < len(self.labels):
            raise broken("rows.bin: it names labels that are not there")
        self._index()

    def _index(self) -> None:
        order = np.argsort(self.id, kind="stable")
        ordered = self.id[order]
        last = np.ones(len(ordered), bool)  # of the rows of a paper
        last[:-1] = ordered[1:] != ordered[:-1]
        holding = order[last]
        holding = holding[self.flags[holding] & GONE == 0]
        self.alive = np.zeros(len(order), bool)
        self.alive[holding] = True
        self.findable = self.alive & (self.flags & BLANK == 0)
        self.hidden = np.flatnonzero(~self.findable)
        self.count, self.found = len(holding), int(np.count_nonzero(self.findable))
        self._rows, self._ids = holding, self.id[holding]  # in the order of ids
        self._members: dict[tuple[int, str, bool], np.ndarray] = {}

    def to_the_end(self) -> None:
        """From now on the vectors are read one after another."""
        self._advise("MADV_SEQUENTIAL")

    def _advise(self, how: str) -> None:
        if self.manifest.rows and hasattr(mmap, how):  # not everywhere
            self._file.madvise(getattr(mmap, how))

    def of(self, ids: Sequence[int]) -> np.ndarray:
        """The row of each paper; -1 where it has none."""
        wanted = np.asarray(ids, np.int64)
        if not len(self._ids):
            return np.full(len(wanted), -1)
        places = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return np.where(self._ids[places] == wanted, self._rows[places], -1)

    def with_vectors(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The rows of those papers that have a vector, and a mask of which of `ids` these are."""
        held = self.of(ids)
        there = held >= 0
        there[there] = self.findable[held[there]]
        return held[there], there

    def told(self, held: np.ndarray) -> np.ndarray:
        """Some rows as they stand in the file, of `ROW`: with digests, which nobody else needs."""
        path, count = self.generation / "rows.bin", self.manifest.rows
        return np.memmap(path, ROW, "r", shape=(count,))[held] if count else np.zeros(0, ROW)

    def labelled(self, part: int, name: str, prefix: bool = False) -> np.ndarray:
        """A mask of the labels with a category (part 0) or source (part 1), whatever its case."""
        key = part, name.lower(), prefix
        if key not in self._members:
            equal = str.startswith if prefix else str.__eq__
            self._members[key] = np.array(
                [any(equal(held.lower(), key[1]) for held in label[part]) for label in self.labels],
                bool,
            )
            while len(self._members) > _MOST_MASKS:
                self._members.pop(next(iter(self._members)))
        return self._members[key]


def _mapped(path: Path, size: int) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        check(path, os.fstat(file.fileno()).st_size, size)
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _read_rows(path: Path, start: int, stop: int) -> np.ndarray:
    check(path, path.stat().st_size, stop * ROW.itemsize)
    return np.fromfile(path, ROW, stop - start, offset=start * ROW.itemsize)


def _read_labels(path: Path, start: int, stop: int) -> list[Label]:
    check(path, path.stat().st_size, stop)
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(stop - start)
    try:
        return msgspec.json.Decoder(Label).decode_lines(text)
    except msgspec.MsgspecError as error:
        raise broken(f"labels.jsonl: {error}") from None


def allowed(rows: Rows, where: Tree | None) -> np.ndarray | None:
    """The rows with a vector that conditions let through, ascending; None without conditions.

    Raises ValueError for words and names, which rows do not hold: see `tree.structured`.
    """
    return None if where is None else np.flatnonzero(rows.findable & _mask(rows, where))


def _mask(rows: Rows, where: Tree) -> np.ndarray:
    if (labels := _label_mask(rows, where)) is not None:
        return labels.take(rows.label)
    match where:
        case All(parts):
            return np.logical_and.reduce([_mask(rows, part) for part in parts])
        case Either(parts):
            return np.logical_or.reduce([_mask(rows, part) for part in parts])
        case Not(part):
            return ~_mask(rows, part)
        case Is("has", value):
            return rows.flags & has_flag(value) != 0
        case Dated():
            since, until = where.numbers
            return (rows.date >= since) & (rows.date <= until)
        case Among(ids):
            mask = np.zeros(len(rows.id), bool)
            held = rows.of(np.fromiter(ids, np.int64, len(ids)))
            mask[held[held >= 0]] = True
            return mask
        case After(number):
            return rows.id > number
    raise ValueError(f"rows do not hold what {type(where).__name__} asks for")


def _label_mask(rows: Rows, where: Tree) -> np.ndarray | None:
    """What conditions on categories and sources let through, as a mask of the labels, which are
    far fewer than rows; None of other conditions."""
    match where:
        case Is("category" | "source" as field, value, prefix):
            return rows.labelled(("category", "source").index(field), value, prefix)
        case Not(part):
            mask = _label_mask(rows, part)
            return None if mask is None else ~mask
        case All(parts) | Either(parts):
            masks = [_label_mask(rows, part) for part in parts]
            join = np.logical_and if isinstance(where, All) else np.logical_or
            return None if any(mask is None for mask in masks) else join.reduce(masks)
    return None


def nearest(
    rows: Rows, among: np.ndarray | None, query: np.ndarray, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows near to a query of length 1, ascending, and their cosines to it.

    Of `among` (ascending; None: of all that can be found), the `depth` whose bits promise most;
    where there are at most twice as many, all.
    """
    if among is None and rows.found <= 2 * depth:
        among = np.flatnonzero(rows.findable)
    if among is not None and len(among) <= 2 * depth:
        return among, cosines(rows.vectors, among, query)
    digits = _digits(query - np.array(rows.manifest.mean, np.float32))
    bits = rows.bits if among is None else rows.bits.take(among, axis=0)
    hidden = rows.hidden if among is None else []
    if len(bits) > _LARGE * depth:
        first = _least(_unlike(bits, digits[-1:], hidden), _FIRST * depth)
        first = first[~np.isin(first, hidden)]
        found = first[_least(_unlike(bits.take(first, axis=0), digits), min(depth, len(first)))]
    else:
        found = _least(_unlike(bits, digits, hidden), depth)
    found = found if among is None else among[found]
    return found, cosines(rows.vectors, found, query)


def _digits(query: np.ndarray) -> np.ndarray:
    """A query, less the mean, as (`_DIGITS`, bytes) of bits, the last the most significant.

    It is not cut down to signs, as papers are: half of what it says would be lost, above all of
    short ones. It is rounded to 2**`_DIGITS` whole numbers, and these are taken apart into their
    binary digits; the product of signs and such numbers is a sum of Hamming distances, one for each
    digit (as in RaBitQ: Gao and Long 2024, https://arxiv.org/abs/2405.12497).
    """
    most = 2 * np.sqrt(np.mean(query**2)) + 1e-30  # few numbers of a vector are beyond that
    levels = np.rint((query / most + 1) / 2 * (2**_DIGITS - 1))
    levels = np.clip(levels, 0, 2**_DIGITS - 1).astype(np.uint8)
    return np.stack([packed(levels >> place & 1) for place in range(_DIGITS)])


def _unlike(bits: np.ndarray, digits: np.ndarray, hidden: Sequence[int] = ()) -> np.ndarray:
    """How unlike the digits of a query each row of bits is: (rows,), whole numbers; of `hidden`
    rows the greatest there is."""
    unlike = np.empty(len(bits), np.int32)
    for start in range(0, len(bits), _BLOCK):
        block = bits[start : start + _BLOCK]
        distances = np.empty((len(digits), len(block)), np.int32)
        faiss.hammings(
            *map(faiss.swig_ptr, (digits, block)), len(digits), *block.shape,
            faiss.swig_ptr(distances),
        )  # fmt: skip
        total = distances[-1]
        for distance in distances[-2::-1]:
            total <<= 1
            total += distance
        unlike[start : start + _BLOCK] = total
    unlike[np.asarray(hidden, np.int64)] = np.iinfo(unlike.dtype).max
    return unlike


def _least(values: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` least of many values, ascending.

    A sample tells below which value there are a few more, and only these are compared.
    """
    sample = np.sort(values[::_SAMPLED])
    bound = sample[min(len(sample) - 1, 3 * count // (2 * _SAMPLED) + 8)]
    places = np.flatnonzero(values <= bound)
    if len(places) < count:
        places = np.arange(len(values))
    return np.sort(places[np.argpartition(values[places], count - 1)[:count]])


def cosines(vectors: np.ndarray, held: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The products of rows of float16 `vectors` with a query, in float32.

    A float16 is a float32 with fewer bits and its exponent less by 112 (IEEE 754): moving the
    bits over and making the query 2**112 times longer gives the same products as numpy's
    conversion does, in a third of the time. Not by BLAS, which would start threads.
    """
    vectors, query = vectors.view("<i2"), query * np.float32(2**112)
    products = np.empty(len(held), np.float32)
    for start in range(0, len(held), 1024):
        wide = vectors.take(held[start : start + 1024], axis=0).astype(np.int32)
        wide <<= 13
        wide &= np.int32(-0x70000001)  # 0x8fffffff: the sign stays, its copies go
        products[start : start + 1024] = np.einsum("ij,j->i", wide.view(np.float32), query)
    return products
