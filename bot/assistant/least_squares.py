"""One model for many labels at once, with probabilities and thresholds that training data alone decide.

The score of a text adds what its words say (linear) and how near its gist is to that of each example (a Gaussian kernel
over sentence vectors). Regularised least squares has an exact solution for all labels together, so five rounds of
cross-validation cost seconds. The scores of examples the model has not seen are turned into probabilities by a logistic
curve a label (Platt), and the threshold of each label is where those separate best. No test set is ever looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression

Numbers = NDArray[np.float32]

FOLDS = 5
#: A label with fewer examples than this gets the threshold of all labels together.
FEW = 12
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.15, 0.75


@dataclass(frozen=True)
class Kernel:
    """How alike two texts are. The defaults were chosen by cross-validation on the training data.

    ``gist`` weighs the sentence vectors against the words, ``narrowness`` says how fast likeness fades with distance,
    ``regularisation`` how little single examples may bend the model.
    """

    gist: float = 6.0
    narrowness: float = 1.0
    regularisation: float = 0.5

    def of_vectors(self, left: Numbers, right: Numbers) -> Numbers:
        """Return the likeness of each vector of ``left`` to each of ``right``."""
        distances = (left**2).sum(axis=1)[:, np.newaxis] + (right**2).sum(axis=1) - 2 * left @ right.T
        likeness: Numbers = self.gist * np.exp(-self.narrowness * distances)
        return likeness


@dataclass(frozen=True)
class Fitted:
    """The model, and the scores of the training examples by models that had not seen them."""

    word_weights: Numbers
    example_weights: Numbers
    offsets: Numbers
    unseen_scores: Numbers


def fit(words: csr_matrix, vectors: Numbers, targets: Numbers, kernel: Kernel, seed: int = 0) -> Fitted:
    """Fit all columns of ``targets`` (examples × labels, 0 or 1)."""
    alike = np.asarray((words @ words.T).todense(), dtype=np.float32) + kernel.of_vectors(vectors, vectors)
    unseen = np.zeros_like(targets)
    for held_out in _folds(len(targets), seed):
        seen = np.setdiff1d(np.arange(len(targets)), held_out)
        dual, mean = _solve(alike[np.ix_(seen, seen)], targets[seen], kernel.regularisation)
        unseen[held_out] = alike[np.ix_(held_out, seen)] @ dual + mean
    dual, mean = _solve(alike, targets, kernel.regularisation)
    return Fitted(np.asarray(words.T @ dual, dtype=np.float32), dual.astype(np.float32), mean, unseen)


def _folds(count: int, seed: int) -> Iterator[NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(count)
    yield from (part for part in np.array_split(order, min(FOLDS, count)) if len(part))


def _solve(alike: Numbers, targets: Numbers, regularisation: float) -> tuple[Numbers, Numbers]:
    mean = targets.mean(axis=0)
    regular = alike + regularisation * np.eye(len(alike), dtype=np.float32)
    solution: Numbers = cho_solve(cho_factor(regular, overwrite_a=True, check_finite=False), targets - mean)
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


def thresholds(chances: Numbers, targets: Numbers, betas: Numbers) -> Numbers:
    """Return the threshold of each label that serves best on unseen examples.

    ``betas``: how much more a label's recall weighs than its precision (1: the same; 2: safety). A single label has few
    examples, so its threshold is drawn halfway to that of all labels with the same weighing.
    """
    together = {
        beta: _best_threshold(chances[:, betas == beta].ravel(), targets[:, betas == beta].ravel(), beta)
        for beta in set(betas.tolist())
    }
    chosen = np.empty(targets.shape[1], dtype=np.float32)
    for label, beta in enumerate(betas.tolist()):
        common = together[beta]
        own = _best_threshold(chances[:, label], targets[:, label], beta) if targets[:, label].sum() >= FEW else common
        chosen[label] = np.clip((own + common) / 2, LOWEST_THRESHOLD, HIGHEST_THRESHOLD)
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
