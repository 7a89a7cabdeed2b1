"""Models as bytes: MessagePack with arrays in it, a kind, a version. Nothing is ever executed."""

from typing import Any, TypeVar, get_type_hints

import msgspec
import numpy as np
from scipy import sparse

VERSION = 1  # raise when what is kept, or what it means, changes
Kind = TypeVar("Kind")
_TYPES = {"float16", "float32", "float64", "int32", "int64"}


class OtherVersion(ValueError):
    """What was kept is of another version, and is to be learnt anew; the message says so."""


class _Kept(msgspec.Struct):
    kind: str
    version: int
    fields: dict[str, Any] = {}


def dump(kind: str, fields: dict) -> bytes:
    """Numbers, texts, arrays and sparse arrays by name, as bytes."""
    return msgspec.msgpack.encode(
        _Kept(kind, VERSION, {name: _plain(value) for name, value in fields.items()})
    )


def load(kind: str, data: bytes, made: type[Kind]) -> Kind:
    """A struct of what `dump` wrote. Raises OtherVersion, and ValueError for anything else."""
    try:
        held = msgspec.msgpack.decode(data, type=_Kept)
        if held.kind != kind:
            raise ValueError(f"this is a {held.kind!r}, not a {kind}")
        if held.version != VERSION:
            raise OtherVersion(
                f"this {kind} is of version {held.version}, and this Papertide reads version "
                f"{VERSION}; learn it anew"
            )
        fields = {name: _array(value) for name, value in held.fields.items()}
        for name, kind_of in get_type_hints(made).items():
            if not isinstance(fields.get(name), kind_of):
                raise ValueError(f"this {kind} is damaged: its {name} is no {kind_of.__name__}")
        return made(**fields)
    except (msgspec.MsgspecError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"this is no {kind}, or a damaged one: {error}") from None


def _plain(value):
    if sparse.issparse(value):
        parts = [_plain(held) for held in (value.data, value.indices, value.indptr)]
        return {"shape": list(value.shape), "parts": parts}
    if isinstance(value, np.ndarray):
        return {"type": value.dtype.name, "shape": list(value.shape), "bytes": value.tobytes()}
    return value


def _array(value):
    if isinstance(value, dict) and "parts" in value:
        held = sparse.csr_array(tuple(map(_array, value["parts"])), shape=tuple(value["shape"]))
        held.check_format()  # as indices of another's file may point anywhere
        return held
    if isinstance(value, dict):
        if value["type"] not in _TYPES:
            raise ValueError(f"arrays of {value['type']} are not read")
        return np.frombuffer(value["bytes"], value["type"]).reshape(value["shape"])
    return value
