"""How vectors are kept on disk, so that no moment of a kill or a full disk loses or doubles any.

Below ``vectors/``, ``current`` names the generation in use, and ``next`` one that is being made to
take its place, where there is one: see `renewal`. A generation is a folder of

- ``manifest.json``: format, catalogue, model and what opens it again, how many rows count, the
  position in the change log, and the mean that bits compare with; replaced whole, never changed;
- ``vectors.f16``: a row of little-endian float16 a paper, of length 1, or zero where the model
  knows nothing of the text;
- ``bits.u8``: a row of one bit a dimension, whether the vector is above the mean there;
- ``rows.bin``: a row of `ROW` for each, in the same order, with a digest of its text: what was
  embedded once is not embedded again;
- ``labels.jsonl``: each set of categories and sources that occurs, once: a row has its number.

Files only grow. What lies beyond the rows (and bytes of labels) that the manifest counts was
never committed, and the next writer cuts it off; nothing that a manifest counts is changed or
cut, so readers may keep their files mapped. The last row of a paper is the one that holds; a
paper taken out has a last row that says so.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from papertide.search.engine import SearchUnavailable
from papertide.search.tree import HAS

FORMAT = 3  # raise when a file's layout changes: older indexes are then refused
ROW = np.dtype(
    [("id", "<i8"), ("date", "<i4"), ("label", "<i4"), ("flags", "<u4"), ("text", "<u8")]
)
GONE, BLANK = 1, 2  # flags: the paper was taken out; the vector is zero; further ones: what it has
MEAN_FROM = 1000  # rows; of fewer the mean says little, and zero is taken
CURRENT, NEXT = "current", "next"  # files that name a generation
CHUNK = 8192  # rows copied at a time
REBUILD = "Run: papertide index rebuild"

# The categories and the sources of a paper, as sets that many papers share.
Label = tuple[tuple[str, ...], tuple[str, ...]]


class Model(msgspec.Struct, frozen=True):
    """The model that made the vectors; those of two models cannot be compared."""

    name: str
    dimension: int
    checksum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation holds."""

    format: int
    catalog: str
    model: Model
    rows: int
    label_bytes: int
    position: int
    mean: list[float]
    mean_rows: int  # that the mean was taken from; 0 where it is zero
    origin: str = ""  # by which `papertide.embedding.open_model` opens the model


class _Format(msgspec.Struct):
    format: int


class OtherModel(SearchUnavailable):
    """The vectors were made by another model."""


def read_manifest(generation: Path, catalog: str, model: Model | None = None) -> Manifest:
    """The manifest; raises SearchUnavailable where it is not one of this catalogue, OtherModel
    where it is not one of this model."""
    text = (generation / "manifest.json").read_bytes()
    try:
        found = msgspec.json.decode(text, type=_Format).format
        if found != FORMAT:
            raise SearchUnavailable(
                f"The vectors have format {found}, this version reads {FORMAT}. {REBUILD}"
            )
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as error:
        raise broken(f"manifest.json: {error}") from None
    if manifest.catalog != catalog:
        raise SearchUnavailable(f"The vectors are those of another catalogue. {REBUILD}")
    least = min(manifest.rows, manifest.label_bytes, manifest.model.dimension - 1)
    if least < 0 or len(manifest.mean) != manifest.model.dimension:
        raise broken("manifest.json: its numbers cannot be")
    if model is not None and manifest.model != model:
        raise OtherModel(
            f"The vectors were made by the model {_told(manifest.model)}, the model in use is "
            f"{_told(model)}. {REBUILD}"
        )
    return manifest


def peek(folder: Path, name: str = CURRENT) -> Manifest | None:
    """The manifest of the generation that a file names, whoever made it; None where there is none
    that can be read."""
    generation = current(folder, name)
    try:
        return generation and msgspec.json.decode(
            (generation / "manifest.json").read_bytes(), type=Manifest
        )
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def _told(model: Model) -> str:
    return f"{model.name} ({model.dimension} dimensions, checksum {model.checksum[:12]})"


