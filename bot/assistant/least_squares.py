"""One model for many labels at once, with probabilities and thresholds that training data alone decide.

The score of a text adds what its words say (linear) and how near its gist is to that of each example (a Gaussian kernel
over sentence vectors). Regularised least squares has an exact solution for all labels together, so five rounds of
cross-validation cost seconds. The scores of examples the model has not seen are turned into probabilities by a logistic
curve a label (Platt), and the threshold of each label is where those separate best. No test set is ever looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

Numbers = NDArray[np.float32]

FOLDS = 5
#: A label with fewer examples than this gets the threshold of all labels together.
FEW = 12
HIGHEST_THRESHOLD = 0.75
#: So many of the commonest words (and pieces) are in so many texts that a full matrix of them is the faster one.
COMMON_WORDS = 1000


@dataclass(frozen=True)
class Kernel:
    """How alike two texts are. The defaults were chosen on the validation set and by cross-validation.

    ``gist`` weighs the sentence vectors against the words, ``narrowness`` says how fast likeness fades with distance,
    ``regularisation`` how little single examples may bend the model.
    """

    gist: float = 6.0
    narrowness: float = 0.5
    regularisation: float = 0.4

    def of_vectors(self, left: Numbers, right: Numbers, right_squares: Numbers | None = None) -> Numbers:
        """Return the likeness of each vector of ``left`` to each of ``right``.

        ``right_squares`` are the ``squares`` of ``right``, for who asks more than once.
        """
        if right_squares is None:
            right_squares = squares(right)
        # In place: in training this is 800 MB, and new memory for each step takes longer than the step.
        likeness: Numbers = left @ right.T
        likeness *= 2 * self.narrowness
        likeness -= self.narrowness * right_squares
        likeness -= self.narrowness * squares(left)[:, np.newaxis]
        np.exp(likeness, out=likeness)
        likeness *= self.gist
        return likeness


@dataclass(frozen=True)
class Fitted:
    """The weights, and the scores of training examples (``unseen`` says which) by models that had not seen them.

    ``word_weights`` is ``None`` for a model that goes by the vectors alone.
    """

    word_weights: Numbers | None
    example_weights: Numbers
    offsets: Numbers
    unseen: NDArray[np.int64]
    unseen_scores: Numbers


def squares(vectors: Numbers) -> Numbers:
    """Return the squared length of each vector."""
    lengths: Numbers = np.einsum("ij,ij->i", vectors, vectors)
    return lengths


def fit(words: csr_matrix | None, vectors: Numbers, targets: Numbers, kernel: Kernel, rounds: int = FOLDS) -> Fitted:
    """Fit all columns of ``targets`` (examples × labels, 0 or 1).

    ``rounds`` of the cross-validation are run; fewer cost less and leave some examples without a score.
    """
    with threadpool_limits(os.cpu_count()):
        alike = kernel.of_vectors(vectors, vectors)
        if words is not None:
            alike += _words_in_common(words)
        unseen = list(islice(_folds(len(targets)), rounds))
        scores = [_scores(alike, targets, held_out, kernel.regularisation) for held_out in unseen]
        dual, mean = _solve(alike, targets, kernel.regularisation)  # the last to need it
    word_weights = None if words is None else np.asarray(words.T @ dual, dtype=np.float32)
    return Fitted(word_weights, dual.astype(np.float32), mean, np.concatenate(unseen), np.concatenate(scores))


def _words_in_common(words: csr_matrix) -> Numbers:
    """Return ``words @ words.T``, in a third of the time and half the memory of the sparse product (measured)."""
    texts = np.bincount(words.indices, minlength=words.shape[1])
    is_common = np.zeros(len(texts), dtype=bool)
    is_common[np.argsort(-texts, kind="stable")[:COMMON_WORDS]] = True
    columns = words.tocsc()
    common, rest = columns[:, is_common].toarray(), columns[:, ~is_common].tocsr()
    product: Numbers = common @ common.T
    product += (rest @ rest.T).toarray()
    return product


def _scores(alike: Numbers, targets: Numbers, held_out: NDArray[np.int64], regularisation: float) -> Numbers:
    """Return the scores of some examples by a model that saw the others only."""
    seen = np.setdiff1d(np.arange(len(targets)), held_out)
    dual, mean = _solve(alike[np.ix_(seen, seen)], targets[seen], regularisation)
    scores: Numbers = alike[np.ix_(held_out, seen)] @ dual + mean
    return scores


def _folds(count: int) -> Iterator[NDArray[np.int64]]:
    order = np.random.default_rng(seed=0).permutation(count)
    yield from (part for part in np.array_split(order, min(FOLDS, count)) if len(part))


def _solve(alike: Numbers, targets: Numbers, regularisation: float) -> tuple[Numbers, Numbers]:
    """Return the weights of the examples, and what is added to their scores. ``alike`` is used up."""
    mean = targets.mean(axis=0)
    alike.flat[:: len(alike) + 1] += regularisation
    # Turned over, which changes nothing in it, the matrix lies as the routine wants it: no copy, half the time.
    factor = cho_factor(alike.T, lower=True, overwrite_a=True, check_finite=False)
    solution: Numbers = cho_solve(factor, targets - mean, check_finite=False)
    return solution, mean


def logistic_curves(scores: Numbers, targets: Numbers) -> Numbers:
    """Return slope and offset a label, such that ``expit(slope * score + offset)`` is a probability."""
    curves = np.zeros((2, targets.shape[1]), dtype=np.float32)
    for label, target in enumerate(targets.T):
        if 0 < target.sum() < len(target):
            curve = LogisticRegression(C=1e4).fit(scores[:, [label]], target)
            curves[:, label] = curve.coef_[0, 0], curve.intercept_[0]
        else:
            curves[:, label] = 0.0, -20.0  # never seen in training: never claimed
    return curves


def probabilities(scores: Numbers, curves: Numbers) -> Numbers:
    """Return the probability of each label."""
    chances: Numbers = expit(scores * curves[0] + curves[1]).astype(np.float32)
    return chances


def thresholds(chances: Numbers, targets: Numbers, betas: NDArray[np.float64], least: NDArray[np.float64]) -> Numbers:
    """Return the threshold of each label that serves best on unseen examples.

    ``betas``: how much more a label's recall weighs than its precision (1: the same; 2: safety). A single label has few
    examples, so its threshold is drawn halfway to that of all labels with the same weighing, and never under ``least``.
    """
    together = {
        beta: _best_threshold(chances[:, betas == beta].ravel(), targets[:, betas == beta].ravel(), beta)
        for beta in set(betas.tolist())
    }
    chosen = np.empty(targets.shape[1], dtype=np.float32)
    for label, beta in enumerate(betas.tolist()):
        common = together[beta]
        own = _best_threshold(chances[:, label], targets[:, label], beta) if targets[:, label].sum() >= FEW else common
        chosen[label] = np.clip((own + common) / 2, least[label], HIGHEST_THRESHOLD)
    return chosen


def _best_threshold(chances: Numbers, target: Numbers, beta: float) -> float:
    order = np.argsort(-chances)
    hits = np.cumsum(target[order])
    weight = beta * beta
    quality = (1 + weight) * hits / (np.arange(1, len(order) + 1) + weight * target.sum())
    return float(chances[order[int(quality.argmax())]])


def temperature(scores: Numbers, classes: NDArray[np.int64]) -> float:
    """Return the factor on the scores that makes their softmax an honest probability."""
    rows = np.arange(len(classes))

    def surprise(factor: float) -> float:
        return -float(log_softmax(scores * factor, axis=1)[rows, classes].mean())

    return float(minimize_scalar(surprise, bounds=(0.5, 50), method="bounded").x)
