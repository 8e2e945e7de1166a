"""Marked points at which a test may let the process die, to prove that nothing is lost or done twice.

``DOORWIJZER_DIE_AT=<point>`` ends the process there, as if the machine had lost its power. Unset, as always outside
tests, a point does nothing.
"""

from __future__ import annotations

import os

VARIABLE = "DOORWIJZER_DIE_AT"
_EXIT_CODE = 137  # what a shell reports of a process killed with -9

_chosen = os.environ.get(VARIABLE, "")


def checkpoint(point: str) -> None:
    """Mark a point on the way from «yes» to the partner's acknowledgement."""
    if point == _chosen:
        os._exit(_EXIT_CODE)
