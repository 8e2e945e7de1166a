"""Features of a text for the classifier: pieces of words, and words.

Plain numbers and JSON are stored, never pickled objects: a model file cannot carry code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.assistant.negation import mark

#: Stands before the first word: "annuleer …" and "… annuleer" do not ask the same.
_BEGIN = "^"


class _Row(NamedTuple):
    places: list[int]
    weights: NDArray[np.float32]


class _Terms:
    """The terms of one kind that training saw, each with its weight: the rarer, the heavier (tf-idf)."""

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self._vectorizer = vectorizer
        self._split = vectorizer.build_analyzer()
        self.order: dict[str, int] = {}
        self.rarity: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def fit(self, texts: Sequence[str]) -> None:
        self._vectorizer.fit(texts)
        self.order = {term: int(place) for term, place in self._vectorizer.vocabulary_.items()}
        self.rarity = self._vectorizer.idf_.astype(np.float32)

    def row(self, text: str) -> _Row:
        """Return a text's terms with weights, together of length 1.

        The library's own way gives the same for many texts, and takes four times as long for one (measured).
        """
        counted = Counter(map(self.order.get, self._split(text)))
        counted.pop(None, None)
        places = [place for place in counted if place is not None]
        weights = (1 + np.log(np.array([counted[place] for place in places], dtype=np.float32))) * self.rarity[places]
        return _Row(places, weights / (np.linalg.norm(weights) or 1.0))


def _words_and_pairs(text: str) -> list[str]:
    words = text.split()
    return [*words, *map(" ".join, pairwise([_BEGIN, *words]))]


class TextFeatures:
    """Turns texts into one sparse matrix; denied words count as other words (``negation.mark``)."""

    def __init__(self, min_examples: int = 2) -> None:
        options = {"lowercase": False, "sublinear_tf": True, "min_df": min_examples, "dtype": np.float32}
        self._pieces = _Terms(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **options))
        self._words = _Terms(TfidfVectorizer(analyzer=_words_and_pairs, **options))

    def fit(self, texts: Sequence[str]) -> TextFeatures:
        """Learn the vocabulary."""
        prepared = [mark(text) for text in texts]
        self._pieces.fit(prepared)
        self._words.fit(prepared)
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row a text."""
        rows = list(map(self._row, texts))
        ends = np.cumsum([0, *(len(row.places) for row in rows)])
        places = np.fromiter(chain.from_iterable(row.places for row in rows), dtype=np.int32, count=ends[-1])
        weights = np.concatenate([row.weights for row in rows])
        return csr_matrix((weights, places, ends), shape=(len(rows), len(self._pieces.order) + len(self._words.order)))

    def _row(self, text: str) -> _Row:
        prepared = mark(text)
        pieces, words = self._pieces.row(prepared), self._words.row(prepared)
        after = len(self._pieces.order)
        places = [*pieces.places, *(place + after for place in words.places)]
        return _Row(places, np.concatenate([pieces.weights, words.weights]))

    def save(self, folder: Path) -> None:
        """Write the vocabulary."""
        for name, terms in self._parts():
            (folder / f"{name}.json").write_text(json.dumps(terms.order, ensure_ascii=False), "utf-8")
            np.save(folder / f"{name}.npy", terms.rarity)

    @classmethod
    def load(cls, folder: Path) -> TextFeatures:
        """Read what ``save`` wrote."""
        features = cls()
        for name, terms in features._parts():
            terms.order = json.loads((folder / f"{name}.json").read_text("utf-8"))
            terms.rarity = np.load(folder / f"{name}.npy", allow_pickle=False).astype(np.float32)
        return features

    def _parts(self) -> Iterator[tuple[str, _Terms]]:
        yield "pieces", self._pieces
        yield "words", self._words
