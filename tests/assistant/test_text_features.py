"""Features of single texts: the same weights as the library's, and what they tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.assistant.negation import mark
from bot.assistant.text_features import TextFeatures

TEXTS = [
    "annuleer de wekker",
    "zet de wekker en annuleer niets",
    "ik heb geen schulden",
    "ik heb schulden, veel schulden",
    "I have no debts",
]


@pytest.fixture(scope="module")
def features() -> TextFeatures:
    return TextFeatures(min_examples=1).fit(TEXTS)


def test_the_weights_are_those_of_the_library(features: TextFeatures) -> None:
    library = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), lowercase=False, sublinear_tf=True, dtype=np.float32
    ).fit([mark(text) for text in TEXTS])
    theirs = library.transform([mark(text) for text in TEXTS])
    ours = features.transform(TEXTS)[:, : theirs.shape[1]]
    assert abs(ours - theirs).max() < 1e-6


def test_the_first_word_counts_as_such(features: TextFeatures) -> None:
    first, later = features.transform(["annuleer dat", "dat annuleer"]).toarray()
    assert not np.allclose(first, later)


def test_a_denied_word_is_another_word(features: TextFeatures) -> None:
    denied, told = features.transform(["geen schulden", "schulden"]).toarray()
    assert denied @ told < 0.2


@pytest.mark.parametrize("text", ["", " ", "qqxx", "\x00", "😀" * 500])
def test_unknown_terms_give_nothing(features: TextFeatures, text: str) -> None:
    assert features.transform([text]).nnz == 0


def test_what_is_stored_gives_the_same(features: TextFeatures, tmp_path: Path) -> None:
    features.save(tmp_path)
    again = TextFeatures.load(tmp_path)
    assert (again.transform(TEXTS) != features.transform(TEXTS)).nnz == 0