def broken(why: object) -> SearchUnavailable:
    """What to raise where the files cannot be read."""
    return SearchUnavailable(f"The vectors are broken ({why}). {REBUILD}")


def check(path: Path, size: int, wanted: int) -> None:
    """Raise SearchUnavailable where a file is shorter than its manifest says."""
    if size < wanted:
        raise broken(f"{path.name} has {size} of {wanted} bytes")


def has_flag(what: str) -> int:
    """The flag of one of `tree.HAS`."""
    return 4 << HAS.index(what)


def bit_bytes(dimension: int) -> int:
    """The bytes of one row of `bits.u8`: whole words of 64 bits, which faiss is fastest with."""
    return -(-dimension // 64) * 8


def packed(mask: np.ndarray) -> np.ndarray:
    """A row of bits for each row of a mask, the last bytes filled up with zeros."""
    made = np.zeros((*mask.shape[:-1], bit_bytes(mask.shape[-1])), np.uint8)
    bits = np.packbits(mask, axis=-1)
    made[..., : bits.shape[-1]] = bits
    return made


class Writer:
    """Appends to a generation; used as a context. What is not committed is taken back."""

    def __init__(self, generation: Path, manifest: Manifest, labels: Sequence[Label] = ()):
        self.generation, self.manifest, self.rows = generation, manifest, manifest.rows
        self._new = not manifest.rows
        self._numbers = {label: number for number, label in enumerate(labels)}
        self._sum, self._summed = np.zeros(manifest.model.dimension), 0
        self._label_bytes = manifest.label_bytes
        self._files = {}

    def __enter__(self) -> "Writer":
        try:
            for name, size in self._sizes(self.manifest).items():
                path = self.generation / name
                file = self._files[name] = path.open("r+b" if size else "w+b")
                check(path, file.seek(0, os.SEEK_END), size)
                file.truncate(size)
                file.seek(size)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """Close, and cut off what was not committed: a full disk has better use for the room."""
        self._close()
        if error[0] is not None:
            with suppress(OSError):
                for name, size in self._sizes(self.manifest).items():
                    os.truncate(self.generation / name, size)

    def _close(self) -> None:
        for file in self._files.values():
            with suppress(OSError):  # what could not be written was not committed
                file.close()

    @staticmethod
    def _sizes(manifest: Manifest) -> dict[str, int]:
        dimension = manifest.model.dimension
        widths = {
            "vectors.f16": dimension * 2, "bits.u8": bit_bytes(dimension), "rows.bin": ROW.itemsize
        }  # fmt: skip
        sizes = {name: width * manifest.rows for name, width in widths.items()}
        return {**sizes, "labels.jsonl": manifest.label_bytes}

    def label(self, categories: Iterable[str], sources: Iterable[str]) -> int:
        """The number of a set of categories and sources, appended where it is new."""
        label = tuple(sorted(set(categories))), tuple(sorted(set(sources)))
        number = self._numbers.get(label)
        if number is None:
            number = self._numbers[label] = len(self._numbers)
            line = msgspec.json.encode(label) + b"\n"
            self._files["labels.jsonl"].write(line)
            self._label_bytes += len(line)
        return number

    def append(self, rows: np.ndarray, vectors: np.ndarray) -> None:
        """Append rows (of `ROW`, with numbers of labels) and their vectors."""
        vectors = vectors.astype("<f2", copy=False)
        if self._new:
            self._sum += vectors.sum(axis=0, dtype=np.float64)
            self._summed += int(np.count_nonzero(rows["flags"] & (GONE | BLANK) == 0))
        self._files["vectors.f16"].write(np.ascontiguousarray(vectors).data)
        self._files["rows.bin"].write(np.ascontiguousarray(rows).data)
        self.rows += len(rows)

    def commit(self, position: int) -> None:
        """Make all that was appended count, and the position with it, in one step."""
        mean, mean_rows = self.manifest.mean, self.manifest.mean_rows
        if self._new and self._summed >= MEAN_FROM:
            mean, mean_rows = (self._sum / self._summed).tolist(), self._summed
        self._write_bits(np.array(mean, np.float32))
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        manifest = msgspec.structs.replace(
            self.manifest, rows=self.rows, label_bytes=self._label_bytes, position=position,
            mean=mean, mean_rows=mean_rows,
        )  # fmt: skip
        self.manifest, self._new = manifest, False  # from here on nothing of it may be cut off
        replace(self.generation / "manifest.json", msgspec.json.encode(manifest))

    def _write_bits(self, mean: np.ndarray) -> None:
        """The bits of what was appended, made of the vectors as they are stored."""
        vectors, width = self._files["vectors.f16"], len(mean) * 2
        vectors.flush()
        for start in range(self.manifest.rows, self.rows, CHUNK):
            stop = min(start + CHUNK, self.rows)
            held = os.pread(vectors.fileno(), (stop - start) * width, start * width)
            held = np.frombuffer(held, "<f2").reshape(-1, len(mean)).astype(np.float32)
            self._files["bits.u8"].write(packed(held > mean).data)


def empty_manifest(catalog: str, model: Model, origin: str = "") -> Manifest:
    """The manifest of a generation before its first row."""
    return Manifest(
        format=FORMAT, catalog=catalog, model=model, rows=0, label_bytes=0, position=0,
        mean=[0.0] * model.dimension, mean_rows=0, origin=origin,
    )  # fmt: skip


def current(folder: Path, name: str = CURRENT) -> Path | None:
    """The generation that a file names; None where there is none yet."""
    found = _named(folder, name)
    # Killed between the two steps of `switch`: what was to come is there.
    return None if name == NEXT and found == _named(folder, CURRENT) else found


def stamp(folder: Path) -> tuple[int, int]:
    """Changes whenever another generation comes into use."""
    try:
        about = (folder / CURRENT).stat()
    except FileNotFoundError:
        return 0, 0
    return about.st_mtime_ns, about.st_ino


def _named(folder: Path, name: str) -> Path | None:
    try:
        return folder / (folder / name).read_text(errors="replace")
    except FileNotFoundError:
        return None


def new_generation(folder: Path) -> Path:
    """A new empty generation; those that a kill left unfinished are removed."""
    numbers = [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
    _remove_others(folder)
    made = folder / f"{max(numbers, default=0) + 1:04}"
    made.mkdir()
    return made


def use(generation: Path, name: str = CURRENT) -> None:
    """Let a file name a generation. A reader that has another open keeps its files."""
    folder = generation.parent
    sync(folder)
    replace(folder / name, generation.name.encode())
    _remove_others(folder)


def switch(generation: Path) -> None:
    """Make the generation that was to come the one in use, in one step."""
    use(generation)
    tidy(generation.parent)


def tidy(folder: Path) -> None:
    """Take away what a kill left over. To be called where nobody else makes generations."""
    if _named(folder, NEXT) == _named(folder, CURRENT):
        (folder / NEXT).unlink(missing_ok=True)
    _remove_others(folder)


def forget_next(folder: Path) -> None:
    """Take away the generation that was to come."""
    (folder / NEXT).unlink(missing_ok=True)
    _remove_others(folder)


def _remove_others(folder: Path) -> None:
    """Remove the generations that no file names."""
    kept = [_named(folder, name) for name in (CURRENT, NEXT)]
    for path in folder.iterdir():
        if path.name.isdigit() and path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def replace(path: Path, text: bytes) -> None:
    """Replace a file whole, so that it survives a power cut, and has a later time than before."""
    made = path.with_name(path.name + ".new")
    with made.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):  # a clock may stand still between two commits
        before, now = path.stat().st_mtime_ns, made.stat().st_mtime_ns
        if now <= before:
            os.utime(made, ns=(before + 1, before + 1))
    made.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop(generation: Path) -> None:
    """Take away a generation that could not be finished, unless it is named after all."""
    if generation not in (_named(generation.parent, name) for name in (CURRENT, NEXT)):
        shutil.rmtree(generation, ignore_errors=True)
