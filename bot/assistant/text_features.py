"""Features of a text for the classifier: pieces of words, and words.

Plain numbers and JSON are stored, never pickled objects: a model file cannot carry code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.assistant.negation import mark


class TextFeatures:
    """Turns texts into one sparse matrix; denied words count as other words (``negation.mark``)."""

    def __init__(self, min_examples: int = 2, with_negation: bool = True) -> None:
        self._with_negation = with_negation
        options = {"lowercase": False, "sublinear_tf": True, "min_df": min_examples, "dtype": np.float32}
        self._pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **options)
        self._words = TfidfVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2), **options)

    def fit(self, texts: Sequence[str]) -> TextFeatures:
        """Learn the vocabulary."""
        prepared = [self._prepare(text) for text in texts]
        self._pieces.fit(prepared)
        self._words.fit(prepared)
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row a text."""
        prepared = [self._prepare(text) for text in texts]
        parts = (self._pieces.transform(prepared), self._words.transform(prepared))
        return hstack(parts, format="csr", dtype=np.float32)

    def _prepare(self, text: str) -> str:
        return mark(text) if self._with_negation else mark(text).lower()

    def save(self, folder: Path) -> None:
        """Write the vocabulary."""
        for name, vectorizer in self._parts():
            order = {word: int(place) for word, place in vectorizer.vocabulary_.items()}
            (folder / f"{name}.json").write_text(json.dumps(order, ensure_ascii=False), "utf-8")
            np.save(folder / f"{name}.npy", vectorizer.idf_)

    @classmethod
    def load(cls, folder: Path) -> TextFeatures:
        """Read what ``save`` wrote."""
        features = cls()
        for name, vectorizer in features._parts():
            vectorizer.vocabulary = json.loads((folder / f"{name}.json").read_text("utf-8"))
            vectorizer.idf_ = np.load(folder / f"{name}.npy", allow_pickle=False)
        return features

    def _parts(self) -> tuple[tuple[str, TfidfVectorizer], ...]:
        return ("pieces", self._pieces), ("words", self._words)
