"""The file that rejected rows are written to, with the reason of each."""

import datetime
import os
from pathlib import Path

import msgspec

from papertide.sources.base import Rejection


class Rejects:
    """A file below a folder, made with the first row that is written."""

    def __init__(self, folder: Path):
        now = datetime.datetime.now(datetime.UTC)
        self.path = folder / f"{now:%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"
        self._file = None

    def write(self, name: str, row: Rejection) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        line = {"file": name, **msgspec.structs.asdict(row)}
        self._file.write(msgspec.json.encode(line) + b"\n")

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(self, *_) -> None:
        if self._file:
            self._file.close()
