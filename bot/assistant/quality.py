"""How well the classifier does on examples it has not seen, in words for the training log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def report(names: Sequence[str], given: Any, found: NDArray[np.bool_], intents_right: NDArray[np.bool_]) -> str:
    """Return one line with the overall figures, and the weakest labels."""
    given = np.asarray(given) > 0
    quality = {
        name: _f1(given[:, at], found[:, at])
        for at, name in enumerate(names)
        if given[:, at].any() or found[:, at].any()
    }
    weakest = ", ".join(f"{name} {value:.2f}" for name, value in sorted(quality.items(), key=lambda item: item[1])[:5])
    return (
        f"Cross-validation on {len(given)} training examples: intents {intents_right.mean():.3f} right, "
        f"signals micro F1 {_f1(given, found):.3f}; weakest: {weakest}."
    )


def _f1(given: Any, found: Any) -> float:
    both = float((given & found).sum())
    return 2 * both / max(float(given.sum() + found.sum()), 1.0)
